"""Whom to ask for, and when: a function of what is known of a parcel and of what was asked.

Invariant: total and pure. A parcel that is over is never asked for; one that was heard of within `fresh_s`, or asked
for within the provider's `least`, is not asked for yet; any other active parcel is asked for within `bound` of the
last news or answer. May import: core, pull.policy.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from core.scan import Milestone
from pull.policy import Rhythm

#: Every hour counts for the consumer: at the door, or waiting to be fetched.
AT_THE_DOOR = frozenset({Milestone.OUT_FOR_DELIVERY, Milestone.ATTEMPT_FAILED})


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a parcel. Aware UTC.

    `known_at`: registered. `heard_at`: the newest scan was received. `moved_at`: the newest scan happened.
    `due_at`: from then on silence may mean something.
    """

    active: bool
    milestone: str
    known_at: datetime
    heard_at: datetime | None = None
    moved_at: datetime | None = None
    promised_at: datetime | None = None
    due_at: datetime | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for it.

    `asked_at` counts every question, `answered_at` only those that were answered, if only with "unknown".
    `unknown` and `failures` count in a row. `retry_at`: not before.
    """

    asked_at: datetime | None = None
    answered_at: datetime | None = None
    unknown: int = 0
    failures: int = 0
    retry_at: datetime | None = None


class Why(StrEnum):
    """The reason for the moment."""

    OVER = "over"
    FIRST = "first"
    NORMAL = "normal"
    NEAR = "near"
    SILENT = "silent"
    OLD = "old"
    DUE = "due"
    UNKNOWN = "unknown"
    FRESH = "fresh"
    LEAST = "least"
    RETRY = "retry"
    FORCED = "forced"


class Turn(msgspec.Struct, frozen=True):
    """When a parcel is asked for next, and why then. `at` None: never."""

    at: datetime | None
    why: Why


def next_turn(parcel: Watched, asked: Asked, rhythm: Rhythm, least: timedelta) -> Turn:
    """Give a parcel's next turn. `least` is the provider's own distance between two questions for one number."""
    if not parcel.active:
        return Turn(None, Why.OVER)
    at, why = _wish(parcel, asked, rhythm)
    floors = (
        (parcel.heard_at, timedelta(seconds=rhythm.fresh_s), Why.FRESH),
        (asked.asked_at, least, Why.LEAST),
        (asked.retry_at, timedelta(), Why.RETRY),
    )
    for since, wait, reason in floors:
        if since is not None and since + wait > at:
            at, why = since + wait, reason
    return Turn(at, why)


def bound(rhythm: Rhythm, least: timedelta) -> timedelta:
    """Give the longest time without a question for an active parcel that is silent, while nothing fails."""
    longest = max(rhythm.first_s, rhythm.normal_s, rhythm.old_s, rhythm.fresh_s, rhythm.unknown_longest_s)
    return max(timedelta(seconds=longest), least)


def _wish(parcel: Watched, asked: Asked, rhythm: Rhythm) -> tuple[datetime, Why]:
    def after(seconds: int) -> timedelta:
        return timedelta(seconds=seconds)

    last = max((moment for moment in (parcel.heard_at, asked.answered_at) if moment is not None), default=None)
    if last is None:
        return parcel.known_at + after(rhythm.first_s), Why.FIRST
    if asked.unknown and asked.answered_at is not None and asked.answered_at == last:
        return last + rhythm.unknown(asked.unknown), Why.UNKNOWN
    moved_at = min(parcel.moved_at or parcel.known_at, last)
    if last - moved_at >= after(rhythm.old_after_s):
        return last + after(rhythm.old_s), Why.OLD
    wishes = [
        (last + after(rhythm.normal_s), Why.NORMAL),
        (max(last + after(rhythm.silent_s), moved_at + after(rhythm.silent_after_s)), Why.SILENT),
    ]
    if parcel.milestone in AT_THE_DOOR:
        wishes.append((last + after(rhythm.near_s), Why.NEAR))
    if parcel.promised_at is not None:
        near = max(last + after(rhythm.near_s), parcel.promised_at - after(rhythm.near_before_s))
        wishes.append((near, Why.NEAR))
    if parcel.due_at is not None and (early := parcel.due_at - after(rhythm.due_before_s)) > last:
        wishes.append((early, Why.DUE))
    return min(wishes, key=lambda wish: wish[0])
