"""A mergeable sketch of durations: counts in bins whose width grows with the duration.

Like DDSketch it has a bounded relative error (`GROWTH` - 1, 8 %) and merges by adding; unlike the libraries at hand it
has fixed bins, so that PostgreSQL can add two of them, older ones can be weighed down by multiplication, and "what
share lasts longer than x" costs one look. Why not `datasketches`: docs/decisions/learning.md.

Invariant: adding is commutative and associative, so the order in which workers merge does not matter.
May import: the standard library and numpy.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]

FIRST_S = 300.0
"""Everything up to five minutes is one bin: no parcel is late by less."""
GROWTH = 1.08
BINS = 136
"""Up to 87 days; what lasts longer is in the last bin."""
_STEP = log(GROWTH)
_START = log(FIRST_S)

EDGES: Counts = np.concatenate(([0.0], FIRST_S * GROWTH ** np.arange(BINS, dtype=np.float64)))
"""Bin `i` holds durations from `EDGES[i]` up to `EDGES[i + 1]`, in seconds."""
MIDDLES: Counts = (EDGES[:-1] + EDGES[1:]) / 2


def bin_of(seconds: float) -> int:
    """Give the bin of a duration; below zero counts as zero."""
    if seconds <= FIRST_S:
        return 0
    place = int((log(seconds) - _START) / _STEP) + 1
    return place if place < BINS else BINS - 1


def quantile(counts: Counts, share: float) -> float:
    """Give the duration in seconds that `share` of the counts stay below, evenly spread inside a bin.

    Raises ValueError when nothing was counted.
    """
    total = float(counts.sum())
    if total <= 0:
        raise ValueError("an empty sketch has no quantile")
    upto = np.cumsum(counts)
    wanted = share * total
    place = int(np.searchsorted(upto, wanted, side="left"))
    place = min(place, BINS - 1)
    inside = float(counts[place])
    before = float(upto[place]) - inside
    part = (wanted - before) / inside if inside > 0 else 1.0
    return float(EDGES[place] + (EDGES[place + 1] - EDGES[place]) * min(1.0, max(0.0, part)))


def beyond(counts: Counts) -> Counts:
    """Give at each of `EDGES` the share that lasts longer (all ones when nothing was counted)."""
    total = float(counts.sum())
    if total <= 0:
        return np.ones(BINS + 1)
    return np.concatenate(([1.0], np.maximum(0.0, 1.0 - np.cumsum(counts) / total)))


def pooled(counts: Counts, parent: Counts, weight: float) -> Counts:
    """Give the counts with those of a wider group added as if `weight` of them had been seen here."""
    total = float(parent.sum())
    return counts if total <= 0 else counts + parent * (weight / total)


def middle_of(place: int) -> float:
    """Give the duration in the middle of a bin (geometric), seconds."""
    return FIRST_S / 2 if place == 0 else exp(_START + (place - 0.5) * _STEP)
