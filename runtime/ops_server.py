"""`/metrics`, `/healthz` and `/readyz` of a process, on a small HTTP server of its own.

Plain asyncio streams and no web framework: it must answer while everything else is broken, and aiohttp.web stays in
`api`. Invariant: at most `_CONNECTIONS` at once (more are closed unanswered), each done within `_DEADLINE_S`.
May import: prometheus_client, structlog, runtime.lifecycle, runtime.metrics, runtime.settings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from runtime.lifecycle import cancel
from runtime.metrics import LoopLag
from runtime.settings import Settings

log = structlog.get_logger()

PORTS = {"worker": 9101, "api": 9102, "live": 9103, "notifier": 9104, "simulate": 9105, "pull": 9106}
_CONNECTIONS = 32
_DEADLINE_S = 5
_PLAIN = "text/plain; charset=utf-8"


def port_for(settings: Settings, service: str) -> int:
    """Give the metrics port of a service: the one in the settings, else the service's usual one."""
    return settings.metrics_port or PORTS[service]


class OpsServer:
    """Serves the health and the metrics of this process; measures the loop's lag while it runs.

    `ready` gives None when the process can do its work, else the reason in plain words.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        port: int,
        ready: Callable[[], str | None],
        host: str = "127.0.0.1",
    ) -> None:
        self._registry = registry
        self._ready = ready
        self._host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._lag: asyncio.Task[None] | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen. Raises OSError in plain words when the port is taken. Port 0 takes a free one; see `port`."""
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self.port, limit=16_384)
        except OSError as error:
            raise OSError(
                error.errno,
                f"metrics port {self._host}:{self.port} cannot be used; set WAYWARDEN_METRICS_PORT to a free one",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]
        self._lag = asyncio.create_task(LoopLag(self._registry).run(asyncio.Event()), name="loop lag")

    async def stop(self) -> None:
        """Close the port and what is open on it. May be called twice."""
        if self._lag is not None:
            await cancel(self._lag)
            self._lag = None
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _CONNECTIONS:
            writer.close()
            return
        self._open.add(writer)
        try:
            async with asyncio.timeout(_DEADLINE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("ops_request_broken", error=type(error).__name__)
        finally:
            self._open.discard(writer)
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        status, kind, body = "200 OK", _PLAIN, b""
        if method not in {"GET", "HEAD"}:
            status, body = "405 Method Not Allowed", b"only GET and HEAD\n"
        elif path == "/healthz":
            body = b"ok\n"
        elif path == "/readyz":
            reason = self._ready()
            status, body = (
                ("200 OK", b"ready\n") if reason is None else ("503 Service Unavailable", f"{reason}\n".encode())
            )
        elif path == "/metrics":
            accept = next((line[7:].strip() for line in lines if line.lower().startswith("accept:")), "")
            encode, kind = choose_encoder(accept)
            body = encode(self._registry)
        else:
            status, body = "404 Not Found", b"/metrics, /healthz and /readyz are here\n"
        top = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        ).encode("latin-1")
        return top if method == "HEAD" else top + body
