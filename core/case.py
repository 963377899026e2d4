"""After-sales cases: kinds, states, clocks, and which change is allowed when.

Invariant: a case changes only by `TRANSITIONS`; every clock is a row with a due time, so nothing is forgotten by a crash.
May import: the standard library, msgspec, core.finding, core.event.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


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
