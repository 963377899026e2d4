"""Walks a batch of parcels through the network, hub by hub, with what goes wrong on the way.

Invariant: a parcel's events run forward in true time; a label is written where its cause is. May import: numpy,
sim.batch, sim.ledger, sim.network, sim.road, sim.step, sim.stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.batch import HOUR, Batch
from sim.ledger import Ledger, Rows
from sim.network import NODES
from sim.road import REMOTE, Road, next_slot
from sim.step import DELIVERIES, Place, Step, Trouble
from sim.stop import Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOSSES = (int(Trouble.LOST), int(Trouble.LOST_REPORTED))


@dataclass(eq=False)
class Walk:
    """One batch under way. `cut` is when a parcel is lost (infinite: never), `theft` when it is robbed of `stolen`."""

    road: Road
    batch: Batch
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        size = len(self.batch)
        self.random = self.road.random
        self.cut = np.full(size, np.inf)
        self.theft = np.full(size, np.inf)
        self.stolen = np.zeros(size)
        self.delivered = np.full(size, np.nan)
        self.available = np.full(size, np.nan)
        self.returned = np.full(size, np.nan)
        self.again = np.full(size, np.nan)
        trouble = self.batch.trouble
        self.pace = np.where(trouble == Trouble.SLOW, self.random.uniform(4.0, 10.0, size), 1.0)
        # A loop needs two hubs; without them nothing is wrong.
        trouble[(trouble == Trouble.LOOP) & (self.batch.count < 2)] = Trouble.FINE
        self.luck = self.random.random(size)
        self.box = np.zeros(size, np.int64)

    def begin(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Announce, collect. Gives the parcels that get under way and when they are at the first station."""
        batch, random = self.batch, self.random
        everyone = np.arange(len(batch))
        origin = batch.nodes[:, 0]
        announced = batch.registered + random.exponential(1500, len(batch)) + 20
        self.ledger.put(Step.ANNOUNCED, everyone, announced, origin, Place.TOWN)
        waits = batch.trouble == Trouble.NOT_PICKED_UP
        never = waits & (self.luck < 0.35)
        ready = announced + np.where(waits, 86_400 * (1.6 + random.exponential(1.5, len(batch))), 0.0)
        picked = self.road.pickup(ready, origin, batch.carrier)
        gone = np.flatnonzero(~never)
        self.ledger.put(Step.PICKED_UP, gone, picked[gone], origin[gone], Place.ORIGIN)
        self.ledger.label(
            "not_picked_up",
            np.flatnonzero(waits),
            batch.registered[waits],
            np.where(never, np.nan, picked)[waits],
        )
        slow = np.flatnonzero(batch.trouble == Trouble.SLOW)
        self.slow_since = (slow, picked[slow])
        return gone, picked[gone]

    def carry(
        self, who: NDArray[np.int64], at: NDArray[np.float64], nodes: NDArray[np.int64], outward: bool
    ) -> NDArray[np.float64]:
        """Take parcels from their first station by these hubs to the last station. Gives when they are there."""
        batch, road = self.batch, self.road
        count, carrier = batch.count[who], batch.carrier[who]
        first = nodes[:, 0]
        evening = np.array([[15.0, 18.2, 20.6, 23.0]]).repeat(len(who), axis=0) * HOUR
        self.box[who] = 0
        leaves = next_slot(at + 300, evening, road.offset(first, at))
        self.ledger.put(Step.DEPARTED, who, leaves, first, Place.ORIGIN, to=first)
        at = leaves + self.shuttle(first, carrier)
        for nth in range(NODES):
            here = np.flatnonzero(count > nth)
            if not len(here):
                break
            last = count[here] == nth + 1
            step = Stop(self, who[here], carrier[here], nodes, here, nth, last, outward)
            at[here] = step.pass_through(at[here])
        return at

    def shuttle(self, hub: NDArray[np.int64], carrier: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give how long the drive between hub and station takes, seconds."""
        hours = self.road.of("shuttle_h", carrier) * np.where(REMOTE[hub], 3.0, 1.0)
        return hours * HOUR * self.road.spread(len(hub), 0.35)

    def lose(self, who: NDArray[np.int64], at: NDArray[np.float64], node: Any, after: bool) -> None:
        """Lose the parcels whose fate it is here: after this event nobody sees them again."""
        batch = self.batch
        gone = np.isin(batch.trouble[who], _LOSSES) & (batch.node[who] == node) & ((self.luck[who] < 0.5) == after)
        gone &= np.isinf(self.cut[who])
        self.cut[who[gone]] = np.floor(at[gone])

    def lose_at_station(self, who: NDArray[np.int64], at: NDArray[np.float64], after: bool) -> None:
        """Lose parcels after their arrival at the last station, or (`after`) after they went out."""
        self.lose(who, at, self.batch.count[who], after)

    def close(self) -> Rows:
        """Cut off what lost parcels would have done, and write the last truths. Gives all events."""
        batch = self.batch
        rows = self.ledger.rows()
        rows = rows.take(rows.at <= self.cut[rows.parcel])
        gone = np.flatnonzero(np.isfinite(self.cut))
        for truth in (self.delivered, self.available, self.returned, self.again):
            truth[gone] = np.where(truth[gone] > self.cut[gone], np.nan, truth[gone])
        said = gone[batch.trouble[gone] == Trouble.LOST_REPORTED]
        silent = gone[batch.trouble[gone] == Trouble.LOST]
        self.ledger.label("lost", silent, self.cut[silent])
        if len(said):
            told = self.cut[said] + 86_400 * self.random.uniform(2.5, 12, len(said))
            told = self.road.office(told, batch.destination[said])
            self.ledger.label("lost_reported", said, self.cut[said], told)
            more = Ledger()
            more.put(Step.LOST, said, told, batch.nodes[said, 0])
            rows = _joined(rows, more.rows())
        who, since = self.slow_since
        self.ledger.label("slow", who, since, self.delivered[who])
        final = np.isin(rows.step, [int(step) for step in DELIVERIES])
        assert not final.any() or np.isfinite(self.delivered[rows.parcel[final]]).all()  # noqa: S101 - a law of the walk
        return rows


def _joined(one: Rows, other: Rows) -> Rows:
    return Rows(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Rows.__dataclass_fields__))
