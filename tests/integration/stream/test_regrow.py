"""More partitions for a topic that has become too narrow."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from stream_support import (
    count,
    done,
    engine,
    feed,
    kit,
    make_topic,
    pid,
    produce,
    records,
    registered,
    scan,
    scanned,
    settings,
    until,
    worker,
)

from store import progress
from stream.app import LogEnds
from stream.kit import Status
from stream.regrow import CannotRegrow, check_drained, partition_of, regrow
from stream.topic import check_count

pytestmark = pytest.mark.integration


async def test_the_partition_of_a_parcel_is_that_of_its_events(broker) -> None:
    topic = await make_topic(broker, 5)
    await produce(broker, topic, [registered(n) for n in range(50)])
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, each) for each in range(5)])
        await consumer.seek_to_beginning()
        seen: dict[bytes, int] = {}
        while len(seen) < 50:
            for place, batch in (await consumer.getmany(timeout_ms=1000)).items():
                seen |= {record.key: place.partition for record in batch}
    finally:
        await consumer.stop()
    assert seen == {pid(n).encode(): partition_of(pid(n), 5) for n in range(50)}


async def test_moving_fences_who_works_and_moves_every_parcel(pool) -> None:
    async with engine(kit(pool)) as running, pool.acquire() as connection:
        await feed(running, [scanned(n, scan(n, -3)) for n in range(30)])
        await progress.set_partition_count(connection, 1)
        moved = await progress.move_parcels(connection, "t", 7, lambda parcel_id: partition_of(parcel_id, 7))
        assert await progress.partition_count(connection) == 7
        running.put(records([scanned(1, scan(1, -2))], 30))
        await until(lambda: running.status is Status.FENCED)
    assert moved == sum(partition_of(pid(n), 7) != 0 for n in range(30))
    rows = await pool.fetch("SELECT parcel_id, partition FROM parcel")
    assert {row["parcel_id"]: row["partition"] for row in rows} == {pid(n): partition_of(pid(n), 7) for n in range(30)}
    assert await count(pool, "scan") == 30


def test_waiting_events_are_counted_by_partition() -> None:
    check_drained("t", {0: 5, 1: 0}, {0: (5, 9)})
    check_drained("t", {0: 4}, {0: (5, 9)})
    with pytest.raises(CannotRegrow, match="7 events wait in t, in the partitions 0, 2"):
        check_drained("t", {0: 9, 1: 0, 2: 3}, {0: (5, 1)})


async def test_nothing_is_changed_while_events_wait_or_when_there_are_enough(broker, pool) -> None:
    topic = await make_topic(broker, 2)
    await produce(broker, topic, [registered(1)])
    ends = LogEnds(broker, topic, 2)
    await until(lambda: _some(ends))
    await ends.stop()
    async with pool.acquire() as connection:
        with pytest.raises(CannotRegrow, match="nothing to move"):
            await regrow(connection, broker, topic, 4)
        await check_count(connection, topic, 2)
        with pytest.raises(CannotRegrow, match="1 events wait"):
            await regrow(connection, broker, topic, 4)
        with pytest.raises(CannotRegrow, match="can only add"):
            await regrow(connection, broker, topic, 1)
        await check_count(connection, topic, 2)


async def _some(ends: LogEnds) -> bool:
    return sum((await ends()).values()) == 1


@pytest.mark.kafka
async def test_a_wider_topic_goes_on_where_the_narrow_one_stopped(broker, database_url, pool) -> None:
    """On a real Kafka only: the embedded broker cannot add partitions."""
    topic = await make_topic(broker, 2)
    sent = await produce(broker, topic, [scanned(n, scan(n, -3)) for n in range(40)])
    async with pool.acquire() as connection:
        await check_count(connection, topic, 2)
    async with worker(settings(broker, database_url), pool, topic):
        await until(lambda: _done(pool, topic, sent), 60)
    async with pool.acquire() as connection:
        moved = await regrow(connection, broker, topic, 6)
        assert (moved.before, moved.after) == (2, 6)
        assert moved.parcels == sum(partition_of(pid(n), 6) != partition_of(pid(n), 2) for n in range(40))
        assert (await regrow(connection, broker, topic, 6)).parcels == 0
        await check_count(connection, topic, 6)
    await produce(broker, topic, [scanned(n, scan(n, -2)) for n in range(40)])
    async with worker(settings(broker, database_url), pool, topic):
        await until(lambda: _done(pool, topic, 2 * sent), 60)
    rows = await pool.fetch("SELECT parcel_id, partition FROM parcel")
    assert {row["parcel_id"]: row["partition"] for row in rows} == {pid(n): partition_of(pid(n), 6) for n in range(40)}
    assert await count(pool, "scan") == 80


async def _done(pool, topic: str, events: int) -> bool:
    return await done(pool, topic) >= events
