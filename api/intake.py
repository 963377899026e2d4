"""Carriers' and aggregators' pushes: `POST /v1/intake/{format}`.

Invariant: nothing of a push is read, stored or quarantined before its signature (or carrier key) is believed; the
answer is in the sender's own form, and it is 2xx only when every good scan is durable and the rest is in quarantine.
May import: carriers, core, store, api.
"""

from __future__ import annotations

import structlog
from aiohttp import web

from api.accept import Unavailable, scanned
from api.auth import authenticate
from api.principal import KeyHolder, KeyKind, Principal
from api.problems import Problem
from api.quarantine import hold
from api.routes import Auth, Call, read_limited, route
from carriers.format import Answer, Format, Push, Reading, Rejected
from carriers.registry import FORMATS

log = structlog.get_logger()

MAX_PUSH = 1024 * 1024
ANY_CARRIER = "*"


def may_speak(who: Principal, carrier: str, format_name: str = "") -> bool:
    """Say whether a key may bring a carrier's scans: the carrier's own, its aggregator's (owner = format, or `*`)."""
    if not isinstance(who, KeyHolder):
        return False
    return who.kind is KeyKind.ADMIN or (
        who.kind is KeyKind.CARRIER and who.owner in {ANY_CARRIER, carrier, format_name or carrier}
    )


async def take(call: Call[None, None], account: str) -> web.Response:
    """Take one push."""
    services = call.services
    name = call.path("format")
    wire = FORMATS.get(name)
    if wire is None:
        services.metrics.refused.labels("unknown", "no_such_format").inc()
        raise Problem(404, "no-such-format", f"Formats here: {', '.join(sorted(FORMATS))}.")
    request = call.request
    empty = _push(request, b"")
    try:
        push = _push(request, await read_limited(request, MAX_PUSH))
    except Problem as problem:
        if problem.status != 413:
            raise
        return _refuse(call, wire, empty, problem.status, "too_large")
    received_at = services.now()
    holder: Principal | None = None
    secrets = await services.secrets.of(name, account)
    verified: bool | None
    try:
        verified = wire.verify(push, secrets, received_at)
    except Rejected:
        verified = False  # a body without the place where the signature stands is not signed
    if verified is None or (not verified and "Authorization" in request.headers):
        # A carrier's key does in place of a signature: with it the same scans could come by /v1/scans anyway.
        holder = await authenticate(request, services)
        verified = isinstance(holder, KeyHolder) and holder.kind in (KeyKind.CARRIER, KeyKind.ADMIN)
    if not verified:
        return _refuse(call, wire, push, 401, "signature")
    try:
        reading = wire.read(push, received_at)
    except Rejected as why:
        await _hold(call, name, account, why, push)
        return _refuse(call, wire, push, 400, why.reason.value)
    if holder is not None and not all(may_speak(holder, scan.carrier, name) for scan in reading.scans):
        return _refuse(call, wire, push, 403, "not_your_carrier")
    try:
        await services.intake.accept(scanned(reading.scans, received_at))
    except Unavailable as unavailable:
        log.warning("intake_unavailable", reason=unavailable.reason)
        response = _refuse(call, wire, push, 503, "unavailable")
        response.headers["Retry-After"] = str(unavailable.retry_after_s)
        return response
    if reading.rejects:
        await _hold(call, name, account, _partly(reading), push)
    services.metrics.scans.labels(name).inc(len(reading.scans))
    return _response(wire.accepted(push, reading))


def _push(request: web.Request, body: bytes) -> Push:
    headers = {header.lower(): value for header, value in request.headers.items()}
    return Push(body, headers, dict(request.query), request.content_type)


def _partly(reading: Reading) -> Rejected:
    # The whole payload is kept, not the part: a part alone often lacks the waybill, and good scans repeat harmlessly.
    first = reading.rejects[0]
    return Rejected(first.reason, f"{len(reading.rejects)} parts, the first: {first.detail}")


async def _hold(call: Call[None, None], name: str, account: str, why: Rejected, push: Push) -> None:
    services = call.services
    await hold(services.pool, services.sealer, services.metrics, services.now(), name, account or None, why, push)


def _refuse(call: Call[None, None], wire: Format, push: Push, status: int, reason: str) -> web.Response:
    call.services.metrics.refused.labels(wire.name, reason).inc()
    return _response(wire.refused(push, status, reason))


def _response(answer: Answer) -> web.Response:
    return web.Response(
        body=answer.body, status=answer.status, headers={"Content-Type": answer.content_type} if answer.body else None
    )


_TAKES = ("application/json", "application/xml", "application/x-www-form-urlencoded", "application/x-ndjson")
_NOTE = (
    "The body as the sender signs it, at most 1 MiB. Where the format carries no signature: a carrier's API key. "
    "The answer is the one that the sender expects. 401: signature not believed. 400: not readable, kept in quarantine."
)


@route(
    "POST",
    "/v1/intake/{format}",
    auth=Auth.SIGNED,
    summary="Push of a carrier or aggregator",
    takes=_TAKES,
    description=_NOTE,
    answers={200: "application/json", 401: None, 400: None, 413: None},
    tag="intake",
)
async def push_here(call: Call[None, None]) -> web.Response:
    """Take a push of the format's only account."""
    return await take(call, "")


@route(
    "POST",
    "/v1/intake/{format}/{account:[A-Za-z0-9._-]{1,64}}",
    auth=Auth.SIGNED,
    summary="Push for one of several accounts",
    takes=_TAKES,
    description=_NOTE,
    answers={200: "application/json", 401: None, 400: None, 413: None},
    tag="intake",
)
async def push_to_account(call: Call[None, None]) -> web.Response:
    """Take a push verified by the secrets of an account."""
    return await take(call, call.path("account"))


ROUTES = (push_here, push_to_account)
