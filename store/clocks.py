"""Case clocks that ran out.

Invariant: a clock breaches once, in one transaction with its case's escalation, audit event and board row, however many
workers look. May import: store.statements.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from store.statements import load

_SQL = load("clocks")
_FEED = load("feed")


class Breach(msgspec.Struct, frozen=True):
    """A clock that just ran out; `over` when its case was finished already, so that it was only put to rest."""

    case_id: str
    clock: str
    over: bool


async def breach_due(connection: Any, now: datetime, limit: int) -> list[Breach]:
    """Breach at most `limit` clocks that are due, longest overdue first, and give them."""
    async with connection.transaction():
        breaches = [Breach(*row) for row in await connection.fetch(_SQL["breach_due"], now, limit)]
        if breaches:
            await connection.execute(_FEED["publish_cases"], sorted({breach.case_id for breach in breaches}))
            await connection.execute(_FEED["wake"])
        return breaches


async def next_due(connection: Any) -> datetime | None:
    """Give when the next running clock runs out."""
    moment: datetime | None = await connection.fetchval(_SQL["next_due"])
    return moment
