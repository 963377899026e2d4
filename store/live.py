"""Who may sit at the live board: tickets spent, sessions looked at again.

Invariant: a ticket is good once. May import: asyncpg, msgspec, store.statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from store.statements import load

_SQL = load("live")


class Seat(msgspec.Struct, frozen=True):
    """Whose socket this is. `token_hash` names the session, None when the ticket named none."""

    staff_id: UUID
    token_hash: bytes | None


async def spend_ticket(connection: asyncpg.Connection | asyncpg.Pool, ticket_hash: bytes, now: datetime) -> Seat | None:
    """Use up a ticket and say who came with it; None when it is unknown, spent, too old or the account is disabled."""
    record = await connection.fetchrow(_SQL["spend_ticket"], ticket_hash, now)
    return None if record is None else Seat(UUID(str(record["staff_id"])), record["token_hash"])


async def still_welcome(
    connection: asyncpg.Connection | asyncpg.Pool, seats: Sequence[Seat], now: datetime
) -> list[bool]:
    """Say for each seat whether its session is alive and its account not disabled."""
    records = await connection.fetch(
        _SQL["still_welcome"], [seat.staff_id for seat in seats], [seat.token_hash for seat in seats], now
    )
    stay = {record["ordinal"] for record in records}
    return [ordinal in stay for ordinal in range(1, len(seats) + 1)]
