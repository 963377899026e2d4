"""More partitions: makes the topic wider and moves the database's parcels to where their events come from then on.

Invariant: nothing changes while an event waits in the log, because it would come to its old partition; the move
is one transaction, and the whole may be run again after a failure at any point. May import: aiokafka, asyncpg, store,
stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.partitioner import murmur2

from store import progress
from stream.app import LogEnds
from stream.topic import count_of


class CannotRegrow(RuntimeError):
    """Nothing was changed; the message says what to do."""


class Moved(msgspec.Struct, frozen=True):
    """What was done: the partition counts before and after, and how many parcels changed theirs."""

    before: int
    after: int
    parcels: int


def partition_of(parcel_id: str, count: int) -> int:
    """Give the partition that Kafka's own partitioner gives an event with this key."""
    return int((murmur2(parcel_id.encode()) & 0x7FFFFFFF) % count)


async def regrow(connection: Any, bootstrap: str, topic: str, wanted: int) -> Moved:
    """Give topic and parcels `wanted` partitions. The api and the workers must be stopped. Raises CannotRegrow."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await count_of(admin, topic)
        known = await progress.partition_count(connection)
        if found is None or known is None:
            raise CannotRegrow(f"there is no topic {topic}, or no worker ran on this database yet: nothing to move")
        if wanted < max(found, known):
            raise CannotRegrow(f"there are {max(found, known)} partitions already, and Kafka can only add some")
        ends = LogEnds(bootstrap, topic, found)
        try:
            check_drained(topic, await ends(), await progress.read_all(connection, topic))
        finally:
            await ends.stop()
        if wanted > found:
            await admin.create_partitions({topic: NewPartitions(wanted)})
    finally:
        await admin.close()
    moved = await progress.move_parcels(connection, topic, wanted, lambda parcel_id: partition_of(parcel_id, wanted))
    return Moved(known, wanted, moved)


def check_drained(topic: str, ends: Mapping[int, int], done: Mapping[int, tuple[int, int]]) -> None:
    """Raise CannotRegrow while events wait in the log. `ends` and `done` by partition."""
    waiting = {partition: end - done.get(partition, (0, 0))[0] for partition, end in sorted(ends.items())}
    late = {partition: events for partition, events in waiting.items() if events > 0}
    if late:
        raise CannotRegrow(
            f"{sum(late.values())} events wait in {topic}, in the partitions {', '.join(map(str, late))}. Nothing was "
            "changed: stop the api, let the workers read the log to its end, then try again (docs/howto-partitions.md)"
        )
