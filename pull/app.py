"""The pull process: asks for what is due by every account of the settings, and enrols parcels that are new.

Invariant: the loops outlive a database, a provider and an intake that are away; a fault of our own ends the process,
so that somebody sees it. Nothing is asked while our own intake cannot be reached. May import: asyncpg, structlog,
pull, runtime, store.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog
from prometheus_client import CollectorRegistry

from pull.accounts import Account, carriers_asked, configured
from pull.asker import HOLD_S, Asker
from pull.client import Client
from pull.intake import Intake, IntakeKey
from pull.metrics import PullMetrics
from pull.policy import PullPolicy, read_pull_policy
from pull.puller import LEASE_S, Puller
from runtime.lifecycle import Lifecycle, pause, until_stopped
from runtime.metrics import new_registry
from runtime.ops_server import OpsServer, port_for
from runtime.sealing import Links, Sealer
from runtime.settings import Settings
from store import pull as store
from store.pool import open_pool

log = structlog.get_logger()

DATABASE_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_POLL_S = 2.0
_MEASURE_S = 30.0
_ENROL_S = 5.0
_SWEEP_EVERY = timedelta(minutes=30)
#: Registrations that are looked at every few seconds; whatever took longer to the database is found by the sweep.
_RECENT = timedelta(minutes=15)
_BACKOFF_S = (0.5, 1, 2, 5)


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


class Pulling:
    """Everything that pulling stands on, for the service and for a single run alike."""

    def __init__(
        self,
        settings: Settings,
        pool: asyncpg.Pool,
        registry: CollectorRegistry,
        stop: asyncio.Event,
        policy: PullPolicy | None = None,
        lease_s: float = LEASE_S,
        hold_s: float = HOLD_S,
    ) -> None:
        """Put together what the settings say. Raises AccountError or ValueError for settings that cannot work."""
        self.policy = policy or read_pull_policy()
        self.accounts: tuple[Account, ...] = configured(settings, self.policy)
        self.carriers = carriers_asked(self.accounts)
        self.pool = pool
        self.metrics = PullMetrics(registry)
        self.metrics.expect(account.provider.name for account in self.accounts)
        self.client = Client(now)
        self.key = IntakeKey(Links(settings.link_key.get_secret_value()))
        host = "127.0.0.1" if settings.bind in ("0.0.0.0", "::") else settings.bind  # noqa: S104 - compared, not bound
        base = settings.pull_intake_url or f"http://{host}:{settings.http_port}"
        self.intake = Intake(self.client, base, self.key)
        sealer = Sealer(settings.keys.get_secret_value())
        worker = f"{socket.gethostname()}-{os.getpid()}-{random.getrandbits(32):08x}"
        self.pullers: tuple[Puller, ...] = tuple(
            Puller(
                account,
                self.accounts,
                self.policy,
                pool,
                Asker(
                    account,
                    self.policy,
                    pool,
                    self.client,
                    self.intake,
                    self.metrics,
                    now,
                    lambda: secrets.token_hex(16),
                    worker,
                    stop,
                    hold_s,
                ),
                sealer,
                self.metrics,
                now,
                random.random,
                worker,
                lease_s,
            )
            for account in self.accounts
        )

    async def begin(self) -> None:
        """Make the accounts' records and our own key known."""
        async with self.pool.acquire(timeout=5) as connection:
            await self.key.ensure(connection, now())
            for account in self.accounts:
                await store.ensure_account(connection, account.key, account.provider.name, now())

    async def measure(self) -> None:
        """Set the gauges of what waits."""
        async with self.pool.acquire(timeout=5) as connection:
            rows = {row.provider: row for row in await store.waiting(connection, now())}
            states = {row.account: row.state for row in await store.accounts(connection)}
        for puller, account in zip(self.pullers, self.accounts, strict=True):
            name = account.provider.name
            if (state := states.get(account.key)) is not None:
                self.metrics.account(name, state)
            if (state := states.get(puller.register_key)) is not None:
                self.metrics.account(f"{name} (registering)", state)
            row = rows.get(name)
            self.metrics.waiting.labels(name).set(row.parcels if row else 0)
            self.metrics.due.labels(name).set(row.due if row else 0)
            late = (now() - row.oldest).total_seconds() if row and row.due else 0.0
            self.metrics.oldest_due.labels(name).set(max(0.0, late))


class _State:
    """What the loops think of the database and of our own intake; None is well."""

    def __init__(self) -> None:
        self.database: str | None = None
        self.intake: str | None = None

    def ready(self) -> str | None:
        return self.database or self.intake


async def _loop(
    name: str, work: Callable[[], Awaitable[float]], stop: asyncio.Event, state: _State, metrics: PullMetrics
) -> None:
    """Repeat `work`, which gives the seconds to pause after it. A database that is away is waited for."""
    failures = 0
    while not stop.is_set():
        try:
            rest = await work()
            failures, state.database = 0, None
        except DATABASE_FAULTS as error:
            rest = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
            failures += 1
            state.database = "the database does not answer"
            metrics.database_errors.labels(name).inc()
            log.warning("database_failed", loop=name, error=type(error).__name__, retry_s=rest)
        except ExceptionGroup as group:
            _, others = group.split(DATABASE_FAULTS)
            if others is not None:
                raise others from group
            rest, failures = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)], failures + 1
            metrics.database_errors.labels(name).inc()
            log.warning("database_failed", loop=name, error="in a round", retry_s=rest)
        if rest > 0:
            await pause(stop, rest)


class _Enrolment:
    """Gives parcels their turns: the recent ones every few seconds, all of them now and then."""

    def __init__(self, pulling: Pulling) -> None:
        self._pulling = pulling
        self._swept_at: datetime | None = None

    async def once(self) -> float:
        moment = now()
        sweep = self._swept_at is None or moment - self._swept_at >= _SWEEP_EVERY
        async with self._pulling.pool.acquire(timeout=5) as connection:
            await store.enrol(connection, None if sweep else moment - _RECENT, moment, self._pulling.carriers)
        if sweep:
            self._swept_at = moment
        return _ENROL_S


async def run(
    settings: Settings, stop: asyncio.Event, policy: PullPolicy | None = None, lease_s: float = LEASE_S
) -> None:
    """Run until `stop` is set. Raises at once for settings or a policy that cannot work."""
    registry = new_registry("pull")
    state = _State()
    async with Lifecycle() as life:
        ops = OpsServer(registry, port_for(settings, "pull"), state.ready, settings.bind)
        await ops.start()
        life.on_stop("ops server", ops.stop)
        pool = await open_pool(settings.database_url, settings.database_pool, "waywarden-pull", command_timeout=60)
        life.on_stop("pool", pool.close)
        pulling = Pulling(settings, pool, registry, stop, policy, lease_s)
        life.on_stop("client", pulling.client.close)
        await pulling.begin()
        names = [account.provider.name for account in pulling.accounts]
        if names:
            log.info("pull_started", accounts=names)
        else:
            log.warning("pull_has_no_account", hint="set WAYWARDEN_PULL_…; see docs/howto-pull.md")

        async def enrolled() -> float:
            return await enrolment.once()

        async def measured() -> float:
            await pulling.measure()
            return _MEASURE_S

        enrolment = _Enrolment(pulling)
        loops = [
            life.task("enrol", _loop("enrol", enrolled, stop, state, pulling.metrics)),
            life.task("measure", _loop("measure", measured, stop, state, pulling.metrics)),
            *(
                life.task(name, _loop(name, _rounds(puller, pulling.intake, state), stop, state, pulling.metrics))
                for name, puller in zip(names, pulling.pullers, strict=True)
            ),
        ]
        # A round that ends by itself leaves no lease behind that nobody works on.
        life.on_stop("loops", lambda: _finished(loops), 10)
        await until_stopped(stop, *loops)
    log.info("pull_stopped")


async def _finished(loops: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.wait(loops, timeout=8)


def _rounds(puller: Puller, intake: Intake, state: _State) -> Callable[[], Awaitable[float]]:
    async def once() -> float:
        if not await intake.reached():
            state.intake = "our own api does not answer; it is set by WAYWARDEN_PULL_INTAKE_URL"
            return _POLL_S
        state.intake = None
        return _POLL_S if await puller.round() is None else 0

    return once
