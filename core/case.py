"""After-sales cases: kinds, states, clocks, and which change is allowed when.

Invariant: a case changes only by `TRANSITIONS`; every clock is a row with a due time, so nothing is forgotten by a
crash. May import: the standard library, msgspec, core.finding, core.event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Protocol

import msgspec

from core.event import Tier
from core.finding import Severity


class CaseKind(StrEnum):
    """What a case is about."""

    DELAY = "delay"
    DAMAGE = "damage"
    LOSS = "loss"
    DELIVERY = "delivery"  # failed attempts, return nobody asked for, consumer says not received
    COMPLAINT = "complaint"
    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    CLAIM = "claim"
    RETURN = "return"
    EXCHANGE = "exchange"


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    WAITING = "waiting"  # for the carrier or the consumer: see `waiting_on`
    RESOLVED = "resolved"
    CLOSED = "closed"


class WaitingOn(StrEnum):
    """Whom a waiting case waits for. The clocks pause only while it is the consumer."""

    CARRIER = "carrier"
    CONSUMER = "consumer"


class Clock(StrEnum):
    """The clocks of a case."""

    ACCEPT = "accept"
    FIRST_ANSWER = "first_answer"
    RESOLVE = "resolve"


class ClockState(StrEnum):
    """A clock's state. Breached clocks stay breached: meeting them late is recorded by `met_at`."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.ACKNOWLEDGED, CaseState.RESOLVED, CaseState.CLOSED}),
    CaseState.ACKNOWLEDGED: frozenset(
        {CaseState.INVESTIGATING, CaseState.WAITING, CaseState.RESOLVED, CaseState.CLOSED}
    ),
    CaseState.INVESTIGATING: frozenset({CaseState.WAITING, CaseState.RESOLVED, CaseState.CLOSED}),
    CaseState.WAITING: frozenset({CaseState.INVESTIGATING, CaseState.RESOLVED, CaseState.CLOSED}),
    CaseState.RESOLVED: frozenset({CaseState.CLOSED, CaseState.INVESTIGATING}),
    CaseState.CLOSED: frozenset({CaseState.INVESTIGATING}),
}


class ClockDue(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that starts with a case. `met_at` is set when the opening itself meets it."""

    clock: Clock
    due_at: datetime
    met_at: datetime | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A change that is not allowed, in words that say what is."""

    reason: str


def check_transition(state: CaseState, to: CaseState) -> Refusal | None:
    """Say why a case may not go from a state to another; None when it may."""
    allowed = TRANSITIONS[state]
    if to in allowed:
        return None
    names = ", ".join(other.value for other in CaseState if other in allowed)
    return Refusal(f"a case that is {state.value} cannot become {to.value}; it can become {names}")


class ClockLimits(Protocol):
    """What a policy says of the clocks and of priority; `core.policy.Policy` is one."""

    @property
    def clocks(self) -> Mapping[Clock, timedelta]:
        """How long each clock runs."""

    @property
    def priority_severity(self) -> Mapping[Severity, int]:
        """The weight of a severity."""

    @property
    def priority_tier(self) -> Mapping[Tier, float]:
        """The factor of a consumer's tier."""

    @property
    def priority_value(self) -> tuple[tuple[int, float], ...]:
        """Factors by declared value: from minor units of CNY, factor; rising."""

    @property
    def rates(self) -> Mapping[str, float]:
        """Minor units of CNY for one minor unit of a currency."""


def priority_of(severity: Severity, declared_minor: int | None, currency: str, tier: Tier, policy: ClockLimits) -> int:
    """Give a case's priority: severity x declared value x tier. A currency without a rate counts like CNY."""
    worth = (declared_minor or 0) * policy.rates.get(currency, 1.0)
    factor = policy.priority_value[0][1]
    for start, step in policy.priority_value:
        if worth >= start:
            factor = step
    return round(policy.priority_severity[severity] * factor * policy.priority_tier[tier])


def start_clocks(at: datetime, policy: ClockLimits, accepted: bool = True) -> tuple[ClockDue, ...]:
    """Give the clocks of a case opened at a moment.

    The system accepts by opening, so that clock is met unless told.
    """
    return tuple(
        ClockDue(clock=clock, due_at=at + limit, met_at=at if accepted and clock is Clock.ACCEPT else None)
        for clock, limit in policy.clocks.items()
    )


class CaseDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A case to be written, with its clocks."""

    case_id: str
    parcel_id: str
    kind: CaseKind
    severity: Severity
    priority: int
    opened_by: str
    opened_at: datetime
    reason: str
    clocks: tuple[ClockDue, ...]


def open_case(
    parcel_id: str,
    kind: CaseKind,
    opened_by: str,
    at: datetime,
    reason: str,
    severity: Severity,
    priority: int,
    policy: ClockLimits,
    case_id: str | None = None,
    accepted: bool = True,
) -> CaseDraft:
    """Draft a case.

    Without a `case_id` it is a digest of parcel, kind, opener and moment: opening twice is one case.
    """
    if case_id is None:
        facts = "\x1f".join((parcel_id, kind.value, opened_by, at.isoformat()))
        case_id = blake2b(facts.encode(), digest_size=10).hexdigest()
    return CaseDraft(
        case_id=case_id,
        parcel_id=parcel_id,
        kind=kind,
        severity=severity,
        priority=priority,
        opened_by=opened_by,
        opened_at=at,
        reason=reason,
        clocks=start_clocks(at, policy, accepted),
    )


class CaseClock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of a case as it stands: the row of `case_clock`. `remaining_s` is set while it is paused."""

    clock: Clock
    state: ClockState
    started_at: datetime
    due_at: datetime
    remaining_s: int | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None


def pause(clock: CaseClock, at: datetime) -> CaseClock:
    """Stop a running clock and remember what is left.

    One that is already past due runs on, so that it still breaches.
    """
    if clock.state is not ClockState.RUNNING or clock.due_at <= at:
        return clock
    left = clock.due_at - at
    # Rounded up: a pause never takes a second from the people who work the case.
    whole = -(-left // timedelta(seconds=1))
    return msgspec.structs.replace(clock, state=ClockState.PAUSED, remaining_s=whole)


def resume(clock: CaseClock, at: datetime) -> CaseClock:
    """Let a paused clock run on: it is due when what was left has passed."""
    if clock.state is not ClockState.PAUSED:
        return clock
    due_at = at + timedelta(seconds=clock.remaining_s or 0)
    return msgspec.structs.replace(clock, state=ClockState.RUNNING, due_at=due_at, remaining_s=None)


def meet(clock: CaseClock, at: datetime) -> CaseClock:
    """Meet a clock.

    One that is late stays (or becomes) breached, with the moment it was met; the first moment counts.
    """
    if clock.met_at is not None or clock.state is ClockState.CANCELLED:
        return clock
    if clock.state is ClockState.BREACHED:
        return msgspec.structs.replace(clock, met_at=at)
    if clock.state is ClockState.RUNNING and at > clock.due_at:
        return msgspec.structs.replace(clock, state=ClockState.BREACHED, met_at=at, breached_at=clock.due_at)
    return msgspec.structs.replace(clock, state=ClockState.MET, met_at=at, remaining_s=None)


def breach(clock: CaseClock, at: datetime) -> CaseClock:
    """Mark a running clock as breached when it is due; otherwise leave it."""
    if clock.state is not ClockState.RUNNING or clock.due_at > at:
        return clock
    return msgspec.structs.replace(clock, state=ClockState.BREACHED, breached_at=at)


def cancel(clock: CaseClock) -> CaseClock:
    """End a clock that needs no meeting any more."""
    if clock.state not in (ClockState.RUNNING, ClockState.PAUSED):
        return clock
    return msgspec.structs.replace(clock, state=ClockState.CANCELLED, remaining_s=None)


def move_clocks(
    clocks: tuple[CaseClock, ...],
    to: CaseState,
    waiting_on: WaitingOn | None,
    at: datetime,
    policy: ClockLimits,
) -> tuple[CaseClock, ...]:
    """Give the clocks after a change of state.

    Any change accepts the case. Waiting for the consumer pauses what runs, leaving it lets it run on. Resolving meets
    the resolve clock; the answer that comes with it is the first one if there was none. Closing without a resolution
    cancels what still runs. Taking the case up again after that starts the resolve clock anew.
    """
    moved = []
    for clock in clocks:
        if clock.clock is Clock.ACCEPT:
            clock = meet(clock, at)
        elif to is CaseState.RESOLVED:
            clock = meet(clock, at)
        elif to is CaseState.CLOSED:
            clock = cancel(clock)
        elif to is CaseState.WAITING and waiting_on is WaitingOn.CONSUMER:
            clock = pause(clock, at)
        else:
            clock = resume(clock, at)
            if clock.clock is Clock.RESOLVE and (clock.met_at is not None or clock.state is ClockState.CANCELLED):
                due_at = at + policy.clocks[Clock.RESOLVE]
                clock = CaseClock(clock=clock.clock, state=ClockState.RUNNING, started_at=at, due_at=due_at)
        moved.append(clock)
    return tuple(moved)


HIGHEST_ESCALATION = 3
"""0 nobody, 1 the agent's supervisor, 2 the manager on duty, 3 the head of after-sales."""


def escalate(escalation: int, severity: Severity) -> int:
    """Give the level after a clock was breached: one up, a critical case at least to 2, never above the highest."""
    least = 2 if severity is Severity.CRITICAL else 1
    return min(HIGHEST_ESCALATION, max(escalation + 1, least))
