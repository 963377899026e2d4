"""The real `Accept`: events go to the log; to the inbox table while the broker is away; back in order when it is there.

Invariant: `accept` returns only when the log or the inbox has every event. At least once: a send that timed out may
have arrived all the same, and events are idempotent. Order: what this process diverts stays behind what it diverted
before (by `seq`), and it sends to the log again only when the inbox is empty; a process that has not noticed yet may
overtake by `_POLL_S`. That does no harm: a fold orders scans by when they happened and registrations by their own
time. Mappings are laid over every scan here, so that no way in forgets them. May import: core, store,
api.book, api.broker, api.inbox.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Literal

import asyncpg
import structlog

from api.accept import Accepted, Unavailable
from api.book import Book, unknown_of
from api.broker import RECORD_BYTES, Broker, BrokerAway
from api.inbox import InboxWriter
from api.metrics import ApiMetrics
from core.event import Event, Scanned, encode
from runtime.lifecycle import pause
from store import intake as store

log = structlog.get_logger()

#: Bytes handed to the broker and not acknowledged. Full: the sender gets 503 with Retry-After.
IN_FLIGHT_BYTES = 64 * 1024 * 1024
#: Rows in the inbox. Full: 503, the disk is worth more than one more hour of accepting.
INBOX_ROWS = 5_000_000
_DRAIN_BATCH = 2000
_POLL_S = 1.0
_READ_BOOK_S = 5.0
_DATABASE_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Intake:
    """Makes events durable. Run `run` beside the server."""

    def __init__(self, broker: Broker, pool: asyncpg.Pool, metrics: ApiMetrics, book: Book | None = None) -> None:
        self.book = book or Book()
        self._broker = broker
        self._pool = pool
        self._metrics = metrics
        self._diverting = True  # until the broker is seen and the inbox is seen empty
        self._inbox = InboxWriter(pool)
        self._bytes = 0
        self._depth = 0
        self._settled = asyncio.Event()

    @property
    def diverting(self) -> bool:
        """Say whether events go to the inbox now."""
        return self._diverting

    async def settled(self) -> None:
        """Wait until events go to the log: broker there, inbox empty."""
        await self._settled.wait()

    async def accept(self, events: Sequence[Event]) -> Accepted:
        """Make the events durable, in their order per parcel. Raises Unavailable."""
        started = time.perf_counter()
        events = [self.book.lay_over(event) for event in events]
        pairs = [pair for event in events for pair in _pairs(event)]
        if not pairs:
            return Accepted("log", 0)
        where = await self._store(pairs)
        self._metrics.accept_seconds.labels(where).observe(time.perf_counter() - started)
        for event in events:
            for source in unknown_of(event):
                self._metrics.unknown.labels(source).inc()
        return Accepted(where, len(events))

    async def _store(self, pairs: list[tuple[bytes, bytes]]) -> Literal["log", "inbox"]:
        sent = False
        if not self._diverting:
            try:
                await self._send(pairs)
                return "log"
            except BrokerAway as error:
                sent = True
                self._divert(str(error))
        try:
            await self._keep(pairs)
            return "inbox"
        except _DATABASE_AWAY as error:
            log.error("inbox_write_failed", error=repr(error))
            if sent or not self._broker.up:
                raise Unavailable("neither the broker nor the database takes events") from error
        # The database is away and cannot be drained, but the broker may be back: better out of order than refused.
        try:
            await self._send(pairs)
        except BrokerAway as error:
            raise Unavailable("neither the broker nor the database takes events") from error
        return "log"

    async def _send(self, pairs: list[tuple[bytes, bytes]]) -> None:
        size = sum(len(value) for _, value in pairs)
        if self._bytes and self._bytes + size > IN_FLIGHT_BYTES:
            raise Unavailable("too much is on its way to the broker", 1)
        self._bytes += size
        self._metrics.events_in_flight.inc(len(pairs))
        started = time.perf_counter()
        try:
            await self._broker.send(pairs)
        except BrokerAway:
            self._metrics.produce_failures.inc()
            raise
        finally:
            self._bytes -= size
            self._metrics.events_in_flight.dec(len(pairs))
        self._metrics.produce_seconds.observe(time.perf_counter() - started)

    async def _keep(self, pairs: list[tuple[bytes, bytes]]) -> None:
        if self._depth >= INBOX_ROWS:
            raise Unavailable("the inbox is full", 60)
        await self._inbox.put(pairs)
        self._depth += len(pairs)
        self._metrics.inbox_depth.set(self._depth)

    def _divert(self, reason: str) -> None:
        if not self._diverting:
            log.warning("broker_away", reason=reason)
            self._close_log()
            self._broker.retire()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the broker connected and the inbox drained until `stop` is set."""
        wait_s = 0.1
        read_at = -math.inf
        while not stop.is_set():
            if time.monotonic() - read_at >= _READ_BOOK_S:
                await self.book.refresh(self._pool)
                read_at = time.monotonic()
            try:
                await self._tend()
                wait_s = _POLL_S
            except BrokerAway as error:
                log.warning("broker_still_away", reason=str(error))
                self._divert(str(error))
                self._broker.retire()
                await self._look_at_inbox()
                wait_s = min(wait_s * 2, 5)
            except _DATABASE_AWAY as error:
                log.warning("inbox_unreachable", error=repr(error))
                if not self._inbox.begun and self._broker.up:
                    self._open()  # nothing of ours waits: do not hold the log back for a database that is away
                wait_s = _POLL_S
            await pause(stop, wait_s)

    async def close(self) -> None:
        """Wait for what is being written to the inbox; the broker is closed by its owner."""
        await self._inbox.close()

    async def tend_once(self) -> None:
        """Connect and drain once, for commands that come and go. Without a broker all goes to the inbox."""
        await self.book.refresh(self._pool)
        try:
            await self._tend()
        except BrokerAway as error:
            log.warning("broker_away", reason=str(error))

    async def _tend(self) -> None:
        if not self._broker.up:
            await self._broker.connect()
        while True:
            before = self._inbox.begun
            await self._count()
            if not self._depth:
                # No write may slip between the look and the switch.
                if before == self._inbox.begun and not self._inbox.busy:
                    self._open()
                    return
                await asyncio.sleep(0.01)
                continue
            if not self._diverting:
                log.info("inbox_found_filled")
                self._close_log()
            if not await self._drain():
                return

    async def _count(self) -> None:
        async with asyncio.timeout(5), self._pool.acquire() as connection:
            self._depth = await store.inbox_depth(connection)
        self._metrics.inbox_depth.set(self._depth)

    async def _look_at_inbox(self) -> None:
        """Count while the broker is away: other processes write too, and this one may have just started."""
        try:
            await self._count()
        except _DATABASE_AWAY as error:
            log.warning("inbox_not_counted", error=repr(error))

    def _close_log(self) -> None:
        self._diverting = True
        self._metrics.diverting.set(1)
        self._settled.clear()

    def _open(self) -> None:
        if self._diverting:
            log.info("broker_takes_events")
        self._diverting = False
        self._metrics.diverting.set(0)
        self._settled.set()

    async def _drain(self) -> bool:
        """Move the inbox to the log, oldest first. False when another process is at it."""
        moved = 0
        async with self._pool.acquire(timeout=5) as connection, store.drain_lock(connection) as mine:
            if not mine:
                return False
            while head := await store.inbox_head(connection, _DRAIN_BATCH):
                await self._broker.send([(key.encode(), value) for _, key, value in head], timeout_s=10)
                await store.drop_inbox(connection, [number for number, _, _ in head])
                moved += len(head)
                self._metrics.inbox_drained.inc(len(head))
        log.info("inbox_drained", events=moved)
        return True


def _pairs(event: Event) -> list[tuple[bytes, bytes]]:
    """Give the records of an event; scans too many for one record are spread over several."""
    value = encode(event)
    if len(value) > RECORD_BYTES and isinstance(event, Scanned) and len(event.scans) > 1:
        half = len(event.scans) // 2
        parts = (event.scans[:half], event.scans[half:])
        return [
            pair
            for scans in parts
            for pair in _pairs(Scanned(parcel_id=event.parcel_id, received_at=event.received_at, scans=scans))
        ]
    return [(event.parcel_id.encode(), value)]
