"""What an action does to a case, over every state there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from api.case_moves import Action, Asked, Move, plan
from core.case import CaseClock, CaseState, Clock, ClockState, Refusal, WaitingOn
from runtime.policy import read_policy
from store.cases import CaseRow

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
ME, OTHER = UUID(int=1), UUID(int=2)
POLICY = read_policy()


def case(state: CaseState, assignee: UUID | None = None, waiting_on: str | None = None) -> CaseRow:
    return CaseRow(
        case_id="c" * 20, parcel_id="sf:W1", kind="delay", state=state, severity=2, priority=100, opened_at=NOW,
        assignee=assignee, waiting_on=waiting_on, reason="late", resolution=None, resolved_at=None,
        closed_at=NOW if state is CaseState.CLOSED else None,
        version=3, shop_id=None,
    )  # fmt: skip


def clocks(answered: bool = False) -> tuple[CaseClock, ...]:
    def clock(name: Clock, met: bool) -> CaseClock:
        state = ClockState.MET if met else ClockState.RUNNING
        due = NOW + POLICY.clocks[name]
        return CaseClock(clock=name, state=state, started_at=NOW, due_at=due, met_at=NOW if met else None)

    return clock(Clock.ACCEPT, True), clock(Clock.FIRST_ANSWER, answered), clock(Clock.RESOLVE, False)


def asked(action: Action, on: WaitingOn = WaitingOn.CARRIER) -> Asked:
    return Asked(
        action=action, text="words", on=on if action is Action.WAIT else None, assignee=OTHER, priority=7
    )  # fmt: skip


ALLOWED = {
    CaseState.OPEN: {"acknowledge", "resolve", "close"},
    CaseState.ACKNOWLEDGED: {"investigate", "wait", "resolve", "close"},
    CaseState.INVESTIGATING: {"wait", "resolve", "close"},
    CaseState.WAITING: {"investigate", "wait", "resolve", "close"},
    CaseState.RESOLVED: {"close", "reopen"},
    CaseState.CLOSED: {"reopen"},
}


@pytest.mark.parametrize(("state", "action"), list(product(CaseState, Action)))
def test_every_action_in_every_state(state: CaseState, action: Action) -> None:
    waiting_on = "consumer" if state is CaseState.WAITING else None
    found = plan(case(state, waiting_on=waiting_on), clocks(), asked(action), ME, NOW, POLICY)
    inside = {"note"} if state is CaseState.CLOSED else {"note", "assign", "priority"}
    assert isinstance(found, Move) == (action in ALLOWED[state] | inside)
    if isinstance(found, Refusal):
        assert len(found.reason) > 20
    else:
        assert found.case.version == 3, "the version is the database's to count"
        assert (found.case.closed_at is None) == (found.case.state != "closed")


def test_waiting_for_the_same_again_is_refused_for_another_not() -> None:
    waits = case(CaseState.WAITING, waiting_on="carrier")
    assert isinstance(plan(waits, clocks(), asked(Action.WAIT), ME, NOW, POLICY), Refusal)
    assert isinstance(plan(waits, clocks(), asked(Action.WAIT, WaitingOn.CONSUMER), ME, NOW, POLICY), Move)


def test_the_consumer_hears_once_that_somebody_took_it_on() -> None:
    def notice(answered: bool, action: Action, state: CaseState, on: WaitingOn = WaitingOn.CARRIER) -> str | None:
        move = plan(case(state), clocks(answered), asked(action, on), ME, NOW, POLICY)
        assert isinstance(move, Move)
        return move.notice.template if move.notice else None

    assert notice(False, Action.ACKNOWLEDGE, CaseState.OPEN) == "case_accepted"
    assert notice(False, Action.INVESTIGATE, CaseState.ACKNOWLEDGED) == "case_accepted"
    assert notice(True, Action.INVESTIGATE, CaseState.ACKNOWLEDGED) is None
    assert notice(False, Action.WAIT, CaseState.ACKNOWLEDGED) == "case_accepted"
    assert notice(False, Action.WAIT, CaseState.ACKNOWLEDGED, WaitingOn.CONSUMER) == "case_waiting"
    assert notice(False, Action.RESOLVE, CaseState.OPEN) == "case_resolved"
    assert notice(True, Action.REOPEN, CaseState.CLOSED) == "case_reopened"
    for action in (Action.NOTE, Action.ASSIGN, Action.PRIORITY, Action.CLOSE):
        assert notice(False, action, CaseState.OPEN) is None


def test_whoever_takes_an_unassigned_case_has_it() -> None:
    for assignee, after in ((None, ME), (OTHER, OTHER)):
        move = plan(case(CaseState.OPEN, assignee), clocks(), asked(Action.ACKNOWLEDGE), ME, NOW, POLICY)
        assert isinstance(move, Move) and move.case.assignee == after
    move = plan(case(CaseState.OPEN), clocks(), asked(Action.CLOSE), ME, NOW, POLICY)
    assert isinstance(move, Move) and move.case.assignee is None


def test_only_the_clocks_that_changed_are_written() -> None:
    move = plan(case(CaseState.OPEN), clocks(), asked(Action.ACKNOWLEDGE), ME, NOW + timedelta(minutes=3), POLICY)
    assert isinstance(move, Move)
    assert [(clock.clock, clock.state) for clock in move.clocks] == [(Clock.FIRST_ANSWER, ClockState.MET)]
    late = plan(case(CaseState.OPEN), clocks(), asked(Action.ACKNOWLEDGE), ME, NOW + timedelta(hours=3), POLICY)
    assert isinstance(late, Move) and late.clocks[0].state is ClockState.BREACHED
