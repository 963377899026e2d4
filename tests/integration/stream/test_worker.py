"""The worker on a real broker and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import random

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from stream_support import (
    count,
    done,
    dump,
    make_topic,
    pid,
    produce,
    registered,
    scan,
    scanned,
    settings,
    until,
    worker,
)

import stream.engine
import stream.log_end
from core.event import Event
from core.scan import Milestone
from stream.app import NotMigrated, check_migrated, run
from stream.kit import Status
from stream.topic import TopicMismatch, check_count, ensure_topic

pytestmark = pytest.mark.integration


def _events(parcels: int, first: int = 0, seed: int = 1) -> list[Event]:
    """Give whole journeys, interleaved, every parcel's own events in order."""
    journeys: list[list[Event]] = []
    for n in range(first, first + parcels):
        own: list[Event] = [registered(n)]
        own += [scanned(n, scan(n, h)) for h in range(-8, -2)]
        own.append(scanned(n, scan(n, -1, Milestone.DELIVERED, "已签收")))
        journeys.append(own)
    draw = random.Random(seed)
    out = []
    while journeys:
        own = draw.choice(journeys)
        out.append(own.pop(0))
        if not own:
            journeys.remove(own)
    return out


async def _reached(pool, topic: str, events: int) -> bool:
    return await done(pool, topic) >= events


async def test_events_become_rows_and_a_replay_changes_nothing(broker, database_url, pool) -> None:
    topic = await make_topic(broker, 3)
    events = _events(40)
    sent = await produce(broker, topic, events)
    async with worker(settings(broker, database_url), pool, topic):
        await until(lambda: _reached(pool, topic, sent), 60)
        assert await count(pool, "scan") == 40 * 7
        assert await count(pool, "parcel") == 40
        assert await count(pool, "registration") == 40
        row = await pool.fetchrow("SELECT * FROM parcel WHERE parcel_id = $1", pid(3))
        assert (row["milestone"], row["carrier"], row["waybill"]) == ("delivered", "sf", "W000003")
        assert await pool.fetchval("SELECT count(DISTINCT partition) FROM parcel") == 3
        before = await dump(pool)

        random.Random(7).shuffle(events)
        await produce(broker, topic, events)
        await until(lambda: _reached(pool, topic, 2 * sent), 60)
        assert await dump(pool) == before


@pytest.mark.parametrize("group_says", ["ahead", "behind"])
async def test_the_worker_goes_on_at_the_databases_offset_whatever_the_group_says(
    broker, database_url, pool, group_says
) -> None:
    topic = await make_topic(broker, 1)
    config = settings(broker, database_url)
    first = _events(10)
    sent = await produce(broker, topic, first)
    async with worker(config, pool, topic):
        await until(lambda: _reached(pool, topic, sent), 60)
    scans = await count(pool, "scan")
    sent += await produce(broker, topic, _events(10, first=100))
    await _commit(broker, config.group, topic, sent if group_says == "ahead" else 0)

    async with worker(config, pool, topic) as second:
        await until(lambda: _reached(pool, topic, sent), 60)
        engine = second.partitions.engines[0]
        assert engine.status is Status.RUNNING
        # It took the new events only: neither skipped them nor read the old ones again. The commit is counted after it.
        counted = second.metrics.events._value
        await until(lambda: counted.get() >= sent - len(first))
        assert counted.get() == sent - len(first)
    assert await count(pool, "scan") == 2 * scans


async def _commit(broker: str, group: str, topic: str, offset: int) -> None:
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, enable_auto_commit=False, rebalance_timeout_ms=2_000
    )
    await consumer.start()
    try:
        await until(lambda: place in consumer.assignment())
        await consumer.commit({place: OffsetAndMetadata(offset, "")})
        assert await consumer.committed(place) == offset
    finally:
        await consumer.stop()


async def test_a_second_worker_takes_half_and_nothing_is_lost_or_doubled(broker, database_url, pool) -> None:
    topic = await make_topic(broker, 4)
    config = settings(broker, database_url)
    stop = asyncio.Event()
    sent = 0

    async def keep_sending() -> None:
        nonlocal sent
        first = 0
        while not stop.is_set():
            sent += await produce(broker, topic, _events(20, first=first))
            first += 20

    async with worker(config, pool, topic) as one:
        await until(lambda: len(one.partitions.engines) == 4, 60)
        sending = asyncio.create_task(keep_sending())
        await until(lambda: _reached(pool, topic, 200), 60)
        async with worker(config, pool, topic) as two:
            await until(lambda: _running(one) == 2 and _running(two) == 2, 60)
            at_join = await done(pool, topic)
            await until(lambda: _reached(pool, topic, at_join + 300), 60)
            owners = await pool.fetch("SELECT worker, count(*) AS n FROM progress GROUP BY 1")
            assert {row["worker"]: row["n"] for row in owners} == {one.name: 2, two.name: 2}
        await until(lambda: _running(one) == 4, 60)
        stop.set()
        await sending
        await until(lambda: _reached(pool, topic, sent), 60)
    parcels = sent // 8
    assert await count(pool, "parcel") == parcels
    assert await count(pool, "scan") == parcels * 7
    assert await count(pool, "registration") == parcels
    assert await count(pool, "dead_event") == 0
    assert not await pool.fetchval("SELECT count(*) FROM parcel WHERE milestone <> 'delivered'")


def _running(one) -> int:
    return sum(engine.status is Status.RUNNING for engine in one.partitions.engines.values())


async def test_the_topic_is_made_when_missing_and_must_fit_the_database(broker, pool) -> None:
    topic = await make_topic(broker, 2)
    stop = asyncio.Event()
    assert await ensure_topic(broker, topic, 8, 1, stop) == 2
    assert await ensure_topic(broker, f"{topic}-new", 3, 1, stop) == 3
    async with pool.acquire() as connection:
        await check_count(connection, topic, 2)
        await check_count(connection, topic, 2)
        with pytest.raises(TopicMismatch, match="has 3 partitions, but this database was set up for 2"):
            await check_count(connection, topic, 3)


async def test_a_database_without_tables_is_refused_with_what_to_do(postgres_url) -> None:
    import asyncpg

    connection = await asyncpg.connect(postgres_url)
    try:
        with pytest.raises(NotMigrated, match="waywarden migrate"):
            await check_migrated(connection)
    finally:
        await connection.close()


async def test_run_serves_until_told_to_stop(broker, database_url, pool) -> None:
    from runtime.embedded import free_port

    topic = await make_topic(broker, 2)
    sent = await produce(broker, topic, _events(5))
    stop = asyncio.Event()
    running = asyncio.create_task(run(settings(broker, database_url, metrics_port=free_port()), stop, topic))
    await until(lambda: running.done() or _reached(pool, topic, sent), 60)
    stop.set()
    async with asyncio.timeout(10):
        await running
    assert await count(pool, "scan") == 35


async def test_a_broker_that_comes_back_with_an_empty_log_is_read_from_its_start(
    database_url, pool, monkeypatch
) -> None:
    """The embedded broker is memory-only; nobody told the running worker that its log is another one now."""
    from runtime import embedded

    monkeypatch.setattr(stream.log_end, "SHORT_S", 1.0)
    port = embedded.free_port()
    address = f"127.0.0.1:{port}"
    process = embedded.start_broker(port)
    try:
        await embedded.wait_for_port(port)
        topic = await make_topic(address, 1)
        sent = await produce(address, topic, _events(10))
        async with worker(settings(address, database_url), pool, topic) as running:
            await until(lambda: _reached(pool, topic, sent), 60)
            process.kill()
            await asyncio.to_thread(process.wait)
            process = embedded.start_broker(port)
            await embedded.wait_for_port(port)
            assert await ensure_topic(address, topic, 1, 1, asyncio.Event()) == 1
            await produce(address, topic, _events(3, first=50))
            await until(lambda: _parcels(pool, 13), 90)
            assert running.metrics.log_resets.labels("shorter")._value.get() == 1
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


async def _parcels(pool, wanted: int) -> bool:
    return await count(pool, "parcel") == wanted
