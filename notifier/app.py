"""The notifier process: routes notices, sends deliveries, measures both.

Invariant: the loops outlive a database that is away; a fault of our own ends the process, so that somebody sees it.
May import: asyncpg, structlog, runtime, store, notifier.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import structlog

from notifier.channels.email import EmailChannel, SmtpServer
from notifier.channels.webhook import WebhookChannel
from notifier.dispatch import DATABASE_FAULTS, Dispatcher
from notifier.metrics import NotifierMetrics
from notifier.render import Renderer
from notifier.router import RecipientKeys, Router, Tools
from notifier.rules import read_rules
from notifier.stages import EMAIL, WEBHOOK
from runtime.lifecycle import Lifecycle, pause, until_stopped
from runtime.metrics import new_registry
from runtime.ops_server import OpsServer, port_for
from runtime.sealing import Links, Sealer
from runtime.settings import Settings
from store import outbox
from store.pool import open_pool

log = structlog.get_logger()

SLOTS = {EMAIL: 8, WEBHOOK: 16}  # messages under way at once; the rest waits in the table
_POLL_S = 0.5
_MEASURE_S = 5.0
_BACKOFF_S = (0.5, 1, 2, 5)
_FINISH_S = 6.0


def _now() -> datetime:
    return datetime.now(UTC)


class _Database:
    """What the loops think of the database; None is well."""

    def __init__(self) -> None:
        self.fault: str | None = None

    def ready(self) -> str | None:
        return self.fault


async def _loop(
    name: str,
    work: Callable[[], Awaitable[float]],
    stop: asyncio.Event,
    state: _Database,
    metrics: NotifierMetrics,
    wake: asyncio.Event | None = None,
) -> None:
    """Repeat `work`, which gives the seconds to pause after it. A database that is away is waited for."""
    failures = 0
    while not stop.is_set():
        try:
            rest = await work()
            failures, state.fault = 0, None
        except DATABASE_FAULTS as error:
            rest = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
            failures += 1
            state.fault = "the database does not answer"
            metrics.database_errors.labels(name).inc()
            log.warning("database_failed", loop=name, error=type(error).__name__, retry_s=rest)
        if rest <= 0:
            continue
        if wake is None:
            await pause(stop, rest)
            continue
        wakers = [asyncio.create_task(stop.wait()), asyncio.create_task(wake.wait())]
        await asyncio.wait(wakers, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
        for waker in wakers:
            waker.cancel()
        wake.clear()


async def measure(pool: asyncpg.Pool, metrics: NotifierMetrics, now: datetime) -> None:
    """Set the gauges of what waits."""
    async with pool.acquire() as connection:
        depth = await outbox.depth(connection, now)

    def age(moment: datetime | None) -> float:
        return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0

    metrics.notices_pending.set(depth.notices)
    metrics.oldest_notice.set(age(depth.oldest_notice))
    metrics.deliveries_pending.set(depth.waiting)
    metrics.deliveries_due.set(depth.due)
    metrics.oldest_due.set(age(depth.oldest_due))
    metrics.parked_now.set(depth.parked)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set. Raises at once for settings or rules that cannot work."""
    registry = new_registry("notifier")
    metrics = NotifierMetrics(registry)
    rules, renderer = read_rules(), Renderer()
    sealer, links = Sealer(settings.keys.get_secret_value()), Links(settings.link_key.get_secret_value())
    keys = RecipientKeys(links.token("recipient keys").encode())
    email = EmailChannel(
        SmtpServer.parse(settings.smtp_url.get_secret_value()), settings.mail_from, renderer, time.monotonic
    )
    webhook = WebhookChannel(_now, settings.webhook_private)
    async with Lifecycle() as life:
        life.on_stop("e-mail", email.close)
        life.on_stop("webhooks", webhook.close)
        pool = await open_pool(settings.database_url, settings.database_pool, "notifier", command_timeout=30)
        life.on_stop("pool", pool.close)
        state = _Database()
        ops = OpsServer(registry, port_for(settings, "notifier"), state.ready, settings.bind)
        await ops.start()
        life.on_stop("ops server", ops.stop)
        router = Router(
            Tools(
                rules=rules,
                renderer=renderer,
                sealer=sealer,
                keys=keys,
                metrics=metrics,
                quiet_hours=settings.quiet_hours,
            )
        )
        dispatcher = Dispatcher(
            pool,
            {EMAIL: (email, SLOTS[EMAIL]), WEBHOOK: (webhook, SLOTS[WEBHOOK])},
            sealer,
            links,
            settings.public_url,
            metrics,
            _now,
            random.random,
            f"{socket.gethostname()}-{os.getpid()}-{random.getrandbits(32):08x}",
        )
        life.on_stop("deliveries", lambda: dispatcher.finish(_FINISH_S), _FINISH_S + 2)

        async def route() -> float:
            done = await router.route(pool, _now())
            if done:
                dispatcher.freed.set()
            return 0 if done else _POLL_S

        async def dispatch() -> float:
            return 0 if await dispatcher.round() else _POLL_S

        async def gauge() -> float:
            await measure(pool, metrics, _now())
            return _MEASURE_S

        log.info("notifier_started")
        loops = [
            life.task("route", _loop("route", route, stop, state, metrics)),
            life.task("dispatch", _loop("dispatch", dispatch, stop, state, metrics, dispatcher.freed)),
            life.task("measure", _loop("measure", gauge, stop, state, metrics)),
        ]
        # A loop that ends by itself leaves no lease behind that nobody works on.
        life.on_stop("loops", lambda: asyncio.wait(loops, timeout=2))
        await until_stopped(stop, *loops)
    log.info("notifier_stopped")
