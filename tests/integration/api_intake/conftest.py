"""The api on a real database and a real broker, each test with its own topic, reached over real sockets."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientSession, CookieJar, web
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from api.app import make_services, serve
from api.broker import Broker
from api.metrics import ApiMetrics
from api.producer import Intake
from api.services import Services
from core.event import Event, decode
from runtime import embedded
from runtime.lifecycle import cancel
from runtime.settings import Settings
from store import accounts

KEY = base64.b64encode(bytes(range(32))).decode()


class Clock:
    """The real time, moved by what a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Api:
    """A running api. `base` is its address."""

    settings: Settings
    pool: asyncpg.Pool
    topic: str
    clock: Clock = field(default_factory=Clock)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    base: str = ""

    async def __aenter__(self) -> Api:
        metrics = ApiMetrics(self.registry)
        self.broker = Broker(self.settings, self.topic)
        self.intake = Intake(self.broker, self.pool, metrics)
        self.services: Services = make_services(
            self.settings, self.pool, self.intake, self.registry, metrics, now=self.clock, book=self.intake.book
        )
        self._stop = asyncio.Event()
        self.http = ClientSession()
        self._tending = asyncio.create_task(self.intake.run(self._stop))
        try:
            self.runner: web.AppRunner = await serve(self.services, "127.0.0.1", 0)
        except BaseException:
            await self._close()
            raise
        self.base = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        await self.http.close()
        self.http = ClientSession(self.base, cookie_jar=CookieJar(unsafe=True))
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.runner.cleanup()
        await self._close()

    async def _close(self) -> None:
        await self.http.close()
        self._stop.set()
        await cancel(self._tending)
        await self.broker.close()

    async def key(self, kind: str, owner: str) -> dict[str, str]:
        """Make an API key and give the header."""
        token = await accounts.add_api_key(self.pool, kind, owner, self.clock(), os.urandom)
        return {"Authorization": f"Bearer {token}"}

    async def secret(self, format_name: str, secret: str, account: str = "") -> int:
        return await accounts.add_intake_secret(
            self.pool, self.services.sealer, format_name, secret, self.clock(), account
        )

    async def events(self, count: int, timeout_s: float = 10) -> list[Event]:
        """Give the first `count` events of the topic, all partitions together in the order of arrival."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            partitions = [TopicPartition(self.topic, number) for number in range(self.settings.partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning()
            found: list[Any] = []
            async with asyncio.timeout(timeout_s):
                while len(found) < count:
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        found.extend(records)
        finally:
            await consumer.stop()
        for record in found:
            assert decode(record.value).parcel_id.encode() == record.key
        return [decode(record.value) for record in found]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def settings_for(kafka: str, **more: Any) -> Settings:
    outside = kafka == os.environ.get("WAYWARDEN_TEST_KAFKA")
    return Settings(
        _env_file=None,
        kafka=kafka,
        partitions=2,
        replication=int(os.environ.get("WAYWARDEN_REPLICATION", "1")) if outside else 1,
        embedded=not outside,
        keys=f"k1:{KEY}",
        link_key=KEY,
        public_url="https://watch.example",
        **more,
    )


@pytest.fixture
async def api(pool: asyncpg.Pool, broker: str) -> AsyncIterator[Api]:
    """Give an api whose events go to the log."""
    async with Api(settings_for(broker), pool, f"e-{uuid.uuid4().hex[:12]}") as running:
        await asyncio.wait_for(running.intake.settled(), 20)
        yield running


class BrokerProcess:
    """A broker of this test, to be stopped and started on its port."""

    def __init__(self) -> None:
        self.port = embedded.free_port()
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self.process = embedded.start_broker(self.port)
        await embedded.wait_for_port(self.port)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def own_broker() -> Any:
    """Give a broker that is not started yet."""
    made = BrokerProcess()
    yield made
    made.kill()


async def until(true: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(timeout_s):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)
