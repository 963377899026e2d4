"""What a parcel's step teaches about the network, and which of the chances that were given came true.

Invariant: pure; a step teaches once, and only when its scan came in order: what is folded anew taught before.
May import: core.baseline, core.diagnose.look, core.finding, core.parcel, core.scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.baseline.lessons import TAUGHT, Lesson, gap_lessons, rest_lessons
from core.baseline.odds import Odds
from core.diagnose.look import way_of
from core.parcel import OVER, Parcel, ready_at, step
from core.scan import Milestone, Scan

GIVEN = 32
"""Chances remembered of a parcel, the first; more say nothing new."""
ARRIVED = frozenset({Milestone.AVAILABLE, Milestone.DELIVERED})
"""The end of the way: at the door, or ready to be collected."""
SETTLED = timedelta(hours=24)
"""So long after a promise a delivery before it would have been heard of."""


def step_and_teach(parcel: Parcel, scans: Sequence[Scan], received_at: datetime) -> tuple[Parcel, list[Lesson]]:
    """Step over scans that are later than all before, and give what that teaches.

    The silence before the first of them ended when it was heard; the others came with it, so that only their own times
    say how far they are apart.
    """
    lessons: list[Lesson] = []
    way = None
    heard_s = int(received_at.timestamp())
    for scan in scans:
        before = parcel
        parcel = step(before, scan)
        trail, past = parcel.trail, before.trail
        if trail is past or not past or parcel.journey != before.journey:
            continue
        last, stop = past[-1], trail[-1]
        way = way or way_of(parcel)
        if last.stage in TAUGHT:
            lessons += gap_lessons(last, max(heard_s, stop.at), way)
        heard_s = 0
        if parcel.milestone in ARRIVED and before.milestone not in OVER and ready_at(before) is None:
            lessons.extend(rest_lessons(trail, stop.at, way))
    return parcel, lessons


def given(odds: bytes, odds_for: datetime | None, parcel: Parcel, now_given: Odds | None) -> bytes:
    """Give the chances that were given for the promise in force, with the one that was given now."""
    kept = odds if odds_for == parcel.promised_at else b""
    if now_given is None or len(kept) >= GIVEN:
        return kept
    return kept + bytes((round(now_given.raw * 100),))


def settled(odds: bytes, odds_for: datetime | None, parcel: Parcel, now: datetime) -> bool | None:
    """Say whether the promise for which chances were given was missed; None while that is open."""
    if not odds or odds_for is None:
        return None
    ready_s = ready_at(parcel)
    if ready_s is not None:
        return ready_s > odds_for.timestamp()
    if parcel.milestone is Milestone.DELIVERED and parcel.over_at is not None:
        return parcel.over_at > odds_for
    return True if now >= odds_for + SETTLED and parcel.milestone not in OVER else None
