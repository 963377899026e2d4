"""A live gateway on the test's database, rows made by SQL, and a client that behaves as the board does."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection, connect

from api.live.app import Opened, opened
from api.live.metrics import LiveMetrics
from runtime.settings import Settings
from store.statements import load

FEED = load("feed")
ORIGIN = "http://127.0.0.1:8080"
EPOCH = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class Rows:
    """Writes exceptions and cases and publishes them, as the stream and the api do."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def parcel(self, number: int, connection: asyncpg.Connection | None = None) -> str:
        parcel_id = f"sf:SF{number:010d}"
        await (connection or self.pool).execute(
            "INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, state, updated_at, place)"
            " VALUES ($1, 0, 'sf', $2, 'in_transit', true, '', $3, '杭州') ON CONFLICT DO NOTHING",
            parcel_id,
            parcel_id[3:],
            EPOCH,
        )
        return parcel_id

    async def put(
        self,
        number: int,
        severity: int = 3,
        state: str = "open",
        kind: str = "stalled",
        connection: asyncpg.Connection | None = None,
        publish: bool = True,
    ) -> str:
        """Open or change exception `number`; in the caller's transaction when a connection is given."""
        if connection is None:
            async with self.pool.acquire() as own, own.transaction():
                return await self.put(number, severity, state, kind, own, publish)
        key = f"x{number:06d}"
        parcel_id = await self.parcel(number, connection)
        await connection.execute(
            "INSERT INTO exception"
            " (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at, evidence)"
            " VALUES ($1, $2, $3, $4, $5, $6, $6, clock_timestamp(), '{}'::jsonb)"
            " ON CONFLICT (exception_id) DO UPDATE SET severity = excluded.severity, state = excluded.state,"
            " updated_at = clock_timestamp()",
            key,
            parcel_id,
            kind,
            severity,
            state,
            EPOCH,
        )
        if publish:
            await connection.execute(FEED["publish_exceptions"], [key])
            await connection.execute(FEED["wake"])
        return key

    async def ticket(self, staff_id: uuid.UUID | None = None, session: bytes | None = None) -> str:
        staff_id = staff_id or await self.staff()
        ticket = uuid.uuid4().hex
        await self.pool.execute(
            "INSERT INTO live_ticket (ticket_hash, staff_id, expires_at, token_hash) VALUES ($1, $2, $3, $4)",
            hashlib.sha256(ticket.encode()).digest(),
            staff_id,
            datetime.now(UTC) + timedelta(seconds=60),
            session,
        )
        return ticket

    async def staff(self) -> uuid.UUID:
        found: uuid.UUID = await self.pool.fetchval(
            "INSERT INTO staff (email, name, role, password_hash) VALUES ('a@example.com', 'A', 'agent', '')"
            " ON CONFLICT (lower(email)) DO UPDATE SET name = 'A' RETURNING staff_id"
        )
        return found

    async def truth(self) -> dict[tuple[str, str], Any]:
        """Give the board as the tables have it."""
        found = await self.pool.fetch(
            "SELECT 'exception' AS noun, key, body FROM exception_board WHERE live AND incident_id IS NULL"
            " UNION ALL SELECT 'case', key, body FROM case_board WHERE live"
            " UNION ALL SELECT 'incident', key, body FROM incident_board WHERE live"
        )
        return {(r["noun"], r["key"]): r["body"] for r in found}


def digest(view: dict[tuple[str, str], Any]) -> str:
    """Give the hash of a view: equal views, equal hashes."""
    lines = sorted(json.dumps([*key, body], sort_keys=True, ensure_ascii=False) for key, body in view.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Viewer:
    """A client as the protocol document tells it: keeps a view, epoch and offset over any number of connections."""

    def __init__(self, rows: Rows, **wanted: Any) -> None:
        self.rows = rows
        self.wanted = wanted
        self.view: dict[tuple[str, str], Any] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.epoch: str | None = None
        self.offset: str | None = None
        self.counts: dict[str, Any] = {}
        self.feed = ""
        self.answers: list[str] = []
        self.back_steps = 0
        self.messages = 0
        self._parts: list[dict[str, Any]] = []
        self.changed = asyncio.Event()

    def take(self, message: dict[str, Any]) -> None:
        self.messages += 1
        match message["type"]:
            case "snapshot":
                if message["part"] == 1:
                    self._parts = []
                self._parts += message["rows"]
                if message["part"] == message["parts"]:
                    self.view, self.versions = {}, {}
                    for row in self._parts:
                        self._put(row)
                    self.epoch, self.offset = message["epoch"], message["offset"]
                    self.answers.append("snapshot")
            case "deltas":
                for row in message["upsert"]:
                    self._put(row)
                for row in message["gone"]:
                    self.view.pop((row["noun"], row["key"]), None)
                self.offset = message.get("offset", self.offset)
                if message.get("recovered"):
                    self.epoch = message["epoch"]
                    self.answers.append("recovered")
            case "counts":
                self.counts = message
            case "state":
                self.feed = message["feed"]
                self.offset = message.get("offset", self.offset)
        self.changed.set()

    def _put(self, row: dict[str, Any]) -> None:
        key = (row["noun"], row["key"])
        self.back_steps += row["v"] < self.versions.get(key, 0)
        self.versions[key] = row["v"]
        self.view[key] = row["body"]

    def hello(self, ticket: str) -> str:
        message: dict[str, Any] = {"type": "hello", "ticket": ticket, "filter": self.wanted}
        if self.epoch and self.offset:
            message["resume"] = {"epoch": self.epoch, "offset": self.offset}
        return json.dumps(message)

    @asynccontextmanager
    async def at(self, port: int, **options: Any) -> AsyncIterator[ClientConnection]:
        """Connect, say hello, and take messages in the background until left."""
        options.setdefault("origin", ORIGIN)
        async with connect(f"ws://127.0.0.1:{port}", compression=None, max_size=None, **options) as socket:
            await socket.send(self.hello(await self.rows.ticket()))

            async def pump() -> None:
                async for raw in socket:
                    self.take(json.loads(raw))

            task = asyncio.create_task(pump())
            try:
                yield socket
            finally:
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()

    async def until(self, reached: Callable[[], bool], timeout_s: float = 10) -> None:
        """Wait until a condition on this view holds."""
        async with asyncio.timeout(timeout_s):
            while not reached():
                self.changed.clear()
                await self.changed.wait()


async def eventually(reached: Callable[[], bool], timeout_s: float = 10) -> None:
    """Wait for something inside the gateway that nobody announces."""
    async with asyncio.timeout(timeout_s):
        while not reached():  # noqa: ASYNC110 - nobody announces it, and nobody should
            await asyncio.sleep(0.01)


Start = Callable[..., AbstractAsyncContextManager[Opened]]


@pytest.fixture
def rows(pool: asyncpg.Pool) -> Rows:
    return Rows(pool)


@pytest.fixture
def start(database_url: str) -> Start:
    """Give what starts a gateway on this test's database."""

    @asynccontextmanager
    async def starting(**options: Any) -> AsyncIterator[Opened]:
        settings = Settings(database_url=database_url, live_port=options.pop("port", 0), **options)
        stop = asyncio.Event()
        async with opened(settings, LiveMetrics(), stop) as live:
            await eventually(lambda: live.gateway.ready() is None)
            yield live
            stop.set()

    return starting
