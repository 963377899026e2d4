"""Counts of many groups in one array, and of the wider groups that each belongs to.

Invariant: a wider group's counts are the sum of its groups'. May import: numpy, core.baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import compress

import numpy as np

from core.baseline.lessons import ANYBODY, Group, Lesson
from core.baseline.sketch import BINS, Counts

_ROWS = 256
NOTHING: Counts = np.zeros(BINS)
_WIDER = 2


def wider(group: Group) -> tuple[Group, ...]:
    """Give the wider groups, two at most, that a group's counts belong to as well."""
    match group[0]:
        case "leg":
            return group[:3], group[:5]
        case "hour" | "rest":
            return group[:3], group[:4]
        case "way":
            return group[:4], (*group[:4], group[5])
    return ((group[0], ANYBODY, group[2]),)


class Sums:
    """Counts by group; grows as groups come."""

    def __init__(self) -> None:
        self._rows: dict[Group, int] = {}
        self._table: Counts = np.zeros((_ROWS, BINS))
        self._wide: dict[Group, int] = {}
        self._belongs: list[tuple[int, int]] = []

    def __len__(self) -> int:
        """Count the groups."""
        return len(self._rows)

    def add(self, lessons: Iterable[Lesson]) -> None:
        """Count lessons."""
        rows, table = self._rows, self._table
        for group, place in lessons:
            row = rows.get(group)
            if row is None:
                row = self._row(group)
                table = self._table
            table[row, place] += 1

    def put(self, group: Group, counts: Counts) -> None:
        """Set the counts of a group."""
        row = self._rows.get(group)
        if row is None:
            row = self._row(group)
        self._table[row] = counts

    def fade(self, weight: float, forgotten: float) -> Sums:
        """Give the same, weighed down, without the groups of which less than `forgotten` is left."""
        kept = Sums()
        table = self._table[: len(self._rows)] * weight
        stays: list[bool] = (table.sum(axis=1) >= forgotten).tolist()
        kept._table = np.concatenate((table[stays], np.zeros((_ROWS, BINS))))
        kept._rows = {group: row for row, group in enumerate(compress(self._rows, stays))}
        kept._belongs = list(compress(self._belongs, stays))
        # A wider group of which none is left counts nothing.
        kept._wide = dict(self._wide)
        return kept

    def items(self) -> Iterable[tuple[Group, Counts]]:
        """Give every group with its counts."""
        return ((group, self._table[row]) for group, row in self._rows.items())

    def frozen(self) -> Frozen:
        """Give what is counted by now; what is added later does not change it."""
        table = self._table[: len(self._rows)].copy()
        wide = np.zeros((len(self._wide) + 1, BINS))
        belongs = np.array(self._belongs, dtype=np.intp).reshape(-1, _WIDER)
        for column in range(_WIDER):
            order = np.argsort(belongs[:, column], kind="stable")
            places, starts = np.unique(belongs[order, column], return_index=True)
            if len(places):
                wide[places] += np.add.reduceat(table[order], starts)
        return Frozen(dict(self._rows), table, dict(self._wide), wide)

    def _row(self, group: Group) -> int:
        row = self._rows[group] = len(self._rows)
        if row == len(self._table):
            self._table = np.concatenate((self._table, np.zeros_like(self._table)))
        places = [self._wide.setdefault(other, len(self._wide) + 1) for other in wider(group)]
        # Row 0 of the wider ones belongs to nobody.
        self._belongs.append((places[0], places[1] if len(places) > 1 else 0))
        return row


class Frozen:
    """Counts by group as they were at one moment."""

    def __init__(self, rows: Mapping[Group, int], table: Counts, wide: Mapping[Group, int], widened: Counts) -> None:
        self._rows = rows
        self._table = table
        self._wide = wide
        self._widened = widened
        self._totals: list[float] = widened.sum(axis=1).tolist()

    def __len__(self) -> int:
        """Count the groups."""
        return len(self._rows)

    def own(self, group: Group) -> Counts:
        """Give the counts of a group; nothing when it was never seen."""
        row = self._rows.get(group)
        return NOTHING if row is None else self._table[row]

    def wide(self, group: Group) -> Counts:
        """Give the counts of a wider group."""
        row = self._wide.get(group)
        return NOTHING if row is None else self._widened[row]

    def total(self, group: Group) -> float:
        """Give how many were counted in a wider group."""
        row = self._wide.get(group)
        return 0.0 if row is None else self._totals[row]


def sums_of(counts: Mapping[Group, Counts]) -> Sums:
    """Give sums of counts by group."""
    sums = Sums()
    for group, own in counts.items():
        sums.put(group, own)
    return sums
