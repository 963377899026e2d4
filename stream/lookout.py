"""What a worker hears of the whole network, and what it says of its own part of it.

Every few seconds it says up to when its partitions are known, so that nobody takes a worker that lags for a silent
carrier, and reads the incidents; every minute the containers under way. Both go to the thinker, then engines are told.

Invariant: the thinker has what `news` tells before any engine hears of it. Trouble with the database delays it.
May import: core, store, runtime.lifecycle, stream.incident_metrics,
stream.think.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog

from core.container import DAY_S, Containers, Mates, Name
from core.incident import Incidents
from core.policy import Policy
from runtime.lifecycle import pause
from store import progress, pulse, watchtower
from store.trouble import passes
from store.watchtower import News
from stream.incident_metrics import IncidentMetrics
from stream.think import Thinker

log = structlog.get_logger()
LOOK_S = 5.0
CONTAINERS_S = 60.0
UNDER_WAY = timedelta(days=14)
"""A container that left before that is opened by now."""
_MATES = 2  # a parcel that travels alone is not left behind
_OVERLAP = timedelta(minutes=2)  # a transaction may commit after one that began later


class Lookout:
    """Reads what the network is like. `news_at`: of the latest change in `news` that touches parcels."""

    def __init__(
        self,
        pool: Any,
        topic: str,
        worker: str,
        policy: Policy,
        thinker: Thinker,
        metrics: IncidentMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self.news: tuple[News, ...] = ()
        self.news_at: datetime | None = None
        self._pool = pool
        self._topic = topic
        self._worker = worker
        self._memory = policy.give_up
        self._thinker = thinker
        self._metrics = metrics
        self._now = now
        self._containers: dict[Name, Mates] = {}
        self._containers_at = datetime(2000, 1, 1, tzinfo=UTC)

    async def say(self, known: Mapping[int, datetime]) -> None:
        """Say up to when partitions of this worker are known."""
        if known:
            async with self._pool.acquire() as connection:
                await progress.note_known(connection, self._topic, self._worker, known)

    async def read(self) -> bool:
        """Read the incidents; say whether there is news for the engines."""
        async with self._pool.acquire() as connection:
            found = await watchtower.since(connection, self._now() - self._memory)
        news = tuple(sorted(found, key=lambda each: (each.news_at, each.incident.incident_id)))
        if news == self.news:
            return False
        known = Incidents(each.incident for each in news)
        self._thinker.network = msgspec.structs.replace(self._thinker.network, incidents=known)
        self.news, before = news, self.news_at
        self.news_at = max((each.news_at for each in news), default=before)
        return self.news_at != before

    async def read_containers(self) -> None:
        """Read the containers that changed. Those whose parcels have all arrived are forgotten."""
        now = self._now()
        day = int((now - UNDER_WAY).timestamp()) // DAY_S
        async with self._pool.acquire() as connection:
            fresh = await pulse.containers(connection, self._containers_at - _OVERLAP, day, _MATES)
        self._containers_at = now
        self._containers |= fresh
        self._containers = {
            name: mates for name, mates in self._containers.items() if name[2] >= day and mates.arrived < mates.left
        }
        containers = Containers(self._containers)
        self._thinker.network = msgspec.structs.replace(self._thinker.network, containers=containers)
        self._metrics.containers.set(len(self._containers))

    async def run(
        self, stop: asyncio.Event, known: Callable[[], Mapping[int, datetime]], tell: Callable[[], None]
    ) -> None:
        """Look until stopped. `known` gives up to when each partition is known, `tell` wakes the engines."""
        loop = asyncio.get_running_loop()
        next_containers = 0.0
        while True:
            try:
                await self.say(known())
                if await self.read():
                    tell()
                if loop.time() >= next_containers:
                    await self.read_containers()
                    next_containers = loop.time() + CONTAINERS_S
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("lookout_waits_for_database", error=repr(error)[:200])
            if await pause(stop, LOOK_S):
                return
