"""The tail: loads the board, then follows the feed for as long as it is told to, through every database outage.

Invariant: rows come once each and in reading order between two loads; after an outage reading goes on where it stopped,
or everything is loaded anew when that place is gone (pruned, or another database). May import: asyncpg, structlog,
runtime.lifecycle, store.feed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import asyncpg
import structlog

from runtime.lifecycle import pause
from store import feed
from store.feed import FeedRow, Loaded, Position

log = structlog.get_logger()

_BATCH = 2_000
_CONNECT_S = 5
_QUERY_S = 30
_BACKOFF_S = (0.2, 5.0)

#: What a lost or refusing database raises, as far as it is worth waiting for.
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Reader(Protocol):
    """Who wants the feed. Called in the event loop; must not block."""

    def on_loaded(self, loaded: Loaded) -> None:
        """Take this in place of everything known."""

    def on_rows(self, rows: list[FeedRow]) -> None:
        """Take the next rows."""

    def on_caught_up(self) -> None:
        """The feed was read to its end just now."""

    def on_away(self, reason: str) -> None:
        """The database cannot be read. Called once an outage; `on_caught_up` ends it."""


class Tail:
    """Follows the feed on a connection of its own: LISTEN wakes it, a look every `poll_s` makes up for lost wakes."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        reader: Reader,
        board_limit: int,
        poll_s: float = 1.0,
    ) -> None:
        self._connect = connect
        self._reader = reader
        self._board_limit = board_limit
        self._poll_s = poll_s
        self._wake = asyncio.Event()
        self._epoch: str | None = None
        self._position = Position(0, 0)
        self._caught_up = False

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop` is set."""
        wait = _BACKOFF_S[0]
        away = False
        while not stop.is_set():
            try:
                await self._follow(stop)
            except AWAY as error:
                if self._caught_up:
                    wait, away = _BACKOFF_S[0], False
                if not away:
                    away = True
                    log.warning("feed_away", error=type(error).__name__)
                    self._reader.on_away(type(error).__name__)
                if await pause(stop, wait * random.uniform(0.7, 1.3)):  # noqa: S311 - spreads reconnects, no secret
                    return
                wait = min(wait * 2, _BACKOFF_S[1])

    async def _follow(self, stop: asyncio.Event) -> None:
        self._caught_up = False
        async with asyncio.timeout(_CONNECT_S):
            connection: asyncpg.Connection = await self._connect()
        try:
            connection.add_termination_listener(lambda _connection: self._wake.set())
            await connection.add_listener("feed", lambda *_args: self._wake.set())
            if self._epoch is None or not await self._can_go_on(connection):
                loaded = await feed.load_board(connection, self._board_limit)
                self._reader.on_loaded(loaded)
                self._epoch, self._position = loaded.epoch, loaded.position
            while not stop.is_set():
                self._wake.clear()
                rows = await feed.read_after(connection, self._position, _BATCH)
                if rows:
                    self._position = rows[-1].position
                    self._reader.on_rows(rows)
                if len(rows) < _BATCH:
                    self._caught_up = True
                    self._reader.on_caught_up()
                    await self._nap(stop)
        finally:
            with suppress(*AWAY):
                await connection.close(timeout=2)

    async def _can_go_on(self, connection: asyncpg.Connection) -> bool:
        if await feed.epoch_of(connection) != self._epoch:
            return False
        horizon, pruned = await feed.marks(connection)
        # A position ahead of the database is one of a life that was rolled back.
        return pruned <= self._position <= horizon

    async def _nap(self, stop: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, timeout=self._poll_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()
