"""What the stream's tests share: events, a log without a broker, topics, workers, dumps of the tables."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from prometheus_client import CollectorRegistry

from core.event import Event, Registered, Registration, Scanned, encode
from core.scan import Milestone, Scan, parcel_id_of, scan_id_of
from core.watch import advance
from runtime.policy import read_policy
from runtime.settings import Settings
from stream.app import Worker
from stream.cache import Cache
from stream.engine import Engine
from stream.kit import Kit
from stream.metrics import StreamMetrics
from stream.think import Think, Thinker

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = read_policy()
CARRIER = "sf"


def scan(
    n: int, hours: float, milestone: Milestone = Milestone.IN_TRANSIT, text: str = "已到达【杭州转运中心】", **more: Any
) -> Scan:
    at = NOON + timedelta(hours=hours)
    waybill = f"W{n:06d}"
    return Scan(
        scan_id=scan_id_of(CARRIER, waybill, at, milestone.value, text, None),
        carrier=CARRIER,
        waybill=waybill,
        happened_at=at,
        milestone=milestone,
        source="canonical",
        text=text,
        **more,
    )


def pid(n: int) -> str:
    return parcel_id_of(CARRIER, f"W{n:06d}")


def scanned(n: int, *scans: Scan, received: datetime | None = None) -> Scanned:
    return Scanned(parcel_id=pid(n), received_at=received or max(s.happened_at for s in scans), scans=scans)


def registered(n: int, at: datetime = NOON, **more: Any) -> Registered:
    return Registered(parcel_id=pid(n), registration=Registration(at=at, shop="shop-1", **more))


@dataclass
class FakeRecord:
    """A record of a log that is a list."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 0


def records(events: Iterable[Event | bytes | None], start: int = 0) -> list[FakeRecord]:
    out = []
    for offset, event in enumerate(events, start):
        if event is None or isinstance(event, bytes):
            out.append(FakeRecord(offset, b"sf:X", event))
        else:
            out.append(FakeRecord(offset, event.parcel_id.encode(), encode(event)))
    return out


class FakeLog:
    """A log without a broker: remembers what engines ask of it."""

    def __init__(self, end: int | None = None, start: int = 0) -> None:
        self.sought: list[int] = []
        self.paused: list[int] = []
        self.resumed: list[int] = []
        self.end = end
        self.start = start
        self.first: int | None = None  # the log's own first record from where somebody asks; None: not known
        self.probed: list[int] = []
        self.on_seek: Callable[[int], None] = lambda offset: None

    async def seek(self, partition: int, offset: int) -> None:
        self.sought.append(offset)
        self.on_seek(offset)

    async def first_from(self, partition: int, offset: int) -> int | None:
        self.probed.append(offset)
        return self.first

    async def log_start(self, partition: int) -> int | None:
        return self.start

    def highwater(self, partition: int) -> int | None:
        return self.end

    def pause(self, partition: int) -> None:
        self.paused.append(partition)

    def resume(self, partition: int) -> None:
        self.resumed.append(partition)


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def kit(
    pool: Any,
    *,
    clock: Callable[[], datetime] | None = None,
    think: Think = advance,
    topic: str = "t",
    log_id: str = "",
    worker: str | None = None,
    cache: int = 1000,
    registry: CollectorRegistry | None = None,
) -> Kit:
    metrics = StreamMetrics(registry or CollectorRegistry())
    return Kit(
        topic=topic,
        log_id=log_id,
        worker=worker or uuid.uuid4().hex,
        pool=pool,
        thinker=Thinker(POLICY, think, metrics),
        cache=Cache(cache),
        metrics=metrics,
        now=clock or Clock(),
        draw=lambda: 0.0,
    )


@asynccontextmanager
async def engine(
    shared: Kit, log: FakeLog | None = None, partition: int = 0, reign: tuple[int, int] | None = None
) -> AsyncIterator[Engine]:
    running = Engine(shared, partition, log or FakeLog(), reign)
    try:
        await asyncio.wait_for(asyncio.shield(running.claimed), 10)
        yield running
    finally:
        await running.stop()
        if running.failure is not None:
            raise running.failure


async def until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait until something holds; give what it gave."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)


async def feed(running: Engine, events: Sequence[Event | bytes | None], start: int | None = None) -> None:
    """Put events behind what the engine has done and wait until they are committed."""
    batch = records(events, running.next_offset if start is None else start)
    running.put(batch)
    await until(lambda: running.next_offset >= batch[-1].offset + 1)


TABLES = (
    "parcel", "scan", "registration", "report", "exception", "dead_event", "cases", "case_event", "case_clock",
    "outbox", "delivery", "feed", "verdict", "tally",
)  # fmt: skip


async def dump(pool: Any, tables: Sequence[str] = TABLES) -> dict[str, list[str]]:
    """Give the whole content of the tables, times of writing aside."""
    out = {}
    async with pool.acquire() as connection:
        for table in tables:
            rows = await connection.fetch(f"SELECT to_jsonb(t) AS row FROM {table} t")  # noqa: S608
            out[table] = sorted(json.dumps(row["row"], sort_keys=True) for row in rows)
    return out


async def count(pool: Any, table: str) -> int:
    return int(await pool.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608


# with a real broker -------------------------------------------------------------------------------------------------


async def make_topic(broker: str, partitions: int = 2) -> str:
    topic = f"events-{uuid.uuid4().hex[:10]}"
    client = AIOKafkaAdminClient(bootstrap_servers=broker)
    await client.start()
    try:
        await client.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await client.close()
    return topic


async def produce(broker: str, topic: str, events: Iterable[Event | bytes], key: bytes = b"sf:X") -> int:
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", linger_ms=5)
    await producer.start()
    n = 0
    try:
        sent = []
        for event in events:
            if isinstance(event, bytes):
                sent.append(await producer.send(topic, event, key=key))
            else:
                sent.append(await producer.send(topic, encode(event), key=event.parcel_id.encode()))
            n += 1
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return n


def settings(broker: str, url: str, **more: Any) -> Settings:
    return Settings(
        _env_file=None,
        kafka=broker,
        database_url=url,
        group=more.pop("group", f"g-{uuid.uuid4().hex[:8]}"),
        rebalance_timeout_s=2,
        session_timeout_s=6,
        **more,
    )


@asynccontextmanager
async def worker(config: Settings, pool: asyncpg.Pool, topic: str, **more: Any) -> AsyncIterator[Worker]:
    running = Worker(config, pool, POLICY, CollectorRegistry(), topic, **more)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


async def done(pool: Any, topic: str) -> int:
    """Count the events of a topic that are committed."""
    return int(await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM progress WHERE topic = $1", topic))
