"""Where lessons are kept: by group, older days weighing less.

The worker keeps them in PostgreSQL, a row a group, and adds what it counted now and then; a back-test keeps them here.
Both weigh by `weight_of`, so that they learn the same from the same lessons.

Invariant: the order of lessons of one day does not matter. May import: core.baseline.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.baseline.learned import Asked, Baselines
from core.baseline.lessons import Lesson
from core.baseline.sums import Sums

FORGOTTEN = 0.05
"""A group with less than this left is dropped: it has not been seen for long."""


def weight_of(days: int, half_life_days: float) -> float:
    """Give what a lesson that is so many days old still weighs."""
    return float(0.5 ** (max(0, days) / half_life_days))


class School:
    """Lessons in memory, as they weigh on the day of the last one."""

    def __init__(self, half_life_days: float) -> None:
        self._half_life = half_life_days
        self._day: date | None = None
        self._made: Baselines | None = None
        self.sums = Sums()

    def learn(self, lessons: Iterable[Lesson], today: date) -> None:
        """Count lessons of a day; days never go back."""
        if self._day is None:
            self._day = today
        elif today > self._day:
            self.sums = self.sums.fade(weight_of((today - self._day).days, self._half_life), FORGOTTEN)
            self._day = today
        self.sums.add(lessons)

    def baselines(self, asked: Asked) -> Baselines:
        """Give what was learned so far, ready to be asked; what is learned later does not change it."""
        self._made = Baselines(self.sums.frozen(), asked, self._made)
        return self._made
