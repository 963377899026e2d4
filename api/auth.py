"""Who is asking: staff by session cookie, merchants and carriers by API key; sign-in and sign-out.

Invariant: a session is a random token of 256 bits of which only the hash is stored; it ends after `IDLE` without use
and after `LONGEST` in any case; what changes state over a cookie needs the session's CSRF token. An unknown e-mail and
a wrong password get the same answer in the same time. May import: store.accounts, argon2, api.routes.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field

from api.middleware import client_address
from api.principal import Nobody, Principal, Role, Staff
from api.problems import Problem
from api.routes import Auth, Body, Call, json_answer, route
from api.services import Services
from store import accounts

log = structlog.get_logger()

COOKIE = "ww_session"
CSRF_HEADER = "X-CSRF-Token"
IDLE = timedelta(hours=2)
#: A shift: after it everybody signs in again.
LONGEST = timedelta(hours=12)
TICKET_LIFE = timedelta(seconds=30)
ATTEMPT_WINDOW = timedelta(minutes=15)
ACCOUNT_ATTEMPTS = 10
ADDRESS_ATTEMPTS = 50
_TOUCH_EVERY = timedelta(minutes=1)


async def authenticate(request: web.Request, services: Services) -> Principal:
    """Say who is asking. A key in `Authorization` goes before a cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        holder = await services.keys.holder(token.strip()) if scheme.lower() == "bearer" else None
        return holder or Nobody()
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        return Nobody()
    token_hash = accounts.hash_token(cookie)
    now = services.now()
    async with services.pool.acquire(timeout=5) as connection:
        row = await accounts.session_of(connection, token_hash, now, now - IDLE)
        if row is None:
            return Nobody()
        if now - row["seen_at"] > _TOUCH_EVERY:
            await accounts.touch_session(connection, token_hash, now)
    return Staff(
        staff_id=UUID(str(row["staff_id"])),
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        language=row["language"],
        csrf=row["csrf"],
        token_hash=token_hash,
    )


def check_csrf(request: web.Request, staff: Staff) -> None:
    """Refuse a change that another site could have caused."""
    if request.method in ("GET", "HEAD"):
        return
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), staff.csrf.encode()):
        raise Problem(403, "csrf", f"Send the session's `csrf` in the header {CSRF_HEADER}.")


class SignIn(Body):
    """E-mail and password."""

    email: str = Field(min_length=3, max_length=254)
    password: str = Field(min_length=1, max_length=1024)


class Me(Body):
    """The signed-in member of staff. `csrf` goes into the header X-CSRF-Token of every change."""

    staff_id: UUID
    email: str
    name: str
    role: Role
    language: str
    csrf: str


class Ticket(Body):
    """A ticket for the live board: open `url` with it within 30 seconds, once."""

    ticket: str
    url: str


def _random_text(services: Services, size: int) -> str:
    return urlsafe_b64encode(services.random(size)).decode().rstrip("=")


def _me(staff: Staff) -> Me:
    return Me(
        staff_id=staff.staff_id,
        email=staff.email,
        name=staff.name,
        role=staff.role,
        language=staff.language,
        csrf=staff.csrf,
    )


def _subjects(email: str, address: str) -> tuple[str, str]:
    # The table need not know who tried: a digest counts as well as a name.
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return f"account:{account}", f"address:{address}"


async def _slow_down(services: Services, subjects: tuple[str, str]) -> datetime:
    """Count this attempt and give the moment it is noted at. Raises Problem 429."""
    now = services.now()
    async with services.pool.acquire(timeout=5) as connection, connection.transaction():
        counts = await accounts.recent_attempts(connection, subjects, now - ATTEMPT_WINDOW)
        over = counts.get(subjects[0], 0) >= ACCOUNT_ATTEMPTS or counts.get(subjects[1], 0) >= ADDRESS_ATTEMPTS
        if not over:
            await accounts.note_attempts(connection, subjects, now)
    if over:
        services.metrics.sign_ins.labels("limited").inc()
        log.warning("sign_in_limited")
        wait = str(int(ATTEMPT_WINDOW.total_seconds()))
        raise Problem(
            429, "too-many-sign-ins", "Too many failed sign-ins. Wait 15 minutes.", headers={"Retry-After": wait}
        )
    return now


@route(
    "POST",
    "/v1/session",
    auth=Auth.PUBLIC,
    summary="Sign in",
    body=SignIn,
    answers={201: Me},
    tag="session",
    max_body=8192,
)
async def sign_in(call: Call[SignIn, None]) -> web.Response:
    """Open a session: a new token each time, in a cookie that scripts cannot read."""
    services = call.services
    subjects = _subjects(call.body.email, client_address(call.request))
    noted_at = await _slow_down(services, subjects)
    row = await accounts.find_staff(services.pool, call.body.email)
    usable = row is not None and row["disabled_at"] is None
    fits = await services.passwords.matches(row["password_hash"] if row and usable else None, call.body.password)
    if row is None or not fits:
        services.metrics.sign_ins.labels("refused").inc()
        log.warning("sign_in_refused")
        raise Problem(401, "wrong-password", "E-mail or password is wrong.")
    now = services.now()
    token, csrf = _random_text(services, 32), _random_text(services, 24)
    token_hash = accounts.hash_token(token)
    stored = row["password_hash"]
    async with services.pool.acquire(timeout=5) as connection, connection.transaction():
        old = call.request.cookies.get(COOKIE)
        if old:
            await accounts.close_session(connection, accounts.hash_token(old))
        await accounts.open_session(connection, token_hash, row["staff_id"], csrf, now, now + LONGEST)
        await accounts.forget_attempts(connection, *subjects, noted_at)
    if accounts.HASHER.check_needs_rehash(stored):
        await accounts.rehash_password(
            services.pool, row["staff_id"], stored, await services.passwords.hash(call.body.password)
        )
    services.metrics.sign_ins.labels("ok").inc()
    log.info("signed_in", staff_id=str(row["staff_id"]))
    me = Me(
        staff_id=row["staff_id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        language=row["language"],
        csrf=csrf,
    )
    response = json_answer(me, 201)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=services.settings.secure_cookies,
        path="/",
    )
    return response


@route("GET", "/v1/session", auth=Auth.AGENT, summary="Who am I", answers={200: Me}, tag="session")
async def me(call: Call[None, None]) -> Me:
    """Give the signed-in member of staff."""
    return _me(call.staff)


@route("DELETE", "/v1/session", auth=Auth.AGENT, summary="Sign out", answers={204: None}, tag="session")
async def sign_out(call: Call[None, None]) -> web.Response:
    """End this session."""
    await accounts.close_session(call.services.pool, call.staff.token_hash)
    log.info("signed_out", staff_id=str(call.staff.staff_id))
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
    return response


@route(
    "POST",
    "/v1/live/ticket",
    auth=Auth.AGENT,
    summary="Get a ticket for the live board",
    answers={201: Ticket},
    tag="live",
)
async def live_ticket(call: Call[None, None]) -> Ticket:
    """Give a ticket: single use, 30 seconds."""
    services = call.services
    ticket = _random_text(services, 24)
    until = services.now() + TICKET_LIFE
    await accounts.open_ticket(
        services.pool, accounts.hash_token(ticket), call.staff.staff_id, until, call.staff.token_hash
    )
    return Ticket(ticket=ticket, url=services.settings.live_url)


ROUTES = (sign_in, me, sign_out, live_ticket)
