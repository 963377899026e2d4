"""Durable throughput: events in Kafka → committed in PostgreSQL, by one worker, everything on this machine.

The log is filled first; then one worker reads it from the start. Time runs from the first claim of a partition until
every event is committed (synchronous_commit on, fsync on). Run: `python -m bench.throughput`.

Invariant: what is counted is counted in the database, not in the worker. May import: anything; imported by runtime.cli.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import psutil
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from prometheus_client import CollectorRegistry

from bench import report
from bench.stack import Stack
from bench.workload import SCANS_EACH, scanned
from core.baseline.school import School
from core.event import decode
from core.policy import Policy
from core.watch import Advance, Watched, advance
from runtime.policy import read_policy
from runtime.settings import Settings
from store import baseline
from store.pool import open_pool
from stream.app import Worker, tune_garbage_collection
from stream.metrics import STAGES

PARTITIONS = 8


async def fill(broker: str, topic: str, parcels: int, late: float) -> tuple[int, int]:
    """Make the topic and write the events; give how many and their mean size in bytes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", linger_ms=20, max_batch_size=131_072)
    await producer.start()
    count = size = 0
    pending = []
    for key, value, at in scanned(parcels, datetime.now(UTC), late=late):
        pending.append(await producer.send(topic, value, key=key, timestamp_ms=at))
        count += 1
        size += len(value)
        if len(pending) >= 5_000:
            await asyncio.gather(*pending)
            pending.clear()
    await asyncio.gather(*pending)
    await producer.stop()
    return count, size // max(1, count)


def postgres_cpu(name: str = "postgres") -> float:
    """Give the CPU seconds used so far by this machine's processes of that name that are ours."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if process.name() == name or name in process.name():
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        except psutil.NoSuchProcess:
            continue
    return total


async def teach(pool: Any, policy: Policy, parcels: int) -> int:
    """Let parcels of another seed teach, so that every detector has something to go by; give how many groups."""
    school = School(policy.learned.half_life_days)
    states: dict[str, Watched] = {}
    today = datetime.now(UTC)
    for key, value, _ in scanned(parcels, today, seed=2):
        event = decode(value)
        answer = advance(key.decode(), states.get(event.parcel_id), (event,), today, policy)
        if isinstance(answer, Advance):
            states[event.parcel_id] = answer.watched
            school.learn(answer.lessons, today.date())
    async with pool.acquire() as connection:
        counts = dict(school.sums.items())
        await baseline.merge(connection, counts, today.date(), policy.learned.half_life_days, today)
    return len(counts)


async def measure(stack: Stack, topic: str, total: int, cache: int) -> dict[str, Any]:
    """Run one worker over the filled topic; give the figures."""
    registry = CollectorRegistry()
    settings = Settings(
        _env_file=None,
        kafka=stack.broker_address,
        database_url=stack.database_url,
        group=f"bench-{secrets.token_hex(4)}",
        rebalance_timeout_s=3,
        cache_parcels=cache,
    )
    pool = await open_pool(settings.database_url, settings.database_pool, "bench-worker")
    policy = read_policy()
    groups = await teach(pool, policy, 10_000)
    worker = Worker(settings, pool, policy, registry, topic)
    await worker.school.read()
    me = psutil.Process()
    tune_garbage_collection()
    await worker.start()
    while not any(engine.claimed.done() for engine in worker.partitions.engines.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    stop = asyncio.Event()
    others = (
        asyncio.create_task(worker.lookout.run(stop, worker.partitions.known, worker.partitions.look)),
        asyncio.create_task(worker.watchtower.run(stop)),
    )
    started, cpu, database_cpu = time.perf_counter(), me.cpu_times(), postgres_cpu()
    peak = 0
    while sum(engine.next_offset for engine in worker.partitions.engines.values()) < total:
        await asyncio.sleep(0.05)
        peak = max(peak, me.memory_info().rss)
    seconds = time.perf_counter() - started
    used, database_used = me.cpu_times(), postgres_cpu() - database_cpu
    committed = await pool.fetchval("SELECT sum(next_offset) FROM progress WHERE topic = $1", topic)
    rows = {
        table: await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        for table in ("scan", "parcel", "exception", "cases", "outbox", "feed", "dead_event")
    }

    def value(name: str, **labels: str) -> float:
        return registry.get_sample_value(f"waywarden_stream_{name}", labels) or 0.0

    figures = {
        "scans": rows["scan"],
        "seconds": round(seconds, 2),
        "scans_per_s": round(rows["scan"] / seconds),
        "events_committed": int(committed),
        "rows": rows,
        "worker_cpu_s": round(used.user + used.system - cpu.user - cpu.system, 2),
        "postgresql_cpu_s": round(database_used, 2),
        "worker_cpu_us_per_scan": round((used.user + used.system - cpu.user - cpu.system) / rows["scan"] * 1e6, 1),
        "postgresql_cpu_us_per_scan": round(database_used / rows["scan"] * 1e6, 1),
        "batches": int(value("batches_total")),
        "stage_seconds": {s: round(value("batch_seconds_sum", stage=s), 2) for s in STAGES},
        "cache_hits": int(value("cache_hits_total")),
        "cache_misses": int(value("cache_misses_total")),
        "refolds": int(value("refolds_total")),
        "baseline_groups": groups,
        "lessons": int(value("lessons_total")),
        "peak_rss_mib": round(peak / 2**20),
    }
    stop.set()
    await asyncio.gather(*others)
    await worker.stop()
    await pool.close()
    return figures


async def main(
    scans: int = 400_000, cache: int = 100_000, late: float = 0.02, write: bool = True, plain_seconds: float = 20
) -> dict[str, Any]:
    """Fill, measure, compare with a plain Faust agent over the same log, write the result down, give the figures."""
    from bench import plain_faust

    async with Stack(()) as stack:
        topic = f"bench-{secrets.token_hex(4)}"
        total, size = await fill(stack.broker_address, topic, scans // SCANS_EACH, late)
        figures = await measure(stack, topic, total, cache)
        figures["event_bytes"] = size
        if plain_seconds:
            for name, table_only in (("plain_faust_postgresql", False), ("plain_faust_table_only", True)):
                figures[name] = await plain_faust.measure(
                    stack, topic, total, table_only=table_only, seconds=plain_seconds, database="plain"
                )
    if write:
        report.write(
            "throughput",
            command=f"python -m bench.throughput --scans {scans} --cache {cache}",
            method=(
                f"{total} events of one scan each ({size} B of JSON), {scans // SCANS_EACH} parcels over 3 days in "
                f"their order of arrival, each with a promise, limits and odds learned from 10,000 others, "
                f"{late:.0%} of scans hours late, 3 % of parcels with something wrong, "
                f"{PARTITIONS} partitions; log filled first, then one worker (uvloop) from the first claim until all "
                "is committed; embedded broker and PostgreSQL 18 on the same machine, fsync and synchronous_commit "
                "on. Stage seconds are summed over partitions, which overlap. Then a plain Faust agent "
                f"(bench/plain_faust.py) over the same log for at most {plain_seconds:.0f} s, once with the same rows "
                "in PostgreSQL, once with its table only"
            ),
            figures=figures,
            target="at least 20,000 scans/s with one worker on 2 cores; a plain Faust agent at most a fifth of it",
        )
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=400_000)
    parser.add_argument("--cache", type=int, default=100_000)
    parser.add_argument("--late", type=float, default=0.02)
    parser.add_argument("--plain-seconds", type=float, default=20, help="0 leaves the plain agent out")
    parser.add_argument("--dry", action="store_true", help="do not write the result down")
    asked = parser.parse_args()
    import logging

    import uvloop

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name, figure in uvloop.run(
        main(asked.scans, asked.cache, asked.late, not asked.dry, asked.plain_seconds)
    ).items():
        print(f"{name:18} {figure}")
