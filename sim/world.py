"""The population of parcels that a simulation watches: which journeys run, and what happens next.

Invariant: seeded; `due(now)` gives every event exactly once, apart from the habits (missing, late, sent twice), which
the carriers have in real life too. May import: sim.journey, sim.small.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sim.journey import FATES, Event, Fate, Journey, make

_TROUBLE = {fate: share for fate, share in FATES.items() if fate is not Fate.FINE}


@dataclass
class Run:
    """A journey on its way: how many of its events have been told, and which of them the carrier lost."""

    journey: Journey
    events: tuple[Event, ...]
    told: int = 0

    @property
    def over(self) -> bool:
        """Say whether everything has been told."""
        return self.told >= len(self.events)


@dataclass
class World:
    """Journeys in motion.

    `staged` is the share whose trouble is laid into the hour around now, so that a watcher sees it;
    `horizon_s` is how far ahead staged trouble is spread, seconds.
    """

    random: Random
    parcels: int
    staged: float = 0.0
    horizon_s: float = 3600
    _queue: list[tuple[datetime, int, Run]] = field(default_factory=list)
    _count: int = 0

    def populate(self, now: datetime) -> list[Run]:
        """Fill the world with journeys that are under way at `now`; none has been told yet."""
        return [self.add(self._under_way(now)) for _ in range(self.parcels)]

    def add(self, journey: Journey) -> Run:
        """Take a journey in; its first event comes out of `due` when its time has come."""
        kept = tuple(
            event
            for index, event in enumerate(journey.events)
            if index == len(journey.events) - 1 or self.random.random() >= journey.carrier.missing_rate
        )
        run = Run(journey, kept)
        self._push(run)
        return run

    def fresh(self, now: datetime) -> Journey:
        """Make a journey that starts now, or a staged one whose trouble comes within the horizon."""
        if self.random.random() < self.staged:
            return self._staged(now, ahead_only=True)
        return make(self.random, now)

    def due(self, now: datetime) -> Iterator[tuple[Run, tuple[Event, ...]]]:
        """Give every run with the events that have become known by `now`, at least one each."""
        while self._queue and self._queue[0][0] <= now:
            _, _, run = heapq.heappop(self._queue)
            upto = run.told
            while upto < len(run.events) and run.events[upto].at <= now:
                upto += 1
            new = run.events[run.told : upto]
            run.told = upto
            self._push(run)
            if new:
                yield run, new

    @property
    def next_at(self) -> datetime | None:
        """Give when the next event becomes known, None when nothing is left."""
        return self._queue[0][0] if self._queue else None

    def _push(self, run: Run) -> None:
        if run.over:
            return
        at = run.events[run.told].at
        if self.random.random() < run.journey.carrier.late_push_rate:
            at += timedelta(seconds=self.random.expovariate(1 / 1800))
        self._count += 1
        heapq.heappush(self._queue, (at, self._count, run))

    def _under_way(self, now: datetime) -> Journey:
        if self.random.random() < self.staged:
            return self._staged(now)
        journey = make(self.random, now)
        span = journey.events[-1].at - journey.registered_at
        return journey.moved(-span * self.random.random())

    def _staged(self, now: datetime, ahead_only: bool = False) -> Journey:
        fate = self.random.choices(list(_TROUBLE), list(_TROUBLE.values()))[0]
        journey = make(self.random, now, fate)
        if journey.notable_at is None:
            return journey
        behind = 0.0 if ahead_only else self.horizon_s
        wanted = now + timedelta(seconds=self.random.uniform(-behind, self.horizon_s))
        return journey.moved(wanted - journey.notable_at)
