"""Messages that could not be sent: seen by operators, and sent again when the cause is gone.

Invariant: recipients are not shown; sending again keeps the message's idempotency key, so nobody gets it twice.
May import: api, store.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from api.cases import reply
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from store import outbox

log = structlog.get_logger()


class ParkedQuery(Body):
    """Which messages."""

    channel: Annotated[str | None, Field(max_length=32)] = None
    cursor: Cursor = None
    limit: Limit = 50


class Parked(BaseModel):
    """A message set aside, with why."""

    model_config = ConfigDict(extra="allow")

    delivery_id: str
    parcel_id: str
    channel: str
    reason: str | None
    created_at: datetime


class ParkedPage(BaseModel):
    """A page of parked messages, newest first."""

    items: list[Parked]
    next: str | None


class _Place(msgspec.Struct, frozen=True, array_like=True):
    created_at: datetime
    delivery_id: str


@route(
    "GET",
    "/v1/messages/parked",
    auth=Auth.AGENT,
    summary="Messages that could not be sent",
    query=ParkedQuery,
    answers={200: ParkedPage},
)
async def list_parked(call: Call[None, ParkedQuery]) -> web.Response:
    """List what the notifier set aside."""
    query = call.query
    place = read_cursor("parked", query.cursor, _Place)
    async with call.services.pool.acquire(timeout=5) as connection:
        after = (place.created_at, place.delivery_id) if place else None
        rows = [dict(row) for row in await outbox.parked(connection, query.channel, after, query.limit + 1)]
    page = rows[: query.limit]
    last = _Place(page[-1]["created_at"], page[-1]["delivery_id"]) if len(rows) > query.limit else None
    return reply({"items": page, "next": write_cursor("parked", last)})


@route(
    "POST",
    "/v1/messages/{delivery_id}/retry",
    auth=Auth.SUPERVISOR,
    summary="Send a parked message again",
    answers={204: None},
)
async def retry(call: Call[None, None]) -> None:
    """Put a parked message back into the queue."""
    async with call.services.pool.acquire(timeout=5) as connection:
        if not await outbox.unpark(connection, call.path("delivery_id"), call.services.now()):
            raise Problem(409, "not-parked", "This message is not parked (any more), or there is nothing left to send.")
    log.info("message_unparked", staff_id=str(call.staff.staff_id))


ROUTES = (list_parked, retry)
