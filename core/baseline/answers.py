"""Answers that are kept while what they rest on changes little.

Invariant: at most `MEMORY` answers; when full all are forgotten at once (policy: clear). May import: core.baseline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from zlib import crc32

from core.baseline.lessons import Group

MEMORY = 50_000
RENEWED = 8
"""An answer is taken over at most this often, then reckoned anew."""
CHANGED = 1.25
"""And not when what is known grew or shrank by this factor since."""
_A = TypeVar("_A")


class Answers(Generic[_A]):
    """Answers by group, each with how much was known when it was reckoned; when full all are forgotten."""

    def __init__(self) -> None:
        self._by: dict[Group, tuple[_A | None, float]] = {}

    def get(self, group: Group) -> tuple[bool, _A | None]:
        """Say whether there is an answer, and which."""
        found = self._by.get(group)
        return (False, None) if found is None else (True, found[0])

    def put(self, group: Group, answer: _A | None, known: float) -> _A | None:
        """Remember an answer."""
        if len(self._by) >= MEMORY:
            self._by.clear()
        self._by[group] = (answer, known)
        return answer

    def items(self) -> list[tuple[Group, tuple[_A | None, float]]]:
        """Give every answer with how much was known."""
        return list(self._by.items())

    def take_over(self, before: Answers[_A], known_now: Callable[[Group], float], turn: int) -> None:
        """Take answers over that still hold, but for every eighth, by turns."""
        for group, (answer, known) in before.items():
            now = known_now(group)
            if known / CHANGED < now < known * CHANGED and crc32(repr(group).encode()) % RENEWED != turn:
                self._by[group] = (answer, known)
