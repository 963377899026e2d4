"""A log of a made-up network: registrations, scans and consumers' reports in order of reception, and the truth.

Parcels are drawn a stretch of time after the other; what is heard before the next stretch begins is given out, so
memory holds what is under way and no more. Invariant: the same spec gives the same items and the same truth.
May import: core, sim.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from typing import TYPE_CHECKING

import numpy as np

from core.event import Registered, Reported, Scanned
from core.scan import parcel_id_of
from sim.batch import Batch, draw, order_times, orders_until
from sim.doorstep import Doorstep
from sim.habits import Receptions, received
from sim.incident import Incident, drawn
from sim.network import Network
from sim.road import Road
from sim.season import DAY_S, Season, day_of
from sim.step import Trouble
from sim.telling import Teller, Told, told, waybill
from sim.truth import LogTruth, Truth, moment, of_batch, of_incident
from sim.truth import count as count_incidents
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

Item = Registered | Scanned | Reported
"""What a log holds, in order of reception."""
_MOST = 12_000
"""Parcels drawn at a time."""
_AFTER_DAYS = 120
_REST_DAYS = 25
_RECYCLED = 200
_NOTHING: tuple[float, Item | None] = (float("inf"), None)


@dataclass(frozen=True)
class Spec:
    """What to generate: `parcels` over `days` from `start` on, in network number `network`, by chance of `seed`."""

    parcels: int = 20_000
    days: int = 28
    seed: int = 1
    network: int = 1
    start: date = date(2026, 3, 2)
    drawn: Network | None = field(default=None, compare=False)


def generate(spec: Spec, tell: Callable[[Truth], None] | None = None) -> Iterator[Item]:
    """Give the log in order of reception.

    `tell` gets the truth: first of the log, then of each parcel when it is drawn (before its first item), at the end
    of the incidents.
    """
    log = _Log(spec)
    if tell is not None:
        tell(log.truth)
    yield from log.items(tell)
    if tell is not None:
        for index, one in enumerate(log.incidents):
            tell(of_incident(log.network, index, one, int(log.counts[index])))


def journeys(
    network: Network,
    season: Season,
    incidents: Sequence[Incident],
    random: np.random.Generator,
    batch: Batch,
) -> tuple[Walk, Doorstep, Receptions]:
    """Walk a batch to its end. Gives the walk, what consumers say, and what is received."""
    walk = Walk(Road(network, season, incidents, random), batch)
    who, at = walk.begin()
    door = Doorstep(walk)
    door.deliver(who, walk.carry(who, at, batch.nodes[who], outward=True))
    door.bring_back()
    door.complain()
    return walk, door, received(walk, walk.close())


class _Log:
    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.network = spec.drawn or Network.drawn(spec.network)
        self.season = Season(spec.start, spec.days + _AFTER_DAYS)
        self.start = day_of(spec.start) * DAY_S - 8 * 3600
        self.end = self.start + spec.days * DAY_S
        random = self._random(0)
        self.incidents = drawn(random, self.network, self.season, self.start, self.end)
        self.counts = np.zeros(len(self.incidents), np.int64)
        self.teller = Teller(self.network)
        self.free: list[deque[tuple[float, int]]] = [deque() for _ in self.network.carriers]
        self.seen = 0
        self.truth = LogTruth(
            log=1,
            since=moment(self.start),
            until=moment(self.end),
            parcels=spec.parcels,
            seed=spec.seed,
            network=self.network.seed,
        )

    def _random(self, part: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self.spec.seed, self.network.seed, part]))

    def items(self, tell: Callable[[Truth], None] | None) -> Iterator[Item]:
        first, waiting, reports = 0, [], []  # type: int, list[Told], list[tuple[float, Reported]]
        for part, (since, until, count) in enumerate(self._stretches(), start=1):
            random = self._random(part)
            batch = draw(random, self.network, self.season, first, order_times(random, count, since, until))
            first += count
            self._recycle(random, batch)
            walk, door, heard = journeys(self.network, self.season, self.incidents, random, batch)
            waiting.append(told(batch, heard, self._offsets(heard)))
            reports += self._reports(batch, walk, door)
            self._keep_numbers(batch, walk, heard)
            if tell is not None:
                ids = [
                    parcel_id_of(self.network.carriers[carrier].slug, waybill(self.network, carrier, number))
                    for carrier, number in zip(batch.carrier.tolist(), batch.number.tolist(), strict=True)
                ]
                for truth in of_batch(walk, np.arange(len(batch)), ids):
                    tell(truth)
                count_incidents(walk, self.counts)
            due, later = _split(waiting, until)
            waiting = [later]
            said = sorted((one for one in reports if one[0] < until), key=lambda one: (one[0], one[1].parcel_id))
            reports = [one for one in reports if one[0] >= until]
            yield from _merged(self.teller.registrations(batch), self.teller.scans(due), said)
        # What is left runs out a week at a time, so that memory stays bounded in the tail too.
        until = self.end
        while len(waiting[0].heard) or reports:
            until += 7 * DAY_S
            due, later = _split(waiting, until)
            waiting = [later]
            said = sorted((one for one in reports if one[0] < until), key=lambda one: (one[0], one[1].parcel_id))
            reports = [one for one in reports if one[0] >= until]
            yield from _merged(iter(()), self.teller.scans(due), said)

    def _recycle(self, random: np.random.Generator, batch: Batch) -> None:
        """Give some parcels a waybill that another parcel of their carrier had weeks ago."""
        chosen = np.flatnonzero(random.random(len(batch)) < self.network.orders["recycled"])
        for parcel in chosen.tolist():
            old = self.free[int(batch.carrier[parcel])]
            if old and old[0][0] < batch.registered[parcel]:
                batch.number[parcel] = old.popleft()[1]

    def _keep_numbers(self, batch: Batch, walk: Walk, heard: Receptions) -> None:
        """Remember some waybills of parcels that went well, and from when on they are given out again."""
        last = np.zeros(len(batch))
        np.maximum.at(last, heard.rows.parcel, heard.heard)
        done = np.flatnonzero((batch.trouble == Trouble.FINE) & np.isfinite(walk.delivered))[:_RECYCLED]
        for parcel in done.tolist():
            number, old = int(batch.number[parcel]), self.free[int(batch.carrier[parcel])]
            # A number goes round once only, so a parcel id never stands for three parcels.
            if len(old) < _RECYCLED and number >= self.seen:
                old.append((float(last[parcel]) + _REST_DAYS * DAY_S, number))
        self.seen = max(self.seen, int(batch.number.max()) + 1)

    def _offsets(self, heard: Receptions) -> NDArray[np.float64]:
        return self.season.offset_s[heard.rows.hub, self.season.index(heard.rows.at)]

    def _reports(self, batch: Batch, walk: Walk, door: Doorstep) -> Iterator[tuple[float, Reported]]:
        for who, at, kind in door.reports:
            for parcel, when in zip(who.tolist(), at.tolist(), strict=True):
                # Nobody complains of a parcel that was lost before.
                if when <= walk.cut[parcel]:
                    yield float(int(when)), self.teller.report(batch, parcel, when, kind)

    def _stretches(self) -> Iterator[tuple[float, float, int]]:
        """Give begin, end and number of parcels of each stretch; a day is cut where it has too many of them."""
        days = np.arange(self.spec.days)
        factor = self.season.orders[day_of(self.spec.start) - self.season.first + days]
        a_day = self.spec.parcels * factor / factor.sum()
        done, given = 0.0, 0
        for day in days.tolist():
            begin = self.start + day * DAY_S
            pieces = max(1, int(np.ceil(a_day[day] / _MOST * 1.5)))
            edges = [begin + DAY_S * piece / pieces for piece in range(pieces + 1)]
            local = day_of(self.spec.start) * DAY_S + day * DAY_S
            for piece in range(pieces):
                span = [local + DAY_S * (piece + one) / pieces for one in (0, 1)]
                done += a_day[day] * (orders_until(span[1]) - orders_until(span[0]))
                count = round(done) - given
                given += count
                if count:
                    yield float(int(edges[piece])), float(int(edges[piece + 1])), count


def _split(waiting: list[Told], until: float) -> tuple[Told, Told]:
    """Give what is heard before `until`, and the rest."""
    rows = Told.joined(waiting)
    due = rows.heard < until
    return rows.take(due), rows.take(~due)


def _merged(
    registrations: Iterator[tuple[float, Item]],
    scans: Iterator[tuple[float, Item]],
    reports: list[tuple[float, Reported]],
) -> Iterator[Item]:
    """Merge streams that are in order; at the same moment the registration comes first, the scan last."""
    others = merge(registrations, reports, key=lambda one: one[0])
    at, other = next(others, _NOTHING)
    for heard, scan in scans:
        while at <= heard:
            if other is not None:
                yield other
            at, other = next(others, _NOTHING)
        yield scan
    while other is not None:
        yield other
        at, other = next(others, _NOTHING)
