"""A whole Waywarden of real processes for measurements: embedded broker and database, every service on free ports.

Invariant: what it starts is gone when it is closed; data lives in a temporary folder.
May import: runtime, store, asyncpg, aiohttp's client.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections import Counter
from pathlib import Path
from types import TracebackType

import aiohttp
import asyncpg

from runtime import embedded
from runtime.leash import leash
from runtime.migrate import migrate

SERVICES = ("worker", "api", "live", "notifier")
_ROOT = Path(__file__).resolve().parent.parent


class Stack:
    """Starts, kills and restarts the services. Use as an async context manager."""

    def __init__(
        self, services: tuple[str, ...] = SERVICES, *, kafka: str | None = None, env: dict[str, str] | None = None
    ) -> None:
        """`kafka` takes a running broker instead of the embedded one; `env` adds settings."""
        self.folder = Path(tempfile.mkdtemp(prefix="ww-bench-"))
        self.folder.chmod(0o755)
        self.services = services
        self.kills: Counter[str] = Counter()
        self._kafka = kafka
        self._extra = env or {}
        self._broker: subprocess.Popen[bytes] | None = None
        self._postgres = embedded.Postgres(self.folder / "pg")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.env: dict[str, str] = {}
        self.database_url = ""
        self.ports: dict[str, int] = {}
        self.broker_address = ""

    async def __aenter__(self) -> Stack:
        await self.prepare()
        for name in self.services:
            self.start(name)
        await asyncio.gather(*(self.ready(name) for name in self.services))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    async def prepare(self) -> None:
        """Start broker and database and bring the schema in; no service yet."""
        if self._kafka is None:
            port = embedded.free_port()
            self._broker = embedded.start_broker(port)
            await embedded.wait_for_port(port)
            self.broker_address = f"127.0.0.1:{port}"
        else:
            self.broker_address = self._kafka
        admin_url = await asyncio.to_thread(self._postgres.start)
        connection = await asyncpg.connect(admin_url)
        await connection.execute("CREATE DATABASE waywarden")
        await connection.close()
        self.database_url = self._postgres.url_of("waywarden")
        await asyncio.to_thread(migrate, self.database_url)
        self.ports = {name: embedded.free_port() for name in ("http", "live_ws", *SERVICES)}
        self.env = os.environ | {
            "WAYWARDEN_DATABASE_URL": self.database_url,
            "WAYWARDEN_KAFKA": self.broker_address,
            "WAYWARDEN_GROUP": f"bench-{secrets.token_hex(4)}",
            "WAYWARDEN_HTTP_PORT": str(self.ports["http"]),
            "WAYWARDEN_LIVE_PORT": str(self.ports["live_ws"]),
            "WAYWARDEN_PUBLIC_URL": f"http://127.0.0.1:{self.ports['http']}",
            "WAYWARDEN_LIVE_URL": f"ws://127.0.0.1:{self.ports['live_ws']}",
            "WAYWARDEN_KEYS": f"k1:{b64encode(secrets.token_bytes(32)).decode()}",
            "WAYWARDEN_LINK_KEY": b64encode(secrets.token_bytes(32)).decode(),
            "WAYWARDEN_EMBEDDED": "1" if self._kafka is None else "0",
            "WAYWARDEN_REBALANCE_TIMEOUT_S": "3" if self._kafka is None else "15",
            "WAYWARDEN_SESSION_TIMEOUT_S": "10",
            "WAYWARDEN_DATA_DIR": str(self.folder / "data"),
            **self._extra,
        }

    @property
    def url(self) -> str:
        """Where the API listens."""
        return f"http://127.0.0.1:{self.ports['http']}"

    def start(self, name: str) -> None:
        """Start a service; its output goes to `<name>.log` in the folder."""
        env = self.env | {"WAYWARDEN_METRICS_PORT": str(self.ports[name])}
        with (self.folder / f"{name}.log").open("ab") as output:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "runtime.cli", name],
                cwd=_ROOT,
                env=env,
                stdout=output,
                stderr=output,
                preexec_fn=leash(),  # a measurement that is killed leaves nobody behind
            )

    def kill(self, name: str) -> None:
        """SIGKILL a service and reap it."""
        process = self._processes[name]
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills[name] += 1

    def pid(self, name: str) -> int:
        """Give the process id of a service."""
        return self._processes[name].pid

    async def ready(self, name: str, timeout_s: float = 60) -> None:
        """Return when the service says that it is ready. Raises TimeoutError with the end of its log."""
        url = f"http://127.0.0.1:{self.ports[name]}/readyz"
        try:
            async with asyncio.timeout(timeout_s), aiohttp.ClientSession() as session:
                while True:
                    try:
                        async with session.get(url) as answer:
                            if answer.status == 200:
                                return
                    except aiohttp.ClientError:
                        pass
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            tail = (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]
            raise TimeoutError(f"{name} is not ready after {timeout_s} s:\n{tail}") from error

    async def metric(self, name: str, metric: str) -> float:
        """Give the sum of a metric over its labels, 0 when it is not there yet."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.ports[name]}/metrics") as answer,
        ):
            text = await answer.text()
        total = 0.0
        for line in text.splitlines():
            if line.startswith((f"{metric}{{", f"{metric} ")):
                total += float(line.rpartition(" ")[2])
        return total

    def close(self) -> None:
        """Stop everything and remove the folder."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._broker is not None:
            self._broker.terminate()
            self._broker.wait()
        self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
