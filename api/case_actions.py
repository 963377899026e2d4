"""What staff do to cases: open, take, work, solve, reopen, alone or in bulk.

Invariant: a change names the version it was made on (`If-Match`), and is one transaction: case, audit event, clocks,
message to the consumer, board row. Of two people acting at once one gets 412. May import: api, core, store.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import asyncpg
import msgspec
import structlog
from aiohttp import web
from pydantic import BaseModel, Field, model_validator

from api.case_moves import Action, Asked, accepted_notice, plan
from api.cases import CaseDetail, CaseOnBoard, case_detail, etag, no_case, reply
from api.problems import Problem
from api.routes import Auth, Body, Call, Route, route
from api.services import Services
from core.case import CaseClock, CaseKind, CaseState, ClockState, Refusal, WaitingOn, priority_of, start_clocks
from core.event import Tier
from core.finding import Severity
from store import cases
from store.cases import CaseRow

log = structlog.get_logger()

_VERSION = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*')
BULK = 200
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Reason = Annotated[str | None, Field(max_length=2000, description="why; goes into the audit trail")]


class Plain(Body):
    """Nothing but, where wanted, why."""

    reason: Reason = None


class Wait(Body):
    """Whom the case waits for. The clocks stand still only while it is the consumer."""

    on: WaitingOn
    ask: Annotated[str | None, Field(max_length=2000, description="what the consumer should do; they see it")] = None
    reason: Reason = None

    @model_validator(mode="after")
    def _only_consumers_are_asked(self) -> Self:
        if self.ask and self.on is not WaitingOn.CONSUMER:
            raise ValueError("`ask` goes with `on`: consumer")
        return self


class Resolve(Body):
    """What came of it, in words for the consumer."""

    resolution: Text


class Reopen(Body):
    """Why it is open again."""

    reason: Text


class Assign(Body):
    """Who works on it: a staff id, `me`, or null for nobody."""

    staff_id: UUID | Literal["me"] | None
    reason: Reason = None


class Note(Body):
    """A note among staff; the consumer never sees it."""

    text: Text


class Priority(Body):
    """Another priority than the computed one."""

    priority: int = Field(ge=0, le=1_000_000)
    reason: Text


class OpenCase(Body):
    """A case that staff open for a parcel."""

    parcel_id: str = Field(min_length=3, max_length=200)
    kind: CaseKind
    reason: Text
    severity: Severity = Severity.MINOR
    assign_to_me: bool = True
    tell_consumer: bool = True


class BulkCase(Body):
    """A case and the version it was read at."""

    case_id: str = Field(min_length=1, max_length=64)
    version: int = Field(ge=1)


class Bulk(Body):
    """One action on many cases; each succeeds or fails for itself. What the action needs is the same for all."""

    action: Action
    cases: list[BulkCase] = Field(min_length=1, max_length=BULK)
    on: WaitingOn | None = None
    resolution: Text | None = None
    reason: Text | None = None
    text: Text | None = None
    staff_id: UUID | Literal["me"] | None = None
    priority: int | None = Field(None, ge=0, le=1_000_000)


class Outcome(BaseModel):
    """What became of one case: its version now, and when it failed the problem's code and what to do."""

    case_id: str
    ok: bool
    version: int | None = None
    code: str | None = None
    detail: str | None = None


class Outcomes(BaseModel):
    """What became of each case, in the order they were given."""

    outcomes: list[Outcome]


def version_wanted(request: web.Request) -> int:
    """Give the version in If-Match. Raises Problem 428 when there is none."""
    match = _VERSION.fullmatch(request.headers.get("If-Match", ""))
    if match is None:
        raise Problem(
            428, "if-match-needed", 'Read the case and send its ETag as `If-Match`, for example `If-Match: "3"`.'
        )
    return int(match.group(1))


async def act(services: Services, staff_id: UUID, case_id: str, version: int, asked: Asked) -> int:
    """Do one action in one transaction and give the case's new version. Raises Problem."""
    now = services.now()
    async with services.pool.acquire(timeout=5) as connection, connection.transaction():
        case = await cases.lock(connection, case_id)
        if case is None:
            raise no_case()
        if case.version != version:
            raise _stale(case)
        if asked.assignee and not await cases.staff_exists(connection, asked.assignee):
            raise Problem(422, "no-such-staff", "There is no such member of staff, or the account is disabled.")
        move = plan(case, await cases.clocks(connection, case_id), asked, staff_id, now, services.policy)
        if isinstance(move, Refusal):
            raise Problem(
                409, "not-now", f"This cannot be done: {move.reason}.", state=case.state, version=case.version
            )
        changed = await _write(connection, move.case, asked, move.type, move.reason, move.data, staff_id, now)
        if changed is None:
            raise _stale(case)
        await cases.put_clocks(connection, case_id, move.clocks)
        if move.notice:
            await cases.notify(connection, case, move.notice, now)
        await cases.publish(connection, [case_id])
    log.info("case_changed", case_id=case_id, change=move.type, version=changed)
    return changed


async def _write(
    connection: asyncpg.Connection,
    becomes: CaseRow,
    asked: Asked,
    type_: str,
    reason: str | None,
    data: dict[str, Any],
    staff_id: UUID,
    now: Any,
) -> int | None:
    try:
        async with connection.transaction():
            return await cases.change(
                connection, becomes, at=now, actor=f"staff:{staff_id}", type_=type_, reason=reason, data=data
            )
    except asyncpg.UniqueViolationError:
        other = await cases.open_of_kind(connection, becomes.parcel_id, becomes.kind)
        raise _one_open(other) from None


def _stale(case: CaseRow) -> Problem:
    return Problem(
        412,
        "stale",
        "Somebody changed the case since you read it. Read it again and decide anew.",
        headers=etag(case.version),
        version=case.version,
        state=case.state,
    )


def _one_open(case_id: str | None) -> Problem:
    return Problem(
        409, "already-open", "A case of this kind is open for the parcel; work on that one.", case_id=case_id
    )


def _me(call: Call[Any, Any], staff_id: UUID | str | None) -> UUID | None:
    return call.staff.staff_id if staff_id == "me" else staff_id if isinstance(staff_id, UUID) else None


def _asked(call: Call[Any, Any], action: Action, body: Any) -> Asked:
    text = getattr(body, "resolution", None) or getattr(body, "text", None) or getattr(body, "reason", None)
    return Asked(
        action=action,
        text=text or None,
        on=getattr(body, "on", None),
        ask=getattr(body, "ask", None) or None,
        assignee=_me(call, getattr(body, "staff_id", None)),
        priority=getattr(body, "priority", None),
    )


_BODIES: dict[Action, tuple[type[Body], str]] = {
    Action.ACKNOWLEDGE: (Plain, "Take a case on"),
    Action.INVESTIGATE: (Plain, "Work on a case"),
    Action.WAIT: (Wait, "Wait for the carrier or the consumer"),
    Action.RESOLVE: (Resolve, "Solve a case"),
    Action.CLOSE: (Plain, "Close a case"),
    Action.REOPEN: (Reopen, "Open a case again"),
    Action.ASSIGN: (Assign, "Give a case to somebody"),
    Action.NOTE: (Note, "Write a note"),
    Action.PRIORITY: (Priority, "Set a case's priority"),
}


def _action_route(action: Action) -> Route:
    body, summary = _BODIES[action]

    @route(
        "POST",
        f"/v1/cases/{{case_id}}/{action}",
        auth=Auth.AGENT,
        summary=summary,
        body=body,
        answers={200: CaseDetail},
        description="Needs `If-Match` with the case's ETag: 428 without, 412 when somebody was faster, 409 when the "
        "case's state does not allow it.",
        headers={"If-Match": "the case's ETag"},
    )
    async def do(call: Call[Any, None]) -> web.Response:
        version = version_wanted(call.request)
        case_id = call.path("case_id")
        await act(call.services, call.staff.staff_id, case_id, version, _asked(call, action, call.body))
        detail = await case_detail(call, case_id)
        return reply(detail, headers=etag(detail["case"]["version"]))

    return do


@route(
    "POST",
    "/v1/cases",
    auth=Auth.AGENT,
    summary="Open a case for a parcel",
    body=OpenCase,
    answers={201: CaseOnBoard},
    description="409 with the `case_id` of the open case when there is one of that kind for the parcel.",
)
async def open_case(call: Call[OpenCase, None]) -> web.Response:
    """Open a case. Its accept clock is met by the person who opens it."""
    services, body, now = call.services, call.body, call.services.now()
    async with services.pool.acquire(timeout=5) as connection, connection.transaction():
        parcel = await cases.parcel_of(connection, body.parcel_id)
        if parcel is None:
            raise Problem(404, "no-such-parcel", "There is no such parcel; the id is `carrier:WAYBILL`.")
        tier = Tier(parcel["tier"]) if parcel["tier"] else Tier.STANDARD
        currency = parcel["currency"] or "CNY"
        case = CaseRow(
            case_id=services.random(10).hex(),
            parcel_id=body.parcel_id,
            kind=body.kind.value,
            state=CaseState.OPEN.value,
            severity=int(body.severity),
            priority=priority_of(body.severity, parcel["declared_minor"], currency, tier, services.policy),
            opened_at=now,
            assignee=call.staff.staff_id if body.assign_to_me else None,
            waiting_on=None,
            reason=body.reason,
            resolution=None,
            resolved_at=None,
            closed_at=None,
            version=1,
            shop_id=parcel["shop_id"],
        )
        if not await cases.insert(connection, case, f"staff:{call.staff.staff_id}", {}):
            raise _one_open(await cases.open_of_kind(connection, case.parcel_id, case.kind))
        clocks = [
            CaseClock(
                clock=due.clock,
                state=ClockState.MET if due.met_at else ClockState.RUNNING,
                started_at=now,
                due_at=due.due_at,
                met_at=due.met_at,
            )
            for due in start_clocks(now, services.policy)
        ]
        await cases.put_clocks(connection, case.case_id, clocks)
        if body.tell_consumer:
            await cases.notify(connection, case, accepted_notice(case), now)
        await cases.publish(connection, [case.case_id])
        found = await cases.board_row(connection, case.case_id)
    log.info("case_opened", case_id=case.case_id, kind=case.kind, by="staff")
    headers = etag(1) | {"Location": f"/v1/cases/{case.case_id}"}
    return reply(found[0] if found else msgspec.to_builtins(case), 201, headers)


@route(
    "POST",
    "/v1/cases/bulk",
    auth=Auth.AGENT,
    summary="Do one action to many cases",
    body=Bulk,
    answers={200: Outcomes},
    timeout_s=60,
)
async def bulk(call: Call[Bulk, None]) -> Outcomes:
    """Do an action to up to 200 cases, each in its own transaction."""
    body = call.body
    ids = [one.case_id for one in body.cases]
    if len(set(ids)) < len(ids):
        raise Problem(422, "invalid-fields", "Name each case once.")
    _check_bulk(body)
    asked = _asked(call, body.action, body)
    outcomes = []
    for one in body.cases:
        try:
            version = await act(call.services, call.staff.staff_id, one.case_id, one.version, asked)
        except Problem as problem:
            now = problem.extra.get("version")
            outcomes.append(
                Outcome(case_id=one.case_id, ok=False, version=now, code=problem.code, detail=problem.detail)
            )
        else:
            outcomes.append(Outcome(case_id=one.case_id, ok=True, version=version))
    return Outcomes(outcomes=outcomes)


def _check_bulk(body: Bulk) -> None:
    """Refuse a bulk action without what it needs. Raises Problem 422."""
    needed = {
        Action.WAIT: ("on",),
        Action.RESOLVE: ("resolution",),
        Action.REOPEN: ("reason",),
        Action.NOTE: ("text",),
        Action.PRIORITY: ("priority", "reason"),
    }.get(body.action, ())
    missing = [name for name in needed if getattr(body, name) is None]
    if body.action is Action.ASSIGN and "staff_id" not in body.model_fields_set:
        missing.append("staff_id")
    if missing:
        raise Problem(422, "invalid-fields", f"The action {body.action} needs: {', '.join(missing)}.")


ROUTES = (open_case, bulk, *(_action_route(action) for action in Action))
