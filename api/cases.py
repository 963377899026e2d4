"""Cases for reading: the list by priority, and one with all that belongs to it.

Invariant: a merchant sees its own shop's cases only, and learns of no other. May import: api, core, store.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.parcel_view import parcel_view
from api.principal import Staff
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from api.search import find_parcel_ids
from core.case import CaseKind, CaseState
from core.finding import Severity
from store import cases
from store.cases import CaseFilter, CasePlace

Many = 50
Words = Annotated[str, Field(min_length=1, max_length=64)]


class CaseQuery(Body):
    """Filters; a name given several times means any of the values."""

    state: Annotated[list[CaseState] | None, Field(description="default: every state but closed")] = None
    kind: list[CaseKind] | None = None
    severity: Annotated[list[int] | None, Field(description="1 info, 2 minor, 3 major, 4 critical")] = None
    carrier: Annotated[list[Words] | None, Field(max_length=Many)] = None
    shop: Words | None = None
    assignee: Annotated[str | None, Field(max_length=40, description="a staff id, `me`, or `nobody`")] = None
    breached: Annotated[bool | None, Field(description="with (or without) a clock that ran out")] = None
    q: Annotated[str | None, Field(min_length=1, max_length=100, description="waybill, order, parcel or case id")] = (
        None
    )
    cursor: Cursor = None
    limit: Limit = 50


class Row(BaseModel):
    """A row of the board; the fields beyond the named ones are those of the live feed."""

    model_config = ConfigDict(extra="allow")

    parcel_id: str
    kind: str
    state: str
    severity: int


class CaseOnBoard(Row):
    """A case as the board shows it."""

    case_id: str
    priority: int
    opened_at: datetime
    version: int


class CasePage(BaseModel):
    """A page of cases by priority. `next` is the cursor of the following page, null at the end."""

    items: list[CaseOnBoard]
    next: str | None


class CaseDetail(BaseModel):
    """A case with its clocks, audit trail and parcel. The header `ETag` is its version, for `If-Match`."""

    model_config = ConfigDict(extra="allow")

    case: CaseOnBoard
    clocks: list[dict[str, Any]]
    trail: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]
    parcel: dict[str, Any] | None


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Give what the database said as JSON. msgspec, because a page of rows would take pydantic ten times as long."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json", headers=headers)


def etag(version: int) -> dict[str, str]:
    """Give the header that names a case's version."""
    return {"ETag": f'"{version}"'}


def shop_wanted(call: Call[Any, Any], asked: str | None) -> str | None:
    """Give the shop to filter by: a merchant's own, whatever was asked; for staff the one asked for."""
    own = call.shop_scope
    if own is not None and asked not in (None, own):
        raise Problem(403, "not-your-shop", "This key sees its own shop only; leave `shop` out.")
    return own or asked


def severities(asked: list[int] | None) -> tuple[int, ...] | None:
    """Check severities. Raises Problem 422."""
    if asked is None:
        return None
    if not set(asked) <= {int(severity) for severity in Severity}:
        raise Problem(422, "invalid-fields", "severity is a number from 1 to 4.")
    return tuple(asked)


def _assignee(call: Call[Any, Any], asked: str | None) -> UUID | None:
    if asked is None or asked == "nobody":
        return None
    if asked == "me":
        return call.staff.staff_id
    try:
        return UUID(asked)
    except ValueError:
        raise Problem(422, "invalid-fields", "assignee is a staff id, `me` or `nobody`.") from None


@route(
    "GET",
    "/v1/cases",
    auth=Auth.STAFF_OR_MERCHANT,
    summary="List cases, most urgent first",
    query=CaseQuery,
    answers={200: CasePage},
)
async def list_cases(call: Call[None, CaseQuery]) -> web.Response:
    """List cases by priority, then age."""
    query = call.query
    shop = shop_wanted(call, query.shop)
    async with call.services.pool.acquire(timeout=5) as connection:
        wanted = CaseFilter(
            states=tuple(query.state) if query.state else None,
            kinds=tuple(query.kind) if query.kind else None,
            severities=severities(query.severity),
            carriers=tuple(query.carrier) if query.carrier else None,
            shop=shop,
            assignee=_assignee(call, query.assignee),
            unassigned=query.assignee == "nobody",
            breached=query.breached,
            parcel_ids=tuple(await find_parcel_ids(connection, query.q, shop)) if query.q else None,
            case_id=query.q,
        )
        after = read_cursor("cases", query.cursor, CasePlace)
        rows, place = await cases.list_cases(connection, wanted, after, query.limit)
    return reply({"items": rows, "next": write_cursor("cases", place)})


def no_case() -> Problem:
    """Give the 404: the same for a case that is not there and for one of another shop."""
    return Problem(404, "no-such-case", "There is no such case.")


async def case_detail(call: Call[Any, Any], case_id: str) -> dict[str, Any]:
    """Give a case with everything that belongs to it, in one snapshot. Raises Problem 404."""
    shop = call.shop_scope
    pool = call.services.pool
    async with (
        pool.acquire(timeout=5) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        found = await cases.board_row(connection, case_id)
        if found is None or (shop is not None and found[1] != shop):
            raise no_case()
        row = found[0]
        parcel = await parcel_view(connection, row["parcel_id"], call.services.sealer, isinstance(call.who, Staff))
        trail = await cases.trail(connection, case_id)
        clocks = await cases.clocks(connection, case_id)
    if not isinstance(call.who, Staff):
        # What staff write among themselves is not for the shop.
        trail = [event for event in trail if event["type"] != "CaseNoted"]
    own = [e for e in (parcel or {}).get("exceptions", []) if e.get("case_id") == case_id]
    return {"case": row, "clocks": clocks, "trail": trail, "exceptions": own, "parcel": parcel}


@route(
    "GET",
    "/v1/cases/{case_id}",
    auth=Auth.STAFF_OR_MERCHANT,
    summary="Read a case",
    answers={200: CaseDetail},
)
async def read_case(call: Call[None, None]) -> web.Response:
    """Give a case; `ETag` is the version to send back as `If-Match`."""
    detail = await case_detail(call, call.path("case_id"))
    return reply(detail, headers=etag(detail["case"]["version"]))


ROUTES = (list_cases, read_case)
