"""When a delivery that failed is tried again.

The delays are those of the Standard Webhooks specification: in all 75 h 35 min, then a person has to look at it.
Invariant: never earlier than the other side asked for. May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

DELAYS_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(DELAYS_S)
_JITTER = 0.2
_LONGEST_S = 86_400.0


def next_try(
    attempts: int, now: datetime, random: Callable[[], float], retry_after_s: float | None = None
) -> datetime | None:
    """Give the moment of the next try after `attempts` tries have failed; None when there is none.

    `random` gives numbers in [0, 1): the delay grows by up to a fifth, so that those who failed together spread out.
    A wish to be asked later is honoured up to a day.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    delay = DELAYS_S[attempts] * (1 + _JITTER * random())
    if retry_after_s is not None:
        delay = max(delay, min(retry_after_s, _LONGEST_S))
    return now + timedelta(seconds=delay)
