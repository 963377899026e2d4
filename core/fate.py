"""What became of a parcel and of a promise: the one definition by which warnings, chances and back-tests are judged.

Invariant: pure; what is not known yet is open, what can no longer be known is void, and neither is missed or kept.
May import: core.parcel, core.scan, core.stop.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum

from core.parcel import Parcel, ready_at
from core.scan import Milestone

ARRIVED = frozenset({Milestone.AVAILABLE, Milestone.DELIVERED})
"""The end of the way: at the door, or ready to be collected."""
TURNED = frozenset({Milestone.RETURNING, Milestone.RETURNED, Milestone.CANCELLED})
"""Turned back or called off: there is no promise to keep any more."""
SETTLED = timedelta(hours=24)
"""So long after a promise a delivery before it would have been heard of."""
NEVER_SEEN = timedelta(days=30)
"""A parcel that is silent for so long, and is nowhere at its end, counts as lost when suspicions are judged."""


class Outcome(Enum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"
    VOID = "void"


def arrived_at(parcel: Parcel) -> datetime | None:
    """Give when the parcel first lay ready for collection or was delivered on this journey, whichever came first."""
    ready_s = ready_at(parcel)
    there = parcel.over_at if parcel.milestone is Milestone.DELIVERED else None
    if ready_s is None:
        return there
    ready = datetime.fromtimestamp(ready_s, UTC)
    return ready if there is None or ready < there else there


def turned_at(parcel: Parcel) -> datetime | None:
    """Give when the parcel turned back or was called off."""
    if parcel.milestone not in TURNED:
        return None
    if parcel.returning is not None and parcel.milestone is not Milestone.CANCELLED:
        return parcel.returning.at
    return parcel.over_at


def outcome(parcel: Parcel, promised_at: datetime, now: datetime) -> Outcome:
    """Say what became of a promise, by what is known at `now`.

    Kept: there by then, also when only ready for collection. Missed: there later; turned back after it had passed; or
    not there `SETTLED` after it. Void: turned back before.
    """
    there = arrived_at(parcel)
    if there is not None:
        return Outcome.KEPT if there <= promised_at else Outcome.MISSED
    turned = turned_at(parcel)
    if turned is not None:
        return Outcome.MISSED if turned > promised_at else Outcome.VOID
    return Outcome.MISSED if now >= promised_at + SETTLED else Outcome.OPEN
