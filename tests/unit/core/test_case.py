from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from core_build import POLICY, hour
from hypothesis import given
from hypothesis import strategies as st

from core.case import (
    HIGHEST_ESCALATION,
    TRANSITIONS,
    CaseClock,
    CaseKind,
    CaseState,
    Clock,
    ClockState,
    WaitingOn,
    breach,
    cancel,
    check_transition,
    escalate,
    meet,
    move_clocks,
    open_case,
    pause,
    priority_of,
    resume,
)
from core.event import Tier
from core.finding import Severity


def clock(
    name: Clock = Clock.RESOLVE, due: float = 48, state: ClockState = ClockState.RUNNING, **fields: object
) -> CaseClock:
    made = CaseClock(clock=name, state=state, started_at=hour(0), due_at=hour(due))
    return msgspec.structs.replace(made, **fields)


def all_clocks() -> tuple[CaseClock, ...]:
    return clock(Clock.ACCEPT, 1 / 30), clock(Clock.FIRST_ANSWER, 0.25), clock(Clock.RESOLVE)


def states(clocks: tuple[CaseClock, ...]) -> list[str]:
    return [each.state.value for each in clocks]


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("to", list(CaseState))
def test_only_the_transitions_are_allowed(state: CaseState, to: CaseState) -> None:
    refusal = check_transition(state, to)
    assert (refusal is None) == (to in TRANSITIONS[state])
    if refusal is not None:
        assert f"a case that is {state.value} cannot become {to.value}; it can become " in refusal.reason


def test_priority_is_severity_by_value_by_tier() -> None:
    assert priority_of(Severity.MINOR, None, "CNY", Tier.STANDARD, POLICY) == 100
    assert priority_of(Severity.MINOR, 50_000, "CNY", Tier.PLUS, POLICY) == 225
    assert priority_of(Severity.CRITICAL, 50_000, "USD", Tier.VIP, POLICY) == 4000
    assert priority_of(Severity.MAJOR, 50_000, "XXX", Tier.STANDARD, POLICY) == 450


def test_a_case_opened_twice_is_one() -> None:
    def draft(**fields: str) -> str:
        return open_case(
            "p", CaseKind.DAMAGE, "consumer", hour(1), "damaged", Severity.MAJOR, 300, POLICY, **fields
        ).case_id

    assert draft() == draft()
    assert len(draft()) == 20
    assert draft(case_id="mine") == "mine"


def test_clocks_start_with_the_case_and_the_system_accepts_by_opening() -> None:
    def met(accepted: bool) -> dict[Clock, datetime | None]:
        draft = open_case("p", CaseKind.DAMAGE, "system", hour(1), "x", Severity.MAJOR, 300, POLICY, accepted=accepted)
        assert [each.due_at - hour(1) for each in draft.clocks] == list(POLICY.clocks.values())
        return {each.clock: each.met_at for each in draft.clocks}

    assert met(True) == {Clock.ACCEPT: hour(1), Clock.FIRST_ANSWER: None, Clock.RESOLVE: None}
    assert met(False)[Clock.ACCEPT] is None


@given(st.integers(0, 48 * 3600 - 1), st.integers(0, 10**7))
def test_a_pause_shifts_the_due_time_by_its_length(into_s: int, pause_s: int) -> None:
    start = hour(0) + timedelta(seconds=into_s)
    end = start + timedelta(seconds=pause_s)
    paused = pause(clock(), start)
    assert (paused.state, paused.remaining_s) == (ClockState.PAUSED, 48 * 3600 - into_s)
    running = resume(paused, end)
    assert (running.state, running.due_at, running.remaining_s) == (
        ClockState.RUNNING,
        hour(48) + timedelta(seconds=pause_s),
        None,
    )


def test_a_broken_second_is_given_to_the_people() -> None:
    assert pause(clock(), hour(48) - timedelta(milliseconds=1)).remaining_s == 1


def test_what_does_not_run_does_not_pause_and_what_is_due_breaches() -> None:
    met = clock(state=ClockState.MET)
    assert pause(met, hour(1)) is met
    assert resume(met, hour(1)) is met
    due = clock()
    assert pause(due, hour(48)) is due
    assert breach(due, hour(47)) is due
    assert breach(met, hour(99)) is met
    assert breach(due, hour(49)).breached_at == hour(49)


def test_meeting() -> None:
    assert meet(clock(), hour(1)).state is ClockState.MET
    late = meet(clock(), hour(50))
    assert (late.state, late.met_at, late.breached_at) == (ClockState.BREACHED, hour(50), hour(48))
    breached = breach(clock(), hour(49))
    assert meet(breached, hour(50)) == msgspec.structs.replace(breached, met_at=hour(50))
    assert meet(late, hour(60)) is late
    gone = cancel(clock())
    assert (gone.state, meet(gone, hour(1))) == (ClockState.CANCELLED, gone)
    assert cancel(late) is late
    paused = meet(pause(clock(), hour(1)), hour(99))
    assert (paused.state, paused.remaining_s) == (ClockState.MET, None)


def test_clocks_follow_the_states_of_a_case() -> None:
    clocks = move_clocks(all_clocks(), CaseState.ACKNOWLEDGED, None, hour(0.01), POLICY)
    assert states(clocks) == ["met", "running", "running"]
    clocks = move_clocks(clocks, CaseState.WAITING, WaitingOn.CARRIER, hour(0.1), POLICY)
    assert states(clocks) == ["met", "running", "running"]
    clocks = move_clocks(clocks, CaseState.WAITING, WaitingOn.CONSUMER, hour(0.2), POLICY)
    assert states(clocks) == ["met", "paused", "paused"]
    clocks = move_clocks(clocks, CaseState.INVESTIGATING, None, hour(10.2), POLICY)
    assert [each.due_at for each in clocks[1:]] == [hour(10.25), hour(58)]
    clocks = move_clocks(clocks, CaseState.RESOLVED, None, hour(10.22), POLICY)
    assert states(clocks) == ["met", "met", "met"]
    clocks = move_clocks(clocks, CaseState.INVESTIGATING, None, hour(20), POLICY)
    assert states(clocks) == ["met", "met", "running"]
    assert (clocks[2].started_at, clocks[2].due_at, clocks[2].met_at) == (hour(20), hour(68), None)


def test_closing_unresolved_cancels_and_reopening_starts_anew() -> None:
    clocks = move_clocks(all_clocks(), CaseState.CLOSED, None, hour(0.01), POLICY)
    assert states(clocks) == ["met", "cancelled", "cancelled"]
    clocks = move_clocks(clocks, CaseState.INVESTIGATING, None, hour(5), POLICY)
    assert states(clocks) == ["met", "cancelled", "running"]


def test_escalation_rises_and_stops() -> None:
    assert escalate(0, Severity.MINOR) == 1
    assert escalate(0, Severity.CRITICAL) == 2
    assert escalate(1, Severity.MINOR) == 2
    assert escalate(HIGHEST_ESCALATION, Severity.CRITICAL) == HIGHEST_ESCALATION
