"""Writes events to the inbox table, many requests' in one transaction.

Invariant: one writer, so the order of `put` is the order of `seq`; `put` returns only when its events are committed.
The queue is bounded by bytes; full: the sender is refused with 503. May import: store.intake, store.trouble.
"""

from __future__ import annotations

import asyncio
from collections import deque

import asyncpg

from api.accept import Unavailable
from store import intake as store
from store.trouble import passes

#: Bytes waiting to be written.
WAITING_BYTES = 64 * 1024 * 1024
#: Events in one transaction: enough that a commit's wait is shared, few enough that it takes milliseconds.
_TOGETHER = 5000
_TIMEOUT_S = 4.0

Pairs = list[tuple[bytes, bytes]]


class InboxWriter:
    """The only writer of this process's events into `inbox`. `begun` counts its writes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: deque[tuple[Pairs, asyncio.Future[None]]] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self.begun = 0

    @property
    def busy(self) -> bool:
        """Say whether something waits or is being written."""
        return bool(self._waiting) or (self._task is not None and not self._task.done())

    async def put(self, pairs: Pairs) -> None:
        """Commit the events. Raises Unavailable when too much waits, else what the database says."""
        size = sum(len(value) for _, value in pairs)
        if self._bytes and self._bytes + size > WAITING_BYTES:
            raise Unavailable("too much waits for the inbox", 2)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begun += 1
        self._bytes += size
        self._waiting.append((pairs, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all(), name="inbox writer")
        try:
            await done
        finally:
            self._bytes -= size

    async def close(self) -> None:
        """Wait until what was put is written."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _write_all(self) -> None:
        while self._waiting:
            batch: list[tuple[Pairs, asyncio.Future[None]]] = []
            events = 0
            while self._waiting and (not batch or events + len(self._waiting[0][0]) <= _TOGETHER):
                batch.append(self._waiting.popleft())
                events += len(batch[-1][0])
            error = await self._write([pair for pairs, _ in batch for pair in pairs])
            if error is not None and not passes(error) and len(batch) > 1:
                # One request holds what the database will never take; the others must not fail with it.
                for pairs, done in batch:
                    _settle(done, await self._write(pairs))
                continue
            for _, done in batch:
                _settle(done, error)

    async def _write(self, pairs: Pairs) -> Exception | None:
        try:
            async with asyncio.timeout(_TIMEOUT_S), self._pool.acquire() as connection:
                await store.put_inbox(connection, [key.decode() for key, _ in pairs], [value for _, value in pairs])
        except Exception as error:  # every waiter gets it; nobody but they can answer for it
            return error
        return None


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():
        return  # the request gave up waiting; its events are kept all the same
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
