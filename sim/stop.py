"""One hub on the way: arrive, be sorted, wait, leave, and what goes wrong there.

Invariant: as `sim.walk`, whose parcels these are. May import: numpy, sim.batch, sim.hubs, sim.incident,
sim.network, sim.road, sim.step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.batch import CHINA, COUNTRY, HOUR
from sim.hubs import HUBS
from sim.incident import queued
from sim.network import NODES, kilometres
from sim.road import next_slot
from sim.step import Place, Step, Trouble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.walk import Walk

_HUBS = np.arange(len(HUBS))
_VOLUME = np.array([hub.volume for hub in HUBS])


def _by_the_way() -> NDArray[np.int64]:
    """Give for every pair of hubs the gateway that lies best on the way, -1 where none does."""
    km = kilometres()
    gates = np.array([at for at, hub in enumerate(HUBS) if hub.gateway and hub.country == "CN"])
    detour = km[:, gates][:, None, :] + km[gates].T[None, :, :]
    detour[(km[:, gates][:, None, :] < 100) | (km[gates].T[None, :, :] < 100)] = np.inf
    best = detour.argmin(axis=2)
    good = detour.min(axis=2) < 1.25 * km
    inland = COUNTRY == CHINA
    good &= inland[:, None] & inland[None, :]
    return np.where(good, gates[best], -1)


_VIA = _by_the_way()


class Stop:
    """One hub for the parcels that pass it as their nth."""

    def __init__(
        self,
        walk: Walk,
        who: NDArray[np.int64],
        carrier: NDArray[np.int64],
        nodes: NDArray[np.int64],
        here: NDArray[np.int64],
        nth: int,
        last: NDArray[np.bool_],
        outward: bool,
    ) -> None:
        self.walk, self.road, self.random = walk, walk.road, walk.random
        self.put, self.label = walk.ledger.put, walk.ledger.label
        self.who, self.carrier, self.nth, self.last, self.outward = who, carrier, nth, last, outward
        self.hub = nodes[here, nth]
        self.next = np.where(last, self.hub, nodes[here, min(nth + 1, NODES - 1)])
        self.before = nodes[here, nth - 1] if nth else self.hub
        self.pace = walk.pace[who] if outward else np.ones(len(who))
        batch = walk.batch
        self.trouble = np.where(
            outward & (batch.node[who] % np.maximum(batch.count[who], 1) == nth), batch.trouble[who], 0
        )

    def pass_through(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Arrive, be sorted, leave. Gives when the parcels arrive at the next hub, or at the station."""
        self.arrived = at
        at = self._gate(at)
        self._arrive(self.who, at, self.hub)
        if self.outward:
            self.walk.lose(self.who, at, self.nth, after=False)
        self._words(at)
        at = self._border(at, self.before, entry=True)
        ready = self._queue(at + self.road.dwell(at, self.hub, self.carrier, self.pace))
        ready = self._storm(at, ready)
        ready = self._held(at, ready)
        sorts = self.road.of("sorts", self.carrier) > 0
        self.put(Step.SORTED, self.who[sorts], ready[sorts] - 60, self.hub[sorts])
        onward = self._astray(self._border(ready, self.next, entry=False))
        end = np.flatnonzero(self.last)
        onward[end] = self._to_station(end, onward[end])
        return onward

    def _arrive(self, who: NDArray[np.int64], at: NDArray[np.float64], hub: NDArray[np.int64]) -> None:
        self.put(Step.ARRIVED, who, at, hub, container=self.walk.box[who])

    def _to_station(self, which: NDArray[np.int64], ready: NDArray[np.float64]) -> NDArray[np.float64]:
        who, hub, carrier = self.who[which], self.hub[which], self.carrier[which]
        local = np.array([[4.8, 6.3, 9.2, 11.6, 15.0]]).repeat(len(which), axis=0) * HOUR
        leaves = next_slot(ready, local, self.road.offset(hub, ready))
        leaves = self._blocked(which, ready, leaves, hub)
        left = leaves + self.random.random(len(who)) * 900
        self.put(Step.DEPARTED, who, left, hub, to=hub)
        if self.outward:
            self.walk.lose(who, left, self.nth, after=True)
        there = leaves + 900 + self.walk.shuttle(hub, carrier)
        self.put(Step.ARRIVED, who, there, hub, Place.DESTINATION)
        return there

    def _storm(self, at: NDArray[np.float64], ready: NDArray[np.float64]) -> NDArray[np.float64]:
        storm, which = self.road.storm(self.hub, at)
        hit = storm > 1
        if hit.any():
            ready[hit] += (storm[hit] - 1) * 3 * HOUR * self.random.exponential(1.0, int(hit.sum()))
            for nth in np.unique(which[hit]):
                on = which == nth
                self.label("weather", self.who[on], at[on], ready[on], incident=int(nth), hub=self.hub[on])
            told = hit & (self.random.random(len(hit)) < 0.25)
            self.put(Step.DELAYED, self.who[told], at[told] + 1800, self.hub[told])
        return ready

    def hop(
        self,
        which: NDArray[np.int64],
        ready: NDArray[np.float64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        says: NDArray[np.int64] | None = None,
        left_behind: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Leave for another hub. `says`: where the scan says it goes. Gives when it is there."""
        who, carrier = self.who[which], self.carrier[which]
        slot = self.road.leave(ready, start, end, carrier, self.pace[which])
        freed = self._blocked(which, ready, slot, start)
        late = np.flatnonzero(freed > slot)
        slot[late] = self.road.leave(freed[late], start[late], end[late], carrier[late], self.pace[which[late]])
        left, there = self.road.travel(slot, start, end, carrier)
        for nth, _, hit in self.road.degraded(slot, start, end, carrier):
            self.label("lane", who[hit], left[hit], there[hit], incident=nth, hub=start[hit])
        box = self.road.container(slot, start, end, carrier, self.walk.batch.number[who])
        scanned = np.maximum(left - self.random.random(len(who)) * 1200, ready)
        self.put(Step.DEPARTED, who, scanned, start, to=end if says is None else says, container=box)
        if self.outward:
            self.walk.lose(who, scanned, self.nth, after=True)
        by_air = COUNTRY[start] != COUNTRY[end]
        self.put(Step.FLIGHT, who[by_air], left[by_air] + 5400, start[by_air], to=end[by_air])
        if left_behind is not None:
            there = np.where(left_behind > 0, there + left_behind, there)
        unloaded = there + 300 + self.random.random(len(who)) * 3000
        # What travels in a bag or lorry is scanned under it on arrival too; what was left behind comes without.
        self.walk.box[who] = box if left_behind is None else np.where(left_behind > 0, 0, box)
        return unloaded

    def _blocked(
        self,
        which: NDArray[np.int64],
        ready: NDArray[np.float64],
        slot: NDArray[np.float64],
        start: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Give when parcels that were ready before a jam, and are still on the dock, can leave."""
        slot = slot.copy()
        for nth, one in self.road.jams:
            on = np.flatnonzero((self.carrier[which] == one.carrier) & (start == one.hubs[0]) & (ready < one.start))
            if len(on):
                later, waits = queued(one, slot[on], self.random)
                on, later = on[waits], later[waits]
                self._jammed(nth, which[on], np.maximum(self.arrived[which[on]], one.start), later)
                slot[on] = later
        return slot

    def _gate(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Wait outside a hub that is jammed up to its gate."""
        self.waited = np.zeros(len(at), bool)
        for nth, one in self.road.jams:
            on = np.flatnonzero((self.carrier == one.carrier) & (self.hub == one.hubs[0]))
            if one.wide and len(on):
                later, waits = queued(one, at[on], self.random)
                self._jammed(nth, on[waits], np.maximum(at[on], one.start)[waits], later[waits])
                self.waited[on] = at[on] >= one.start
                at = at.copy()
                at[on] = later
        return at

    def _queue(self, ready: NDArray[np.float64]) -> NDArray[np.float64]:
        """Wait in a jammed hub for one's turn."""
        for nth, one in self.road.jams:
            on = np.flatnonzero((self.carrier == one.carrier) & (self.hub == one.hubs[0]) & ~self.waited)
            if len(on):
                later, waits = queued(one, ready[on], self.random)
                self._jammed(nth, on[waits], np.maximum(self.arrived[on], one.start)[waits], later[waits])
                ready[on] = later
        return ready

    def _jammed(
        self, nth: int, which: NDArray[np.int64], since: NDArray[np.float64], until: NDArray[np.float64]
    ) -> None:
        self.label("jam", self.who[which], since, until, incident=nth, hub=self.hub[which])

    def _words(self, at: NDArray[np.float64]) -> None:
        """Say that a parcel is damaged, robbed, repacked, or whole."""
        random, batch = self.random, self.walk.batch
        is_damaged = np.flatnonzero(self.trouble == Trouble.DAMAGED)
        if len(is_damaged):
            luck = self.walk.luck[self.who[is_damaged]]
            by_text, by_weight = (batch.network.troubles[name] for name in ("damaged_text", "damaged_weight"))
            weighs = self.road.of("weighs", self.carrier[is_damaged]) > 0.25
            weighing = (batch.count[self.who[is_damaged]] > self.nth + 1) & (luck < by_weight) & weighs
            thefts = is_damaged[weighing]
            self.walk.theft[self.who[thefts]] = at[thefts] + 1
            self.walk.stolen[self.who[thefts]] = random.uniform(0.15, 0.7, len(thefts))
            shown = is_damaged[~weighing]
            text = luck[~weighing] < by_weight + by_text
            said = at[shown] + random.uniform(0.1, 1.5, len(shown)) * HOUR
            for step, how, some in ((Step.DAMAGED_TEXT, "text", text), (Step.DAMAGED, "code", ~text)):
                self.put(step, self.who[shown[some]], said[some], self.hub[shown[some]])
                self.label("damaged", self.who[shown[some]], said[some], how=how, hub=self.hub[shown[some]])
        boxed = np.flatnonzero(self.trouble == Trouble.REPACKED)
        said = at[boxed] + random.uniform(0.1, 1.5, len(boxed)) * HOUR
        self.put(Step.REPACKED, self.who[boxed], said, self.hub[boxed])
        self.label("repacked", self.who[boxed], said, hub=self.hub[boxed])
        whole = random.random(len(at)) < self.road.of("remarks", self.carrier)
        self.put(Step.CHECKED, self.who[whole], at[whole] + 1200, self.hub[whole])

    def _border(self, at: NDArray[np.float64], other: NDArray[np.int64], entry: bool) -> NDArray[np.float64]:
        """Clear customs where the way crosses a border."""
        cross = np.flatnonzero(COUNTRY[self.hub] != COUNTRY[other])
        if not len(cross):
            return at
        random, rates, size = self.random, self.walk.batch.network.customs, len(cross)
        who, hub = self.who[cross], self.hub[cross]
        shown = at[cross] + random.uniform(0.4, 4, size) * HOUR
        hours = rates["clear_h"] * self.road.spread(size, 0.8) * (1.0 if entry else 0.4)
        hours = hours + np.where(
            random.random(size) < rates["inspected"], random.exponential(rates["inspected_h"], size), 0.0
        )
        held = np.zeros(size, bool)
        if entry and self.outward:
            held = self.walk.batch.trouble[who] == Trouble.CUSTOMS_HOLD
            hours = np.where(held, hours + 72 + 110 * self.road.spread(size, 0.6), hours)
        cleared = self.road.office(shown + hours * HOUR, hub)
        self.put(Step.CUSTOMS, who, shown, hub)
        self.put(Step.CUSTOMS_CLEARED, who, cleared, hub)
        told = held & (random.random(size) < 0.5)
        self.put(Step.CUSTOMS_HELD, who[told], shown[told] + 5 * HOUR, hub[told])
        self.label("customs_hold", who[held], shown[held], cleared[held], hub=hub[held])
        at = at.copy()
        at[cross] = cleared
        if not entry:
            wait = self.road.of("consolidate_h", self.carrier[cross]) * HOUR * self.road.spread(size, 0.5)
            at[cross] += wait
        return at

    def _held(self, arrived: NDArray[np.float64], ready: NDArray[np.float64]) -> NDArray[np.float64]:
        """Forget some parcels in a corner of the hub; those left behind on the dock are dealt with in `_astray`."""
        which = np.flatnonzero((self.trouble == Trouble.HELD) & ((self.walk.luck[self.who] < 0.65) | self.last))
        if len(which):
            hours = 30 + 34 * self.road.spread(len(which), 0.7)
            ready[which] += hours * HOUR
            self.label("held", self.who[which], arrived[which], ready[which], how="hub", hub=self.hub[which])
            told = which[self.random.random(len(which)) < 0.2]
            self.put(Step.HELD, self.who[told], arrived[told] + 20 * HOUR, self.hub[told])
        return ready

    def _astray(self, ready: NDArray[np.float64]) -> NDArray[np.float64]:
        """Go on to the next hub, straight or not. At the last hub gives when it may go to the station."""
        at = ready.copy()
        wrong = self.trouble == Trouble.MISROUTED
        circle = (self.trouble == Trouble.LOOP) & ~self.last
        way = _VIA[self.hub, self.next]
        aside = (way >= 0) & ~self.last & (self.trouble == 0)
        aside &= self.random.random(len(at)) < self.road.of("detour_share", self.carrier)
        plain = np.flatnonzero(~(wrong | circle | aside | self.last))
        if len(plain):
            behind = (self.trouble[plain] == Trouble.HELD) & (self.walk.luck[self.who[plain]] >= 0.65)
            extra = np.where(behind, (30 + 34 * self.road.spread(len(plain), 0.7)) * HOUR, 0.0)
            at[plain] = self.hop(plain, ready[plain], self.hub[plain], self.next[plain], left_behind=extra)
            left = plain[behind]
            self.label("held", self.who[left], ready[left], at[left], how="left_behind", hub=self.hub[left])
        some = np.flatnonzero(aside)
        if len(some):
            at[some] = self._by(some, ready[some], way[some], self.next[some], says=way[some])
        self._circle(np.flatnonzero(circle), ready, at)
        self._wrong(np.flatnonzero(wrong), ready, at)
        return at

    def _by(
        self,
        which: NDArray[np.int64],
        ready: NDArray[np.float64],
        way: NDArray[np.int64],
        end: NDArray[np.int64],
        says: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Go to a hub by another one."""
        between = self.hop(which, ready, self.hub[which], way, says)
        return self._onward(which, between, way, end)

    def _onward(
        self, which: NDArray[np.int64], at: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Be seen at a hub and go on from it to another one."""
        self._arrive(self.who[which], at, start)
        ready = at + self.road.dwell(at, start, self.carrier[which], self.pace[which])
        return self.hop(which, ready, start, end)

    def _circle(self, which: NDArray[np.int64], ready: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        if not len(which):
            return
        here, there = self.hub[which], self.next[which]
        moment = self.hop(which, ready[which], here, there)
        moment = self._onward(which, moment, there, here)
        since = moment
        moment = self._onward(which, moment, here, there)
        more = self.walk.luck[self.who[which]] < 0.3
        if more.any():
            again = which[more]
            back = self._onward(again, moment[more], there[more], here[more])
            moment[more] = self._onward(again, back, here[more], there[more])
        at[which] = moment
        self.label("loop", self.who[which], since, moment, hub=here)

    def _wrong(self, which: NDArray[np.int64], ready: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        if not len(which):
            return
        here, there = self.hub[which], self.next[which]
        way = self._elsewhere(which, here, there)
        moment = self.hop(which, ready[which], here, way, says=there)
        found = moment + self.random.uniform(0.3, 9, len(which)) * HOUR
        told = self.random.random(len(which)) < 0.35
        self.put(Step.MISROUTED, self.who[which[told]], found[told], way[told])
        self._arrive(self.who[which], moment, way)
        back = found + self.road.dwell(found, way, self.carrier[which], self.pace[which])
        home = np.where(self.last[which] | (self.random.random(len(which)) < 0.3), here, there)
        moment2 = self.hop(which, back, way, home)
        retry = np.flatnonzero((home == here) & ~self.last[which])
        if len(retry):
            moment2[retry] = self._onward(which[retry], moment2[retry], here[retry], there[retry])
        ends = np.flatnonzero(self.last[which])
        if len(ends):
            self._arrive(self.who[which[ends]], moment2[ends], here[ends])
            moment2[ends] += self.road.dwell(
                moment2[ends], here[ends], self.carrier[which[ends]], self.pace[which[ends]]
            )
        at[which] = moment2
        self.label("misrouted", self.who[which], moment, moment2, hub=way)

    def _elsewhere(
        self, which: NDArray[np.int64], here: NDArray[np.int64], there: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Choose a hub that is on nobody's way from here to there, in the same country where it has another."""
        km, batch = self.road.km, self.walk.batch
        found = np.empty(len(which), np.int64)
        for nth, (one, start, end) in enumerate(zip(which.tolist(), here.tolist(), there.tolist(), strict=True)):
            detour = km[start] + km[:, end]
            fits = (COUNTRY == COUNTRY[start]) & (detour > 1.4 * km[start, end] + 200)
            fits[batch.nodes[self.who[one]]] = False
            chances = np.where(fits, _VOLUME, 0.0)
            if not chances.any():
                chances = np.where(_HUBS != start, _VOLUME, 0.0) * (COUNTRY == COUNTRY[start])
            if not chances.any():
                chances = np.where(_HUBS != start, _VOLUME, 0.0)
            sums = np.cumsum(chances)
            found[nth] = np.searchsorted(sums, self.random.random() * sums[-1], side="right")
        return found
