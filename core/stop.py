"""A stop: where a scan left a parcel, in the few facts by which parcels are compared with each other.

Invariant: a stop is a value derived from one scan. May import: msgspec, core.days, core.scan.
"""

from __future__ import annotations

from enum import StrEnum
from sys import intern

import msgspec

from core.days import slot_of
from core.scan import Detail, Milestone, Scan

CHINA_S = 28_800
"""Most parcels; a scan without an offset says nothing better."""
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


_STAGES: dict[Milestone, str] = {
    Milestone.ANNOUNCED: Stage.ANNOUNCED.value,
    Milestone.PICKED_UP: Stage.PICKED_UP.value,
    Milestone.IN_TRANSIT: Stage.MOVING.value,
    Milestone.CUSTOMS: Stage.CUSTOMS.value,
    Milestone.OUT_FOR_DELIVERY: Stage.OUT.value,
    Milestone.ATTEMPT_FAILED: Stage.ATTEMPTED.value,
    Milestone.EXCEPTION: Stage.TROUBLE.value,
    Milestone.AVAILABLE: Stage.AVAILABLE.value,
    Milestone.RETURNING: Stage.RETURNING.value,
    Milestone.DELIVERED: Stage.OVER.value,
    Milestone.RETURNED: Stage.OVER.value,
    Milestone.CANCELLED: Stage.OVER.value,
}
_TRANSIT: dict[Detail, str] = {
    Detail.DEPARTED: Stage.DEPARTED.value,
    Detail.FLIGHT: Stage.DEPARTED.value,
    Detail.ARRIVED: Stage.ARRIVED.value,
    Detail.SORTED: Stage.ARRIVED.value,
    Detail.WEIGHED: Stage.ARRIVED.value,
    Detail.HANDED_OVER: Stage.ARRIVED.value,
    Detail.REPACKED: Stage.ARRIVED.value,
}
_ARRIVED, _MOVING, _OTHER, _TROUBLE = (
    stage.value for stage in (Stage.ARRIVED, Stage.MOVING, Stage.OTHER, Stage.TROUBLE)
)


class Stop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a scan left a parcel. `at` is whole seconds since 1970 UTC, `stage` a `Stage`'s value (hashed often).

    `day` is the class of the local day (`core.days`), `part` its quarter. `facility` falls back to the place.
    """

    at: int
    stage: str
    facility: str
    to: str
    day: int
    part: int
    container: str | None = None


def stop_of(scan: Scan) -> Stop:
    """Give the stop that a scan makes."""
    milestone = scan.milestone
    if milestone is Milestone.IN_TRANSIT and scan.detail is not None:
        stage = _TRANSIT.get(scan.detail, _MOVING)
    else:
        stage = _STAGES.get(milestone, _OTHER)
    offset_s = scan.offset_s
    at = int(scan.happened_at.timestamp())
    day, part = slot_of(at + (CHINA_S if offset_s is None else offset_s), scan.country or _CHINA)
    # The same few hubs stand in all parcels that are kept in memory.
    return Stop(
        at,
        stage,
        intern(scan.facility or scan.place or ""),
        intern(scan.facility_to or ""),
        day,
        part,
        scan.container,
    )


def is_same(last: Stop, new: Stop) -> bool:
    """Say whether a scan moves nothing: a remark, or sorted, weighed, counted in the hub where the parcel lies."""
    if new.stage == _TROUBLE:
        return True
    return new.stage == _ARRIVED and last.stage == _ARRIVED and last.facility == new.facility != ""
