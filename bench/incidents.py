"""Incidents live: does the store find what the back-test finds, and how long does a takeover take?

A made-up network's log goes through two engines, PostgreSQL and the leader on a virtual clock, a quarter of an hour at
a time, while the leader is replaced again and again. The same log goes through the back-test. Both must find the same
incidents, with the same ids, beginnings and ends. Run: `python -m bench.incidents`.

Invariant: nothing is asked of a broker; the log is a list. May import: anything; imported by runtime.cli.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import structlog
from prometheus_client import CollectorRegistry

from backtest.log import moment_of
from backtest.replay import Replay
from bench import report
from bench.stack import Stack
from core.baseline.school import School
from core.event import Event, encode
from core.watch import advance
from runtime.policy import read_policy
from sim.log import Spec, generate
from store import progress, watchtower
from store.pool import open_pool
from stream.cache import Cache
from stream.engine import Engine
from stream.incident_metrics import IncidentMetrics
from stream.kit import Kit
from stream.lookout import Lookout
from stream.metrics import StreamMetrics
from stream.think import Thinker
from stream.watchtower import Watchtower

STEP = timedelta(minutes=15)
PARTITIONS = 2


class Line:
    """A partition's log that is a list: what an engine asks of it."""

    def __init__(self) -> None:
        self.end = 0

    async def seek(self, partition: int, offset: int) -> None:
        """Nothing is ever missing."""

    async def first_from(self, partition: int, offset: int) -> int | None:
        """Give the offset itself."""
        return offset

    async def log_start(self, partition: int) -> int | None:
        """Give the first offset."""
        return 0

    def highwater(self, partition: int) -> int | None:
        """Give the end."""
        return self.end

    def pause(self, partition: int) -> None:
        """Batches are small."""

    def resume(self, partition: int) -> None:
        """Batches are small."""


class Entry:
    """A record of the log."""

    def __init__(self, offset: int, event: Event) -> None:
        self.offset = offset
        self.timestamp = int(moment_of(event).timestamp() * 1000)
        self.key: bytes | None = event.parcel_id.encode()
        self.value: bytes | None = encode(event)


class Side:
    """A worker on a virtual clock: its engines, what it hears, and the leader."""

    def __init__(self, pool: Any, start: datetime) -> None:
        policy, registry, name, topic = read_policy(), CollectorRegistry(), secrets.token_hex(4), "events"
        self.now = start
        self.pool = pool
        metrics, incidents = StreamMetrics(registry), IncidentMetrics(registry)
        thinker = Thinker(policy, advance, metrics)
        self.lookout = Lookout(pool, topic, name, policy, thinker, incidents, self.clock)
        self.watchtower = Watchtower(pool, policy, topic, incidents, self.clock)
        kit = Kit(
            topic=topic,
            log_id="",
            worker=name,
            pool=pool,
            thinker=thinker,
            cache=Cache(200_000),
            metrics=metrics,
            now=self.clock,
            lookout=self.lookout,
        )
        self.lines = [Line() for _ in range(PARTITIONS)]
        self.engines = [Engine(kit, partition, line) for partition, line in enumerate(self.lines)]

    def clock(self) -> datetime:
        """Give the moment."""
        return self.now

    async def take(self, events: Sequence[Event]) -> None:
        """Put what came in a step before the engines and wait until all that follows from it is in the tables."""
        for partition, (line, engine) in enumerate(zip(self.lines, self.engines, strict=True)):
            own = [event for event in events if crc32(event.parcel_id.encode()) % PARTITIONS == partition]
            entries = [Entry(line.end + nth, event) for nth, event in enumerate(own)]
            line.end += len(entries)
            engine.put(entries)
        pairs = list(zip(self.lines, self.engines, strict=True))
        while any(engine.next_offset < line.end for line, engine in pairs):  # noqa: ASYNC110 - engines tell nobody
            await asyncio.sleep(0.002)
        while await self.pool.fetchval("SELECT count(*) FROM parcel WHERE due_at <= $1", self.now):
            for engine in self.engines:
                engine.look()
            await asyncio.sleep(0.005)

    async def hear(self) -> None:
        """Say what is known and read what was found."""
        await self.lookout.say({engine.partition: self.now for engine in self.engines})
        await self.lookout.read()
        await self.lookout.read_containers()
        for engine in self.engines:
            engine.look()


async def live(pool: Any, log: Sequence[Event], takeovers: int) -> tuple[dict[str, Any], list[float]]:
    """Run the log through engines and leader; give the incidents by id and the seconds of each takeover."""
    side = Side(pool, moment_of(log[0]).replace(minute=0, second=0, microsecond=0))
    steps = (moment_of(log[-1]) - side.now) // STEP + 1
    took: list[float] = []
    async with pool.acquire() as connection:
        await progress.set_partition_count(connection, PARTITIONS)
        if not await watchtower.lead(connection):
            raise RuntimeError("somebody else leads")
        tower = await side.watchtower.restore(connection)
        at = 0
        for step in range(steps):
            side.now += STEP
            first = at
            while at < len(log) and moment_of(log[at]) < side.now:
                at += 1
            await side.take(log[first:at])
            await side.hear()
            await side.watchtower.tick(connection, tower)
            await side.hear()
            if step % (steps // (takeovers + 1)) == steps // (takeovers + 1) - 1 and len(took) < takeovers:
                began = time.perf_counter()
                tower = await side.watchtower.restore(connection)
                took.append(time.perf_counter() - began)
        for engine in side.engines:
            await engine.stop()
            if engine.failure is not None:
                raise engine.failure
    return {row["incident_id"]: row for row in await pool.fetch("SELECT * FROM incident")}, took


async def main(
    parcels: int = 20_000, days: int = 12, network: int = 1, takeovers: int = 8, write: bool = True
) -> dict[str, Any]:
    """Run both ways and compare; write the result down; give the figures."""
    log: list[Event] = list(generate(Spec(parcels=parcels, days=days, seed=7 * network + 1, network=network)))
    policy = read_policy()
    replay = Replay(policy, School(policy.learned.half_life_days))
    await asyncio.to_thread(replay.run, log)
    theirs = {incident.incident_id: incident for incident in replay.incidents.values()}
    async with Stack(()) as stack:
        pool = await open_pool(stack.database_url, 8, "bench")
        began = time.perf_counter()
        ours, took = await live(pool, log, takeovers)
        seconds = time.perf_counter() - began
        counters = await pool.fetchval("SELECT count(*) FROM pulse")
        under = await pool.fetchval("SELECT count(*) FROM exception WHERE incident_id IS NOT NULL")
        await pool.close()
    same = [key for key in theirs.keys() & ours.keys() if theirs[key].until == ours[key]["until"]]
    figures = {
        "scans": replay.scans,
        "days_of_the_log": round((moment_of(log[-1]) - moment_of(log[0])) / timedelta(days=1), 1),
        "incidents_of_the_back_test": len(theirs),
        "incidents_live": len(ours),
        "the_same_with_the_same_end": len(same),
        "kinds": sorted({row["kind"] for row in ours.values()}),
        "parcels_under_them": under,
        "counters": counters,
        "hubs": len(replay.tower.hubs.keys),
        "lanes": len(replay.tower.lanes.lanes),
        "takeovers": len(took),
        "takeover_s_most": round(max(took), 1) if took else None,
        "seconds": round(seconds),
    }
    if write:
        report.write(
            "incidents",
            command=f"python -m bench.incidents --parcels {parcels} --days {days} --network {network}",
            method=(
                f"a made-up network's log through {PARTITIONS} engines, PostgreSQL and the leader on a virtual clock, "
                "a quarter of an hour at a time, the leader replaced now and then; the same log through the back-test"
            ),
            figures=figures,
            target="live finds what the back-test finds, with the same beginnings and ends",
        )
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parcels", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--network", type=int, default=1)
    parser.add_argument("--takeovers", type=int, default=8)
    parser.add_argument("--dry", action="store_true", help="do not write the result down")
    asked = parser.parse_args()
    import logging

    import uvloop

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name, figure in uvloop.run(
        main(asked.parcels, asked.days, asked.network, asked.takeovers, not asked.dry)
    ).items():
        print(f"{name:28} {figure}")
