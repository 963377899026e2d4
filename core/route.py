"""The way a parcel takes from facility to facility: whether it went where it was sent, and whether it goes in circles.

Carriers miss scans, so a parcel that shows up elsewhere than it was sent is only in doubt: the hub between was not
scanned, as a rule. What settles it is the next step: from a wrong hub it is sent back, or once more to where it should
have gone; from a right one it goes on. A circle is a leg that is begun a second time after its end was reached.

Invariant: pure; bounded; only facilities by name count, never places. May import: msgspec, core.scan, core.stop.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.scan import Detail, Scan
from core.stop import Stage

VISITS = 10
"""Facilities remembered of a way, the latest."""


class Astray(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parcel at a facility where it should not be: it had `left` one for `expected`, which may be unknown ("")."""

    at: datetime
    scan_id: str
    facility: str
    left: str
    expected: str


class Circle(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A leg that is gone again: for the `times`-th time `there` comes after `here`."""

    at: datetime
    scan_id: str
    here: str
    there: str
    times: int


class Route(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a parcel has been and was sent. `visits`: facilities where it was seen, no two alike in a row.

    `to` is where the latest departure went, "" once it is there or when nobody said. `doubt` waits for its proof.
    """

    visits: tuple[str, ...] = ()
    to: str = ""
    doubt: Astray | None = None
    astray: Astray | None = None
    circle: Circle | None = None


NOWHERE = Route()
_ARRIVED, _DEPARTED, _MISROUTED = Stage.ARRIVED.value, Stage.DEPARTED.value, Detail.MISROUTED


def follow(route: Route, scan: Scan, stage: str) -> Route:
    """Take one more scan of a parcel that is on its way outward."""
    if scan.detail is _MISROUTED:
        return _told(route, scan)
    departs = stage == _DEPARTED
    here = scan.facility
    if not here or not (departs or stage == _ARRIVED):
        return route
    visits, to, doubt, astray, circle = route.visits, route.to, route.doubt, route.astray, route.circle
    last = visits[-1] if visits else ""
    if here != last:
        if here not in visits:
            circle = None
        elif circle is None:
            circle = _circle(visits, last, here, scan)
        if doubt is not None and (here == doubt.left or here == doubt.expected):
            # Back where it came from, or at last where it should have gone; known only now.
            astray, doubt = doubt, None
        elif to and here != to and last:
            doubt = Astray(scan.happened_at, scan.scan_id, here, last, to)
        else:
            doubt = None
        visits = (*visits, here) if len(visits) < VISITS else (*visits[1:], here)
        to = ""
    elif not departs:
        return route
    if departs:
        to = scan.facility_to or ""
        if astray is not None and here != astray.facility:
            astray = None
        if to:
            if doubt is not None and (to == doubt.left or to == doubt.expected):
                astray, doubt = doubt, None
            if to not in visits:
                circle = None
            elif circle is None:
                circle = _circle(visits, here, to, scan)
    return Route(visits, to, doubt, astray, circle)


def _told(route: Route, scan: Scan) -> Route:
    """Take the carrier's own word that it is at a wrong place."""
    if route.astray is not None:
        return route
    last = route.visits[-1] if route.visits else ""
    doubt = route.doubt
    here = scan.facility or last
    if doubt is not None and doubt.facility == here:
        astray = Astray(scan.happened_at, scan.scan_id, here, doubt.left, doubt.expected)
    else:
        astray = Astray(scan.happened_at, scan.scan_id, here, last if last != here else "", route.to)
    return Route(route.visits, route.to, None, astray, route.circle)


def _circle(visits: tuple[str, ...], here: str, there: str, scan: Scan) -> Circle | None:
    """Give the circle when the leg from here to there was gone before."""
    times = 1
    for nth in range(1, len(visits)):
        if visits[nth] == there and visits[nth - 1] == here:
            times += 1
    return Circle(scan.happened_at, scan.scan_id, here, there, times) if times > 1 else None
