"""Ends the process when events wait and nothing moves: a supervisor restarts it, which is what helps.

Faust and aiokafka have a family of bugs where a consumer lives on without fetching or without ever rejoining its group
(Faust issues 175, 523, 532, 629, 602, aiokafka 1154); their own check only logs. Waiting for the database is no reason
to end: a restart would not bring it back.

Invariant: judges by what the database says is done and what the log says is there, not by the consumer's own view.
May import: aiokafka, store, stream.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from runtime.lifecycle import pause
from store import progress
from store.trouble import passes
from stream.kit import Status
from stream.metrics import StreamMetrics
from stream.partitions import Partitions

log = structlog.get_logger()


class Stuck(RuntimeError):
    """The worker does not move although there is work; it has to be started again."""


class Watchdog:
    """Looks every few seconds whether waiting events get done.

    `ends` gives the log's end offset of every partition. Tansu's answer may be too low, never too high, so the fetch's
    high watermark is taken where it is higher.
    """

    def __init__(
        self,
        topic: str,
        partitions: Partitions,
        pool: Any,
        metrics: StreamMetrics,
        ends: Callable[[], Awaitable[Mapping[int, int]]],
        limit_s: float = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic
        self._partitions = partitions
        self._pool = pool
        self._metrics = metrics
        self._ends = ends
        self._limit_s = limit_s
        self._clock = clock
        self._seen: dict[int, tuple[int, float]] = {}  # partition -> (next offset, since when with events waiting)

    async def look(self) -> None:
        """Look once. Raises Stuck."""
        for partition, owner in list(self._partitions.engines.items()):
            if owner.failure is not None:
                self._metrics.stuck.labels("engine_failed").inc()
                raise Stuck(f"the engine of partition {partition} failed") from owner.failure
        self._partitions.observe()
        ends = dict(await self._ends())
        async with self._pool.acquire() as connection:
            done = await progress.read_all(connection, self._topic)
        now = self._clock()
        mine = self._partitions.engines
        for partition, end in ends.items():
            offset = done.get(partition, (0, 0))[0]
            engine = mine.get(partition)
            waiting = end > offset and not (engine is not None and engine.status is Status.WAITING)
            before = self._seen.get(partition)
            if not waiting:
                self._seen.pop(partition, None)
            elif before is None or before[0] != offset:
                self._seen[partition] = (offset, now)
            # Another worker's partition gets three times as long: its own watchdog goes first.
            elif now - before[1] > self._limit_s * (1 if engine is not None else 3):
                state = engine.status.value if engine is not None else "not_mine"
                log.error("worker_is_stuck", partition=partition, offset=offset, log_end=end, state=state)
                self._metrics.stuck.labels("no_progress" if engine is not None else "no_assignment").inc()
                if engine is not None or not mine:
                    raise Stuck(
                        f"partition {partition} stands at {offset} of {end} for {self._limit_s:.0f} s ({state})"
                    )

    async def run(self, stop: asyncio.Event) -> None:
        """Look until stopped. Raises Stuck."""
        while not await pause(stop, min(5.0, self._limit_s / 4)):
            try:
                async with asyncio.timeout(self._limit_s):
                    await self.look()
            except Exception as error:
                if not isinstance(error, KafkaError) and not passes(error):
                    raise
                self._seen.clear()
                log.warning("watchdog_cannot_look", error=repr(error)[:200])
