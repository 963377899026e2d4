"""Parcels and exceptions for reading: search, one parcel with its timeline, the exception list, the board's counts.

Invariant: a merchant sees its own shop's rows only; contact fields leave masked. May import: api, core, store.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from api.cases import Many, Row, Words, reply, severities, shop_wanted
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.parcel_view import parcel_view
from api.principal import Staff
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from api.search import find_parcel_ids
from core.effect import ExceptionState
from core.finding import Kind
from store import cases, exceptions, parcels
from store.exceptions import ExceptionFilter, ExceptionPlace


class ParcelQuery(Body):
    """What to look for."""

    q: str = Field(min_length=2, max_length=100, description="waybill, order number, or parcel id `carrier:WAYBILL`")


class ParcelBrief(BaseModel):
    """A parcel in a list."""

    model_config = ConfigDict(extra="allow")

    parcel_id: str
    carrier: str
    waybill: str
    milestone: str
    active: bool
    promised_at: datetime | None
    expected_at: datetime | None
    last_scan_at: datetime | None


class ParcelList(BaseModel):
    """Parcels found, the most recently scanned first."""

    items: list[ParcelBrief]


class ParcelDetail(ParcelBrief):
    """A parcel with its registration (masked), timeline, reports, exceptions, cases and messages.

    `incidents`: those that it is in now; for staff only.
    """

    registration: dict[str, Any] | None
    timeline: list[dict[str, Any]]
    reports: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]


class ExceptionQuery(Body):
    """Filters; a name given several times means any of the values."""

    state: Annotated[list[ExceptionState] | None, Field(description="default: open")] = None
    kind: list[Kind] | None = None
    severity: Annotated[list[int] | None, Field(description="1 info, 2 minor, 3 major, 4 critical")] = None
    carrier: Annotated[list[Words] | None, Field(max_length=Many)] = None
    shop: Words | None = None
    q: Annotated[str | None, Field(min_length=1, max_length=100, description="waybill, order or parcel id")] = None
    cursor: Cursor = None
    limit: Limit = 50


class ExceptionOnBoard(Row):
    """An exception as the board shows it."""

    exception_id: str
    opened_at: datetime


class ExceptionPage(BaseModel):
    """A page of exceptions, worst and oldest first. `next` is the cursor of the following page, null at the end."""

    items: list[ExceptionOnBoard]
    next: str | None


class SummaryQuery(Body):
    """Which shop; none is all (for a merchant its own)."""

    shop: Words | None = None


class ExceptionCounts(BaseModel):
    """Open exceptions."""

    total: int
    by_kind: dict[str, int]
    by_severity: dict[str, int]
    by_carrier: dict[str, int]


class CaseCounts(ExceptionCounts):
    """Cases that are neither resolved nor closed."""

    by_state: dict[str, int]
    breached: int
    unassigned: int


class Summary(BaseModel):
    """The numbers over the board."""

    at: datetime
    exceptions: ExceptionCounts
    cases: CaseCounts


@route(
    "GET",
    "/v1/parcels",
    auth=Auth.STAFF_OR_MERCHANT,
    summary="Find parcels",
    query=ParcelQuery,
    answers={200: ParcelList},
)
async def find_parcels(call: Call[None, ParcelQuery]) -> web.Response:
    """Find parcels by waybill, order number or id."""
    shop = call.shop_scope
    async with call.services.pool.acquire(timeout=5) as connection:
        ids = await find_parcel_ids(connection, call.query.q, shop)
        return reply({"items": await parcels.brief(connection, ids, shop)})


@route(
    "GET",
    "/v1/parcels/{parcel_id}",
    auth=Auth.STAFF_OR_MERCHANT,
    summary="Read a parcel",
    answers={200: ParcelDetail},
)
async def read_parcel(call: Call[None, None]) -> web.Response:
    """Give a parcel. One of another shop is as if it did not exist."""
    shop, pool = call.shop_scope, call.services.pool
    async with (
        pool.acquire(timeout=5) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        view = await parcel_view(connection, call.path("parcel_id"), call.services.sealer, isinstance(call.who, Staff))
    if view is None or (shop is not None and view["shop"] != shop):
        raise no_parcel()
    return reply(view)


def no_parcel() -> Problem:
    """Give the 404: the same for a parcel that is not there and for one of another shop."""
    return Problem(404, "no-such-parcel", "There is no such parcel; the id is `carrier:WAYBILL`.")


@route(
    "GET",
    "/v1/exceptions",
    auth=Auth.STAFF_OR_MERCHANT,
    summary="List exceptions, worst first",
    query=ExceptionQuery,
    answers={200: ExceptionPage},
)
async def list_exceptions(call: Call[None, ExceptionQuery]) -> web.Response:
    """List exceptions by severity, then age."""
    query = call.query
    shop = shop_wanted(call, query.shop)
    async with call.services.pool.acquire(timeout=5) as connection:
        wanted = ExceptionFilter(
            states=tuple(query.state) if query.state else None,
            kinds=tuple(query.kind) if query.kind else None,
            severities=severities(query.severity),
            carriers=tuple(query.carrier) if query.carrier else None,
            shop=shop,
            parcel_ids=tuple(await find_parcel_ids(connection, query.q, shop)) if query.q else None,
        )
        after = read_cursor("exceptions", query.cursor, ExceptionPlace)
        rows, place = await exceptions.list_exceptions(connection, wanted, after, query.limit)
    return reply({"items": rows, "next": write_cursor("exceptions", place)})


@route(
    "GET",
    "/v1/summary",
    auth=Auth.STAFF_OR_MERCHANT,
    summary="Counts for the board's header",
    query=SummaryQuery,
    answers={200: Summary},
)
async def summary(call: Call[None, SummaryQuery]) -> Summary:
    """Count open exceptions and live cases by kind, severity, carrier and state."""
    shop = shop_wanted(call, call.query.shop)
    pool = call.services.pool
    async with (
        pool.acquire(timeout=5) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        open_exceptions = await exceptions.summary(connection, shop)
        live_cases = await cases.summary(connection, shop)
    return Summary(
        at=call.services.now(),
        exceptions=ExceptionCounts(total=sum(row["n"] for row in open_exceptions), **_by(open_exceptions)),
        cases=CaseCounts(
            total=sum(row["n"] for row in live_cases),
            **_by(live_cases),
            by_state=_count(live_cases, "state"),
            breached=sum(row["breached"] for row in live_cases),
            unassigned=sum(row["unassigned"] for row in live_cases),
        ),
    )


def _by(rows: list[Any]) -> dict[str, Any]:
    return {f"by_{name}": _count(rows, name) for name in ("kind", "severity", "carrier")}


def _count(rows: list[Any], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[str(row[name])] += row["n"]
    return dict(counts.most_common())


ROUTES = (find_parcels, read_parcel, list_exceptions, summary)
