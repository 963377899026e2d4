"""A gauge: how much of what is usually heard at this hour is heard now.

For every key it keeps the counts of the last two days by bucket and learns two things from them. Its rate: how many
are heard at this half hour of the day, as last week says more than last month. Its unrest: by how much more than by
chance (Poisson) the sums over a window fall below what is expected, window by window, because parcels come by lorry and
carriers send in batches; a carrier that sends every hour is silent for 55 minutes by habit, and that is unrest of the
short windows.

How surprising it is to hear `n` where `e` are expected is the deviance of the Poisson distribution over the unrest,
`(e - n + n ln(n / e)) / unrest`: about minus the logarithm of the chance.

What falls into an incident is masked: nothing is learned from it and it does not count in later windows.

Invariant: the order in which keys and counts come does not matter; memory is rows times buckets, and a key that is
hardly heard any more is forgotten.
May import: the standard library, numpy, core.incident.pulse.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.incident.pulse import Key

Floats = NDArray[np.float64]
DAY_S = 86_400
SLOTS = 48
"""Parts of the day that have a rate of their own."""
YOUNG = 0.15
"""The newest day counts this much, once a week of them is known."""
CALM = 2.0
"""Unrest of a key of which nothing is known yet."""
REMEMBERED = 5
"""Days that the unrest is learned from."""
NEVER = -1
"""The head before anything was heard."""
_CAP = 4.0
_AHEAD = 24
_LEVEL = (0.2, 5.0)
_PRIOR = 4.0
_HARDLY = 0.5


class Gauge:
    """The counts of all keys of one noun. `windows` in buckets, shortest first."""

    def __init__(self, bucket_s: int, windows: tuple[int, ...]) -> None:
        self.bucket_s = bucket_s
        self.windows = windows
        self.day = DAY_S // bucket_s
        self.ring = 2 * self.day + _AHEAD
        self.rows: dict[Key, int] = {}
        self.keys: list[Key] = []
        self.head = NEVER
        """The last bucket that is closed: learned from, and judged by."""
        self._sums: tuple[Floats, ...] | None = None
        self._room = 64
        self.count = self._empty(self.ring)
        self.amount = self._empty(self.ring)
        self.expected = self._empty(self.ring)
        self.base = self._empty(self.ring)
        self.masked = np.zeros((self._room, self.ring), bool)
        self.rate = self._empty(SLOTS)
        self.taught = self._empty(SLOTS)
        self.unrest = np.full((self._room, len(windows)), CALM)
        self.level = np.ones(self._room)
        self.since = np.zeros(self._room, np.int64)
        self.mean = np.zeros(self._room)
        """The usual measure of a key."""
        self.weight = np.zeros(self._room)

    def _empty(self, width: int) -> Floats:
        return np.zeros((self._room, width))

    def _grow(self) -> None:
        for name in _ARRAYS:
            array: NDArray[Any] = getattr(self, name)
            setattr(self, name, np.concatenate([array, np.full_like(array, _FIRST.get(name, 0))]))
        self._room *= 2

    def row(self, key: Key, bucket: int) -> int:
        """Give the row of a key, a new one when it is first heard of."""
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = len(self.keys)
            self.keys.append(key)
            if row >= self._room:
                self._grow()
            self.since[row] = bucket
        return row

    def put(self, key: Key, bucket: int, count: float, amount: float, add: bool) -> None:
        """Set what was counted in a bucket, or add to it. What is older than the ring is left out."""
        if self.head == NEVER:
            self.head = bucket - 1
        if bucket <= self.head - self.ring + _AHEAD:
            return
        while bucket > self.head + _AHEAD - 1:
            self.close()
        row, place = self.row(key, bucket), bucket % self.ring
        self._sums = None
        if add:
            self.count[row, place] += count
            self.amount[row, place] += amount
        else:
            self.count[row, place] = count
            self.amount[row, place] = amount

    def forget(self, kept: Container[Key]) -> None:
        """Forget the keys that were not heard for as long as counts are kept and of which hardly any is expected.

        So names that come once, misspelt ones among them, take no room for long. Those in `kept` stay.
        """
        size = len(self.keys)
        daily = self.rate[:size].sum(axis=1) * (self.day // SLOTS)
        stays = (self.count[:size].sum(axis=1) > 0) | (daily >= _HARDLY)
        rows = [row for row, key in enumerate(self.keys) if stays[row] or key in kept]
        if len(rows) == size:
            return
        self._sums = None
        self.keys = [self.keys[row] for row in rows]
        self.rows = {key: row for row, key in enumerate(self.keys)}
        for name in _ARRAYS:
            array: NDArray[Any] = getattr(self, name)
            array[: len(rows)] = array[rows]
            array[len(rows) : size] = _FIRST.get(name, 0)

    def renew(self, key: Key) -> None:
        """Learn a key from the beginning: what it did for long is usual from now on."""
        row, self._sums = self.rows[key], None
        for name in _ARRAYS:
            getattr(self, name)[row] = _FIRST.get(name, 0)
        self.since[row] = self.head

    # learning ----------------------------------------------------------------------------------------------------

    def close(self, masked: Iterable[int] = ()) -> None:
        """Close the next bucket: learn from it, but for the rows that are `masked`."""
        bucket = self.head = self.head + 1
        size, place = len(self.keys), bucket % self.ring
        slot = (bucket * self.bucket_s % DAY_S) * SLOTS // DAY_S
        rows, self._sums = list(masked), None
        self.masked[rows, place] = True
        free = ~self.masked[:size, place]
        rate = self.rate[:size, slot]
        heard = self.count[:size, place]
        taught = self.taught[:size, slot]
        # A part of the day that is met for the first time says nothing of how much more there is to do than usual.
        self.base[:size, place] = np.where(taught > 0, rate, heard)
        self.expected[:size, place] = rate * self.level[:size]
        self._learn_unrest(size, bucket)
        per_slot = self.day // SLOTS
        pace = np.maximum(YOUNG / per_slot, 1.0 / (taught + 1.0))
        capped = np.where(taught >= per_slot, np.minimum(heard, _CAP * rate + _PRIOR), heard)
        self.rate[:size, slot] = np.where(free, rate + pace * (capped - rate), rate)
        self.taught[:size, slot] = taught + free
        self._learn_level(size, bucket, free)
        self._learn_mean(size, place, free)
        ahead = (bucket + _AHEAD) % self.ring
        self.count[:, ahead] = self.amount[:, ahead] = self.expected[:, ahead] = self.base[:, ahead] = 0.0
        self.masked[:, ahead] = False

    def _places(self, bucket: int, width: int) -> NDArray[np.int64]:
        return np.arange(bucket - width + 1, bucket + 1) % self.ring

    def mask(self, row: int, since: int) -> None:
        """Learn nothing of a row from a bucket on up to the last closed one."""
        self.masked[row, [bucket % self.ring for bucket in range(since, self.head + 1)]] = True
        self._sums = None

    def sums(self, width: int) -> tuple[Floats, Floats]:
        """Give what was heard and what was expected in the last `width` closed buckets, by row.

        Nothing was expected of a row that is masked in one of them.
        """
        if self._sums is None:
            size, places = len(self.keys), self._places(self.head, self.windows[-1])[::-1]
            free = ~np.logical_or.accumulate(self.masked[:size, places], axis=1)
            self._sums = tuple(
                np.ascontiguousarray((table[:size, places].cumsum(axis=1) * free).T)
                for table in (self.count, self.expected)
            )
        heard, expected = self._sums
        return heard[width - 1], expected[width - 1]

    def _learn_unrest(self, size: int, bucket: int) -> None:
        grown = (bucket - self.since[:size]) > self.day
        for nth, width in enumerate(self.windows):
            heard, expected = self.sums(width)
            some = grown & (expected >= 1.0) & ~self.masked[:size, bucket % self.ring]
            below = np.maximum(0.0, expected - heard)
            seen = 2.0 * below * below / np.maximum(expected, 1.0)
            unrest = self.unrest[:size, nth]
            pace = 1.0 / np.clip(bucket - self.since[:size] - self.day, self.day / 4, REMEMBERED * self.day)
            self.unrest[:size, nth] = np.where(some, unrest + pace * (seen - unrest), unrest)

    def _learn_level(self, size: int, bucket: int, free: NDArray[np.bool_]) -> None:
        """See how much more there is to do than usual, from the last day."""
        places = self._places(bucket, self.day)
        open_ = ~self.masked[:size, places]
        heard = (self.count[:size, places] * open_).sum(axis=1)
        usual = (self.base[:size, places] * open_).sum(axis=1)
        level = np.clip((heard + _PRIOR) / (usual + _PRIOR), *_LEVEL)
        self.level[:size] = np.where(free, level, self.level[:size])

    def _learn_mean(self, size: int, place: int, free: NDArray[np.bool_]) -> None:
        heard = self.count[:size, place]
        some = free & (heard > 0)
        each = self.amount[:size, place] / np.maximum(heard, 1.0)
        weight = self.weight[:size]
        pace = heard / np.maximum(heard + weight, 1.0)
        self.mean[:size] = np.where(some, self.mean[:size] + pace * (each - self.mean[:size]), self.mean[:size])
        daily = self.base[:size].sum(axis=1) / 2
        self.weight[:size] = np.minimum(np.where(some, weight + heard, weight), np.maximum(50.0, 3 * daily))

    # questions ---------------------------------------------------------------------------------------------------

    def days(self) -> Floats:
        """Give for how many days each key is known."""
        return (self.head - self.since[: len(self.keys)]) / self.day

    def lateness(self, row: int, width: int) -> tuple[float, float]:
        """Give how many were heard in the last `width` buckets and their mean measure."""
        places = self._places(self.head, width)
        heard = float(self.count[row, places].sum())
        return heard, float(self.amount[row, places].sum()) / heard if heard else 0.0

    def last_heard(self, row: int, width: int) -> int:
        """Give the first bucket after the last in which anything was heard, at most `width` back."""
        bucket = self.head
        while width and not self.count[row, bucket % self.ring]:
            bucket, width = bucket - 1, width - 1
        return bucket + 1


def surprise(heard: Floats, expected: Floats, unrest: Floats) -> Floats:
    """Say how surprising it is to hear no more than this: about minus the logarithm of its chance."""
    safe = np.maximum(expected, 1e-9)
    known = np.maximum(heard, 1e-9)
    odd = expected - heard + heard * np.log(known / safe)
    return np.where(heard < expected, odd / np.maximum(unrest, 1.0), 0.0)


_ARRAYS = (
    "count",
    "amount",
    "expected",
    "base",
    "masked",
    "rate",
    "taught",
    "unrest",
    "level",
    "since",
    "mean",
    "weight",
)
_FIRST = {"unrest": CALM, "level": 1.0}
