"""The api process: routes collected, services made, served until asked to stop.

Invariant: returns within ten seconds after `stop`; what was accepted is durable before its answer. May import: core,
carriers, store, runtime, aiohttp; every route module of api.
"""

from __future__ import annotations

import structlog
from aiohttp import web

from api import auth, openapi
from api.middleware import BoundRoute, surround
from api.routes import Route
from api.services import SERVICES, Services

log = structlog.get_logger()

VERSION = "0.1.0"
#: Every table of routes. A module that is not named here is not served.
TABLES: tuple[tuple[Route, ...], ...] = (auth.ROUTES,)


def build_app(services: Services) -> web.Application:
    """Give the application with all routes; needs nothing running."""
    app = web.Application(middlewares=[surround], client_max_size=1024 * 1024)
    app[SERVICES] = services
    routes = [entry for table in TABLES for entry in table]
    # Catch-all pages come last, whatever their table.
    routes.sort(key=lambda entry: ":.*" in entry.path)
    for entry in (*openapi.pages(routes, VERSION, services.settings.public_url), *routes):
        app.router.add_route(entry.method, entry.path, BoundRoute(entry))
    return app
