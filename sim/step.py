"""What can happen to a simulated parcel, and what goes wrong with it.

Invariant: an order is an identity: arrays hold these by number. May import: the standard library.
"""

from __future__ import annotations

from enum import IntEnum


class Step(IntEnum):
    """One scan's meaning; the wire encoders give it each carrier's own words."""

    ANNOUNCED = 0
    PICKED_UP = 1
    DEPARTED = 2
    ARRIVED = 3
    SORTED = 4
    FLIGHT = 5
    CUSTOMS = 6
    CUSTOMS_HELD = 7
    CUSTOMS_CLEARED = 8
    CHECKED = 9  # looked at and found whole: words of damage that mean none
    DAMAGED = 10
    DAMAGED_TEXT = 11  # only the words say so
    REPACKED = 12
    HELD = 13
    DELAYED = 14
    MISROUTED = 15
    LOST = 16
    OUT = 17
    ABSENT = 18
    REFUSED = 19
    BAD_ADDRESS = 20
    AVAILABLE_LOCKER = 21
    AVAILABLE_STATION = 22
    REDIRECTED = 23
    DELIVERED = 24  # to a person
    DELIVERED_DESK = 25
    COLLECTED = 26  # from a locker or station, with the code
    LEFT_AGREED = 27  # in a locker, because the person said so
    LEFT_UNASKED = 28  # in a locker, and nobody was asked
    UNCLAIMED = 29
    RETURNING = 30
    RETURNED = 31


class Place(IntEnum):
    """Where a scan is made."""

    HUB = 0
    ORIGIN = 1  # the station that collects
    DESTINATION = 2  # the station that delivers
    TOWN = 3  # elsewhere in the town: shop, door, locker


class Trouble(IntEnum):
    """What goes wrong with a parcel, decided before it starts."""

    FINE = 0
    LOST = 1
    LOST_REPORTED = 2
    DAMAGED = 3
    REPACKED = 4
    HELD = 5
    SLOW = 6
    MISROUTED = 7
    LOOP = 8
    FALSE_SIGNATURE = 9
    NOT_PICKED_UP = 10
    ATTEMPT_FAILED = 11
    UNCLAIMED = 12
    RETURNED = 13
    CUSTOMS_HOLD = 14


DELIVERIES = frozenset({Step.DELIVERED, Step.DELIVERED_DESK, Step.COLLECTED, Step.LEFT_AGREED, Step.LEFT_UNASKED})
NAMELESS = frozenset({Step.DEPARTED, Step.ARRIVED, Step.SORTED})
"""What some carriers report without saying where."""
