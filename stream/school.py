"""The worker's part in learning: gathers lessons, adds them to the database, reads what all workers have learned.

Lessons are statistics and not effects: they are counted after their batch is committed and added every minute in a
statement of their own, so a crash loses a minute of them and nothing is ever counted twice.

Invariant: at most `MOST_GROUPS` groups wait to be added; when there are more, further lessons are dropped and counted
(policy: drop). May import: core, store, stream.metrics, stream.think.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import structlog

from core.baseline.learned import Baselines
from core.baseline.lessons import Group, Lesson
from core.baseline.school import FORGOTTEN, weight_of
from core.baseline.sketch import Counts
from core.baseline.sums import Sums
from core.days import known
from core.policy import Policy
from runtime.lifecycle import pause
from store import baseline
from store.trouble import passes
from stream.metrics import StreamMetrics
from stream.think import Thinker

log = structlog.get_logger()
ADD_S = 60.0
READ_S = 600.0
MOST_GROUPS = 100_000
_SLICE = 2_000  # groups added in one statement
_OVERLAP = timedelta(minutes=2)  # a transaction may commit after one that began later
_KEPT_HALF_LIVES = 12


class School:
    """Learns from what the engines committed, and hands what all have learned to the thinker."""

    def __init__(
        self, pool: Any, policy: Policy, thinker: Thinker, metrics: StreamMetrics, now: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._asked = policy.learned.asked
        self._half_life = policy.learned.half_life_days
        self._thinker = thinker
        self._metrics = metrics
        self._now = now
        self._waiting = Sums()
        self._known: dict[Group, tuple[date, Counts]] = {}
        self._last: Baselines | None = None
        self._read_at = datetime(2000, 1, 1, tzinfo=UTC)

    def learn(self, lessons: Sequence[Lesson]) -> None:
        """Count lessons of a committed batch."""
        if len(self._waiting) >= MOST_GROUPS:
            self._metrics.lessons_dropped.inc(len(lessons))
            return
        self._waiting.add(lessons)
        self._metrics.lessons.inc(len(lessons))

    async def add(self) -> None:
        """Add what waits to the database; on trouble whose outcome is not known it is dropped rather than doubled."""
        waiting, self._waiting = self._waiting, Sums()
        groups = list(waiting.items())
        now = self._now()
        for start in range(0, len(groups), _SLICE):
            some = dict(groups[start : start + _SLICE])
            async with self._pool.acquire() as connection:
                await baseline.merge(connection, some, now.date(), self._half_life, now)

    async def read(self) -> None:
        """Read what was added since the last time, and make the baselines anew."""
        now = self._now()
        async with self._pool.acquire() as connection:
            fresh = await baseline.since(connection, self._read_at - _OVERLAP)
            await baseline.forget(connection, (now - timedelta(days=_KEPT_HALF_LIVES * self._half_life)).date())
        self._known |= fresh
        self._read_at = now
        # In a thread, because a large network takes a second and the heartbeat must go on.
        baselines = await asyncio.to_thread(self._made, now.date())
        self._thinker.network = msgspec.structs.replace(self._thinker.network, baselines=baselines)
        self._metrics.groups.set(len(self._known))
        if not known("CN", now.year):
            log.warning("holidays_unknown", country="CN", year=now.year)

    def _made(self, today: date) -> Baselines:
        sums = Sums()
        for group, (day, counts) in list(self._known.items()):
            faded = counts * weight_of((today - day).days, self._half_life)
            if faded.sum() < FORGOTTEN:
                del self._known[group]
            else:
                sums.put(group, faded)
        self._last = Baselines(sums.frozen(), self._asked, self._last)
        return self._last

    async def run(self, stop: asyncio.Event) -> None:
        """Add and read until stopped; what waits at the end is added too."""
        next_read = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                if loop.time() >= next_read:
                    await self.read()
                    next_read = loop.time() + READ_S
                stopped = await pause(stop, ADD_S)
                await self.add()
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("learning_waits_for_database", error=repr(error)[:200])
                stopped = await pause(stop, ADD_S)
            if stopped:
                return
