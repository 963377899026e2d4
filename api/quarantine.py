"""What could not be read: kept sealed, shown masked, read again after a fix.

Invariant: a payload leaves quarantine only when its events are durable; replaying twice changes nothing, because events
are idempotent. May import: carriers, core, store, api.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

import asyncpg
import msgspec
import structlog
from pydantic import Field

from api.accept import Accept, scanned
from api.metrics import ApiMetrics
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from carriers.format import Push, Rejected
from carriers.registry import FORMATS
from runtime.sealing import Sealer, UnsealError
from store import intake as store

log = structlog.get_logger()

_PAGE = 100
_PREVIEW = 600
# Keys and structure are shown, values are covered but for their first sign: enough to see what is wrong.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?(\s*:)?')
_ELEMENT = re.compile(r">([^<>]+)<")
_FORM_VALUE = re.compile(r"\b(\w+)=([^&\s\"<>]{3,})")
_LOOSE = re.compile(r"\d{4,}|[\w.+-]+@[\w.-]+|[\u3400-\u9fff]{2,}")
_SIGN = re.compile(r"[^\W_]")


def _context(format_name: str) -> str:
    return f"quarantine:{format_name}"


async def hold(
    pool: asyncpg.Pool,
    sealer: Sealer,
    metrics: ApiMetrics,
    now: datetime,
    format_name: str,
    account: str | None,
    why: Rejected,
    push: Push,
) -> int:
    """Keep a payload with the reason. Gives its number in quarantine."""
    sealed = sealer.seal(push.body.decode("latin-1"), _context(format_name)).encode()
    headers: dict[str, Any] = {"content_type": push.content_type[:200]}
    async with pool.acquire(timeout=5) as connection:
        number = await store.hold(
            connection,
            now=now,
            format_name=format_name,
            account=account,
            reason=why.reason.value,
            detail=why.detail[:500],
            headers=headers,
            body=sealed,
            digest=blake2b(push.body, digest_size=16).digest(),
        )
    metrics.quarantined.labels(format_name, why.reason.value).inc()
    log.warning("push_quarantined", format=format_name, reason=why.reason.value, quarantine_id=number)
    return number


class Outcome(msgspec.Struct, frozen=True):
    """What one replay came to. `scans` counts those that are durable now."""

    replayed: int = 0
    still_bad: int = 0
    scans: int = 0


async def replay_one(
    held: store.Held, pool: asyncpg.Pool, intake: Accept, sealer: Sealer, now: Callable[[], datetime]
) -> Outcome:
    """Read one payload by today's reader; what is readable goes in, and when all of it is, the payload is released.

    Raises Unavailable when the events cannot be made durable now.
    """
    wire = FORMATS.get(held.format)
    if wire is None:
        return Outcome(still_bad=1)
    try:
        body = sealer.open(held.body.decode(), _context(held.format)).encode("latin-1")
    except UnsealError:
        log.error("quarantine_unsealed", quarantine_id=held.number)
        return Outcome(still_bad=1)
    try:
        # The moment of receipt stays what it was: limits on age are about the push, not about us.
        reading = wire.read(Push(body, content_type=str(held.headers.get("content_type", ""))), held.at)
    except Rejected as why:
        await store.note_still_bad(pool, held.number, why.reason.value, why.detail[:500])
        return Outcome(still_bad=1)
    await intake.accept(scanned(reading.scans, now()))
    if reading.rejects:
        first = reading.rejects[0]
        await store.note_still_bad(pool, held.number, first.reason.value, first.detail[:500])
        return Outcome(still_bad=1, scans=len(reading.scans))
    await store.release(pool, held.number, "replayed", now())
    return Outcome(replayed=1, scans=len(reading.scans))


async def replay_all(
    pool: asyncpg.Pool,
    intake: Accept,
    sealer: Sealer,
    now: Callable[[], datetime],
    format_name: str | None = None,
    tell: Callable[[str], None] = lambda line: None,
    since: datetime | None = None,
) -> Outcome:
    """Read everything held again, oldest first. Raises Unavailable; then start it again later, nothing is lost."""
    total = Outcome()
    after = 0
    while page := await store.held_after(pool, after, _PAGE, format_name):
        for held in page:
            after = held.number
            if since is not None and held.at < since:
                continue
            one = await replay_one(held, pool, intake, sealer, now)
            total = Outcome(total.replayed + one.replayed, total.still_bad + one.still_bad, total.scans + one.scans)
        tell(f"{total.replayed} replayed, {total.still_bad} still unreadable, {total.scans} scans")
    return total


class HeldItem(Body):
    """A payload in quarantine. `preview` is its beginning with numbers and mailboxes hidden."""

    quarantine_id: int
    at: datetime
    format: str
    account: str | None
    reason: str
    detail: str | None
    times: int
    state: str
    replayed_at: datetime | None
    bytes: int
    preview: str


class HeldPage(Body):
    """Newest first. `next` is the `before` of the next page, null at the end."""

    items: list[HeldItem]
    next: int | None


class HeldQuery(Body):
    """Filters and the page."""

    before: int = Field(default=2**62, ge=1)
    limit: int = Field(default=50, ge=1, le=100)
    format: str | None = Field(default=None, max_length=40)
    state: Literal["held", "replayed", "dropped"] | None = "held"


class Replayed(Body):
    """What a replay came to."""

    replayed: int
    still_bad: int
    scans: int


def preview(body: str) -> str:
    """Give the beginning of a payload for people: its structure, with the values covered."""
    try:
        shown = body.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        shown = body
    shown = _QUOTED.sub(lambda found: found[0] if found[2] else f'"{_cover(found[1])}"', shown[:_PREVIEW])
    shown = _ELEMENT.sub(lambda found: f">{_cover(found[1])}<", shown)
    shown = _FORM_VALUE.sub(lambda found: f"{found[1]}={_cover(found[2])}", shown)
    return _LOOSE.sub(lambda found: _cover(found[0]), shown)


def _cover(text: str) -> str:
    return text[:1] + _SIGN.sub("*", text[1:])


def _item(held: store.Held, sealer: Sealer) -> HeldItem:
    try:
        body = sealer.open(held.body.decode(), _context(held.format))
    except UnsealError:
        body = ""
    return HeldItem(
        quarantine_id=held.number,
        at=held.at,
        format=held.format,
        account=held.account,
        reason=held.reason,
        detail=held.detail,
        times=held.times,
        state=held.state,
        replayed_at=held.replayed_at,
        bytes=len(body),
        preview=preview(body),
    )


@route(
    "GET", "/v1/quarantine", auth=Auth.AGENT, summary="What could not be read", query=HeldQuery, answers={200: HeldPage}
)
async def list_held(call: Call[None, HeldQuery]) -> HeldPage:
    """Give a page of quarantine."""
    query = call.query
    rows = await store.held_before(call.services.pool, query.before, query.limit, query.format, query.state)
    items = [_item(row, call.services.sealer) for row in rows]
    return HeldPage(items=items, next=rows[-1].number if len(rows) == query.limit else None)


@route(
    "POST",
    "/v1/quarantine/{quarantine_id:[0-9]{1,18}}/replay",
    auth=Auth.SUPERVISOR,
    summary="Read a payload again",
    answers={200: Replayed},
    tag="quarantine",
)
async def replay_held(call: Call[None, None]) -> Replayed:
    """Read one payload by today's reader. A payload that left quarantine already stays as it is."""
    services = call.services
    held = await store.held_one(services.pool, int(call.path("quarantine_id")))
    if held is None:
        raise Problem(404, "no-such-payload", "There is no payload of this number in quarantine.")
    if held.state != "held":
        return Replayed(replayed=0, still_bad=0, scans=0)
    outcome = await replay_one(held, services.pool, services.intake, services.sealer, services.now)
    log.info("quarantine_replayed", quarantine_id=held.number, replayed=outcome.replayed)
    return Replayed(replayed=outcome.replayed, still_bad=outcome.still_bad, scans=outcome.scans)


ROUTES = (list_held, replay_held)
