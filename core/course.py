"""The course of a journey so far: its way, its weights, its stay at customs, what happened at the door.

Invariant: pure; bounded; derived from the journey's signs of life in their order. A new journey begins a new course.
May import: msgspec, core.door, core.fact, core.route, core.scan, core.stop, core.weighing.
"""

from __future__ import annotations

import msgspec

from core.door import SHUT, Door, knock
from core.fact import Fact, fact_of
from core.route import NOWHERE, Route, follow
from core.scan import Detail, Milestone, Scan
from core.stop import Stage
from core.weighing import Weighing, weigh

_ON_THE_WAY = frozenset({Milestone.PICKED_UP, Milestone.IN_TRANSIT, Milestone.CUSTOMS, Milestone.EXCEPTION})
_SAYS_NOTHING = frozenset({Milestone.UNKNOWN, Milestone.ANNOUNCED})
_OBSTACLES = frozenset({Detail.BAD_ADDRESS, Detail.REFUSED, Detail.UNCLAIMED})
_NO_OBSTACLES = frozenset({Milestone.DELIVERED, Milestone.RETURNED, Milestone.CANCELLED})
_IN_TRANSIT, _RETURNING = Milestone.IN_TRANSIT, Milestone.RETURNING
_PLAIN = (Stage.ARRIVED, Stage.DEPARTED)


class Course(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a journey has shown so far.

    `customs` and `held` are the first scan of the stay at customs and the one by which they hold the parcel. `obstacle`
    is what keeps it from being delivered, as the carrier says last: a bad address, a refusal, nobody who collects it.
    """

    route: Route = NOWHERE
    weighing: Weighing | None = None
    customs: Fact | None = None
    held: Fact | None = None
    obstacle: Fact | None = None
    door: Door = SHUT


START = Course()


def run_on(
    course: Course,
    scan: Scan,
    milestone: Milestone,
    after: Milestone,
    stage: str,
    place: str | None,
    heard_scan: str | None,
) -> Course:
    """Take one more sign of life of the journey.

    `milestone` is what the scan means, `after` where the parcel stands with it; `place` and `heard_scan` are what was
    known before.
    """
    detail = scan.detail
    if milestone is _IN_TRANSIT and stage in _PLAIN and after is milestone:
        # Nearly every scan there is: only the way goes on.
        door = course.door
        if course.customs is None and not door.out:
            route, weighing = follow(course.route, scan, stage), course.weighing
            if scan.weight_g:
                weighing = weigh(weighing, scan)
            return Course(route, weighing, None, None, course.obstacle, door)
    if milestone in _SAYS_NOTHING:
        return course
    route, door, customs, held, obstacle = course.route, course.door, course.customs, course.held, course.obstacle
    if milestone not in _ON_THE_WAY:
        # At the door: which way it came does not matter any more.
        route, customs, held = NOWHERE, None, None
        door = knock(door, scan, milestone, after, place, heard_scan)
        if milestone is not Milestone.ATTEMPT_FAILED and after is not _RETURNING:
            obstacle = None
    else:
        if after is not _RETURNING:
            route = follow(route, scan, stage)
        if milestone is Milestone.CUSTOMS and detail is not Detail.CUSTOMS_CLEARED:
            customs = customs or fact_of(scan)
            held = held or (fact_of(scan) if detail is Detail.CUSTOMS_HELD else None)
        elif customs is not None and milestone is not Milestone.EXCEPTION:
            customs = held = None
        if detail is Detail.REDIRECTED or (door.out and milestone is not Milestone.EXCEPTION):
            door = knock(door, scan, milestone, after, place, heard_scan)
    if detail in _OBSTACLES and after not in _NO_OBSTACLES:
        obstacle = fact_of(scan)
    elif detail is Detail.REDIRECTED:
        obstacle = None
    return Course(route, weigh(course.weighing, scan), customs, held, obstacle, door)
