"""Incidents for reading: one trouble that many parcels share, with what was measured and what is under it.

Invariant: for staff only, because an incident counts the parcels of all shops. May import: api, core, store.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from api.cases import Many, Words, reply
from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from core.incident import IncidentKind
from store import incidents
from store.incidents import IncidentFilter, Place

_CASES = 50


class IncidentState(StrEnum):
    """Open: it lasts; closed: it is over."""

    OPEN = "open"
    CLOSED = "closed"


class IncidentQuery(Body):
    """Filters; a name given several times means any of the values."""

    state: Annotated[list[IncidentState] | None, Field(description="default: open")] = None
    kind: list[IncidentKind] | None = None
    carrier: Annotated[list[Words] | None, Field(max_length=Many)] = None
    cursor: Cursor = None
    limit: Limit = 50


class Measured(BaseModel):
    """Why it holds.

    Of a hub or a silent feed: how many were `heard` within `window_s` seconds and how many were `expected`. Of a lane
    or a late feed: the seconds that it takes, `measured_s`, and those that it usually does, `usual_s`, by `heard`
    parcels or scans.
    """

    heard: int
    expected: int | None = None
    window_s: int | None = None
    measured_s: int | None = None
    usual_s: int | None = None


class IncidentOnBoard(BaseModel):
    """An incident as the board shows it.

    `facility` is the hub, or where a lane begins, `facility_to` where it ends; both null for a feed, which is the
    carrier's. `expected_at`: when it is likely over. `parcels`: under it now; of a feed, those of the carrier that are
    under way. `parcels_total`: all that ever were.
    """

    model_config = ConfigDict(extra="allow")

    incident_id: str
    kind: IncidentKind
    state: IncidentState
    carrier: str
    facility: str | None
    facility_to: str | None
    severity: int
    since: datetime
    until: datetime | None
    expected_at: datetime | None
    opened_at: datetime
    measured: Measured | None
    parcels: int
    parcels_total: int


class IncidentPage(BaseModel):
    """A page of incidents, newest first. `next` is the cursor of the following page, null at the end."""

    items: list[IncidentOnBoard]
    next: str | None


class ChildQuery(Body):
    """Which page of what is under it."""

    open: Annotated[bool, Field(description="only what is under it now, and not what was")] = False
    cursor: Cursor = None
    limit: Limit = 50


class IncidentDetail(BaseModel):
    """An incident with a page of the exceptions under it, one a parcel, in the order in which they got into it.

    `next` is the cursor of the page that follows. `cases`: those of its parcels that are being worked on, the 50 most
    urgent of `cases_total`.
    """

    incident: IncidentOnBoard
    exceptions: list[dict[str, Any]]
    next: str | None
    cases: list[dict[str, Any]]
    cases_total: int


@route(
    "GET",
    "/v1/incidents",
    auth=Auth.AGENT,
    summary="List incidents, newest first",
    query=IncidentQuery,
    answers={200: IncidentPage},
)
async def list_incidents(call: Call[None, IncidentQuery]) -> web.Response:
    """List jammed hubs, degraded lanes, and feeds that are silent or late."""
    query = call.query
    states = set(query.state or [IncidentState.OPEN])
    wanted = IncidentFilter(
        kinds=tuple(query.kind) if query.kind else None,
        carriers=tuple(query.carrier) if query.carrier else None,
        open=None if len(states) == len(IncidentState) else IncidentState.OPEN in states,
    )
    after = read_cursor("incidents", query.cursor, Place)
    async with call.services.pool.acquire(timeout=5) as connection:
        rows, place = await incidents.list_incidents(connection, wanted, after, query.limit)
    return reply({"items": rows, "next": write_cursor("incidents", place)})


@route(
    "GET",
    "/v1/incidents/{incident_id}",
    auth=Auth.AGENT,
    summary="Read an incident and what is under it",
    query=ChildQuery,
    answers={200: IncidentDetail},
)
async def read_incident(call: Call[None, ChildQuery]) -> web.Response:
    """Give an incident, what was measured, and a page of its parcels."""
    query, incident_id = call.query, call.path("incident_id")
    # A cursor is of one incident: that of another is refused.
    noun = f"incident {incident_id}"
    after = read_cursor(noun, query.cursor, Place)
    async with (
        call.services.pool.acquire(timeout=5) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        body = await incidents.one(connection, incident_id)
        if body is None:
            raise Problem(404, "no-such-incident", "There is no such incident.")
        rows, place = await incidents.children(connection, incident_id, query.open, after, query.limit)
        found, total = await incidents.cases(connection, incident_id, _CASES)
    return reply(
        {
            "incident": body,
            "exceptions": rows,
            "next": write_cursor(noun, place),
            "cases": found,
            "cases_total": total,
        }
    )


ROUTES = (list_incidents, read_incident)
