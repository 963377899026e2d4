"""Stopping the messages about a parcel, and having them again: by a button, or by a mail program's one click.

The link in the path is the proof, so no sign-in and no cookie is asked for (RFC 8058). Looking at the page changes
nothing, because mail scanners open every link. Invariant: who stopped gets no message but answers to their own reports.
May import: api, store.
"""

from __future__ import annotations

from urllib.parse import parse_qs

import structlog
from aiohttp import web

from api.routes import Auth, Call, read_limited, route
from api.track.pages import language_back, language_wanted, lead_back, limited, read_tracked
from api.track.render import alone, html, page_html
from api.track.times import Times, zone_of
from api.track.view import page_zone, silence
from api.track.wording import CATALOGUES
from store import track
from store.track import Tracked

log = structlog.get_logger()

_BODY_LIMIT = 4 * 1024
_COST = 0.2
"""What a stop costs of an address's allowance: a mail provider sends all its people's clicks from few addresses."""

_ANSWERS: dict[int, str | None] = {200: "text/html", 404: "text/html", 429: "text/html"}


@route(
    "GET",
    "/t/{token}/stop",
    auth=Auth.LINK,
    summary="Ask whether to stop the messages about a parcel",
    answers=_ANSWERS,
    tag="consumer",
)
async def ask(call: Call[None, None]) -> web.Response:
    """Show the button. Stops nothing."""
    found = await _read(call, 1)
    if isinstance(found, web.Response):
        return found
    return _asking(call, found)


@route(
    "POST",
    "/t/{token}/stop",
    auth=Auth.LINK,
    summary="Stop the messages about a parcel, also by RFC 8058's one click",
    answers={**_ANSWERS, 303: None},
    tag="consumer",
    takes=("application/x-www-form-urlencoded", "multipart/form-data"),
)
async def stop(call: Call[None, None]) -> web.Response:
    """Stop, once however often it is said. A mail program gets a page, never a redirect: it would not follow it."""
    return await _change(call, "stopped")


@route(
    "POST",
    "/t/{token}/resume",
    auth=Auth.LINK,
    summary="Have messages about a parcel again",
    answers={**_ANSWERS, 303: None},
    tag="consumer",
    takes=("application/x-www-form-urlencoded",),
)
async def resume(call: Call[None, None]) -> web.Response:
    """Send messages again from now on."""
    return await _change(call, "resumed")


async def _change(call: Call[None, None], done: str) -> web.Response:
    fields = parse_qs((await read_limited(call.request, _BODY_LIMIT)).decode("utf-8", "replace"), max_num_fields=10)
    found = await _read(call, _COST)
    if isinstance(found, web.Response):
        return found
    async with call.services.pool.acquire(timeout=5) as connection:
        if done == "stopped":
            await track.stop_messages(connection, found.parcel_id, call.services.now())
        else:
            await track.resume_messages(connection, found.parcel_id)
    log.info("messages_changed", done=done, by="page" if "page" in fields else "mail")
    if "page" in fields:
        return lead_back(call, {**language_back(found, fields.get("lang", [""])[0]), "done": done})
    again = await read_tracked(call)
    return again if isinstance(again, web.Response) else _asking(call, again)


async def _read(call: Call[None, None], cost: float) -> Tracked | web.Response:
    wait = limited(call, cost)
    if wait:
        return alone("busy", language_wanted(call.request, None), 429, **{"Retry-After": str(wait)})
    return await read_tracked(call)


def _asking(call: Call[None, None], tracked: Tracked) -> web.Response:
    language = language_wanted(call.request, tracked.language)
    words, here = CATALOGUES[language], f"/t/{call.path('token')}"
    times = Times(words, zone_of(page_zone(tracked)), call.services.now())
    text = page_html(
        "stop.html",
        language,
        title=words("stop.title", waybill=tracked.waybill),
        headline=words("stop.done_stopped" if tracked.stopped_at else "stop.headline"),
        waybill=tracked.waybill,
        silence=silence(tracked, words, times),
        sender=tracked.shop_name,
        path=f"{here}/stop",
        action=here,
    )
    return html(text, language)


ROUTES = (ask, stop, resume)
