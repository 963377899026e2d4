"""Events on the topic that could not be understood or thought about, for giving them to the stream again.

Invariant: a dead event is never deleted here, only marked as replayed. May import: store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from store.statements import load

_SQL = load("dead_events")


class DeadKey(msgspec.Struct, frozen=True, order=True):
    """Where in the log the event stood."""

    topic: str = ""
    partition: int = -1
    log_id: str = ""
    offset: int = -1


class Dead(msgspec.Struct, frozen=True):
    """A dead event with the reason."""

    key: DeadKey
    reason: str
    value: bytes | None


async def after(connection: Any, place: DeadKey, until: datetime, since: datetime | None, limit: int) -> list[Dead]:
    """Give dead events behind a place that are not replayed yet and died before `until` (and after `since`)."""
    rows = await connection.fetch(_SQL["after"], *msgspec.structs.astuple(place), until, since, limit)
    return [Dead(DeadKey(row[0], row[1], row[2], row[3]), row[4], row[5]) for row in rows]


async def mark_replayed(connection: Any, keys: Sequence[DeadKey], now: datetime) -> None:
    """Remember that events were given to the stream again."""
    columns = [list(column) for column in zip(*map(msgspec.structs.astuple, keys), strict=True)]
    if columns:
        await connection.execute(_SQL["mark_replayed"], *columns, now)
