"""The consumer's page over HTTP: GET shows it, POST takes a report and leads back to it.

Invariant: who has the token may see and report, nobody else learns that the parcel exists; a report is durable before
the page says thank you, and the same form sent twice is one report. May import: api, core, store.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

import asyncpg
import structlog
from aiohttp import web

from api.accept import Unavailable
from api.middleware import client_address
from api.routes import Auth, Call, read_limited, route
from api.services import Services
from api.track.limit import Limit
from api.track.render import alone, html, page_html
from api.track.view import build, offered
from api.track.wording import CATALOGUES, DEFAULT, LANGUAGES, accepted_language, known_language
from carriers.names import display_name
from core.case import Clock
from core.effect import digest
from core.event import Report, Reported, ReportKind
from runtime.sealing import Links
from store import track
from store.track import Tracked

log = structlog.get_logger()

NOTE_LIMIT = 1000
_BODY_LIMIT = 32 * 1024
_SCANS_READ = 200
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MISS_COST = 4
"""What a wrong link costs of an address's allowance: guessing runs dry sooner than reading."""

_limits: web.AppKey[Limit] = web.AppKey("track_limit", Limit)


class Failed(NamedTuple):
    """A report that was not taken, with what its form held."""

    kind: str
    note: str
    problem: str


def language_wanted(request: web.Request, registered: str | None) -> str:
    """Give the page's language: the switch, then the registration's, then the browser's."""
    wish = request.query.get("lang")
    if wish in LANGUAGES:
        return wish
    return known_language(registered) or accepted_language(request.headers.get("Accept-Language")) or DEFAULT


def limited(call: Call[None, None], cost: float = 1) -> int:
    """Take from the address's allowance; give 0, or the seconds to wait."""
    app = call.request.config_dict
    return app[_limits].take(client_address(call.request), call.services.now(), cost) if _limits in app else 0


def install_limit(app: web.Application) -> None:
    """Give the application its allowance of pages an address: 60 at once, 120 a minute."""
    app[_limits] = Limit(burst=60, per_minute=120)


@route(
    "GET",
    "/t/{token}",
    auth=Auth.LINK,
    summary="The consumer's page of one parcel",
    answers={200: "text/html", 404: "text/html", 429: "text/html"},
    tag="consumer",
)
async def show(call: Call[None, None]) -> web.Response:
    """Show the parcel of a link."""
    request = call.request
    wait = limited(call)
    if wait:
        return alone("busy", language_wanted(request, None), 429, **{"Retry-After": str(wait)})
    found = await read_tracked(call)
    if isinstance(found, web.Response):
        return found
    return page_of(call, found, sent=_report_kind(request.query.get("sent")), done=request.query.get("done"))


@route(
    "POST",
    "/t/{token}/report",
    auth=Auth.LINK,
    summary="The consumer reports damage or non-receipt",
    answers={303: None, 404: "text/html", 422: "text/html", 429: "text/html", 503: "text/html"},
    tag="consumer",
    takes=("application/x-www-form-urlencoded",),
)
async def report(call: Call[None, None]) -> web.Response:
    """Take a report. The token in the path is the proof: another site forging this form would have to know it."""
    request, services = call.request, call.services
    wait = limited(call, 2)
    if wait:
        return alone("busy", language_wanted(request, None), 429, **{"Retry-After": str(wait)})
    form = parse_qs((await read_limited(request, _BODY_LIMIT)).decode("utf-8", "replace"), max_num_fields=10)
    fields = {name: values[0] for name, values in form.items()}
    found = await read_tracked(call)
    if isinstance(found, web.Response):
        return found
    kind = _report_kind(fields.get("kind"))
    wish = fields.get("lang")
    back = language_back(found, wish)
    language = wish if wish in LANGUAGES else language_wanted(request, found.language)
    nonce = fields.get("nonce", "")
    if kind is None or not _NONCE.fullmatch(nonce):
        return lead_back(call, back)
    words = CATALOGUES[language]
    note = fields.get("note", "").replace("\r\n", "\n").strip()
    if len(note) > NOTE_LIMIT:
        problem = words("report.too_long", n=NOTE_LIMIT)
        return page_of(call, found, language=language, failed=Failed(kind, note, problem), status=422)
    if kind not in offered(found):
        # Sent twice, or worked on already: the page says so by showing the case.
        return lead_back(call, {**back, "sent": kind})
    report_id = digest("report", found.parcel_id, kind, nonce)
    now = services.now()
    sealed = services.sealer.seal(note, f"{found.parcel_id}|note") if note else None
    event = Reported(parcel_id=found.parcel_id, report=Report(report_id=report_id, at=now, kind=kind, note=sealed))
    try:
        await services.intake.accept([event])
    except Unavailable as error:
        log.warning("report_not_taken", reason=error.reason)
        failed = Failed(kind, note, words("report.unavailable"))
        return page_of(call, found, language=language, failed=failed, status=503, retry_after_s=error.retry_after_s)
    await _remember(services, found.parcel_id, report_id, kind)
    log.info("report_taken", kind=kind, noted=bool(note))
    return lead_back(call, {**back, "sent": kind})


async def _remember(services: Services, parcel_id: str, report_id: str, kind: ReportKind) -> None:
    """Let the page show the report until the stream has it. The report itself is safe in the log already."""
    try:
        async with services.pool.acquire(timeout=5) as connection:
            await track.remember_report(connection, parcel_id, report_id, kind, services.now())
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        log.warning("report_not_remembered", error=type(error).__name__)


async def read_tracked(call: Call[None, None]) -> Tracked | web.Response:
    """Give the parcel behind the link, or the page to answer with instead."""
    request, services = call.request, call.services
    token = call.path("token")
    found = None
    if _TOKEN.fullmatch(token):
        try:
            async with services.pool.acquire(timeout=5) as connection:
                found = await track.tracked(connection, Links.digest(token), _SCANS_READ)
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.error("database_away", route="track", error=type(error).__name__)
            return alone("broken", language_wanted(request, None), 503, **{"Retry-After": "30"})
    if found is None:
        limited(call, _MISS_COST)
        return alone("missing", language_wanted(request, None), 404)
    return found


def _report_kind(raw: str | None) -> ReportKind | None:
    return ReportKind(raw) if raw in set(ReportKind) else None


def language_back(found: Tracked, wish: str | None) -> dict[str, str]:
    """Give the query that keeps the page in the language it was switched to."""
    return {"lang": wish} if wish in LANGUAGES and wish != known_language(found.language) else {}


def lead_back(call: Call[None, None], query: dict[str, str]) -> web.Response:
    """Lead back to the page by GET, so that a reload does not send the form again."""
    place = f"/t/{call.path('token')}" + (f"?{urlencode(query)}" if query else "")
    return web.Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})


def page_of(
    call: Call[None, None],
    tracked: Tracked,
    *,
    language: str | None = None,
    sent: ReportKind | None = None,
    done: str | None = None,
    failed: Failed | None = None,
    status: int = 200,
    retry_after_s: int = 0,
) -> web.Response:
    """Give the parcel's page: `sent` and `done` are confirmed where they are so, `failed` keeps what was written."""
    services = call.services
    language = language or language_wanted(call.request, tracked.language)
    carrier = display_name(tracked.carrier, language)
    answer_within = services.policy.clocks[Clock.FIRST_ANSWER]
    page = build(tracked, carrier, CATALOGUES[language], services.now(), answer_within, sent, done)
    here = f"/t/{call.path('token')}"
    text = page_html(
        "parcel.html",
        language,
        title=page.title,
        page=page,
        sender=tracked.shop_name,
        path=here,
        here=here + (f"?lang={language}" if language != known_language(tracked.language) else ""),
        action=here,
        nonce=urlsafe_b64encode(services.random(18)).decode(),
        note_limit=NOTE_LIMIT,
        failed=failed,
    )
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return html(text, language, status, **headers)


ROUTES = (show, report)
