"""Bags, cages and lorries: how many parcels left in one, and how many of them were scanned at the next hub.

A parcel whose mates have arrived and that has not is left behind or lost, long before its silence says so.

Invariant: counts can be added in any order. May import: the standard library, msgspec, core.stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from core.stop import Stage, Stop

DAY_S = 86_400
Name = tuple[str, str, int]
"""Carrier, container and the day it left (days since 1970 UTC): its name is used again."""


class Mates(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of the parcels of a container.

    `left` of them were scanned when it left, `arrived` when it was opened, from `opened_s` on (seconds since 1970 UTC;
    0: not yet). `left_s` is when the first of them left.
    """

    left: int = 0
    arrived: int = 0
    left_s: int = 0
    opened_s: int = 0

    def __add__(self, other: Mates) -> Mates:
        """Give the counts of both."""
        return Mates(
            self.left + other.left,
            self.arrived + other.arrived,
            _first(self.left_s, other.left_s),
            _first(self.opened_s, other.opened_s),
        )


def _first(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


def counted(carrier: str, before: Stop | None, stop: Stop) -> tuple[Name, Mates] | None:
    """Give what a parcel's new stop adds to the counts; None for nothing.

    An arrival counts for the container in which the parcel left, whether its scan names that or not.
    """
    if stop.stage == Stage.DEPARTED and stop.container:
        if before is not None and before.stage == Stage.DEPARTED and before.container == stop.container:
            return None
        return (carrier, stop.container, stop.at // DAY_S), Mates(left=1, left_s=stop.at)
    if before is not None and before.stage == Stage.DEPARTED and before.container and stop.facility != before.facility:
        return (carrier, before.container, before.at // DAY_S), Mates(arrived=1, opened_s=stop.at)
    return None


def changes(carrier: str, was: tuple[Stop, ...], trail: tuple[Stop, ...]) -> list[tuple[Name, Mates]]:
    """Give what a trail that grew, or was folded anew, adds to the counts; nothing is counted twice."""
    if trail is was or not any([stop.container for stop in trail]):
        return []  # most carriers name none, and this is asked with every scan
    found: tuple[tuple[Name, Mates] | None, ...]
    if trail and trail[-2:-1] == was[-1:]:
        found = (counted(carrier, was[-1] if was else None, trail[-1]),)
    else:
        known = {*zip((None, *was), was, strict=False), *((None, stop) for stop in was)}
        pairs = (pair for pair in zip((None, *trail), trail, strict=False) if pair not in known)
        found = tuple(counted(carrier, before, stop) for before, stop in pairs)
    return [one for one in found if one is not None]


class Containers:
    """The containers under way, as they were when they were read last."""

    __slots__ = ("_of",)

    def __init__(self, counts: Mapping[Name, Mates] | Iterable[tuple[Name, Mates]] = ()) -> None:
        self._of: dict[Name, Mates] = {}
        for name, mates in counts.items() if isinstance(counts, Mapping) else counts:
            self.add(name, mates)

    def add(self, name: Name, mates: Mates) -> None:
        """Count what somebody saw of a container."""
        known = self._of.get(name)
        self._of[name] = mates if known is None else known + mates

    def forget(self, day: int) -> None:
        """Forget the containers that left before a day (days since 1970 UTC)."""
        self._of = {name: mates for name, mates in self._of.items() if name[2] >= day}

    def __bool__(self) -> bool:
        """Say whether any is known."""
        return bool(self._of)

    def of(self, carrier: str, container: str, left_s: int) -> Mates | None:
        """Give what is known of the container in which a parcel left at that time."""
        return self._of.get((carrier, container, left_s // DAY_S))
