"""The one that looks for incidents: any worker may be it, one is.

Whose connection holds the lock leads, as long as that connection lives. It moves what the batches counted into the
counters, judges as far as the whole log is known, and writes what follows with how far it judged, all by that
connection. Whoever takes over makes the tower anew from the counters and the incidents that were found: there is no
other memory.

Invariant: nothing is judged beyond the moment up to which every partition is known; after any trouble the tower is
thrown away. May import: core, store, runtime.lifecycle, stream.incident_metrics,
stream.lookout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from core.container import DAY_S
from core.incident.memory import Memory
from core.incident.tower import Change, Verb
from core.policy import Policy
from runtime.lifecycle import pause
from store import pulse, watchtower
from store.trouble import passes
from stream.incident_metrics import IncidentMetrics
from stream.lookout import UNDER_WAY

log = structlog.get_logger()
TICK_S = 20.0
TRY_S = 10.0
KEPT = timedelta(days=15)
"""Counters are kept so long: what is usual is learned from two weeks."""
_DAY = timedelta(days=1)
_PRUNE_S = 3600.0


class Watchtower:
    """Leads when nobody else does."""

    def __init__(
        self, pool: Any, policy: Policy, topic: str, metrics: IncidentMetrics, now: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._policy = policy
        self._topic = topic
        self._metrics = metrics
        self._now = now
        self._pruned_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Try to lead, and lead, until stopped."""
        while True:
            try:
                await self.reign(stop)
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("lead_lost", error=repr(error)[:200])
            finally:
                self._metrics.retire()
            if await pause(stop, TRY_S):
                return

    async def reign(self, stop: asyncio.Event) -> None:
        """Lead until stopped; come back at once when somebody else leads. Raises what the database says."""
        async with self._pool.acquire() as connection:
            if not await watchtower.lead(connection):
                return
            self._metrics.leader.set(1)
            tower = await self.restore(connection)
            log.info("lead_taken", open=len(tower.open))
            while True:
                await self.tick(connection, tower)
                if await pause(stop, TICK_S):
                    return

    async def restore(self, connection: Any) -> Memory:
        """Make the tower as the leader before left it."""
        tower = Memory(self._policy.incidents)
        judged = await watchtower.judged_to(connection)
        begin = await pulse.first(connection)
        if judged is None or begin is None:
            return tower
        found = [news.incident for news in await watchtower.since(connection, begin)]
        end = self._now() + _DAY
        while begin < end:
            for count in await pulse.counters(connection, begin, begin + _DAY):
                tower.tell(*count)
            begin += _DAY
        # In a thread, because two weeks of a large network take a while and the heartbeat must go on.
        await asyncio.to_thread(tower.relive, judged, found)
        tower.adopt(one for one in found if one.is_open)
        return tower

    async def tick(self, connection: Any, tower: Memory) -> list[Change]:
        """Judge what is known by now and write what follows."""
        now = self._now()
        changes: list[Change] = []
        # First, because what is counted later may only add to what this moment promises to be complete.
        known = await watchtower.known_to(connection, self._topic)
        async with connection.transaction():
            counts = await pulse.gather(connection, now)
        for count in counts:
            tower.tell(*count)
        if known is not None:
            known = min(known, now)
            # Outside of a transaction: an old one would hold up the board, which reads below the oldest.
            changes = await asyncio.to_thread(tower.judge, known)
            async with connection.transaction():
                await watchtower.write(connection, changes, known, now)
        if asyncio.get_running_loop().time() - self._pruned_at > _PRUNE_S:
            await pulse.prune(connection, now - KEPT, int((now - UNDER_WAY).timestamp()) // DAY_S)
            self._pruned_at = asyncio.get_running_loop().time()
        open_ones = await watchtower.open_ones(connection)
        for change in changes:
            told = msgspec.to_builtins(change.incident)
            say = log.debug if change.verb is Verb.GROWN else log.info
            say(f"incident_{change.verb.value}", reason=change.reason, **told)
        self._metrics.tell(changes, open_ones, known, now)
        return changes
