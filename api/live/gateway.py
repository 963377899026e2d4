"""The gateway: keeps the board up to date from the tail and every client up to date from the board.

Changes are collected and handed out at most `ticks_per_s` times a second, one encoding for all clients with the same
filter. Invariant: a client has seen everything up to the offset it was last sent; nothing here waits for a slow client.
May import: asyncpg, structlog, api.live, store, runtime.lifecycle.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import asyncpg
import msgspec
import structlog

from api.live import protocol
from api.live.board import Board, Filter, Key, Row
from api.live.client import Client, split
from api.live.metrics import LiveMetrics
from api.live.protocol import Close, Resume
from runtime.lifecycle import pause
from store import feed, live
from store.feed import FeedRow, Loaded, Position

log = structlog.get_logger()

_RING = 50_000  # changes remembered by name for resuming without a query; older ones are looked up in the table
_TICK_ROWS = 250  # a burst is handed out in pieces, so that a jammed hub does not fill every socket at once
_YIELD_EVERY = 500
_PART_ROWS = 250
_HEARTBEAT_S = 10.0
_SNAPSHOT_KEEP_S = 2.0
_SNAPSHOTS = 32  # encoded snapshots kept for a storm of reconnects; the oldest goes first
_SEND_S = 20.0


class _Change(msgspec.Struct, gc=False):
    """A row that changed since it was last handed out: how it was, when the first change was written.

    `again`: changed more than once, so a client that came in between may have seen a form that is neither the old one
    nor the new one, and must be told when the row goes.
    """

    before: Row | None
    at: float
    again: bool = False


class Gateway:
    """The board, the clients, and what is between them. Implements `tail.Reader`."""

    def __init__(
        self,
        database: asyncpg.Pool,
        now: Callable[[], datetime],
        metrics: LiveMetrics | None = None,
        *,
        snapshot_rows: int = 5_000,
        resume_rows: int = 2_000,
        ticks_per_s: float = 4.0,
    ) -> None:
        self.board = Board()
        self.clients: set[Client] = set()
        self.metrics = metrics or LiveMetrics()
        self.epoch: str | None = None
        self.stale_since: datetime | None = None
        self._database = database
        self._now = now
        self._snapshot_rows = snapshot_rows
        self._resume_rows = resume_rows
        self._tick_s = 1 / ticks_per_s
        self._position = Position(0, 0)  # read from the feed and applied to the board
        self._handed = Position(0, 0)  # all changes up to here have been handed out
        self._ring: deque[tuple[Position, Key]] = deque(maxlen=_RING)
        self._ring_from = Position(0, 0)  # the ring holds every change after this
        self._changed: dict[Key, _Change] = {}
        self._kick = asyncio.Event()
        self._counts_sent = -1
        self._caught_up_at = time.monotonic()
        self._snapshots: dict[Filter, tuple[float, Position, list[bytes], int]] = {}
        self._closers: set[asyncio.Task[None]] = set()

    # from the tail --------------------------------------------------------------------------------------------------

    def on_loaded(self, loaded: Loaded) -> None:
        """Take a freshly loaded board; clients that were here have to come back for a snapshot."""
        broken = self.board.load(loaded.rows)
        if broken:
            self.metrics.broken_rows.inc(broken)
            log.error("board_rows_unreadable", rows=broken)
        again = self.epoch is not None
        self.epoch = loaded.epoch
        self._position = self._handed = self._ring_from = loaded.position
        self._ring.clear()
        self._changed.clear()
        self._snapshots.clear()
        self.metrics.rows.set(len(self.board))
        log.info("board_loaded", rows=len(self.board), again=again)
        if again:
            for client in list(self.clients):
                self.dismiss(client, Close.RESYNC, "resync", "reloaded")

    def on_rows(self, rows: list[FeedRow]) -> None:
        """Apply rows of the feed."""
        self.metrics.feed_rows.inc(len(rows))
        for row in rows:
            key = (row.noun, row.key)
            if len(self._ring) == _RING:
                self._ring_from = self._ring[0][0]
            self._ring.append((row.position, key))
            try:
                change = self.board.apply(row)
            except msgspec.DecodeError as error:
                self.metrics.broken_rows.inc()
                log.error("feed_row_unreadable", position=str(row.position), noun=row.noun, error=str(error))
                continue
            if change is None:
                continue
            pending = self._changed.get(key)
            if pending is None:
                self._changed[key] = _Change(change[0], row.at.timestamp())
            else:
                pending.again = True
                self.metrics.conflated.inc()
        self._position = rows[-1].position
        self.metrics.rows.set(len(self.board))
        self._kick.set()

    def on_caught_up(self) -> None:
        """Note that nothing is waiting in the feed."""
        self._caught_up_at = time.monotonic()
        if self.stale_since is not None:
            self.stale_since = None
            self.metrics.stale.set(0)
            self._broadcast(protocol.state(None, self._now()))

    def on_away(self, reason: str) -> None:
        """Tell the clients that what they see stands still; they stay connected."""
        if self.stale_since is None:
            self.stale_since = self._now()
            self.metrics.stale.set(1)
            log.warning("board_stale", reason=reason)
            self._broadcast(protocol.state(self.stale_since, self._now()))

    def ready(self) -> str | None:
        """Give None when clients can be served, else the reason."""
        if self.epoch is None:
            return "the board is not loaded yet"
        return "the database cannot be read; clients see the last known board" if self.stale_since else None

    # to the clients -------------------------------------------------------------------------------------------------

    async def welcome(self, client: Client, resume: Resume | None) -> None:
        """Bring a new client up to date: by what changed since its offset if that is all there, else by a snapshot."""
        keys = await self._missed(resume) if resume else None
        if keys is None or not client.open:
            self.metrics.resumed.labels("snapshot").inc()
            await self.snapshot(client, 0)
            return
        self.metrics.resumed.labels("recovered").inc()
        upserts, gone = split(self.board, client.wanted, keys)
        client.write(protocol.deltas(upserts, gone, str(self._position), self.epoch, recovered=True))
        client.waiting.clear()  # `keys` has them too
        client.loading = False
        self._greet(client)

    async def _missed(self, resume: Resume) -> list[Key] | None:
        """Give every key that changed since an offset, or None when that cannot be said for sure."""
        try:
            since = Position.parse(resume.offset)
        except ValueError:
            return None
        if self.epoch is None or resume.epoch != self.epoch or since > self._position:
            return None
        keys: dict[Key, None] = {}
        if since < self._ring_from:
            epoch, upto = self.epoch, self._position
            try:
                found = await feed.touched_between(self._database, since, upto, self._resume_rows)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("resume_lookup_failed", error=type(error).__name__)
                return None
            # While waiting the ring may have moved on beyond what the table was asked for, or all been reloaded.
            if found is None or self.epoch != epoch or upto < self._ring_from:
                return None
            keys = dict.fromkeys(found)
            since = upto
        for position, key in reversed(self._ring):
            if position <= since:
                break
            keys[key] = None
        return None if len(keys) > self._resume_rows else list(keys)

    async def snapshot(self, client: Client, request: int) -> None:
        """Send every row that the client's filter shows. Waits for the client, at most `_SEND_S` a part."""
        started = time.monotonic()
        client.loading, client.request = True, request
        client.waiting.clear()
        at, parts = self._snapshot_of(client.wanted, request)
        # A kept snapshot is a little old: what changed since is held for the client, then sent as deltas.
        for position, key in reversed(self._ring):
            if position <= at:
                break
            client.waiting[key] = None
        for part in parts:
            try:
                async with asyncio.timeout(_SEND_S):
                    await client.socket.send(part, text=True)
            except TimeoutError:
                self.dismiss(client, Close.RESYNC, "too slow for a snapshot", "slow_snapshot")
                return
        client.loading = False
        self.metrics.snapshot.observe(time.monotonic() - started)
        self.metrics.deltas.inc(client.flush(self.board, str(max(at, self._handed))))
        self._greet(client)

    def _snapshot_of(self, wanted: Filter, request: int) -> tuple[Position, list[bytes]]:
        kept = self._snapshots.get(wanted)
        fresh = time.monotonic() - _SNAPSHOT_KEEP_S
        if kept is not None and kept[3] == request and kept[0] > fresh and kept[1] >= self._ring_from:
            return kept[1], kept[2]
        rows, total = self.board.select(wanted, self._snapshot_rows)
        parts = protocol.snapshot_parts(self.epoch or "", str(self._position), rows, total, _PART_ROWS, request)
        self._snapshots.pop(wanted, None)
        self._snapshots[wanted] = (time.monotonic(), self._position, parts, request)
        while len(self._snapshots) > _SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]
        return self._position, parts

    def _greet(self, client: Client) -> None:
        client.write(protocol.counts(self.board.counts()))
        client.write(protocol.state(self.stale_since, self._now()))

    def dismiss(self, client: Client, code: Close, reason: str, label: str) -> None:
        """Close a client without waiting for it."""
        if client.closing:
            return
        client.closing = True
        self.clients.discard(client)
        self.metrics.closed.labels(label).inc()
        self.metrics.dropped.inc(len(client.waiting))
        task = asyncio.create_task(client.socket.close(code, reason))
        self._closers.add(task)
        task.add_done_callback(self._closers.discard)

    def _broadcast(self, message: bytes) -> None:
        for client in self.clients:
            if client.open and not client.loading and not client.congested:
                client.write(message)

    # tasks ----------------------------------------------------------------------------------------------------------

    async def fan_out(self, stop: asyncio.Event) -> None:
        """Hand out changes until `stop` is set: at once when it was quiet, else once a tick."""
        heartbeat = time.monotonic()
        while not stop.is_set():
            waiting = any(client.waiting for client in self.clients)
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if waiting or self._changed else 1.0):
                    await self._kick.wait()
            self._kick.clear()
            self.metrics.lag.set(time.monotonic() - self._caught_up_at)
            if time.monotonic() - heartbeat >= _HEARTBEAT_S:
                heartbeat = time.monotonic()
                self._beat()
            if self._changed or waiting:
                await self._tick()
                await pause(stop, self._tick_s)

    def _beat(self) -> None:
        moved = protocol.state(self.stale_since, self._now(), str(self._handed))
        still = protocol.state(self.stale_since, self._now())
        for client in self.clients:
            if client.open and not client.loading and not client.congested:
                client.write(still if client.waiting else moved)

    async def _tick(self) -> None:
        started = time.perf_counter()
        wall = self._now().timestamp()
        taken = dict(list(self._changed.items())[:_TICK_ROWS])
        for key in taken:
            del self._changed[key]
        if not self._changed:
            self._handed = self._position
        offset = str(self._handed)
        names = dict.fromkeys(taken)
        messages: dict[Filter, tuple[bytes | None, int]] = {}
        counts = protocol.counts(self.board.counts()) if self._counts_sent != self.board.version else None
        self._counts_sent = self.board.version
        for number, client in enumerate(list(self.clients), start=1):
            if client.open:
                self._serve(client, taken, names, messages, offset, counts)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        for change in taken.values():
            self.metrics.feed_to_send.observe(max(0.0, wall - change.at))
        self.metrics.tick.observe(time.perf_counter() - started)

    def _serve(
        self,
        client: Client,
        taken: dict[Key, _Change],
        names: dict[Key, None],
        messages: dict[Filter, tuple[bytes | None, int]],
        offset: str,
        counts: bytes | None,
    ) -> None:
        if not client.in_step:
            self.metrics.conflated.inc(client.hold(names))
            if client.too_slow:
                self.dismiss(client, Close.RESYNC, "resync", "slow")
            elif not client.loading:
                self.metrics.deltas.inc(client.flush(self.board, offset))
                if not client.waiting and not client.congested:
                    client.write(counts or protocol.counts(self.board.counts()))
            return
        if client.wanted not in messages:
            messages[client.wanted] = self._encode(client.wanted, taken, offset)
        message, size = messages[client.wanted]
        if message is not None:
            client.write(message)
            self.metrics.deltas.inc(size)
        if counts is not None:
            client.write(counts)

    def _encode(self, wanted: Filter, taken: dict[Key, _Change], offset: str) -> tuple[bytes | None, int]:
        upserts: list[Row] = []
        gone: list[Key] = []
        for key, change in taken.items():
            after = self.board.get(key)
            if after is not None and wanted.shows(after):
                upserts.append(after)
            elif change.again or (change.before is not None and wanted.shows(change.before)):
                if wanted.wants(key[0]):
                    gone.append(key)
        if not upserts and not gone:
            return None, 0
        return protocol.deltas(upserts, gone, offset), len(upserts) + len(gone)

    async def recheck(self, stop: asyncio.Event, every_s: float = 15.0) -> None:
        """Close the sockets of accounts that were disabled and of sessions that ended, until `stop` is set."""
        while not await pause(stop, every_s):
            clients = list(self.clients)
            if not clients:
                continue
            try:
                stay = await live.still_welcome(self._database, [client.seat for client in clients], self._now())
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                # Who may stay cannot be known now; the board is stale anyway, and the next look comes soon.
                log.warning("recheck_failed", error=type(error).__name__)
                continue
            for client, welcome in zip(clients, stay, strict=True):
                if not welcome:
                    self.dismiss(client, Close.NOT_WELCOME, "signed out", "signed_out")

    async def close(self) -> None:
        """Close every client; they come back to whoever runs next."""
        for client in list(self.clients):
            self.dismiss(client, Close.GOING_AWAY, "restarting", "stopping")
        if self._closers:
            await asyncio.wait(list(self._closers), timeout=3)
