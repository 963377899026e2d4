"""The partitions this worker has right now, each with its engine.

Invariant: an engine lives from an assignment to the next revocation; a rebalance ends all of them, as Kafka's eager
protocol revokes everything. May import: faust, stream.engine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog
from faust.types import TP

from stream.engine import Engine
from stream.kit import Kit, Log, Status
from stream.think import Record

log = structlog.get_logger()


class Place(Protocol):
    """A topic and a partition."""

    @property
    def topic(self) -> str:
        """The topic's name."""

    @property
    def partition(self) -> int:
        """The partition's number."""


class Consumer(Protocol):
    """What gives engines their log."""

    def engine_log(self, topic: str) -> Log:
        """Give the log's side of a topic."""


class Partitions:
    """Starts, feeds and stops the engines."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._left: dict[int, tuple[int, int]] = {}
        self._log: Log | None = None
        self.engines: dict[int, Engine] = {}
        self.assigned_at = time.monotonic()  # of the last change

    async def resume(self, assigned: Iterable[Place], consumer: Consumer) -> dict[Any, int]:
        """Claim the assigned partitions and give where to read on. Waits while the database is away."""
        await self.release(())
        places = {place.partition: place for place in assigned if place.topic == self._kit.topic}
        source = self._log = consumer.engine_log(self._kit.topic)
        for partition in places:
            self.engines[partition] = Engine(self._kit, partition, source, self._left.pop(partition, None))
        self._left.clear()
        engines = dict(self.engines)
        self.assigned_at = time.monotonic()
        log.info("partitions_assigned", partitions=sorted(engines))
        offsets = await asyncio.gather(*(asyncio.shield(engine.claimed) for engine in engines.values()))
        return {places[partition]: offset for partition, offset in zip(engines, offsets, strict=True)}

    async def release(self, revoked: Iterable[Place]) -> None:
        """Stop every engine, whatever was revoked: an engine does not outlive its assignment."""
        engines, self.engines = self.engines, {}
        if not engines:
            return
        await asyncio.gather(*(engine.stop() for engine in engines.values()))
        for partition, engine in engines.items():
            if engine.failure is not None:
                log.error("engine_had_failed", partition=partition, error=repr(engine.failure))
            elif engine.left is not None:
                self._left[partition] = engine.left
            self._kit.metrics.forget(partition)
        self.assigned_at = time.monotonic()
        log.info("partitions_released", partitions=sorted(engines))

    def put(self, partition: int, records: Sequence[Record]) -> None:
        """Hand fetched records to their engine. Those of a partition that is not ours any more are dropped."""
        engine = self.engines.get(partition)
        if engine is not None:
            engine.put(records)

    def committed(self) -> Mapping[Any, int]:
        """Give the offset up to which each partition is surely in the database."""
        return {
            TP(self._kit.topic, partition): engine.next_offset
            for partition, engine in self.engines.items()
            if engine.status in (Status.RUNNING, Status.WAITING) and engine.claimed.done()
        }

    def known(self) -> dict[int, datetime]:
        """Give up to when each partition is known: everything that came in until then is committed."""
        moments = {partition: engine.known_at for partition, engine in self.engines.items()}
        return {partition: moment for partition, moment in moments.items() if moment is not None}

    def look(self) -> None:
        """Have every engine look at what is new."""
        for engine in self.engines.values():
            engine.look()

    def observe(self) -> None:
        """Set the gauges that are read off the engines."""
        metrics, now = self._kit.metrics, time.monotonic()
        counts = dict.fromkeys(Status, 0)
        for partition, engine in list(self.engines.items()):
            counts[engine.status] += 1
            metrics.since_commit.labels(str(partition)).set(now - engine.committed_at)
            highwater = self._log.highwater(partition) if self._log is not None else None
            if highwater is not None:
                metrics.lag.labels(str(partition)).set(max(0, highwater - engine.next_offset))
        for status, count in counts.items():
            metrics.owned.labels(status.value).set(count)
        metrics.cached.set(len(self._kit.cache))
