"""The last mile: from the last station to a door, a locker, or back to the sender, with what goes wrong there.

Invariant: as `sim.walk`, whose parcels these are. May import: numpy, sim.batch, sim.road,
sim.step, sim.walk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.batch import CHINA, COUNTRY, DAY, HOUR
from sim.hubs import HUBS
from sim.network import NODES
from sim.step import Place, Step, Trouble
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VOLUME = np.array([hub.volume for hub in HUBS])
_REGION = np.array([sorted({hub.region for hub in HUBS}).index(hub.region) for hub in HUBS])
_DOOR = Place.TOWN


@dataclass(eq=False)
class Doorstep:
    """Delivers what `walk` has brought to the last stations. `reports` are consumers' words: parcel, moment, kind."""

    walk: Walk
    reports: list[tuple[NDArray[np.int64], NDArray[np.float64], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.road, self.batch, self.random = self.walk.road, self.walk.batch, self.walk.random
        self.put, self.label = self.walk.ledger.put, self.walk.ledger.label
        self.back: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []

    def deliver(self, who: NDArray[np.int64], at: NDArray[np.float64]) -> None:
        """Deliver, or fail to."""
        batch, walk, random = self.batch, self.walk, self.random
        walk.lose_at_station(who, at, after=False)
        hub = batch.destination[who].copy()
        trouble = batch.trouble[who]
        at = self._redirected(who, at, hub)
        luck = walk.luck[who]
        false = trouble == Trouble.FALSE_SIGNATURE
        unseen = false & (luck < 0.45)
        returns = (trouble == Trouble.RETURNED) & (luck < 0.6)
        self._sign_unseen(who[unseen], at[unseen], hub[unseen])
        self._turn(
            who[returns], at[returns] + random.uniform(1, 30, int(returns.sum())) * HOUR, hub[returns], "unasked"
        )
        goes = np.flatnonzero(~unseen & ~returns)
        who, at, hub, trouble, luck = who[goes], at[goes], hub[goes], trouble[goes], luck[goes]
        carrier = batch.carrier[who]
        out = self.road.delivery(at, hub, carrier)
        seen = (random.random(len(who)) >= self.road.of("no_out", carrier)) | (trouble == Trouble.FALSE_SIGNATURE)
        self.put(Step.OUT, who[seen], out[seen], hub[seen], Place.DESTINATION)
        walk.lose_at_station(who, out, after=True)
        turns = trouble == Trouble.RETURNED
        self._turn(who[turns], out[turns] + random.uniform(2, 30, int(turns.sum())) * HOUR, hub[turns], "unasked")
        failing = np.flatnonzero(trouble == Trouble.ATTEMPT_FAILED)
        out, gone = self._attempts(who, out, hub, failing)
        rest = np.flatnonzero(~turns & ~gone)
        who, out, hub, trouble, luck = who[rest], out[rest], hub[rest], trouble[rest], luck[rest]
        done = out + HOUR * (0.4 + 2.4 * self.road.spread(len(who), 0.5)).clip(0.3, 8)
        far = (trouble == Trouble.FALSE_SIGNATURE) & (luck < 0.65)
        left = (trouble == Trouble.FALSE_SIGNATURE) & ~far
        self._sign_far(who[far], done[far], hub[far])
        self._sign(Step.LEFT_UNASKED, who[left], done[left], hub[left])
        self._false(who[left], done[left], "locker")
        honest = np.flatnonzero(~far & ~left)
        self._hand_over(who[honest], done[honest], hub[honest])

    def _redirected(
        self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Send some on to another town because the person asked; `hub` is changed in place."""
        batch = self.batch
        some = np.flatnonzero(
            (batch.trouble[who] == Trouble.FINE)
            & (COUNTRY[hub] == CHINA)
            & (self.random.random(len(who)) < batch.network.orders["redirected"])
        )
        if not len(some):
            return at
        at = at.copy()
        asked = at[some] + self.random.uniform(0.2, 5, len(some)) * HOUR
        self.put(Step.REDIRECTED, who[some], asked, hub[some], Place.DESTINATION)
        new = np.array([self._another(int(one)) for one in hub[some]])
        carrier = batch.carrier[who[some]]
        slot = self.road.leave(asked + HOUR, hub[some], new, carrier, np.ones(len(some)))
        left, there = self.road.travel(slot, hub[some], new, carrier)
        self.put(Step.DEPARTED, who[some], left, hub[some], to=new)
        self.put(Step.ARRIVED, who[some], there, new)
        at[some] = there + 2 * HOUR + self.walk.shuttle(new, carrier)
        self.put(Step.ARRIVED, who[some], at[some], new, Place.DESTINATION)
        hub[some] = new
        return at

    def _another(self, hub: int) -> int:
        chances = np.where(
            (COUNTRY == CHINA) & (np.arange(len(HUBS)) != hub), _VOLUME * np.exp(-self.road.km[hub] / 500), 0
        )
        sums = np.cumsum(chances)
        return int(np.searchsorted(sums, self.random.random() * sums[-1], side="right"))

    def _sign(self, step: Step, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]) -> None:
        self.put(step, who, at, hub, _DOOR)
        self.walk.delivered[who] = np.floor(at)

    def _false(self, who: NDArray[np.int64], at: NDArray[np.float64], how: str) -> None:
        self.label("false_signature", who, at, how=how)
        angry = self.random.random(len(who)) < 0.55
        said = at[angry] + HOUR * (1 + self.random.exponential(14, int(angry.sum())))
        self.reports.append((who[angry], said, "not_received"))

    def _sign_unseen(self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]) -> None:
        """Sign before anybody has been at the door: on arrival, or late in the evening to meet the day's figure."""
        early = at + self.random.uniform(120, 4000, len(who))
        offset = self.road.offset(hub, at)
        evening = np.floor((at + offset) / DAY) * DAY - offset + (20.2 + self.random.random(len(who)) * 3) * HOUR
        at = np.where((self.random.random(len(who)) < 0.5) | (evening < early), early, evening)
        self._sign(Step.DELIVERED, who, at, hub)
        self._false(who, at, "no_out_for_delivery")

    def _sign_far(self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]) -> None:
        """Sign in a town where the parcel cannot be."""
        for nth, start in enumerate(hub.tolist()):
            fits = (COUNTRY == COUNTRY[start]) & (self.road.km[start] > 250)
            chances = np.cumsum(np.where(fits, _VOLUME, 0.0))
            if chances[-1] > 0:
                place = np.array([np.searchsorted(chances, self.random.random() * chances[-1], side="right")])
                self._sign(Step.DELIVERED, who[nth : nth + 1], at[nth : nth + 1], place)
                self._false(who[nth : nth + 1], at[nth : nth + 1], "far")
            else:
                self._sign(Step.LEFT_UNASKED, who[nth : nth + 1], at[nth : nth + 1], hub[nth : nth + 1])
                self._false(who[nth : nth + 1], at[nth : nth + 1], "locker")

    def _attempts(
        self, who: NDArray[np.int64], out: NDArray[np.float64], hub: NDArray[np.int64], failing: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Fail at the door. Gives when each goes out for the last time, and which never do again."""
        random, luck = self.random, self.walk.luck
        out = out.copy()
        gone = np.zeros(len(who), bool)
        if not len(failing):
            return out, gone
        chance = luck[who[failing]]
        reasons = (
            (Step.ABSENT, "absent", 0.0, 0.6),
            (Step.BAD_ADDRESS, "bad_address", 0.6, 0.85),
            (Step.REFUSED, "refused", 0.85, 1.1),
        )
        for step, how, low, high in reasons:
            some = failing[(chance >= low) & (chance < high)]
            if not len(some):
                continue
            at = out[some] + random.uniform(0.5, 6, len(some)) * HOUR
            self.put(step, who[some], at, hub[some], _DOOR)
            if step is Step.REFUSED:
                self.label("attempt_failed", who[some], at, how=how, hub=hub[some])
                self._turn(who[some], at + random.uniform(4, 40, len(some)) * HOUR, hub[some], None)
                gone[some] = True
                continue
            patience = HOUR * (10.0 if step is Step.ABSENT else 30.0)
            again = self._once_more(who[some], at + patience, hub[some])
            self.label("attempt_failed", who[some], at, again, how=how, hub=hub[some])
            out[some] = again
            second = some[random.random(len(some)) < 0.28]
            if len(second):
                at = out[second] + random.uniform(0.5, 6, len(second)) * HOUR
                self.put(step, who[second], at, hub[second], _DOOR)
                ends = random.random(len(second)) < (0.15 if step is Step.ABSENT else 0.6)
                over, on = second[ends], second[~ends]
                self.label("attempt_failed", who[over], at[ends], how=how, hub=hub[over])
                self._turn(who[over], at[ends] + random.uniform(8, 60, len(over)) * HOUR, hub[over], None)
                gone[over] = True
                again = self._once_more(who[on], at[~ends] + patience, hub[on])
                self.label("attempt_failed", who[on], at[~ends], again, how=how, hub=hub[on])
                out[on] = again
        return out, gone

    def _once_more(
        self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        again = self.road.delivery(at, hub, self.batch.carrier[who])
        self.put(Step.OUT, who, again, hub, Place.DESTINATION)
        return again

    def _hand_over(self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]) -> None:
        """Deliver honestly, in the way that people have chosen."""
        random, orders, batch = self.random, self.batch.network.orders, self.batch
        inland = COUNTRY[hub] == CHINA
        choice = random.random(len(who)) * np.where(inland, 1.0, 1.35)
        edges = np.cumsum([orders["locker"], orders["station"], orders["consented"], orders["desk"]])
        choice = np.where(inland, choice, np.where(choice < 0.15, edges[2] + 0.01, 1.0))
        unclaimed = batch.trouble[who] == Trouble.UNCLAIMED
        choice = np.where(unclaimed, random.random(len(who)) * edges[1], choice)
        for low, high, step in ((0.0, edges[0], Step.AVAILABLE_LOCKER), (edges[0], edges[1], Step.AVAILABLE_STATION)):
            some = (choice >= low) & (choice < high)
            self._wait(step, who[some], at[some], hub[some], unclaimed[some])
        for low, high, step in (
            (edges[1], edges[2], Step.LEFT_AGREED),
            (edges[2], edges[3], Step.DELIVERED_DESK),
            (edges[3], np.inf, Step.DELIVERED),
        ):
            some = (choice >= low) & (choice < high)
            self._sign(step, who[some], at[some], hub[some])
            self._idle_reports(who[some], at[some])

    def _idle_reports(self, who: NDArray[np.int64], at: NDArray[np.float64]) -> None:
        """Say "not received" although a neighbour or the porter has it."""
        some = self.random.random(len(who)) < self.batch.network.orders["idle_reports"]
        self.reports.append((who[some], at[some] + self.random.uniform(1, 60, int(some.sum())) * HOUR, "not_received"))

    def _wait(
        self,
        step: Step,
        who: NDArray[np.int64],
        at: NDArray[np.float64],
        hub: NDArray[np.int64],
        unclaimed: NDArray[np.bool_],
    ) -> None:
        """Lie in a locker or a station until it is collected, or until nobody has come for days."""
        random = self.random
        self.put(step, who, at, hub, _DOOR)
        self.walk.available[who] = np.floor(at)
        takes = np.flatnonzero(~unclaimed)
        collect = at[takes] + 600 + random.exponential(self.batch.network.orders["collect_h"] * HOUR, len(takes))
        collect = self._by_day(collect, hub[takes])
        self._sign(Step.COLLECTED, who[takes], collect, hub[takes])
        left = np.flatnonzero(unclaimed)
        if len(left):
            told = self._by_day(at[left] + random.uniform(3, 7, len(left)) * DAY, hub[left])
            self.put(Step.UNCLAIMED, who[left], told, hub[left], Place.DESTINATION)
            self.label("unclaimed", who[left], at[left], told, hub=hub[left])
            self._turn(who[left], told + random.uniform(2, 20, len(left)) * HOUR, hub[left], None)

    def _by_day(self, at: NDArray[np.float64], hub: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the moment, moved to the morning where it falls into the night."""
        offset = self.road.offset(hub, at)
        second = (at + offset) % DAY
        night = (second < 7 * HOUR) | (second > 22.5 * HOUR)
        morning = at - second + np.where(second < 7 * HOUR, 0.0, DAY) + (7 + 3 * self.random.random(len(at))) * HOUR
        return np.where(night, morning, at)

    def _turn(self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64], why: str | None) -> None:
        """Start on the way back. With `why` nobody asked for it."""
        if not len(who):
            return
        at = self._by_day(at, hub)
        self.put(Step.RETURNING, who, at, hub, Place.DESTINATION)
        if why is not None:
            self.label("returned", who, at, how=why, hub=hub)
        self.back.append((who, at))

    def complain(self) -> None:
        """Let people open what was damaged on the way."""
        walk, random = self.walk, self.random
        opened = (self.batch.trouble == Trouble.DAMAGED) & np.isfinite(walk.delivered) & np.isinf(walk.theft)
        opened &= random.random(len(self.batch)) < self.batch.network.orders["damage_reports"]
        who = np.flatnonzero(opened)
        said = walk.delivered[who] + random.uniform(0.3, 40, len(who)) * HOUR
        self.reports.append((who, said, "damaged"))

    def bring_back(self) -> None:
        """Carry back what was turned, and what people send back days after delivery under the same waybill."""
        walk, batch, random = self.walk, self.batch, self.random
        if self.back:
            who = np.concatenate([one for one, _ in self.back])
            at = np.concatenate([moment for _, moment in self.back])
            there = walk.carry(who, at, self._reversed(who), outward=False)
            home = batch.nodes[who, 0]
            done = self.road.delivery(there, home, batch.carrier[who]) + random.uniform(0.3, 5, len(who)) * HOUR
            self.put(Step.RETURNED, who, done, home, _DOOR)
            walk.returned[who] = np.floor(done)
        kept = (batch.trouble == Trouble.FINE) & np.isfinite(walk.delivered) & (COUNTRY[batch.destination] == CHINA)
        kept &= COUNTRY[batch.nodes[:, 0]] == CHINA
        who = np.flatnonzero(kept & (random.random(len(batch)) < batch.network.orders["taken_back"]))
        if len(who):
            end, carrier = batch.destination[who], batch.carrier[who]
            asked = walk.delivered[who] + random.uniform(0.8, 6.5, len(who)) * DAY
            picked = self.road.pickup(asked, end, carrier)
            self.put(Step.PICKED_UP, who, picked, end, Place.ORIGIN)
            walk.again[who] = np.floor(picked)
            there = walk.carry(who, picked, self._reversed(who), outward=False)
            home = batch.nodes[who, 0]
            out = self.road.delivery(there, home, carrier)
            self.put(Step.OUT, who, out, home, Place.DESTINATION)
            self.put(Step.DELIVERED, who, out + random.uniform(0.4, 5, len(who)) * HOUR, home, _DOOR)

    def _reversed(self, who: NDArray[np.int64]) -> NDArray[np.int64]:
        batch = self.batch
        places = (batch.count[who][:, None] - 1 - np.arange(NODES)).clip(0)
        return np.take_along_axis(batch.nodes[who], places, axis=1)
