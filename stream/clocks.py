"""Fires the clocks of cases when they run out. Any worker may do it, all of them at once too.

Invariant: a clock breaches once (the rows are locked, others skip them); trouble with the database delays it and never
loses it. May import: store, stream.metrics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from runtime.lifecycle import pause
from store import clocks
from store.trouble import passes
from stream.metrics import StreamMetrics

log = structlog.get_logger()
_SLICE = 200
_LOOK_S = 1.0  # clocks are also started by others, so we look this often at least
_AWAY_S = 3.0


class ClockRunner:
    """Breaches case clocks as they come due."""

    def __init__(self, pool: Any, metrics: StreamMetrics, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._metrics = metrics
        self._now = now

    async def once(self) -> float:
        """Breach what is due, at most a slice, and give the seconds until it is worth looking again."""
        async with self._pool.acquire() as connection:
            breaches = await clocks.breach_due(connection, self._now(), _SLICE)
            for breach in breaches:
                if not breach.over:
                    self._metrics.clocks.labels(breach.clock).inc()
            if len(breaches) == _SLICE:
                return 0.0
            due = await clocks.next_due(connection)
        if due is None:
            return _LOOK_S
        # A due clock that was skipped is locked by somebody: no reason to spin.
        return min(_LOOK_S, max(0.05, (due - self._now()).total_seconds()))

    async def run(self, stop: asyncio.Event) -> None:
        """Run until stopped."""
        wait = 0.0
        while not await pause(stop, wait):
            try:
                wait = await self.once()
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("clocks_wait_for_database", error=repr(error)[:200])
                wait = _AWAY_S
