"""The counters by which incidents are found, and the containers under way.

A batch writes what it counted in one row of its own transaction, so that partitions never wait for each other's
counters; the leader moves those rows into the counters, also in one transaction, so that each counts once.

Invariant: a counter is the sum of what committed batches counted. May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.container import Mates, Name
from core.incident.pulse import BUCKET_S, Counter, Key
from store.statements import load

_SQL = load("pulse")
_MOVED = 500
"""Batches moved by one statement."""

Count = tuple[Key, int, float, float]
"""A counter, the start of its bucket (seconds since 1970), how often it was heard, and the sum of the measures."""


async def add(connection: Any, beats: Counter, mates: Mapping[Name, Mates]) -> None:
    """Write what a batch counted, in its transaction."""
    counts = beats.counts
    keys = [key for key, _ in counts]
    await connection.execute(
        _SQL["insert_beat"],
        *([key[part] for key in keys] for part in range(4)),
        [bucket * BUCKET_S[key[0]] for key, bucket in counts],
        [int(count) for count, _ in counts.values()],
        [amount for _, amount in counts.values()],
        *([name[part] for name in mates] for part in range(3)),
        [each.left for each in mates.values()],
        [each.arrived for each in mates.values()],
        [each.left_s for each in mates.values()],
        [each.opened_s for each in mates.values()],
    )


async def gather(connection: Any, now: datetime) -> list[Count]:
    """Move what batches wrote into the counters and give those that changed, as they are now.

    Call it in a transaction, and only as the leader.
    """
    found: dict[tuple[Key, int], Count] = {}
    while True:
        ids = [row[0] for row in await connection.fetch(_SQL["waiting"], _MOVED)]
        if ids:
            for row in await connection.fetch(_SQL["move"], ids, now):
                count = _count(row)
                found[count[0], count[1]] = count
        if len(ids) < _MOVED:
            return list(found.values())


async def counters(connection: Any, since: datetime, until: datetime) -> list[Count]:
    """Give the counters of the buckets that began between two moments, the later one excluded."""
    return [_count(row) for row in await connection.fetch(_SQL["counters"], since, until)]


async def first(connection: Any) -> datetime | None:
    """Give when the oldest bucket began."""
    moment: datetime | None = await connection.fetchval(_SQL["first"])
    return moment


async def prune(connection: Any, before: datetime, day: int) -> None:
    """Drop the counters of buckets that began before a moment and the containers that left before a day."""
    await connection.execute(_SQL["prune_pulse"], before)
    await connection.execute(_SQL["prune_containers"], day)


async def containers(connection: Any, changed_since: datetime, day: int, least: int) -> dict[Name, Mates]:
    """Give the containers that changed at or after a moment, left on or after a day and hold at least so many."""
    rows = await connection.fetch(_SQL["containers_since"], changed_since, day, least)
    return {(row[0], row[1], row[2]): Mates(row[3], row[4], row[5], row[6]) for row in rows}


def _count(row: Any) -> Count:
    at, noun, carrier, facility, to, count, amount = row
    return (noun, carrier, facility, to), int(at.timestamp()), float(count), amount
