"""What was learned, in PostgreSQL: counts of durations by group, to which every worker adds.

Invariant: adding is one statement and commutes, so that workers need not agree on anything.
May import: numpy, msgspec, core.baseline, store.statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np

from core.baseline.lessons import Group
from core.baseline.sketch import BINS, Counts
from store.statements import load

_SQL = load("baseline")
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(list[str | int])


async def merge(
    connection: Any, lessons: Mapping[Group, Counts], today: date, half_life_days: float, now: datetime
) -> None:
    """Add counts of today to what is there."""
    keys = [_encode(group).decode() for group in lessons]
    counts = np.concatenate(list(lessons.values())).astype(np.float32).tolist()
    await connection.execute(_SQL["merge"], keys, counts, BINS, today, half_life_days, now)


async def since(connection: Any, moment: datetime) -> dict[Group, tuple[date, Counts]]:
    """Give the groups to which something was added at or after a moment, as they weighed on their day."""
    rows = await connection.fetch(_SQL["since"], moment)
    return {tuple(_decoder.decode(key)): (day, np.array(counts, dtype=np.float64)) for key, day, counts in rows}


async def forget(connection: Any, before: date) -> None:
    """Drop the groups that were seen last before a day."""
    await connection.execute(_SQL["forget"], before)
