"""A stop: where a scan left a parcel, in the few facts by which parcels are compared with each other.

Invariant: a stop is a value derived from one scan. May import: msgspec, core.days, core.scan.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.days import slot_of
from core.scan import Detail, Milestone, Scan

_CHINA_S = 28_800  # most parcels; a scan without an offset says nothing better
_CHINA = "CN"


class Stage(StrEnum):
    """What a parcel waits for after a scan: the stages in which durations are alike."""

    ANNOUNCED = "announced"
    PICKED_UP = "picked_up"
    ARRIVED = "arrived"  # lies in a hub, waits to leave
    DEPARTED = "departed"  # on a leg, waits to arrive
    MOVING = "moving"  # in transit, and the carrier says no more
    CUSTOMS = "customs"
    OUT = "out"
    ATTEMPTED = "attempted"
    TROUBLE = "trouble"
    AVAILABLE = "available"
    RETURNING = "returning"
    OVER = "over"
    OTHER = "other"


_STAGES: dict[Milestone, Stage] = {
    Milestone.ANNOUNCED: Stage.ANNOUNCED,
    Milestone.PICKED_UP: Stage.PICKED_UP,
    Milestone.IN_TRANSIT: Stage.MOVING,
    Milestone.CUSTOMS: Stage.CUSTOMS,
    Milestone.OUT_FOR_DELIVERY: Stage.OUT,
    Milestone.ATTEMPT_FAILED: Stage.ATTEMPTED,
    Milestone.EXCEPTION: Stage.TROUBLE,
    Milestone.AVAILABLE: Stage.AVAILABLE,
    Milestone.RETURNING: Stage.RETURNING,
    Milestone.DELIVERED: Stage.OVER,
    Milestone.RETURNED: Stage.OVER,
    Milestone.CANCELLED: Stage.OVER,
}
_TRANSIT: dict[Detail, Stage] = {
    Detail.DEPARTED: Stage.DEPARTED,
    Detail.FLIGHT: Stage.DEPARTED,
    Detail.ARRIVED: Stage.ARRIVED,
    Detail.SORTED: Stage.ARRIVED,
    Detail.WEIGHED: Stage.ARRIVED,
    Detail.HANDED_OVER: Stage.ARRIVED,
    Detail.REPACKED: Stage.ARRIVED,
}


class Stop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a scan left a parcel. `at` is whole seconds since 1970 UTC.

    `day` is the class of the local day (`core.days`), `part` its quarter. `facility` falls back to the place.
    """

    at: int
    stage: Stage
    facility: str
    to: str
    day: int
    part: int
    container: str | None = None


def stop_of(scan: Scan) -> Stop:
    """Give the stop that a scan makes."""
    milestone = scan.milestone
    if milestone is Milestone.IN_TRANSIT and scan.detail is not None:
        stage = _TRANSIT.get(scan.detail, Stage.MOVING)
    else:
        stage = _STAGES.get(milestone, Stage.OTHER)
    offset_s = scan.offset_s
    day, part = slot_of(scan.happened_at, _CHINA_S if offset_s is None else offset_s, scan.country or _CHINA)
    return Stop(
        int(scan.happened_at.timestamp()),
        stage,
        scan.facility or scan.place or "",
        scan.facility_to or "",
        day,
        part,
        scan.container,
    )
