"""What carriers make of events: gaps, wrong clocks, batches, repeats, dead feeds. True events in, receptions out.

Invariant: of what ends a journey (delivered, returned, lost) nothing is ever dropped, and its time is the true one; a
scan is never received before it happened, apart from clocks that run ahead. May import: numpy, sim.batch, sim.chance,
sim.incident, sim.ledger, sim.road, sim.step, sim.walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.batch import HOUR
from sim.chance import even, normal
from sim.incident import IncidentKind
from sim.ledger import Rows
from sim.road import Road
from sim.step import DELIVERIES, Place, Step
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENDS = np.zeros(len(Step), bool)
_ENDS[[*(int(step) for step in DELIVERIES), Step.RETURNED, Step.LOST, Step.PICKED_UP, Step.RETURNING]] = True
_DROPS = np.zeros(len(Step), bool)
_DROPS[[Step.DEPARTED, Step.ARRIVED, Step.SORTED, Step.CUSTOMS, Step.CUSTOMS_CLEARED, Step.FLIGHT]] = True


@dataclass(eq=False)
class Receptions:
    """What reaches us: the rows, what their scan says of time, weight and place, and when we hear it.

    `grams` is 0 where nothing was weighed. `silent` is the incident that withheld a scan, -1 for none.
    """

    rows: Rows
    said: NDArray[np.float64]
    heard: NDArray[np.float64]
    grams: NDArray[np.int64]
    named: NDArray[np.bool_]
    silent: NDArray[np.int64]


def received(walk: Walk, rows: Rows) -> Receptions:
    """Give what the carriers tell of these events."""
    batch, road, random = walk.batch, walk.road, walk.random
    of = road.of
    carrier = batch.carrier[rows.parcel]
    drop = np.where(_DROPS[rows.step], of("missing", carrier), 0.0)
    at_station = (rows.place == Place.ORIGIN) | (rows.place == Place.DESTINATION)
    drop = np.where(at_station & _DROPS[rows.step], 1 - of("stations", carrier) * (1 - drop), drop)
    rows = rows.take(np.flatnonzero(random.random(len(rows)) >= drop))
    carrier = batch.carrier[rows.parcel]
    seed = batch.network.seed
    hub_scan = (rows.place == Place.HUB) & ~_ENDS[rows.step]
    wrong = hub_scan & (even(seed, carrier, rows.hub, 21) < of("skewed", carrier))
    skew = np.where(wrong, 60 * of("skew_min", carrier) * normal(seed, carrier, rows.hub, 22), 0.0)
    said = np.floor(rows.at + skew)
    minutes = of("whole_minutes", carrier) > 0
    said = np.where(minutes, said - said % 60, said)
    heard = _heard(walk, rows, carrier)
    heard, silent, kept = _feeds(road, random, carrier, heard)
    # A feed that loses scans loses none that ends a journey: carriers send those again until they are asked no more.
    kept |= _ENDS[rows.step]
    _outages(walk, rows, silent, np.where(kept, heard, np.nan))
    keep = np.flatnonzero(kept)
    rows, said, heard, silent, carrier = rows.take(keep), said[keep], heard[keep], silent[keep], carrier[keep]
    grams = _grams(walk, rows, carrier)
    named = random.random(len(rows)) >= of("no_facility", carrier)
    whole = Receptions(rows, said, heard, grams, named, silent)
    twice = np.flatnonzero(random.random(len(rows)) < of("duplicate", carrier))
    again = heard[twice] + 30 + random.exponential(2 * HOUR, len(twice))
    again, _, _ = _feeds(road, random, carrier[twice], again)
    return _joined(whole, _taken(whole, twice, again))


def _outages(walk: Walk, rows: Rows, silent: NDArray[np.int64], heard: NDArray[np.float64]) -> None:
    """Label the parcels of which scans were withheld, until the last of them is heard (NaN: never)."""
    for nth in np.unique(silent[silent >= 0]).tolist():
        on = np.flatnonzero(silent == nth)
        who, place = np.unique(rows.parcel[on], return_inverse=True)
        since, until = np.full(len(who), np.inf), np.full(len(who), -np.inf)
        np.minimum.at(since, place, rows.at[on])
        np.fmax.at(until, place, heard[on])
        walk.ledger.label("outage", who, since, np.where(np.isfinite(until), until, np.nan), incident=nth)


def _heard(walk: Walk, rows: Rows, carrier: NDArray[np.int64]) -> NDArray[np.float64]:
    random, of, seed = walk.random, walk.road.of, walk.batch.network.seed
    size = len(rows)
    heard = rows.at + of("latency_s", carrier) * np.exp(0.6 * random.standard_normal(size))
    late = random.random(size) < of("late", carrier)
    heard = heard + np.where(late, random.exponential(of("late_h", carrier) * HOUR, size), 0.0)
    # A hub's scanners that were off the network come all at once.
    block = np.floor(rows.at / (4 * HOUR))
    batched = (even(seed, carrier, rows.hub, block, 23) < of("batch", carrier)) & (rows.place == Place.HUB)
    until = (block + 1) * 4 * HOUR + (0.3 + even(seed, carrier, rows.hub, block, 24)) * of("batch_h", carrier) * HOUR
    heard = np.where(batched, np.maximum(heard, until + random.random(size) * 240), heard)
    period = of("period_min", carrier) * 60
    phase = even(seed, carrier, 25) * period
    ticks = np.ceil((heard - phase) / np.maximum(period, 1)) * period + phase + random.random(size) * 20
    return np.maximum(np.where(period > 180, ticks, heard), rows.at + 1)


def _feeds(
    road: Road, random: np.random.Generator, carrier: NDArray[np.int64], heard: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Hold back what falls into an outage of its feed. Gives new receptions, the incident, and what comes at all."""
    silent = np.full(len(heard), -1)
    kept = np.ones(len(heard), bool)
    for nth, one in enumerate(road.incidents):
        if one.kind not in (IncidentKind.FEED_SILENT, IncidentKind.FEED_LATE):
            continue
        on = (carrier == one.carrier) & (heard >= one.start) & (heard < one.end)
        if not on.any():
            continue
        if one.kind is IncidentKind.FEED_LATE:
            heard = np.where(on, heard + one.strength * HOUR * np.exp(0.15 * random.standard_normal(len(heard))), heard)
            silent[on] = nth
            continue
        if not one.wide:
            on &= random.random(len(heard)) < 0.85
        kept &= ~(on & (random.random(len(heard)) < one.strength))
        # All at once, oldest first, as fast as a queue empties.
        back = one.end + (heard - one.start) / (one.end - one.start) * min(1200.0, (one.end - one.start) / 10)
        heard = np.where(on, back + random.random(len(heard)) * 5, heard)
        silent[on] = nth
    return heard, silent, kept


def _grams(walk: Walk, rows: Rows, carrier: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weigh some parcels: every scale has its own error, rounds to 10 g, and only sees what is still inside."""
    batch, road, random = walk.batch, walk.road, walk.random
    share = road.of("weighs", carrier)
    asked = ((rows.step == Step.ARRIVED) & (rows.place == Place.HUB)) | (rows.step == Step.PICKED_UP)
    some = np.flatnonzero(asked & (random.random(len(rows)) < share))
    who = rows.parcel[some]
    noise = road.of("weight_noise", carrier[some])
    true = batch.grams[who] * np.where(rows.at[some] > walk.theft[who], 1 - walk.stolen[who], 1.0)
    scale = 1 + noise * 0.5 * normal(batch.network.seed, carrier[some], rows.hub[some], rows.place[some], 26)
    seen = true * scale * (1 + noise * random.standard_normal(len(some))) + random.normal(0, 4, len(some))
    found = np.zeros(len(rows), np.int64)
    found[some] = np.maximum(np.rint(seen / 10) * 10, 10).astype(np.int64)
    _pilfered(walk, rows, some)
    return found


def _pilfered(walk: Walk, rows: Rows, some: NDArray[np.int64]) -> None:
    """Label what was robbed between two weighings; what nobody weighed on both sides nobody can know of."""
    who = rows.parcel[some]
    robbed = np.isfinite(walk.theft)
    if not robbed.any():
        return
    before, after = np.zeros(len(robbed), bool), np.full(len(robbed), np.inf)
    late = rows.at[some] > walk.theft[who]
    before[who[~late]] = True
    np.minimum.at(after, who[late], rows.at[some][late])
    known = np.flatnonzero(robbed & before & np.isfinite(after))
    walk.ledger.label("damaged", known, after[known], how="weight")


def _taken(one: Receptions, which: NDArray[np.int64], heard: NDArray[np.float64]) -> Receptions:
    return Receptions(
        one.rows.take(which), one.said[which], heard, one.grams[which], one.named[which], one.silent[which]
    )


def _joined(one: Receptions, other: Receptions) -> Receptions:
    rows = Rows(
        *(np.concatenate([getattr(one.rows, name), getattr(other.rows, name)]) for name in Rows.__dataclass_fields__)
    )
    return Receptions(
        rows,
        np.concatenate([one.said, other.said]),
        np.concatenate([one.heard, other.heard]),
        np.concatenate([one.grams, other.grams]),
        np.concatenate([one.named, other.named]),
        np.concatenate([one.silent, other.silent]),
    )
