"""The worker: one Faust app, its engines, the clocks of cases, the watchdog.

Invariant: it starts only on a migrated database and a topic that fits it; when a part fails or is stuck the whole
process ends with an error, for its supervisor to start it again. May import: core, store, runtime, stream, faust.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import tempfile
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import faust
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from core.event import TOPIC
from core.policy import Policy
from core.watch import advance
from runtime.lifecycle import Lifecycle, pause, until_stopped
from runtime.metrics import new_registry
from runtime.ops_server import OpsServer, port_for
from runtime.policy import read_policy
from runtime.settings import Settings
from store.pool import open_pool
from store.trouble import passes
from stream import transport
from stream.agents import add_agent
from stream.cache import Cache
from stream.clocks import ClockRunner
from stream.incident_metrics import IncidentMetrics
from stream.kit import Kit, Status
from stream.lookout import Lookout
from stream.metrics import StreamMetrics
from stream.partitions import Partitions
from stream.school import School
from stream.think import Think, Thinker
from stream.topic import check_count, ensure_topic
from stream.watchdog import Watchdog
from stream.watchtower import Watchtower

log = structlog.get_logger()
_STOP_S = 8.0


class NotMigrated(RuntimeError):
    """The database has not the tables that this version needs."""


class Worker:
    """A worker on one topic: what `run` starts, and tests and benchmarks start in parts."""

    def __init__(
        self,
        settings: Settings,
        pool: Any,
        policy: Policy,
        registry: CollectorRegistry,
        topic: str = TOPIC,
        think: Think = advance,
        instance: str | None = None,
        now: Any = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.topic = topic
        self.pool = pool
        self.now = now
        self.metrics = StreamMetrics(registry)
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        thinker = Thinker(policy, think, self.metrics)
        self.school = School(pool, policy, thinker, self.metrics, now)
        incidents = IncidentMetrics(registry)
        self.lookout = Lookout(pool, topic, self.name, policy, thinker, incidents, now)
        self.watchtower = Watchtower(pool, policy, topic, incidents, now)
        kit = Kit(
            topic=topic,
            log_id=settings.log_id,
            worker=self.name,
            pool=pool,
            thinker=thinker,
            cache=Cache(settings.cache_parcels),
            metrics=self.metrics,
            now=now,
            school=self.school,
            lookout=self.lookout,
        )
        self.partitions = Partitions(kit)
        self.faust = _faust_app(settings, instance)
        self.faust.partitions = self.partitions
        add_agent(self.faust, topic, self.partitions)
        self.clocks = ClockRunner(pool, self.metrics, now)

    async def start(self) -> None:
        """Join the group. Partitions come with the first assignment."""
        await self.faust.start()

    async def stop(self) -> None:
        """Finish the transactions at hand and leave the group."""
        await self.partitions.release(())
        await self.faust.stop()

    def unready(self) -> str | None:
        """Say why the worker does no work now, None when it does."""
        engines = self.partitions.engines
        if not engines:
            return "no partitions assigned (yet)"
        for status, words in (
            (Status.CLAIMING, "claiming partitions"),
            (Status.WAITING, "waiting for the database"),
            (Status.FENCED, "partitions lost to another worker, waiting for the next assignment"),
        ):
            count = sum(1 for engine in engines.values() if engine.status is status)
            if count:
                return f"{words}: {count} of {len(engines)}"
        return None


def _faust_app(settings: Settings, instance: str | None) -> Any:
    transport.register()
    servers = [server.strip() for server in settings.kafka.split(",") if server.strip()]
    return faust.App(
        settings.group,
        broker=";".join(f"kafka://{server}" for server in servers),
        broker_consumer=";".join(f"{transport.SCHEME}://{server}" for server in servers),
        store="memory://",
        # Faust makes its folder even without tables; the working folder may be read-only, as in a container.
        datadir=Path(tempfile.gettempdir()) / f"waywarden-faust-{os.getuid()}",
        processing_guarantee="at_least_once",
        cython_optimizations=True,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,  # no tables: plain round robin in place of Faust's own assignor
        stream_wait_empty=False,
        stream_buffer_maxsize=64,  # batches; the agent empties it at once
        stream_publish_on_commit=False,
        broker_commit_interval=2.0,
        broker_commit_every=1_000_000,  # by interval only: commits are a copy for onlookers
        broker_max_poll_records=2_000,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=max(0.3, settings.session_timeout_s / 5),
        broker_rebalance_timeout=settings.rebalance_timeout_s,
        broker_request_timeout=max(40.0, settings.session_timeout_s * 2),
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=instance,
        worker_redirect_stdouts=False,
    )


def tune_garbage_collection() -> None:
    """Collect less often: the states in memory are many, long-lived and free of cycles.

    Measured: 6 µs of 23 µs a scan went into collections that found nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


async def run(settings: Settings, stop: asyncio.Event, topic: str = TOPIC) -> None:
    """Run a worker until `stop` is set. Raises what says why it cannot start or had to end."""
    tune_garbage_collection()
    policy = read_policy(settings.policy_file)
    registry = new_registry("worker")
    async with Lifecycle() as life:
        pool = await _open_pool(settings, stop)
        if pool is None:
            return
        life.on_stop("pool", pool.close)
        worker = Worker(settings, pool, policy, registry, topic, instance=settings.instance or None)
        ops = OpsServer(registry, port_for(settings, "worker"), worker.unready, settings.bind)
        await ops.start()
        life.on_stop("ops server", ops.stop)
        async with pool.acquire() as connection:
            await check_migrated(connection)
        found = await ensure_topic(settings.kafka, topic, settings.partitions, settings.replication, stop)
        if found is None:
            return
        async with pool.acquire() as connection:
            await check_count(connection, topic, found)
        ends = LogEnds(settings.kafka, topic, found)
        life.on_stop("log ends", ends.stop)
        life.on_stop("worker", worker.stop, _STOP_S)
        # Joining the group can take as long as the rebalance timeout: stoppable like everything after it.
        joining = life.task("joining", worker.start())
        await until_stopped(stop, joining)
        if stop.is_set():
            return
        log.info("worker_started", worker=worker.name, topic=topic, partitions=found)
        dog = Watchdog(topic, worker.partitions, pool, worker.metrics, ends, settings.stuck_s)
        await until_stopped(
            stop,
            life.task("watchdog", dog.run(stop)),
            life.task("clocks", worker.clocks.run(stop)),
            life.task("school", worker.school.run(stop)),
            life.task("lookout", worker.lookout.run(stop, worker.partitions.known, worker.partitions.look)),
            life.task("watchtower", worker.watchtower.run(stop)),
            life.task("observer", _observe(worker, stop)),
            life.task("faust", _watch_faust(worker)),
        )
        log.info("worker_stopping")


async def _open_pool(settings: Settings, stop: asyncio.Event) -> Any:
    """Open the pool, however long the database is away; None when stopped before."""
    while not stop.is_set():
        try:
            return await open_pool(
                settings.database_url, settings.database_pool, "waywarden-worker", timeout=10, command_timeout=60
            )
        except Exception as error:
            if not passes(error):
                raise
            log.warning("database_unreachable", error=repr(error)[:200])
            await pause(stop, 1.0)
    return None


async def check_migrated(connection: Any) -> None:
    """Raise NotMigrated unless the tables are there."""
    try:
        await connection.fetchval("SELECT 1 FROM progress, parcel, meta LIMIT 1")
    except asyncpg.UndefinedTableError as error:
        raise NotMigrated("the database has no tables of ours yet: run `waywarden migrate` first") from error


async def _observe(worker: Worker, stop: asyncio.Event) -> None:
    while not await pause(stop, 1.0):
        worker.partitions.observe()


async def _watch_faust(worker: Worker) -> None:
    """End when Faust has crashed. Raises what crashed it."""
    app = worker.faust
    await app.wait_until_stopped()
    raise RuntimeError("Faust stopped by itself; see the log") from app.crash_reason


class LogEnds:
    """Asks the broker for the log's ends on a connection of its own, so that a stuck consumer cannot hide."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._places = [TopicPartition(topic, partition) for partition in range(partitions)]
        self._client: Any = None

    async def __call__(self) -> Mapping[int, int]:
        """Give the end offset of every partition. Raises KafkaError when the broker does not answer."""
        if self._client is None:
            client = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
            await client.start()
            self._client = client
        ends = await self._client.end_offsets(self._places)
        return {place.partition: offset for place, offset in ends.items()}

    async def stop(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.stop()
            self._client = None
