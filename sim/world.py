"""The population of parcels that the live demo shows: which journeys run, and what is told next.

The demo is chosen, not made up apart: large pools are walked through the same network as the logs, and of these the
parcels are taken that are under way now, whose trouble shows within the hours around now, or that are part of the two
staged incidents (a jam that has just begun, a feed that is silent and comes back).

Invariant: seeded; `due(now)` gives every event exactly once, when its carrier tells it. May import: core, sim.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from sim.batch import DAY, Batch, draw
from sim.habits import Receptions
from sim.incident import Incident, IncidentKind, through
from sim.journey import Event, Journey, notable, of_walk
from sim.log import journeys
from sim.network import Network
from sim.season import Season
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

NETWORK = 1
"""The demo's network; a restart shows other parcels of the same one."""
_LOOK_BACK_DAYS = 16
_POOL = 60_000
_NUMBERS = 4_000_000
"""Parcel numbers kept for one seed, so that no restart meets the waybills of another."""
JAM_BEFORE, JAM_AFTER = timedelta(minutes=50), timedelta(minutes=110)
SILENT_BEFORE, SILENT_AFTER = timedelta(minutes=25), timedelta(minutes=12)
_JAMMED, _SILENCED = "zto", "yto"


@dataclass
class Run:
    """A journey on its way: which of its events have been told."""

    journey: Journey
    pending: deque[Event]
    told: list[Event] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Say whether everything has been told."""
        return not self.pending


class World:
    """Journeys in motion from `now` on.

    `parcels` is how many there are at first, `staged` the share of them whose trouble shows around `now`; a quarter of
    the parcels belongs to the staged incidents.
    """

    def __init__(self, seed: int, parcels: int, staged: float, now: datetime, network: Network | None = None) -> None:
        self.network = network or Network.drawn(NETWORK)
        self.season = Season((now - timedelta(days=_LOOK_BACK_DAYS + 5)).date(), 200)
        self.parcels, self.staged, self.now = parcels, staged, now
        self.random = np.random.Generator(np.random.PCG64([seed, 17]))
        self.incidents = self._incidents(now)
        self._number = seed * _NUMBERS
        self._queue: list[tuple[datetime, int, Run]] = []
        self._count = 0
        self._ahead: deque[Journey] = deque()
        self._fresh: deque[Journey] = deque()
        self._staged_until = now

    def populate(self) -> list[Run]:
        """Fill the world with journeys that are under way; none of them has been told yet."""
        if not self.parcels:
            return []
        parts = (
            self._troubled(int(self.parcels * self.staged)),
            self._hit(_JAMMED, "jam", int(self.parcels * 0.15)),
            self._hit(_SILENCED, "outage", int(self.parcels * 0.1)),
        )
        found = [journey for part in parts for journey in part]
        found += self._under_way(max(0, self.parcels - len(found)))
        return [self.add(journey) for journey in found]

    def add(self, journey: Journey) -> Run:
        """Take a journey in; its first event comes out of `due` when its carrier tells it."""
        run = Run(journey, deque(sorted(journey.events, key=lambda event: event.told_at)))
        self._push(run)
        return run

    def fresh(self, now: datetime) -> Journey:
        """Give a journey that starts now, or one whose trouble comes within the hour."""
        if self.random.random() < self.staged and (journey := self._coming(now)) is not None:
            return journey
        if not self._fresh:
            times = now.timestamp() + np.arange(64) * 3.0
            walk, heard = self._walk(self._draw(np.floor(times)))
            self._fresh.extend(self._made(walk, heard, np.arange(64)))
        return self._fresh.popleft()

    def due(self, now: datetime) -> Iterator[tuple[Run, tuple[Event, ...]]]:
        """Give every run with the events that have become known by `now`, at least one each, oldest first."""
        while self._queue and self._queue[0][0] <= now:
            _, _, run = heapq.heappop(self._queue)
            new = []
            while run.pending and run.pending[0].told_at <= now:
                new.append(run.pending.popleft())
            self._push(run)
            if new:
                new.sort(key=lambda event: event.at)
                run.told = sorted([*run.told, *new], key=lambda event: event.at)
                yield run, tuple(new)

    @property
    def next_at(self) -> datetime | None:
        """Give when the next event becomes known, None when nothing is left."""
        return self._queue[0][0] if self._queue else None

    def _push(self, run: Run) -> None:
        if not run.over:
            self._count += 1
            heapq.heappush(self._queue, (run.pending[0].told_at, self._count, run))

    def _incidents(self, now: datetime) -> tuple[Incident, ...]:
        """Stage a jam at the busiest hub of one carrier, and silence another carrier's feed."""
        slugs = [carrier.slug for carrier in self.network.carriers]
        jammed, silenced = slugs.index(_JAMMED), slugs.index(_SILENCED)
        hub = int(through(self.network)[jammed].argmax())
        return (
            Incident(
                kind=IncidentKind.HUB_JAM,
                carrier=jammed,
                hubs=(hub,),
                start=(now - JAM_BEFORE).timestamp(),
                end=(now + JAM_AFTER).timestamp(),
                strength=0.0,
                wide=False,
            ),
            Incident(
                kind=IncidentKind.FEED_SILENT,
                carrier=silenced,
                hubs=(),
                start=(now - SILENT_BEFORE).timestamp(),
                end=(now + SILENT_AFTER).timestamp(),
                strength=0.0,
            ),
        )

    def _draw(
        self,
        times: NDArray[np.float64],
        trouble: bool | None = None,
        lanes: NDArray[np.bool_] | None = None,
        network: Network | None = None,
    ) -> Batch:
        network = network or self.network
        if lanes is not None:
            share = np.where(lanes, np.diff(network.lanes.upto, prepend=0.0), 0.0)
            upto = np.cumsum(share) / share.sum()
            network = replace(network, lanes=replace(network.lanes, upto=upto))
        batch = draw(self.random, network, self.season, self._number, times, trouble)
        self._number += len(batch)
        return batch

    def _walk(self, batch: Batch) -> tuple[Walk, Receptions]:
        walk, _, heard = journeys(self.network, self.season, self.incidents, self.random, batch)
        return walk, heard

    def _made(self, walk: Walk, heard: Receptions, which: NDArray[np.int64]) -> list[Journey]:
        offset_s = self.season.offset_s[heard.rows.hub, self.season.index(heard.rows.at)]
        return list(of_walk(walk, heard, offset_s, which))

    def _times(self, count: int, days: float) -> NDArray[np.float64]:
        now = self.now.timestamp()
        return np.sort(np.floor(now - days * DAY * self.random.random(count)))

    def _some(self, which: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        return np.sort(self.random.permutation(which)[:count])

    def _under_way(self, count: int) -> list[Journey]:
        walk, heard = self._walk(self._draw(self._times(count * 9, _LOOK_BACK_DAYS)))
        now = self.now.timestamp()
        last = np.zeros(len(walk.batch))
        np.maximum.at(last, heard.rows.parcel, heard.rows.at)
        return self._made(walk, heard, self._some(np.flatnonzero(last > now), count))

    def _troubled(self, count: int) -> list[Journey]:
        """Choose parcels whose trouble has shown in the last hour or soon will; keep the rest for later."""
        found = self._showing(min(count * 140, _POOL), self.now.timestamp() - 3600, 3 * 3600.0)
        self._staged_until = self.now + timedelta(hours=2)
        soon = self.now + timedelta(minutes=20)
        shown = [one for one in found if one.notable_at is not None and one.notable_at <= soon][:count]
        self._ahead.extend(found[len(shown) :])
        return shown

    def _showing(self, pool: int, since: float, span_s: float) -> list[Journey]:
        # Rare troubles are shown more often than they happen: a watcher wants to see each kind.
        flat = {kind: rate**0.5 for kind, rate in self.network.troubles.items() if not kind.startswith("damaged_")}
        network = replace(self.network, troubles={**self.network.troubles, **flat})
        walk, heard = self._walk(self._draw(self._times(pool, _LOOK_BACK_DAYS), trouble=True, network=network))
        at = notable(walk, walk.ledger.labels)
        found = self._made(walk, heard, np.flatnonzero((at >= since) & (at < since + span_s)))
        return sorted(found, key=lambda one: (one.notable_at or one.registered_at, one.waybill))

    def _coming(self, now: datetime) -> Journey | None:
        """Give the next parcel whose trouble is still to show; more of them are made when their time is over."""
        if now >= self._staged_until:
            self.now, self._staged_until = now, now + timedelta(hours=2)
            self._ahead = deque(self._showing(_POOL, now.timestamp(), 2 * 3600.0))
        while self._ahead:
            journey = self._ahead.popleft()
            if journey.notable_at is not None and journey.notable_at > now:
                return journey
        return None

    def _hit(self, slug: str, kind: str, count: int) -> list[Journey]:
        """Choose parcels that an incident has hit or will hit within minutes, and some that just got by."""
        lanes, network = self.network.lanes, self.network
        carrier = [one.slug for one in network.carriers].index(slug)
        nth = 0 if kind == "jam" else 1
        on = lanes.carrier == carrier
        if kind == "jam":
            on &= (lanes.nodes == self.incidents[0].hubs[0]).any(axis=1)
        walk, heard = self._walk(self._draw(self._times(count * 20, 4), lanes=on))
        soon = self.now.timestamp() + 1800
        hit = [one.parcel[one.since < soon] for one in walk.ledger.labels if one.kind == kind and one.incident == nth]
        chosen = self._some(np.unique(np.concatenate(hit)) if hit else np.zeros(0, np.int64), count)
        return self._made(walk, heard, chosen)
