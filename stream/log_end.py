"""Whether the log's end fits what was done, judged over some seconds: ends may lag, and what was fetched is under way.

Invariant: pure but for the monotonic clock that is handed in. May import: the standard library.
"""

from __future__ import annotations

SHORT_S = 10.0
"""So long must the end not fit: a new leader's may lag for a moment."""


class LogEnd:
    """What an idle engine has seen of its log's end."""

    def __init__(self) -> None:
        self.odd: tuple[bool, float] | None = None
        """Whether the log has more than came, or less than was done, and since when."""

    def look(self, end: int | None, next_offset: int, now: float) -> bool | None:
        """Say what is wrong with the end, once it has been for long: True, more is there; False, it is too short."""
        if end is None or end == next_offset:
            self.odd = None
            return None
        more = end > next_offset
        if self.odd is None or self.odd[0] is not more:
            self.odd = (more, now)
        return more if now - self.odd[1] >= SHORT_S else None
