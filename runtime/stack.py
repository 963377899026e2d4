"""The whole product on one machine: broker, database, worker, api, live and notifier as children of one process.

Invariant: on a clean stop the intake ends first and the worker gets time to store what the broker still holds, because
the embedded broker forgets everything when it ends. May import: core, runtime, store.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from core.event import TOPIC
from runtime import embedded
from runtime.children import Spec
from runtime.home import Home
from runtime.ops_server import PORTS
from runtime.settings import Settings
from runtime.supervisor import Supervisor
from store import running

DATABASE = "waywarden"
_DRAIN_S = 10.0
_QUIET_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run. Ports are wishes: a taken one is replaced by a free one."""

    bind: str = "127.0.0.1"
    http_port: int = 8080
    live_port: int = 8081
    mail: bool = False
    mail_port: int = 8025
    smtp_port: int = 1025
    kafka: str = ""
    database_url: str = ""
    workers: int = 1
    tuning: Mapping[str, str] = field(default_factory=lambda: embedded.DEMO_TUNING)


class Stack:
    """Starts and stops the children. `say` gets short lines for people."""

    def __init__(self, home: Home, plan: Plan, say: Callable[[str], None], given: Settings) -> None:
        self.home = home
        self._given = given
        self.plan = plan
        self._say = say
        self.supervisor = Supervisor(home.logs, say)
        self.postgres = None if plan.database_url else embedded.Postgres(home.folder / "postgres", plan.tuning)
        self._taken: set[int] = set()
        self.ports = {
            "http": self._port(plan.http_port),
            "live": self._port(plan.live_port),
            "broker": self._port(9092),
            "mail": self._port(plan.mail_port),
            "smtp": self._port(plan.smtp_port),
            **{f"metrics {name}": self._port(port) for name, port in PORTS.items()},
        }
        for number in range(2, plan.workers + 1):
            self.ports[f"metrics worker-{number}"] = self._port(PORTS["simulate"] + number)
        self._host = embedded.reachable_host(plan.bind)
        self._log_id = uuid.uuid4().hex
        own = home.keys()
        # Keys of the user's own, in the environment or .env, win over those of the folder.
        self.keys = given.keys.get_secret_value() or own["keys"]
        self.link_key = given.link_key.get_secret_value() or own["link_key"]

    @property
    def board(self) -> str:
        """Where the board is."""
        if "public_url" in self._given.model_fields_set:
            return self._given.public_url
        return f"http://{self._host}:{self.ports['http']}"

    @property
    def live_url(self) -> str:
        """Where the live board's websockets are."""
        return (
            self._given.live_url
            if "live_url" in self._given.model_fields_set
            else f"ws://{self._host}:{self.ports['live']}"
        )

    @property
    def inbox(self) -> str:
        """Where the caught mail is shown."""
        return f"http://{self._host}:{self.ports['mail']}"

    @property
    def pulls(self) -> bool:
        """Whether carriers are asked: only with an account in the settings."""
        return self._given.pulls

    @property
    def database_url(self) -> str:
        """The address of the product's database."""
        return self.plan.database_url or (self.postgres.url_of(DATABASE) if self.postgres else "")

    @property
    def kafka(self) -> str:
        """The broker's address."""
        return self.plan.kafka or f"127.0.0.1:{self.ports['broker']}"

    def settings(self) -> dict[str, str]:
        """Give the environment of every child of ours."""
        own = {
            "database_url": self.database_url,
            "kafka": self.kafka,
            "embedded": "false" if self.plan.kafka else "true",
            "partitions": str(self._given.partitions),
            "log_id": "" if self.plan.kafka else self._log_id,
            "bind": self.plan.bind,
            "http_port": str(self.ports["http"]),
            "live_port": str(self.ports["live"]),
            "public_url": self.board,
            "live_url": self.live_url,
            "data_dir": str(self.home.folder),
            "keys": self.keys,
            "link_key": self.link_key,
        }
        if not self.plan.kafka:
            own |= {"rebalance_timeout_s": "3", "session_timeout_s": "6"}
        if self.plan.mail:
            own |= {"smtp_url": f"smtp://127.0.0.1:{self.ports['smtp']}", "webhook_private": "true"}
            # Mail that nobody gets wakes nobody: it is shown at any hour.
            own |= {"quiet_hours": "false"}
        return {f"WAYWARDEN_{name.upper()}": value for name, value in own.items()}

    async def start(self, before_services: Callable[[], Awaitable[None]]) -> None:
        """Start everything; `before_services` runs once the database is there. Raises ChildFailed."""
        base = [spec for spec in (self._broker(), self._database()) if spec]
        await self.supervisor.start(*base)
        await self._migrate()
        await before_services()
        workers = [self._service("worker")]
        workers += [self._service("worker", f"worker-{number}") for number in range(2, self.plan.workers + 1)]
        mail = [self._service("mail")] if self.plan.mail else []
        pull = [self._service("pull", arguments=["--serve"])] if self.pulls else []
        await self.supervisor.start(
            *mail, self._service("api"), self._service("live"), self._service("notifier"), *workers, *pull
        )

    async def simulate(self, arguments: list[str]) -> None:
        """Start the simulator as one more child."""
        await self.supervisor.start(self._service("simulate", arguments=arguments))

    async def stop(self) -> None:
        """Stop everything in order: intake, then what is in the broker, then the rest. Takes a minute at most."""
        await self.supervisor.stop("simulate", "pull")
        await self.supervisor.stop("api")
        if self.supervisor.running("worker"):
            await self._drain()
        names = ["live", "notifier", "worker", *(f"worker-{number}" for number in range(2, self.plan.workers + 1))]
        await self.supervisor.stop(*names)
        await self.supervisor.stop()

    async def _drain(self) -> None:
        """Wait until the workers' offsets rest for a second, ten seconds at most."""
        began = moved = time.monotonic()
        last = -1
        try:
            connection = await asyncpg.connect(self.database_url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            self._say(f"could not see whether the worker has stored everything: {error}")
            return
        try:
            while time.monotonic() - began < _DRAIN_S:
                offset = await running.progress(connection)
                now = time.monotonic()
                if offset != last:
                    last, moved = offset, now
                elif now - moved >= _QUIET_S:
                    return
                await asyncio.sleep(0.1)
            self._say("the worker was still busy after 10 s; what only the embedded broker held is gone")
        finally:
            await connection.close()

    async def _migrate(self) -> None:
        if self.postgres is not None:
            connection = await asyncpg.connect(self.postgres.url)
            try:
                await running.ensure_database(connection)
            finally:
                await connection.close()
        # Imported here: it brings SQLAlchemy, which no other command should wait for.
        from runtime.migrate import migrate

        began = time.monotonic()
        await asyncio.to_thread(migrate, self.database_url)
        self._say(f"{'migrate':<10} done after {time.monotonic() - began:.1f} s")

    def _broker(self) -> Spec | None:
        if self.plan.kafka:
            return None
        port = self.ports["broker"]

        async def with_topic() -> bool:
            # Asked only when something listens: the client logs every refused connection.
            return await _accepts(port) and await embedded.ensure_topic(self.kafka, TOPIC, self._given.partitions)

        def lost() -> None:
            # The log has ended with the broker: the workers must start at zero of a new one.
            self._say("the broker's log was in memory: scans of the last moments that were not stored yet are gone")
            self._log_id = uuid.uuid4().hex

        return Spec(
            name="broker",
            command=lambda: embedded.broker_command(port),
            ready=with_topic,
            before_restart=lost,
            then_restart=("api", "worker", *(f"worker-{number}" for number in range(2, self.plan.workers + 1))),
            # It keeps nothing, so there is nothing to wait for; asked politely it may wait for its clients.
            stop_signal=signal.SIGKILL,
            stop_timeout_s=5,
        )

    def _database(self) -> Spec | None:
        server = self.postgres
        if server is None:
            return None
        server.prepare()

        async def ready() -> bool:
            return server.is_ready()

        return Spec(
            name="database",
            command=server.command,
            ready=ready,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGQUIT,
            stop_timeout_s=20,
            user=server.user,
            group=server.group,
            cwd="/",
        )

    def _service(self, command: str, name: str = "", arguments: list[str] | None = None) -> Spec:
        name = name or command
        port = self.ports["mail"] if command == "mail" else self.ports[f"metrics {name}"]
        if command == "mail":
            folder = str(self.home.folder / "mail")
            arguments = ["--smtp-port", str(self.ports["smtp"]), "--http-port", str(port), "--folder", folder]
        probe = "127.0.0.1" if self.plan.bind in {"0.0.0.0", "::"} else self.plan.bind  # noqa: S104 - compared, not bound
        own = {"WAYWARDEN_METRICS_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        return Spec(
            name=name,
            command=lambda: [sys.executable, "-m", "runtime.cli", command, *(arguments or [])],
            env=lambda: self.settings() | own,
            ready={"mail": lambda: _accepts(port, probe), "simulate": _at_once}.get(
                command, lambda: _is_ready(port, probe)
            ),
        )

    def _port(self, wanted: int) -> int:
        """Give a port that is free both on loopback, where broker and mail are, and where the services listen."""
        hosts = {"127.0.0.1", self.plan.bind}
        port = 0 if wanted in self._taken else wanted
        while not port or port in self._taken or any(embedded.free_port(port, host) != port for host in hosts):
            port = embedded.free_port(0, self.plan.bind)
        self._taken.add(port)
        return port


async def _at_once() -> bool:
    return True


async def _accepts(port: int, host: str = "127.0.0.1") -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _is_ready(port: int, host: str) -> bool:
    """Ask `/readyz` of a child on its metrics port."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def default_home() -> Path:
    """Give the data folder when none is named."""
    return Path(os.environ.get("WAYWARDEN_DATA_DIR", ".waywarden"))
