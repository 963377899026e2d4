"""What a member of staff's action does to a case: how the case, its clocks and the consumer's knowledge become.

Invariant: pure; what is not allowed is refused with words that say what is. The first action of a person on a case is
its first answer, and the consumer hears of it once. May import: core, store.cases.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from core.case import (
    CaseClock,
    CaseState,
    Clock,
    ClockLimits,
    Refusal,
    WaitingOn,
    check_transition,
    meet,
    move_clocks,
)
from core.effect import digest
from store.cases import CaseRow, NoticeRow


class Action(StrEnum):
    """What staff can do to a case."""

    ACKNOWLEDGE = "acknowledge"
    INVESTIGATE = "investigate"
    WAIT = "wait"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    ASSIGN = "assign"
    NOTE = "note"
    PRIORITY = "priority"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An action with what goes with it. `text` is the resolution, the note or the reason.

    `ask` is what the consumer is waited for to do, in words that the consumer sees.
    """

    action: Action
    text: str | None = None
    on: WaitingOn | None = None
    ask: str | None = None
    assignee: UUID | None = None
    priority: int | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A change to be written: one version, one audit event of `type`."""

    case: CaseRow
    clocks: tuple[CaseClock, ...]
    type: str
    reason: str | None
    data: dict[str, Any]
    notice: NoticeRow | None = None


_TO = {
    Action.ACKNOWLEDGE: CaseState.ACKNOWLEDGED,
    Action.INVESTIGATE: CaseState.INVESTIGATING,
    Action.WAIT: CaseState.WAITING,
    Action.RESOLVE: CaseState.RESOLVED,
    Action.CLOSE: CaseState.CLOSED,
    Action.REOPEN: CaseState.INVESTIGATING,
}
_TYPE = {
    Action.ACKNOWLEDGE: "CaseAcknowledged",
    Action.INVESTIGATE: "CaseInvestigated",
    Action.WAIT: "CaseWaited",
    Action.RESOLVE: "CaseResolved",
    Action.CLOSE: "CaseClosed",
    Action.REOPEN: "CaseReopened",
}
_FINISHED = (CaseState.RESOLVED, CaseState.CLOSED)


def case_number(case_id: str) -> str:
    """Give the short number by which people speak of a case."""
    return case_id[:8].upper()


def plan(
    case: CaseRow,
    clocks: tuple[CaseClock, ...],
    asked: Asked,
    staff_id: UUID,
    at: datetime,
    policy: ClockLimits,
) -> Move | Refusal:
    """Give what an action does, or why it may not be done now."""
    if asked.action in _TO:
        return _change_state(case, clocks, asked, staff_id, at, policy)
    if asked.action is Action.NOTE:
        return Move(case=case, clocks=(), type="CaseNoted", reason=asked.text, data={})
    if CaseState(case.state) is CaseState.CLOSED:
        return Refusal("a closed case is not worked on; reopen it first")
    if asked.action is Action.ASSIGN:
        names = {"from": _name(case.assignee), "to": _name(asked.assignee)}
        becomes = msgspec.structs.replace(case, assignee=asked.assignee)
        return Move(case=becomes, clocks=(), type="CaseAssigned", reason=asked.text, data=names)
    assert asked.priority is not None  # noqa: S101 - the body's model asks for it
    becomes = msgspec.structs.replace(case, priority=asked.priority)
    data = {"from": case.priority, "to": asked.priority}
    return Move(case=becomes, clocks=(), type="CasePrioritised", reason=asked.text, data=data)


def _change_state(
    case: CaseRow,
    clocks: tuple[CaseClock, ...],
    asked: Asked,
    staff_id: UUID,
    at: datetime,
    policy: ClockLimits,
) -> Move | Refusal:
    state, to = CaseState(case.state), _TO[asked.action]
    refusal = _refused(state, to, asked, case.waiting_on)
    if refusal:
        return refusal
    resolution = case.resolution
    if asked.action is Action.RESOLVE:
        resolution = asked.text
    elif asked.action is Action.REOPEN:
        resolution = None
    becomes = msgspec.structs.replace(
        case,
        state=to.value,
        waiting_on=asked.on.value if asked.on else None,
        # Who takes an unassigned case up has it.
        assignee=case.assignee or (None if asked.action is Action.CLOSE else staff_id),
        resolution=resolution,
        resolved_at=at if to is CaseState.RESOLVED else case.resolved_at if to is CaseState.CLOSED else None,
        closed_at=at if to is CaseState.CLOSED else None,
    )
    answered = tuple(
        meet(clock, at) if clock.clock is Clock.FIRST_ANSWER and to is not CaseState.CLOSED else clock
        for clock in clocks
    )
    moved = move_clocks(answered, to, asked.on, at, policy)
    first = any(was.clock is Clock.FIRST_ANSWER and was.met_at is None for was in clocks)
    data: dict[str, Any] = {"from": case.state, "to": to.value}
    if asked.on:
        data["on"] = asked.on.value
    if asked.ask:
        data["ask"] = asked.ask
    return Move(
        case=becomes,
        clocks=tuple(clock for clock in moved if clock not in clocks),
        type=_TYPE[asked.action],
        reason=asked.text,
        data=data,
        notice=_notice(becomes, asked, first),
    )


def _refused(state: CaseState, to: CaseState, asked: Asked, waiting_on: str | None) -> Refusal | None:
    if asked.action is Action.REOPEN:
        return None if state in _FINISHED else Refusal("only a resolved or closed case can be reopened")
    if asked.action is Action.INVESTIGATE and state in _FINISHED:
        return Refusal(f"a case that is {state.value} is reopened, not investigated")
    if state is to is CaseState.WAITING:
        same = asked.on is not None and asked.on.value == waiting_on
        return Refusal(f"the case already waits for the {waiting_on}") if same else None
    return check_transition(state, to)


def _notice(case: CaseRow, asked: Asked, first_answer: bool) -> NoticeRow | None:
    """Give what the consumer hears: taken on (once), waited for, solved, open again. The rest stays in the house."""
    if asked.action is Action.RESOLVE:
        return _about(case, "case_resolved", str(case.version), resolution=asked.text)
    if asked.on is WaitingOn.CONSUMER:
        return _about(case, "case_waiting", str(case.version), ask=asked.ask)
    if asked.action is Action.REOPEN:
        return _about(case, "case_reopened", str(case.version))
    if first_answer and asked.action in (Action.ACKNOWLEDGE, Action.INVESTIGATE, Action.WAIT):
        return accepted_notice(case)
    return None


def accepted_notice(case: CaseRow) -> NoticeRow:
    """Give the message that somebody has taken the case on. Its id has no version: it is told once a case."""
    return _about(case, "case_accepted", "")


def _about(case: CaseRow, template: str, nth: str, **more: str | None) -> NoticeRow:
    carrier, _, waybill = case.parcel_id.partition(":")
    return NoticeRow(
        notice_id=digest("case notice", case.case_id, template, nth),
        template=template,
        data={
            "case_no": case_number(case.case_id),
            "case_kind": case.kind,
            "carrier": carrier,
            "waybill": waybill,
            **more,
        },
    )


def _name(staff_id: UUID | None) -> str | None:
    return str(staff_id) if staff_id else None
