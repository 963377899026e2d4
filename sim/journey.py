"""One parcel's journey as the live demo pushes it: what happens, when the carrier tells it, and the truth.

Invariant: made of a walked batch, so demo and logs are one network. May import: numpy, core.scan, sim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from core.scan import parcel_id_of
from sim.batch import CATEGORIES, TIERS, VALUES
from sim.habits import Receptions
from sim.hubs import HUBS, Hub
from sim.ledger import Label
from sim.network import Carrier
from sim.step import Place, Step
from sim.telling import waybill
from sim.truth import ParcelTruth, moment, of_batch
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOWS_AFTER = {
    "held": timedelta(hours=48),
    "not_picked_up": timedelta(hours=24),
    "customs_hold": timedelta(hours=120),
}
"""How long after its beginning a trouble can be noticed by a plain limit; other troubles show at once."""
_SHOWS_AT_PROMISE = frozenset({"lost", "slow"})
_SHARED = frozenset({"jam", "lane", "outage", "weather"})


@dataclass(frozen=True)
class Event:
    """One thing that happens, and when its carrier tells it. `to` is the next hub of a departure."""

    at: datetime
    told_at: datetime
    step: Step
    hub: Hub
    place: Place
    offset_s: int
    to: Hub | None = None
    grams: int | None = None
    container: str | None = None


@dataclass(frozen=True)
class Journey:
    """A parcel with everything that will happen to it. `notable_at` is when its own trouble shows, None for none."""

    carrier: Carrier
    service: str
    waybill: str
    origin: Hub
    destination: Hub
    registered_at: datetime
    promised_at: datetime
    declared_minor: int
    category: str
    tier: str
    truth: ParcelTruth
    notable_at: datetime | None
    events: tuple[Event, ...]


def notable(walk: Walk, labels: list[Label]) -> NDArray[np.float64]:
    """Give when each parcel's own trouble shows first, NaN where there is none."""
    found = np.full(len(walk.batch), np.inf)
    for label in labels:
        if label.kind in _SHARED:
            continue
        at = label.since + _SHOWS_AFTER.get(label.kind, timedelta()).total_seconds()
        if label.kind in _SHOWS_AT_PROMISE:
            at = walk.batch.promised[label.parcel]
        if label.kind == "lost_reported":
            at = label.until
        np.minimum.at(found, label.parcel, at)
    return np.where(np.isfinite(found), found, np.nan)


def of_walk(
    walk: Walk, heard: Receptions, offset_s: NDArray[np.float64], which: NDArray[np.int64]
) -> Iterator[Journey]:
    """Give the journeys of some parcels of a batch."""
    batch, network = walk.batch, walk.batch.network
    marks = notable(walk, walk.ledger.labels)
    ids, bills = [], []
    for parcel in which.tolist():
        whose = int(batch.carrier[parcel])
        bills.append(waybill(network, whose, int(batch.number[parcel])))
        ids.append(parcel_id_of(network.carriers[whose].slug, bills[-1]))
    rows = heard.rows
    mine = np.flatnonzero(np.isin(rows.parcel, which))
    mine = mine[np.lexsort((rows.at[mine], rows.parcel[mine]))]
    edges = np.searchsorted(rows.parcel[mine], which), np.searchsorted(rows.parcel[mine], which, side="right")
    for parcel, bill, truth, start, end in zip(
        which.tolist(), bills, of_batch(walk, which, ids), *(edge.tolist() for edge in edges), strict=True
    ):
        carrier = network.carriers[int(batch.carrier[parcel])]
        mark = float(marks[parcel])
        yield Journey(
            carrier=carrier,
            service=carrier.services[int(batch.service[parcel])].name,
            waybill=bill,
            origin=HUBS[int(batch.nodes[parcel, 0])],
            destination=HUBS[int(batch.destination[parcel])],
            registered_at=moment(float(batch.registered[parcel])),
            promised_at=moment(float(batch.promised[parcel])),
            declared_minor=VALUES[int(batch.value[parcel])],
            category=CATEGORIES[int(batch.category[parcel])],
            tier=TIERS[int(batch.tier[parcel])],
            truth=truth,
            notable_at=None if np.isnan(mark) else moment(mark),
            events=tuple(_events(heard, offset_s, mine[start:end])),
        )


def _events(heard: Receptions, offset_s: NDArray[np.float64], places: NDArray[np.int64]) -> Iterator[Event]:
    """Give the events once each, oldest first; what is told twice is told again by the sender."""
    rows, seen = heard.rows, set()
    for place in places.tolist():
        key = (float(heard.said[place]), int(rows.step[place]), int(rows.hub[place]))
        if key in seen:
            continue
        seen.add(key)
        to, box = int(rows.to[place]), int(rows.container[place])
        yield Event(
            at=datetime.fromtimestamp(float(heard.said[place]), UTC),
            told_at=datetime.fromtimestamp(float(heard.heard[place]), UTC),
            step=Step(int(rows.step[place])),
            hub=HUBS[int(rows.hub[place])],
            place=Place(int(rows.place[place])),
            offset_s=int(offset_s[place]),
            to=HUBS[to] if to >= 0 else None,
            grams=int(heard.grams[place]) or None,
            container=f"{box:X}" if box else None,
        )
