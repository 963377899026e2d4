"""Shares and quantiles with their 95 % intervals.

Invariant: pure; nothing counted gives None, never zero. May import: the standard library, msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, sqrt

import msgspec

_Z = 1.959964


class Share(msgspec.Struct, frozen=True):
    """`hits` of `of`, with the Wilson interval of the share; all None when nothing was counted."""

    hits: int
    of: int
    share: float | None
    low: float | None
    high: float | None


def share(hits: int, of: int) -> Share:
    """Give a share with its Wilson interval."""
    if of == 0:
        return Share(hits, of, None, None, None)
    p, z2 = hits / of, _Z * _Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(hits, of, p, max(0.0, middle - half), min(1.0, middle + half))


class Middle(msgspec.Struct, frozen=True):
    """A quantile of `count` values with the interval of its order statistics."""

    count: int
    value: float | None
    low: float | None
    high: float | None


def middle(values: Sequence[float], at: float = 0.5) -> Middle:
    """Give the quantile; its interval holds for any distribution."""
    n = len(values)
    if n == 0:
        return Middle(0, None, None, None)
    ordered = sorted(values)
    half = _Z * sqrt(n * at * (1 - at))

    def rank(place: float) -> float:
        return ordered[min(n - 1, max(0, int(place)))]

    return Middle(n, rank(floor(n * at)), rank(floor(n * at - half)), rank(ceil(n * at + half)))


def quantile(counts: Mapping[int, int], at: float) -> int | None:
    """Give the least value that at least this share does not exceed, of values that were counted."""
    total = sum(counts.values())
    upto = 0
    for value in sorted(counts):
        upto += counts[value]
        if upto >= at * total > 0:
            return value
    return None
