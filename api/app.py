"""The api process: routes collected, services made, served until asked to stop.

Invariant: returns within ten seconds after `stop`; what was accepted is durable before its answer. May import: core,
carriers, store, runtime, aiohttp; every route module of api.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from api import (
    auth,
    board,
    case_actions,
    cases,
    colleagues,
    incidents,
    intake,
    kpi,
    mappings,
    notices,
    openapi,
    parcels,
    quarantine,
    registrations,
    reveal,
    scans,
    staff,
)
from api.accept import Accept
from api.book import Book
from api.broker import Broker
from api.housekeeping import Health, keep_house
from api.keys import KeyRing, SecretBook
from api.metrics import ApiMetrics
from api.middleware import surround
from api.passwords import PasswordChecks
from api.producer import Intake
from api.routes import Route
from api.services import SERVICES, Services
from api.track import pages as track_pages
from api.track import stop as track_stop
from carriers.registry import FORMATS, add_mappings
from runtime.lifecycle import Lifecycle, until_stopped
from runtime.metrics import new_registry
from runtime.ops_server import OpsServer, port_for
from runtime.policy import read_policy
from runtime.sealing import Links, Sealer
from runtime.settings import Settings
from store.pool import open_pool

log = structlog.get_logger()

VERSION = "0.1.0"
#: Every table of routes. A module that is not named here is not served.
TABLES: tuple[tuple[Route, ...], ...] = (
    auth.ROUTES,
    intake.ROUTES,
    scans.ROUTES,
    registrations.ROUTES,
    quarantine.ROUTES,
    mappings.ROUTES,
    staff.ROUTES,
    cases.ROUTES,
    colleagues.ROUTES,
    case_actions.ROUTES,
    parcels.ROUTES,
    incidents.ROUTES,
    reveal.ROUTES,
    notices.ROUTES,
    track_pages.ROUTES,
    track_stop.ROUTES,
    kpi.ROUTES,
    board.ROUTES,
)


def build_app(services: Services) -> web.Application:
    """Give the application with all routes; needs nothing running."""
    app = web.Application(middlewares=[surround], client_max_size=1024 * 1024)
    app[SERVICES] = services
    track_pages.install_limit(app)
    routes = [entry for table in TABLES for entry in table]
    # Catch-all pages come last, whatever their table.
    routes.sort(key=lambda entry: ":.*" in entry.path)
    for entry in (*openapi.pages(routes, VERSION, services.settings.public_url), *routes):
        app.router.add_route(entry.method, entry.path, entry.serve)
    return app


def make_services(
    settings: Settings,
    pool: asyncpg.Pool,
    intake: Accept,
    registry: CollectorRegistry,
    metrics: ApiMetrics,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    random: Callable[[int], bytes] = os.urandom,
    book: Book | None = None,
) -> Services:
    """Put together what handlers work with. Raises ValueError when a key in the settings is missing or wrong."""
    sealer = Sealer(settings.keys.get_secret_value())
    return Services(
        settings=settings,
        pool=pool,
        intake=intake,
        keys=KeyRing(pool, now),
        secrets=SecretBook(pool, sealer, now),
        passwords=PasswordChecks(),
        sealer=sealer,
        links=Links(settings.link_key.get_secret_value()),
        metrics=metrics,
        registry=registry,
        now=now,
        random=random,
        policy=read_policy(settings.policy_file),
        book=book or Book(),
    )


async def serve(services: Services, host: str, port: int) -> web.AppRunner:
    """Listen and give the runner; `runner.addresses` says where. Raises OSError in plain words on a taken port."""
    runner = web.AppRunner(
        build_app(services),
        access_log=None,  # requests are counted by route; a log line a push would say no more and cost a third
        keepalive_timeout=75,
        shutdown_timeout=4,
        max_line_size=16_384,
        max_field_size=16_384,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as error:
        await runner.cleanup()
        raise OSError(error.errno, f"{host}:{port} cannot be used; set WAYWARDEN_HTTP_PORT to a free port") from error
    return runner


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises OSError on a taken port, ValueError on missing keys."""
    registry = new_registry("api")
    metrics = ApiMetrics(registry)
    if settings.csv_mappings:
        add_mappings(settings.csv_mappings)
    metrics.expect(FORMATS)
    health = Health()
    async with Lifecycle() as life:
        ops = OpsServer(registry, port_for(settings, "api"), health.reason, settings.bind)
        await ops.start()
        life.on_stop("ops server", ops.stop)
        pool = await open_pool(settings.database_url, settings.database_pool, "waywarden-api", command_timeout=15)
        life.on_stop("pool", pool.close)
        broker = Broker(settings)
        life.on_stop("broker", broker.close)
        book = Book()
        await book.refresh(pool)
        intake = Intake(broker, pool, metrics, book)
        life.on_stop("inbox writer", intake.close)
        services = make_services(settings, pool, intake, registry, metrics, book=book)
        tending = life.task("intake", intake.run(stop))
        keeping = life.task("housekeeping", keep_house(services, health, stop))
        runner = await serve(services, settings.bind, settings.http_port)
        life.on_stop("http server", runner.cleanup, 6)
        log.info("api_listening", host=settings.bind, port=settings.http_port, ops_port=ops.port)
        await until_stopped(stop, tending, keeping)
