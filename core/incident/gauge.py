"""A gauge: how much of what is usually heard at this hour is heard now.

For every key it keeps the counts of the last two days by bucket and learns two things from them. Its rate: how many
are heard at this quarter of an hour, as last week says more than last month. Its unrest: how far the
sums over a window fall below what is expected, by window and hour of the day, because parcels come by lorry and
carriers send in batches: a carrier that sends every hour is silent for 55 minutes by habit, and a hub whose
lorries leave at three and at eight is silent in between. One bad day of a week is no habit (`worst`).

How surprising it is to hear `n` where `e` are expected is the deviance of the Poisson distribution,
`e - n + n ln(n / e)`: about minus the logarithm of the chance. The unrest is the greatest surprise that is usual.

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
DAY_S, HOUR_S = 86_400, 3_600
SLOTS = 96
"""Parts of the day that have a rate of their own."""
YOUNG = 0.15
"""The newest day counts this much, once a week of them is known."""
CALM = 2.0
"""Unrest of a key of which nothing is known yet."""
WEEK = 7
"""Days that the unrest is learned from, so that every day of the week is among them."""
HOURS = 24
UNKNOWN = -1.0
NEVER = -1
"""The head before anything was heard."""
_CAP = 4.0
_AHEAD = 24
_LEVEL = (0.2, 5.0)
_LEVELS_PRIOR = 0.25
"""Of a day, so that a few hours that are not masked do not bend all the rest."""
_PRIOR = 4.0
_HARDLY = 0.5
_LEAST_HUSH_S = 1_200


class Gauge:
    """The counts of all keys of one noun. `windows` in buckets, shortest first.

    `worst`: which of a week's unrestful days counts, 1 for the most unrestful.
    """

    def __init__(self, bucket_s: int, windows: tuple[int, ...], worst: int) -> None:
        self.bucket_s = bucket_s
        self.windows = windows
        self.worst = worst
        self._widths = np.array(windows) - 1
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
        """Of this hour of the day, by window."""
        self.usually = np.full((self._room, len(windows)), CALM)
        self.habit = np.full((self._room, len(windows), HOURS, WEEK), UNKNOWN, np.float32)
        self.fallen = self._empty(len(windows))
        self.looks = self._empty(len(windows))
        self.falls = np.full((self._room, len(windows), HOURS, WEEK), UNKNOWN, np.float32)
        self.most = np.full((self._room, len(windows)), UNKNOWN)
        self.worst_fall = np.full((self._room, len(windows)), UNKNOWN)
        """The greatest surprise that is usual around this hour."""
        self.run = np.zeros(self._room)
        """Buckets for which a key has been quiet, up to the last closed one, and what was expected in them."""
        self.missing = np.zeros(self._room)
        self.quiet = np.full(self._room, UNKNOWN)
        """For how many it is quiet at most around this hour of the day; unknown for a new key."""
        self.pauses = np.full((self._room, HOURS, WEEK), UNKNOWN, np.float32)
        self.pause = np.full(self._room, UNKNOWN)
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
        # A flood, such as what was held back for days, is not usual; what merely comes in bursts is.
        lately = self._places(bucket, self.day // 4)
        flood = self.count[:size, lately].sum(axis=1) > _CAP * (self.expected[:size, lately].sum(axis=1) + _PRIOR)
        capped = np.where(flood & (taught >= per_slot), np.minimum(heard, rate), heard)
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
        """Learn nothing of a row from a bucket on up to the last closed one, and forget what was learned of it."""
        self.masked[row, [bucket % self.ring for bucket in range(since, self.head + 1)]] = True
        self.fallen[row], self.looks[row], self._sums = 0.0, 0.0, None
        self.most[row], self.pause[row] = UNKNOWN, UNKNOWN
        per_hour = HOUR_S // self.bucket_s
        for at in range(since // per_hour, self.head // per_hour + 1):
            for learned in (self.habit, self.falls):
                learned[row, :, at % HOURS, at // HOURS % WEEK] = UNKNOWN
            self.pauses[row, at % HOURS, at // HOURS % WEEK] = UNKNOWN

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
        self.sums(1)
        assert self._sums is not None  # noqa: S101 - just made
        heard, expected = (table[self._widths].T for table in self._sums)
        some = (expected >= 1.0) & (grown & ~self.masked[:size, bucket % self.ring])[:, None]
        below = np.maximum(0.0, expected - heard)
        self.fallen[:size] += np.where(some, 2.0 * below * below / np.maximum(expected, 1.0), 0.0)
        self.looks[:size] += some
        self.most[:size] = np.maximum(self.most[:size], np.where(some, surprise(heard, expected), UNKNOWN))
        silent = self.count[:size, bucket % self.ring] == 0
        self.run[:size] = np.where(silent, self.run[:size] + 1, 0)
        self.missing[:size] = np.where(silent, self.missing[:size] + self.expected[:size, bucket % self.ring], 0)
        learns = grown & ~self.masked[:size, bucket % self.ring]
        self.pause[:size] = np.where(learns, np.maximum(self.pause[:size], self.run[:size]), self.pause[:size])
        end_s = (bucket + 1) * self.bucket_s
        if end_s % HOUR_S == 0:
            self._learn_hour(size, end_s)

    def _learn_hour(self, size: int, end_s: int) -> None:
        """Learn the unrest of the hour that ends, and take up that of the next one."""
        hour, day = (end_s - 1) % DAY_S // HOUR_S, (end_s - 1) // DAY_S % WEEK
        next_day = end_s // DAY_S % WEEK
        fallen, looks = self.fallen[:size], self.looks[:size]
        self.habit[:size, :, hour, day] = np.where(looks > 0, fallen / np.maximum(looks, 1.0), UNKNOWN)
        self.falls[:size, :, hour, day] = self.most[:size]
        self.pauses[:size, hour, day] = self.pause[:size]
        fallen[:], looks[:], self.most[:size], self.pause[:size] = 0.0, 0.0, UNKNOWN, UNKNOWN
        if hour == HOURS - 1:
            by_hour = _middle(self._worst(self.habit[:size], next_day))
            self.usually[:size] = np.where(by_hour >= 0, by_hour, CALM)
        now = self._worst(self.habit[:size, :, (hour + 1) % HOURS], next_day)
        now = self._worst(self.habit[:size, :, (hour + 1) % HOURS], next_day)
        self.unrest[:size] = np.maximum(self.usually[:size], now)
        around = [(hour + away) % HOURS for away in (0, 1, 2)]
        falls, pauses = self.falls[:size][:, :, around], self.pauses[:size][:, around]
        # What goes on now is no habit.
        falls[:, :, 0, day] = pauses[:, 0, day] = UNKNOWN
        self.worst_fall[:size] = self._worst(falls, next_day).max(axis=2)
        self.quiet[:size] = self._worst(pauses, next_day).max(axis=1)

    def _worst(self, by_day: NDArray[np.float32], day: int) -> NDArray[np.float32]:
        """Give what holds of the worst days; one bad day is left out when most of a week is known.

        But not when `day`, the same day a week ago, was the bad one: Saturdays may be like that.
        """
        ordered = np.sort(by_day, axis=-1)
        known = (ordered[..., WEEK // 2 - 1] >= 0) if self.worst > 1 else np.zeros(ordered.shape[:-1], bool)
        return np.where(known, np.maximum(ordered[..., -self.worst], by_day[..., day]), ordered[..., -1])

    def _learn_level(self, size: int, bucket: int, free: NDArray[np.bool_]) -> None:
        """See how much more there is to do than usual, from the last day."""
        places = self._places(bucket, self.day)
        open_ = ~self.masked[:size, places]
        heard = (self.count[:size, places] * open_).sum(axis=1)
        usual = (self.base[:size, places] * open_).sum(axis=1)
        prior = _PRIOR + _LEVELS_PRIOR * self.base[:size, places].sum(axis=1)
        level = np.clip((heard + prior) / (usual + prior), *_LEVEL)
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

    def hushed(self, longer: float) -> Floats:
        """Give how much was expected of each key since it fell quiet, where it never is quiet nearly so long."""
        size = len(self.keys)
        least = np.maximum(_LEAST_HUSH_S / self.bucket_s, longer * self.quiet[:size] + 1)
        hush = (self.quiet[:size] >= 0) & (self.run[:size] >= least)
        return np.where(hush & ~self.masked[:size, self.head % self.ring], self.missing[:size], 0.0)

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


def _middle(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the middle one of the known values of the last axis, the greater one of two."""
    ordered = np.sort(values, axis=-1)
    known = (ordered >= 0).sum(axis=-1, keepdims=True)
    return np.take_along_axis(ordered, ordered.shape[-1] - 1 - known // 2 * (known > 1), axis=-1)[..., 0]


def surprise(heard: Floats, expected: Floats) -> Floats:
    """Say how surprising it is to hear no more than this: about minus the logarithm of its chance."""
    safe = np.maximum(expected, 1e-9)
    known = np.maximum(heard, 1e-9)
    odd: Floats = np.where(heard < expected, expected - heard + heard * np.log(known / safe), 0.0)
    return odd


_ARRAYS = (
    "count",
    "amount",
    "expected",
    "base",
    "masked",
    "rate",
    "taught",
    "unrest",
    "usually",
    "habit",
    "fallen",
    "looks",
    "falls",
    "most",
    "worst_fall",
    "run",
    "missing",
    "quiet",
    "pauses",
    "pause",
    "level",
    "since",
    "mean",
    "weight",
)
_FIRST = {"unrest": CALM, "usually": CALM, "habit": UNKNOWN, "level": 1.0} | dict.fromkeys(
    ("falls", "most", "worst_fall", "quiet", "pauses", "pause"), UNKNOWN
)
