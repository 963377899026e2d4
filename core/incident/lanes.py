"""Lanes: how long lorries are under way between two places, and which lanes have become slow.

What arrives within an hour came with one lorry: its parcels say one thing, not many. A lorry is slow when it took
longer than the lane's usual time by a factor and by more than the lane's own spread explains. One slow lorry is a
breakdown, two in a row at least two hours apart are a slow lane; it is well again when as many in a row are not slow.

Invariant: the usual is learned from lorries that were not slow, and slowly from those that were, so that a lane that
changed for good becomes usual in the end. Memory is lanes times `KEPT`, and a lane that
no lorry took for `FORGOTTEN` is forgotten.
May import: the standard library, msgspec, core.incident.pulse.
"""

from __future__ import annotations

from collections.abc import Container
from math import exp, sqrt

import msgspec

from core.incident.pulse import Key

KEPT = 12
FORGOTTEN = 21 * 96
"""Buckets."""
_TOGETHER = 4
"""Buckets between the first and the last parcel of one lorry."""
_APART = 8
"""Buckets between two lorries that say something each."""
_PACE = 0.04
_SLOW_PACE = 0.01
_SPREAD = 0.25
_LEAST_SPREAD = 0.05
_SIGMAS = 3.0


class Lorry(msgspec.Struct, array_like=True):
    """What came of a lorry: the first bucket, how many parcels, the sum of their measures; `slow` once it is judged."""

    bucket: int
    count: float
    amount: float
    slow: bool | None = None

    @property
    def took(self) -> float:
        """Give the measure of its way."""
        return self.amount / self.count


class Lane(msgspec.Struct, array_like=True):
    """A lane: the usual measure of its way, its spread, of how many lorries that was learned, and the latest ones."""

    mean: float = 0.0
    spread: float = _SPREAD
    known: int = 0
    lorries: list[Lorry] = []

    def add(self, bucket: int, count: float, amount: float) -> None:
        """Hear of parcels that arrived in a bucket, which is closed."""
        last = self.lorries[-1] if self.lorries else None
        if last is not None and last.slow is None and bucket - last.bucket <= _TOGETHER:
            last.count += count
            last.amount += amount
        else:
            self.lorries.append(Lorry(bucket, count, amount))
            del self.lorries[:-KEPT]

    def judge(self, bucket: int, factor: float, least: int) -> bool:
        """Judge the lorries that are in by `bucket`, `factor` being a logarithm; say whether there were any."""
        news = False
        for lorry in self.lorries:
            if lorry.slow is None and bucket - lorry.bucket > _TOGETHER:
                news = True
                over = lorry.took - self.mean
                lorry.slow = self.known >= least and over >= max(factor, _SIGMAS * self.spread)
                self._learn(over, lorry.slow)
        return news

    def _learn(self, over: float, slow: bool) -> None:
        self.known += 1
        pace = _SLOW_PACE if slow else max(_PACE, 1.0 / self.known)
        self.mean += pace * over
        if not slow and self.known > 1:
            away = sqrt((1 - pace) * self.spread**2 + pace * over * over)
            self.spread = max(_LEAST_SPREAD, away)

    def run(self, slow: bool, since: int) -> list[Lorry]:
        """Give the latest judged lorries, of `since` or later, that are all slow, or all not, oldest first."""
        found: list[Lorry] = []
        for lorry in reversed(self.lorries):
            if lorry.slow is None:
                continue
            if lorry.slow is not slow or lorry.bucket < since:
                break
            found.append(lorry)
        return found[::-1]


def telling(lorries: list[Lorry], least: float) -> bool:
    """Say whether these lorries are enough to tell something of the lane."""
    return (
        len(lorries) >= 2
        and lorries[-1].bucket - lorries[0].bucket >= _APART
        and sum(lorry.count for lorry in lorries) >= least
    )


class Lanes:
    """All lanes."""

    def __init__(self) -> None:
        self.lanes: dict[Key, Lane] = {}
        self.pending: dict[int, dict[Key, list[float]]] = {}
        self.waiting: set[Key] = set()
        """Lanes with a lorry that is not judged yet."""
        self.head: int | None = None

    def put(self, key: Key, bucket: int, count: float, amount: float, add: bool) -> None:
        """Set what was counted in a bucket that is not closed yet, or add to it."""
        if self.head is not None and bucket <= self.head:
            return
        row = self.pending.setdefault(bucket, {}).setdefault(key, [0.0, 0.0])
        if add:
            row[0] += count
            row[1] += amount
        else:
            row[:] = [count, amount]

    def close(self, bucket: int, factor: float, least: int) -> list[Key]:
        """Close the buckets up to this one; give the lanes on which a lorry was judged."""
        self.head = bucket
        for old in sorted(each for each in self.pending if each <= bucket):
            for key, (count, amount) in sorted(self.pending.pop(old).items()):
                self.lanes.setdefault(key, Lane(lorries=[])).add(old, count, amount)
                self.waiting.add(key)
        judged = [key for key in sorted(self.waiting) if self.lanes[key].judge(bucket, factor, least)]
        self.waiting -= {key for key in judged if self.lanes[key].lorries[-1].slow is not None}
        return judged

    def forget(self, kept: Container[Key]) -> None:
        """Forget the lanes that nobody takes any more, but for those in `kept`."""
        oldest = (self.head or 0) - FORGOTTEN
        for key in [key for key, lane in self.lanes.items() if lane.lorries[-1].bucket < oldest and key not in kept]:
            del self.lanes[key]
            self.waiting.discard(key)

    def renew(self, key: Key) -> None:
        """Learn a lane from the beginning: what it did for long is usual from now on."""
        self.lanes.pop(key, None)
        self.waiting.discard(key)

    def usual_s(self, key: Key) -> int:
        """Give how long a lane usually takes, seconds."""
        return int(exp(self.lanes[key].mean))
