"""What surrounds every request: its id, its clock, its time limit, security headers, errors as problem+json.

Invariant: no exception leaves as anything but a problem that hides internals; each one is counted. May import:
aiohttp.web, structlog, api.problems, api.services.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import asyncpg
import structlog
from aiohttp import web

from api.accept import Unavailable
from api.load import Share
from api.problems import Problem
from api.routes import ROUTE, SHARE, Route
from api.services import SERVICES

log = structlog.get_logger()

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
#: A label takes a known method only: the parser lets dozens through.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    OSError,
)


def client_address(request: web.Request) -> str:
    """Give the caller's address, believing as many X-Forwarded-For entries as there are trusted proxies."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    address = str(peer[0]) if isinstance(peer, tuple) else "local"
    hops = request.app[SERVICES].settings.trusted_proxies
    if hops:
        forwarded = [part.strip() for part in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        forwarded = [part for part in forwarded if part]
        if len(forwarded) >= hops:
            try:
                address = str(ip_address(forwarded[-hops]))
            except ValueError:
                log.warning("forwarded_address_unreadable")
    return address


@web.middleware
async def surround(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Run one request inside everything that each request needs."""
    services = request.app[SERVICES]
    metrics = services.metrics
    started = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _ID.fullmatch(given) else services.random(8).hex()
    request[REQUEST_ID] = request_id
    entry = _route_of(request)
    request[ROUTE] = entry.plain_path if entry else "(none)"
    status = 500
    share: Share | None = None
    metrics.in_flight.inc()
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                share = request[SHARE] = services.load.enter()
                async with asyncio.timeout(entry.timeout_s if entry else 30):
                    response = await handler(request)
            except Exception as error:
                problem = _problem_of(error, request)
                metrics.problems.labels(problem.code).inc()
                response = problem.response(request_id)
        status = response.status
        if not response.prepared:
            _add_headers(response, request_id, services.settings.live_url, services.settings.secure_cookies)
        return response
    finally:
        if share is not None:
            share.leave()
        metrics.in_flight.dec()
        method = request.method if request.method in _METHODS else "other"
        metrics.requests.labels(method, request[ROUTE], str(status)).observe(time.perf_counter() - started)


def _route_of(request: web.Request) -> Route | None:
    found = getattr(request.match_info.handler, "__self__", None)
    return found if isinstance(found, Route) else None


def _problem_of(error: Exception, request: web.Request) -> Problem:
    """Turn what was raised into what the caller may read; what nobody expected goes to the log in full."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Unavailable):
        log.warning("intake_unavailable", reason=error.reason)
        return Problem(
            503,
            "intake-unavailable",
            "Nothing was lost and nothing was stored: send it again after `Retry-After` seconds.",
            headers={"Retry-After": str(error.retry_after_s)},
        )
    if isinstance(error, web.HTTPException):
        return _from_aiohttp(error)
    if isinstance(error, web.RequestPayloadError):
        return Problem(400, "broken-body", "The body breaks off, or is not encoded as its headers say.")
    if isinstance(error, OSError) and (request.transport is None or request.transport.is_closing()):
        return Problem(400, "client-gone", "The connection was closed before the body was whole.")
    if isinstance(error, TimeoutError):
        log.warning("request_timed_out", route=request[ROUTE])
        return Problem(503, "timed-out", "It took too long. Try again.", headers={"Retry-After": "5"})
    if isinstance(error, _DATABASE_AWAY):
        log.error("database_away", route=request[ROUTE], error=type(error).__name__)
        return Problem(503, "database-away", "The database is away. Try again.", headers={"Retry-After": "5"})
    if isinstance(error, asyncpg.DataError):
        log.warning("value_refused_by_database", route=request[ROUTE], error=type(error).__name__)
        return Problem(422, "value-refused", "A value holds characters or a size that cannot be stored.")
    log.error("request_failed", route=request[ROUTE], exc_info=error)
    return Problem(500, "internal", "Tell us the request id; we can find it in the logs.")


def _from_aiohttp(error: web.HTTPException) -> Problem:
    if error.status == 404:
        return Problem(404, "no-such-page", "There is nothing at this address.")
    if error.status == 405:
        allow = error.headers.get("Allow", "")
        return Problem(405, "wrong-method", f"Allowed here: {allow}.", headers={"Allow": allow})
    if error.status == 413:
        return Problem(413, "too-large", "Send less in one request.")
    headers = {"Location": error.headers["Location"]} if "Location" in error.headers else {}
    return Problem(error.status, "refused", error.reason or "The request was refused.", headers=headers)


def _add_headers(response: web.StreamResponse, request_id: str, live_url: str, secure: bool) -> None:
    headers = response.headers
    headers["X-Request-Id"] = request_id
    headers["Server"] = "waywarden"
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.content_type == "text/html":
        # The board's list sets heights by style attributes; scripts stay ours alone.
        policy = (
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"connect-src 'self' {live_url}; form-action 'self'; base-uri 'none'; "
            "object-src 'none'; frame-ancestors 'none'"
        )
    else:
        policy = "default-src 'none'; frame-ancestors 'none'"
    headers.setdefault("Content-Security-Policy", policy)
