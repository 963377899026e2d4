"""Where lessons are kept: by group, older days weighing less.

The worker keeps them in PostgreSQL, a row a group, and adds what it counted now and then; a back-test keeps them here.
Both weigh by `weight_of`, so that they learn the same from the same lessons.

Invariant: the order of lessons of one day does not matter. May import: numpy, core.baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from core.baseline.learned import Asked, Baselines
from core.baseline.lessons import Group, Lesson
from core.baseline.sketch import BINS, Counts

FORGOTTEN = 0.05
"""A group with less than this left is dropped: it has not been seen for long."""


def weight_of(days: int, half_life_days: float) -> float:
    """Give what a lesson that is so many days old still weighs."""
    return float(0.5 ** (max(0, days) / half_life_days))


def tally(into: dict[Group, Counts], lessons: Iterable[Lesson]) -> None:
    """Count lessons."""
    for group, place in lessons:
        counts = into.get(group)
        if counts is None:
            counts = into[group] = np.zeros(BINS)
        counts[place] += 1


class School:
    """Lessons in memory, as they weigh on the day of the last one."""

    def __init__(self, half_life_days: float) -> None:
        self._half_life = half_life_days
        self._day: date | None = None
        self._sums: dict[Group, Counts] = {}

    def learn(self, lessons: Iterable[Lesson], today: date) -> None:
        """Count lessons of a day; days never go back."""
        if self._day is None:
            self._day = today
        elif today > self._day:
            weight = weight_of((today - self._day).days, self._half_life)
            self._day = today
            faded = ((group, counts * weight) for group, counts in self._sums.items())
            self._sums = {group: counts for group, counts in faded if counts.sum() >= FORGOTTEN}
        tally(self._sums, lessons)

    @property
    def sums(self) -> Mapping[Group, Counts]:
        """Give what was learned, by group."""
        return self._sums

    def baselines(self, asked: Asked) -> Baselines:
        """Give what was learned so far, ready to be asked; what is learned later does not change it."""
        return Baselines({group: counts.copy() for group, counts in self._sums.items()}, asked)
