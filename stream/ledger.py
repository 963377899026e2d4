"""A partition's standing with the database: claimed, moved on one transaction at a time, or lost.

Invariant: after any trouble, what is committed is read from the database and never guessed; passing trouble is waited
out, however long. May import: store, stream.metrics.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog

from store import progress
from store.progress import Claim, Fenced, Standing
from store.trouble import passes
from stream.metrics import StreamMetrics

T = TypeVar("T")
_BACKOFF_S = (0.1, 10.0)


class Stopped(Exception):
    """The engine was told to stop while it waited for the database."""


class Ledger:
    """Asks and writes for one partition, through trouble. `version` 0 means not claimed yet."""

    def __init__(
        self,
        *,
        pool: Any,
        topic: str,
        partition: int,
        log_id: str,
        worker: str,
        metrics: StreamMetrics,
        draw: Callable[[], float],
    ) -> None:
        """`worker` is unlike any other's, also on this machine; `draw` gives 0..1, for jitter."""
        self.next_offset = 0
        self.version = 0
        self.known_at: datetime | None = None  # all that came in until then is committed; None: nobody can say
        self.away = False  # the database, as of the last try
        self.committed_at = time.monotonic()  # of the last transaction, or of the claim
        self.stopping = asyncio.Event()
        self._pool = pool
        self._topic = topic
        self._partition = partition
        self._log_id = log_id
        self._worker = worker
        self._metrics = metrics
        self._draw = draw
        self._log = structlog.get_logger().bind(topic=topic, partition=partition)

    async def claim(self) -> Claim:
        """Take the partition over."""
        taken = await self.ask(lambda c: progress.claim(c, self._topic, self._partition, self._log_id, self._worker))
        self.version, self.next_offset = taken.now.version, taken.now.next_offset
        self.committed_at = time.monotonic()
        return taken

    async def ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        """Ask the database, however long it is away. Only for what may be asked twice."""
        attempt = 0
        while True:
            try:
                async with self._pool.acquire() as connection:
                    answer = await question(connection)
                self.away = False
                return answer
            except Exception as error:
                if not passes(error):
                    raise
                await self._wait(error, attempt)
                attempt += 1

    async def commit(
        self, next_offset: int, write: Callable[[Any], Awaitable[None]], known_at: datetime | None = None
    ) -> None:
        """Write in one transaction with the new offset; try until it is surely in or the partition is surely lost.

        `known_at`: up to then everything that came in is in the tables with it; None: nobody can say. Raises Fenced;
        and what the database says of data that it will never take.
        """
        started = time.perf_counter()
        attempt = 0
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    await progress.advance(
                        connection, self._topic, self._partition, next_offset, self.version, self._worker, known_at
                    )
                    await write(connection)
                break
            except Fenced:
                # After a broken connection this may be our own earlier attempt, which was in after all.
                if not (attempt and self._is_ours(await self._standing(), next_offset)):
                    raise
                break
            except Exception as error:
                if not passes(error):
                    raise
                await self._wait(error, attempt)
                attempt += 1
                standing = await self._standing()
                if self._is_ours(standing, next_offset):
                    break
                if (standing.version, standing.worker) != (self.version, self._worker):
                    raise Fenced(f"partition {self._partition} is another worker's") from error
        self.version += 1
        self.next_offset = next_offset
        self.known_at = known_at or self.known_at
        self.committed_at = time.monotonic()
        self.away = False
        self._metrics.batches.inc()
        self._metrics.stage.labels("write").observe(time.perf_counter() - started)

    def _is_ours(self, standing: Standing, next_offset: int) -> bool:
        """Tell whether the row shows exactly the transaction that we are not sure of."""
        return standing == Standing(next_offset, self.version + 1, self._log_id, self._worker)

    async def _standing(self) -> Standing:
        return await self.ask(lambda c: progress.read(c, self._topic, self._partition))

    async def _wait(self, error: Exception, attempt: int) -> None:
        """Wait before trying again: longer each time, with jitter so that partitions do not come back as one."""
        self.away = True
        self._metrics.retries.inc()
        delay = min(_BACKOFF_S[1], _BACKOFF_S[0] * 2.0 ** min(attempt, 10)) * (0.5 + self._draw() / 2)
        self._log.warning("database_trouble", error=repr(error)[:300], attempt=attempt, wait_s=round(delay, 2))
        try:
            async with asyncio.timeout(delay):
                await self.stopping.wait()
        except TimeoutError:
            return
        raise Stopped
