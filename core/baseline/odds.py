"""The chance that a parcel misses a moment, for every moment at once.

A parcel that was last heard `e` seconds ago waits for its next scan (gap) and then for the end of its way (rest). Its
chance to miss a moment `d` seconds after that last scan is

    P(gap + rest > d | gap > e) = sum over gaps g > e of P(g) * P(rest > d - g) / P(gap > e)

Invariant: pure; falls with `d`. May import: numpy, msgspec, core.baseline.sketch.
"""

from __future__ import annotations

from bisect import bisect_left

import msgspec
import numpy as np

from core.baseline.sketch import EDGES, FIRST_S, MIDDLES, Counts

DEADLINES: Counts = np.concatenate((np.arange(0, 72) * 3_600.0, 72 * 3_600.0 * 1.06 ** np.arange(0, 56)))
"""The moments for which chances are reckoned, seconds: by the hour for three days, then ever wider up to 74 days."""
_DEADLINES: list[float] = DEADLINES.tolist()
_EACH = np.arange(len(DEADLINES))
_SURE = 1e-9

# For each deadline and gap: between which edges of `rest` the time that is left lies, and where between them.
_LEFT = np.clip(DEADLINES[:, None] - MIDDLES[None, :], 0.0, EDGES[-1])
_PLACE = np.clip(np.searchsorted(EDGES, _LEFT, side="right") - 1, 0, len(EDGES) - 2)
_PART = (_LEFT - EDGES[_PLACE]) / (EDGES[_PLACE + 1] - EDGES[_PLACE])


class Odds(msgspec.Struct, frozen=True):
    """How a parcel stands against its deadline.

    `chance` of missing it, `raw` the same before it was corrected by experience; `median_s` and `nine_s` the seconds
    from the last scan by which half and nine in ten of such parcels are there; `turns_s` the silence, from the last
    scan, at which the chance reaches what policy warns at (None: never before the deadline).
    """

    chance: float
    raw: float
    median_s: int
    nine_s: int
    turns_s: int | None


class Table:
    """The chances of a group of parcels by deadline.

    `gap`: share by bin; `rest`: share that lasts beyond each edge; `warn`: the chance at which policy warns, as given.
    """

    __slots__ = ("_gap", "_late", "_median_s", "_nine_s", "_raw", "_turns")

    def __init__(self, gap: Counts, rest: Counts, warn: float) -> None:
        self._gap = gap
        # P(rest > d - g), straight between two edges.
        beyond = rest[_PLACE] * (1 - _PART) + rest[_PLACE + 1] * _PART
        self._late = gap * beyond
        # The chance after a silence e: both sums over the gaps beyond e, for every e at once.
        mass = np.cumsum(gap[::-1])[::-1]
        after = np.cumsum(self._late[:, ::-1], axis=1)[:, ::-1]
        turned = after >= np.where(mass > _SURE, warn * mass, np.inf)
        first = np.argmax(turned, axis=1)
        turns = np.where(turned[_EACH, first], EDGES[first], np.inf)
        raw = after[:, 0] / max(float(mass[0]), _SURE)
        self._raw: list[float] = raw.tolist()
        self._turns: list[float] = turns.tolist()
        self._median_s = _within(raw, 0.5)
        self._nine_s = _within(raw, 0.9)

    def at(self, deadline_s: float) -> tuple[float, int, int, int | None]:
        """Give chance, median, nine in ten and turn of a parcel that was heard just now."""
        if deadline_s <= 0:
            return 1.0, self._median_s, self._nine_s, 0
        place = bisect_left(_DEADLINES, deadline_s)
        if place == len(_DEADLINES):
            return self._raw[-1], self._median_s, self._nine_s, None
        low, high = _DEADLINES[place - 1], _DEADLINES[place]
        part = (deadline_s - low) / (high - low)
        raw = self._raw[place - 1] * (1 - part) + self._raw[place] * part
        near = place if part > 0.5 else place - 1
        # A deadline that is a little later turns a little later.
        turns = self._turns[near] + (deadline_s - _DEADLINES[near] if self._turns[near] > 0 else 0)
        turns = max(0.0, turns)
        return raw, self._median_s, self._nine_s, int(turns) if turns < deadline_s else None

    def after(self, silent_s: float, deadline_s: float) -> tuple[float, int, int]:
        """Give chance, median and nine in ten of a parcel that has been silent since its last scan."""
        left = np.where(MIDDLES > max(silent_s, FIRST_S), 1.0, 0.0)
        mass = float((self._gap * left).sum())
        if mass <= _SURE:
            # Silent for longer than can be counted: nothing is known but that it is not there yet.
            return 1.0, int(EDGES[-1]), int(EDGES[-1])
        open_yet = (self._late * left).sum(axis=1) / mass
        raw = float(np.interp(deadline_s, DEADLINES, open_yet))
        return raw, _within(open_yet, 0.5), _within(open_yet, 0.9)


def _within(open_yet: Counts, share: float) -> int:
    """Give the seconds by which this share is there."""
    falling = open_yet[::-1]
    return int(np.interp(1 - share, falling, DEADLINES[::-1]))
