"""The live service: websockets on `live_port`, the tail of the feed, the metrics port.

Invariant: a socket is served only from an allowed origin and after a ticket; at most `live_clients` at once, more are
refused with 503. May import: websockets, asyncpg, structlog, api.live, store, runtime.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import msgspec
import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Origin

from api.live import protocol
from api.live.client import Client
from api.live.gateway import Gateway
from api.live.metrics import LiveMetrics
from api.live.protocol import Close, Hello
from api.live.tail import AWAY, Tail
from runtime.lifecycle import Lifecycle, pause, until_stopped
from runtime.metrics import new_registry
from runtime.ops_server import OpsServer, port_for
from runtime.settings import Settings
from store import feed, live
from store.pool import open_pool

log = structlog.get_logger()

_HELLO_S = 10
_MESSAGES = 30  # a client may send so many in `_MESSAGES_S` seconds
_MESSAGES_S = 10.0
_PRUNE_EVERY_S = 300.0
_BOARD_ROWS = 200_000


def allowed_origins(settings: Settings) -> list[Origin]:
    """Give the origins whose pages may open the live board: the public address and those added by hand."""
    public = urlsplit(settings.public_url)
    found = [f"{public.scheme}://{public.netloc}"]
    if public.hostname in {"127.0.0.1", "localhost"}:
        port = f":{public.port}" if public.port else ""
        found = [f"{public.scheme}://{host}{port}" for host in ("127.0.0.1", "localhost")]
    found += [origin.strip().rstrip("/") for origin in settings.live_origins.split(",") if origin.strip()]
    return [Origin(origin) for origin in found]


class Opened(NamedTuple):
    """A running live service. It is over when one of `tasks` ends."""

    gateway: Gateway
    port: int
    tasks: list[asyncio.Task[None]]


class Door:
    """Lets sockets in and keeps them company: origin, number, hello, ticket, then their messages."""

    def __init__(self, gateway: Gateway, database: asyncpg.Pool, now: Callable[[], datetime], most: int) -> None:
        self._gateway = gateway
        self._database = database
        self._now = now
        self._most = most
        self._inside = 0

    async def check(self, socket: ServerConnection, _request: Request) -> Response | None:
        """Refuse a socket when the house is full."""
        if self._inside >= self._most:
            self._gateway.metrics.refused.labels("full").inc()
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many boards are open here. Try again later.\n")
        return None

    async def serve(self, socket: ServerConnection) -> None:
        """Serve one socket until it closes."""
        self._inside += 1
        client: Client | None = None
        try:
            client = await self._admit(socket)
            if client is not None:
                await self._converse(client)
        except ConnectionClosed:
            pass
        finally:
            self._inside -= 1
            if client is not None:
                self._gateway.clients.discard(client)
                self._gateway.metrics.clients.set(len(self._gateway.clients))

    async def _refuse(self, socket: ServerConnection, code: Close, reason: str, label: str) -> None:
        self._gateway.metrics.refused.labels(label).inc()
        # A close frame carries at most 123 bytes of reason.
        await socket.close(code, reason.encode()[:120].decode("utf-8", "ignore"))

    async def _admit(self, socket: ServerConnection) -> Client | None:
        try:
            async with asyncio.timeout(_HELLO_S):
                hello = protocol.read(await socket.recv())
        except TimeoutError:
            await self._refuse(socket, Close.BAD_MESSAGE, f"say hello within {_HELLO_S} s", "no_hello")
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            await self._refuse(socket, Close.BAD_MESSAGE, str(error), "bad_message")
            return None
        if not isinstance(hello, Hello):
            await self._refuse(socket, Close.BAD_MESSAGE, "the first message is hello", "bad_message")
            return None
        if self._gateway.epoch is None:
            await self._refuse(socket, Close.TRY_LATER, "the board is not loaded yet", "not_ready")
            return None
        try:
            seat = await live.spend_ticket(self._database, hashlib.sha256(hello.ticket.encode()).digest(), self._now())
        except AWAY as error:
            log.warning("ticket_not_checked", error=type(error).__name__)
            await self._refuse(socket, Close.TRY_LATER, "the database cannot be read", "not_ready")
            return None
        if seat is None:
            await self._refuse(socket, Close.NOT_WELCOME, "get a new ticket", "ticket")
            return None
        client = Client(socket, seat, hello.filter.for_staff(seat.staff_id))
        self._gateway.clients.add(client)
        self._gateway.metrics.clients.set(len(self._gateway.clients))
        await self._gateway.welcome(client, hello.resume)
        return client

    async def _converse(self, client: Client) -> None:
        since, count = time.monotonic(), 0
        async for raw in client.socket:
            if time.monotonic() - since > _MESSAGES_S:
                since, count = time.monotonic(), 0
            count += 1
            reason = None
            message = None
            try:
                message = protocol.read(raw)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                reason = str(error)
            if count > _MESSAGES:
                reason = f"more than {_MESSAGES} messages in {_MESSAGES_S:.0f} s"
            elif isinstance(message, Hello):
                reason = "hello was said already"
            if reason is not None or not isinstance(message, protocol.Refilter):
                await self._refuse(client.socket, Close.BAD_MESSAGE, reason or "unknown message", "bad_message")
                return
            client.wanted = message.filter.for_staff(client.seat.staff_id)
            await self._gateway.snapshot(client, message.id)


async def prune(database: asyncpg.Pool, keep: timedelta, metrics: LiveMetrics, stop: asyncio.Event) -> None:
    """Delete feed rows older than `keep`, now and then, until `stop` is set."""
    while not await pause(stop, _PRUNE_EVERY_S):
        try:
            while gone := await feed.prune(database, datetime.now(UTC) - keep):
                metrics.pruned.inc(gone)
        except AWAY as error:
            log.warning("prune_failed", error=type(error).__name__)


async def open_door(gateway: Gateway, database: asyncpg.Pool, settings: Settings) -> Server:
    """Listen for sockets. Raises OSError in plain words when the port is taken."""
    door = Door(gateway, database, lambda: datetime.now(UTC), settings.live_clients)
    try:
        return await serve(
            door.serve,
            settings.bind,
            settings.live_port,
            origins=allowed_origins(settings),
            process_request=door.check,
            compression=None,  # deflate would cost 50 kB a socket
            max_size=protocol.MAX_CLIENT_BYTES,
            ping_interval=20,
            ping_timeout=20,
            open_timeout=10,
            close_timeout=2,
            server_header=None,
        )
    except OSError as error:
        raise OSError(
            error.errno,
            f"live port {settings.bind}:{settings.live_port} cannot be used; set WAYWARDEN_LIVE_PORT to a free one",
        ) from error


@asynccontextmanager
async def opened(settings: Settings, metrics: LiveMetrics, stop: asyncio.Event) -> AsyncIterator[Opened]:
    """Start everything but the metrics port, and stop it on leaving."""
    async with Lifecycle() as life:
        pool_size = min(settings.database_pool, 4)
        database = await open_pool(settings.database_url, pool_size, "waywarden-live", command_timeout=15)
        life.on_stop("pool", database.close)
        gateway = Gateway(database, lambda: datetime.now(UTC), metrics)
        tail = Tail(lambda: connect(settings.database_url), gateway, _BOARD_ROWS)
        keep = timedelta(hours=settings.feed_retention_h)
        tasks = [
            life.task("tail", tail.run(stop)),
            life.task("fan-out", gateway.fan_out(stop)),
            life.task("recheck", gateway.recheck(stop)),
            life.task("prune", prune(database, keep, metrics, stop)),
        ]
        server = await open_door(gateway, database, settings)

        async def shut() -> None:
            server.close(close_connections=False)
            await gateway.close()
            server.close()
            await server.wait_closed()

        life.on_stop("sockets", shut)
        yield Opened(gateway, server.sockets[0].getsockname()[1], tasks)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run the live service until `stop` is set."""
    registry = new_registry("live")
    async with opened(settings, LiveMetrics(registry), stop) as live_service:
        ops = OpsServer(registry, port_for(settings, "live"), live_service.gateway.ready, settings.bind)
        async with ops:
            log.info("live_started", port=live_service.port)
            await until_stopped(stop, *live_service.tasks)


async def connect(database_url: str) -> asyncpg.Connection:
    """Open the tail's own connection: it listens and must not be lent to anybody else."""
    return await asyncpg.connect(
        database_url,
        timeout=5,
        command_timeout=60,
        server_settings={"application_name": "waywarden-live-tail", "timezone": "UTC"},
    )
