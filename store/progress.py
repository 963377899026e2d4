"""How far each partition has been read: the truth about offsets, and the fence between workers.

Invariant: a partition's row changes only by `claim` (a new owner) and `advance` (compare and set by the owner), so a
worker that lost its partition cannot write. May import: asyncpg, store.statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from store.statements import load

_SQL = load("progress")
_MOVE_ROWS = 10_000


class Fenced(Exception):
    """Another worker owns the partition now: drop the state and stop writing."""


class Standing(msgspec.Struct, frozen=True):
    """A partition's row: the next offset to read, the version of the last change, whose it is."""

    next_offset: int
    version: int
    log_id: str
    worker: str


class Claim(msgspec.Struct, frozen=True):
    """A partition taken over: what holds from now on, and what was before."""

    now: Standing
    before: Standing


async def claim(connection: Any, topic: str, partition: int, log_id: str, worker: str) -> Claim:
    """Take a partition over, which fences whoever had it. Another `log_id` than before starts it at offset 0."""
    async with connection.transaction():
        await connection.execute(_SQL["ensure"], topic, partition, log_id)
        before = Standing(*await connection.fetchrow(_SQL["lock"], topic, partition))
        start = before.next_offset if before.log_id == log_id else 0
        version = await connection.fetchval(_SQL["claim"], topic, partition, start, log_id, worker)
        return Claim(now=Standing(start, version, log_id, worker), before=before)


async def read(connection: Any, topic: str, partition: int) -> Standing:
    """Give a partition's row as it is committed. Raises LookupError when nobody ever claimed it."""
    row = await connection.fetchrow(_SQL["read"], topic, partition)
    if row is None:
        raise LookupError(f"partition {partition} of {topic} was never claimed")
    return Standing(*row)


async def read_all(connection: Any, topic: str) -> dict[int, tuple[int, int]]:
    """Give the next offset and the version of every partition of a topic that was ever claimed."""
    return {row[0]: (row[1], row[2]) for row in await connection.fetch(_SQL["all_of_topic"], topic)}


async def advance(
    connection: Any,
    topic: str,
    partition: int,
    next_offset: int,
    version: int,
    worker: str,
    known_at: datetime | None = None,
) -> int:
    """Move on, inside the caller's transaction, and give the new version. Raises Fenced.

    `known_at`: up to then everything that came in is in the tables with this transaction; None: nobody can say.
    """
    new = await connection.fetchval(_SQL["advance"], topic, partition, next_offset, version, worker, known_at)
    if new is None:
        raise Fenced(f"partition {partition} of {topic} is another worker's")
    return int(new)


async def note_known(connection: Any, topic: str, worker: str, known: Mapping[int, datetime]) -> None:
    """Say of a worker's own partitions up to when everything that came in is in the tables."""
    await connection.execute(_SQL["note_known"], topic, worker, list(known), list(known.values()))


async def partition_count(connection: Any) -> int | None:
    """Give the partition count this database was set up for, None before the first worker."""
    value = await connection.fetchval(_SQL["partitions_meta"])
    return None if value is None else int(value)


async def set_partition_count(connection: Any, count: int) -> None:
    """Remember the partition count, once."""
    await connection.execute(_SQL["set_partitions_meta"], str(count))


async def move_parcels(connection: Any, topic: str, count: int, partition_of: Callable[[str], int]) -> int:
    """Give every parcel the partition that its id has among `count`, all or none; give how many moved.

    Fences every worker on the topic, so that none writes for a partition as it was.
    """
    moved, last = 0, ""
    async with connection.transaction():
        await connection.execute(_SQL["fence_all"], topic)
        while rows := await connection.fetch(_SQL["parcels_after"], last, _MOVE_ROWS):
            ids = [row[0] for row in rows]
            answer = await connection.execute(_SQL["move_parcels"], ids, [partition_of(each) for each in ids])
            moved += int(answer.rpartition(" ")[2])
            last = ids[-1]
        await connection.execute(_SQL["change_partitions_meta"], str(count))
    return moved
