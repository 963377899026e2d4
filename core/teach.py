"""What a parcel's step teaches about the network, and which of the chances that were given came true.

Invariant: pure; a step teaches once, and only when its scan came in order: what is folded anew taught before.
May import: core.baseline, core.diagnose.look, core.fate, core.finding, core.incident, core.network, core.parcel,
core.scan, core.stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from core.baseline.lessons import TAUGHT, Lesson, gap_lessons, rest_lessons
from core.diagnose.look import way_of
from core.fate import ARRIVED, Outcome, outcome
from core.incident.pulse import Beat, feed_beat, way_beats
from core.network import NOTHING, Network
from core.parcel import OVER, Parcel, ready_at, step
from core.scan import Scan
from core.stop import Stage, Stop

GIVEN = 32
"""Chances remembered of a parcel, the first; more say nothing new."""
_SETTLED = {Outcome.KEPT: False, Outcome.MISSED: True}


def step_and_teach(
    parcel: Parcel, scans: Sequence[Scan], heard: Mapping[str, int], network: Network = NOTHING
) -> tuple[Parcel, list[Lesson], list[Beat]]:
    """Step over scans that are later than all before; give what that teaches, and what it adds to the pulse.

    `heard` says when each scan was (seconds since 1970). The silence before a scan ended when it was heard; what came
    together with the one before is only as far from it as their own times say. A silence that fell into an incident
    teaches nothing: a jam is not what is usual.
    """
    lessons: list[Lesson] = []
    beats: list[Beat] = []
    way = None
    heard_s = received_s = 0
    for scan in scans:
        before = parcel
        if received_s != (own_s := heard[scan.scan_id]):
            heard_s = received_s = own_s
        parcel = step(before, scan)
        trail, past = parcel.trail, before.trail
        if trail is past or not past or parcel.journey != before.journey:
            continue
        last, stop = past[-1], trail[-1]
        way = way or way_of(parcel)
        beats.extend(way_beats(parcel.carrier, last, stop, received_s))
        if last.stage in TAUGHT and not _in_incident(network, parcel.carrier, last, max(received_s, stop.at)):
            lessons += gap_lessons(last, max(heard_s, stop.at), way)
        heard_s = 0
        if parcel.milestone in ARRIVED and before.milestone not in OVER and ready_at(before) is None:
            if not any(_in_incident(network, parcel.carrier, one, other.at) for one, other in pairwise(trail)):
                lessons.extend(rest_lessons(trail, stop.at, way))
    return parcel, lessons, beats


def with_feed(
    beats: Sequence[Beat], carrier: str, new: Sequence[Scan], heard: Mapping[str, int], *, joins: bool
) -> list[Beat]:
    """Add the beats of the feed: of each push the newest scan's.

    Of a parcel that joins with its past, several scans in its first push, that push beats nothing.
    """
    if len(new) == 1:
        return [*beats, feed_beat(carrier, new[0].happened_at.timestamp(), heard[new[0].scan_id])]
    moments = [heard[scan.scan_id] for scan in new]
    first = min(moments)
    past = first if joins and moments.count(first) > 1 else None
    newest = dict(zip(moments, new, strict=True))
    found = [feed_beat(carrier, scan.happened_at.timestamp(), moment) for moment, scan in newest.items()]
    return [beat for beat in (*beats, *found) if beat[1] != past]


def _in_incident(network: Network, carrier: str, stop: Stop, end_s: int) -> bool:
    """Say whether an incident touched the silence from a stop to the moment `end_s`, seconds since 1970."""
    if not network.incidents.all:
        return False
    start, end = datetime.fromtimestamp(stop.at, UTC), datetime.fromtimestamp(end_s, UTC)
    left = stop.stage == Stage.DEPARTED
    found = network.incidents.about(carrier, stop.facility, stop.to, left, after=start)
    return any(incident.since < end for incident in found)


def given(kept: bytes, kept_for: datetime | None, parcel: Parcel, chance: float | None) -> bytes:
    """Give the chances, percent, that were given for the promise in force, with the one that was given now."""
    if kept_for != parcel.promised_at:
        kept = b""
    return kept if chance is None or len(kept) >= GIVEN else kept + bytes((round(chance * 100),))


def settled(odds: bytes, odds_for: datetime | None, parcel: Parcel, now: datetime) -> bool | None:
    """Say whether the promise for which chances were given was missed; None while that is open."""
    if not odds or odds_for is None:
        return None
    return _SETTLED.get(outcome(parcel, odds_for, now))
