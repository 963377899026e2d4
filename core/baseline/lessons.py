"""What parcels teach: how long they stay silent after a scan, how long the rest takes, whether predictions came true.

Families. `gap`: from a scan's own time until we hear the next one, so that a carrier that sends late teaches its
lateness too. `rest`: from the next scan until delivery. Both are counted twice, in a group that is exact about the way
and in one that is exact about the hour; `core.baseline.learned` puts them together. `odds`: what was predicted, in
percent, by whether the parcel came late.

Invariant: pure; a parcel teaches each step once, from scans that came in order.
May import: msgspec, core.baseline.sketch, core.stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from core.baseline.sketch import bin_of
from core.stop import Stage, Stop

GAP_LEG = "leg"
GAP_HOUR = "hour"
REST_WAY = "way"
REST_HOUR = "rest"
ODDS = "odds"
ANYBODY = "*"
"""Stands for every carrier where predictions are judged."""

Group = tuple[str | int, ...]
"""What is counted together; the first part is the family. The parts by family:

* leg: carrier, stage, facility, to, service, day
* hour, rest: carrier, stage, position, day, part
* way: carrier, stage, position, service, span
* odds: carrier, late (0 or 1)
"""
Lesson = tuple[Group, int]
"""A group and the bin (`sketch.bin_of` of seconds; percent for `odds`) in which one more was seen."""

ORIGIN, BETWEEN, DESTINATION, UNKNOWN = range(4)
SPAN_S = 43_200
SPANS = 40

TAUGHT = frozenset(stage.value for stage in Stage) - {Stage.OVER, Stage.AVAILABLE, Stage.RETURNING}
"""Stages whose durations say something of the network and not of a person."""


class Way(msgspec.Struct, frozen=True, gc=False):
    """What is known of where a parcel is going. `span` is the shop's promise in half days: how far it goes."""

    carrier: str
    service: str
    origin: str
    destination: str
    span: int


def position(facility: str, way: Way) -> int:
    """Say where on its way a parcel is, by the names that shop and carrier use."""
    if not way.destination:
        return UNKNOWN
    if way.destination in facility:
        return DESTINATION
    return ORIGIN if way.origin and way.origin in facility else BETWEEN


def gap_groups(stop: Stop, way: Way) -> tuple[Group, Group]:
    """Give the groups of the silence after a stop: that of its leg and that of its hour."""
    stage = stop.stage
    return (
        (GAP_LEG, way.carrier, stage, stop.facility, stop.to, way.service, stop.day),
        (GAP_HOUR, way.carrier, stage, position(stop.facility, way), stop.day, stop.part),
    )


def gap_lessons(stop: Stop, heard_s: int, way: Way) -> tuple[Lesson, Lesson]:
    """Teach that the next scan after a stop was heard at `heard_s` (seconds since 1970)."""
    place = bin_of(heard_s - stop.at)
    leg, hour = gap_groups(stop, way)
    return (leg, place), (hour, place)


def rest_lessons(trail: Sequence[Stop], delivered_s: int, way: Way) -> Iterable[Lesson]:
    """Teach how long the rest of the way took from each stop's successor, when a parcel is there."""
    for stop, after in pairwise(trail):
        if stop.stage not in TAUGHT:
            continue
        place = bin_of(delivered_s - after.at)
        stage = stop.stage
        at = position(stop.facility, way)
        yield (REST_WAY, way.carrier, stage, at, way.service, way.span), place
        yield (REST_HOUR, way.carrier, stage, at, stop.day, stop.part), place


def odds_lessons(carrier: str, odds: bytes, late: bool) -> Iterable[Lesson]:
    """Teach how often what was predicted (`odds`, percent each) comes true."""
    group = (ODDS, carrier, int(late))
    return [(group, percent) for percent in odds]
