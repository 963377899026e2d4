"""How far predicted chances are to be believed: predicted to true chance, by what became of earlier predictions.

Neighbouring buckets that would not rise are pooled (isotonic regression). A carrier's buckets begin with `PRIOR`
predictions that came true as often as anybody's did, anybody's with as many that came true just as often as they said.
Invariant: rising, 0 to 1. May import: numpy, core.baseline.sketch.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from core.baseline.sketch import Counts

BUCKETS = 20
PRIOR = 25.0
PERCENT = 100


class Belief:
    """Turns a predicted chance into the one it stands for, from counts by percent of predictions by their outcome."""

    def __init__(self, late: Counts, kept: Counts, anybody: Belief | None = None) -> None:
        middles = (np.arange(BUCKETS) + 0.5) / BUCKETS
        usual = middles if anybody is None else np.array([anybody.true(float(middle)) for middle in middles])
        places = np.minimum(np.arange(PERCENT + 1) * BUCKETS // PERCENT, BUCKETS - 1)
        hit = np.bincount(places, late[: PERCENT + 1], BUCKETS) + usual * PRIOR
        seen = hit + np.bincount(places, kept[: PERCENT + 1], BUCKETS) + (1 - usual) * PRIOR
        blocks: list[tuple[float, float, int]] = []
        for h, n in zip(hit, seen, strict=True):
            blocks.append((float(h), float(n), 1))
            while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
                (h1, n1, w1), (h2, n2, w2) = blocks[-2:]
                blocks[-2:] = [(h1 + h2, n1 + n2, w1 + w2)]
        steps = [h / n for h, n, width in blocks for _ in range(width)]
        self._x = [0.0, *(float(m) for m in middles), 1.0]
        self._y = [0.0, *steps, 1.0]
        self._true = np.interp(np.linspace(0, 1, 10 * PERCENT + 1), self._x, self._y).tolist()

    def true(self, raw: float) -> float:
        """Give the chance that a predicted one stands for."""
        return float(self._true[round(raw * 10 * PERCENT)])

    def raw(self, true: float) -> float:
        """Give the least predicted chance that stands for at least `true`."""
        steps = pairwise(zip(self._x, self._y, strict=True))
        (x0, y0), (x1, y1) = next(step for step in steps if step[1][1] >= true)
        return x0 if y0 >= true else x0 + (x1 - x0) * (true - y0) / (y1 - y0)
