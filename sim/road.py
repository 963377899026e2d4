"""Time on the road and in the hubs: timetables, lorries, days of rest, jams, weather.

Invariant: arrays in, arrays out; what parcels of one lorry share is drawn from the lorry, never from the parcel.
May import: numpy, sim.batch, sim.chance, sim.incident, sim.ledger, sim.network, sim.season.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.batch import CHINA, COUNTRY, DAY, HOUR
from sim.chance import even, mixed, normal
from sim.hubs import HUBS
from sim.incident import Incident, IncidentKind
from sim.network import Network, kilometres
from sim.season import Season

if TYPE_CHECKING:
    from numpy.typing import NDArray

REMOTE = np.array([hub.remote for hub in HUBS])
_BAGS = 3
"""Bags in a lorry: parcels here are few against life, so bags are too."""


def next_slot(
    at: NDArray[np.float64], slots: NDArray[np.float64], offset_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the first slot after each moment; `slots[row]` are seconds of the local day, infinite for none."""
    local = at + offset_s
    second = local % DAY
    wait = slots - second[:, None]
    wait[wait <= 0] += DAY
    found: NDArray[np.float64] = at + wait.min(axis=1)
    return found


class Road:
    """The network in motion."""

    def __init__(
        self, network: Network, season: Season, incidents: Sequence[Incident], random: np.random.Generator
    ) -> None:
        self.network = network
        self.season = season
        self.incidents = incidents
        self.random = random
        self.km = kilometres()
        self.jams = [(n, one) for n, one in enumerate(incidents) if one.kind is IncidentKind.HUB_JAM]
        self.slow_lanes = [(n, one) for n, one in enumerate(incidents) if one.kind is IncidentKind.LANE_DEGRADED]
        self.weather = [(n, one) for n, one in enumerate(incidents) if one.kind is IncidentKind.WEATHER]
        self._of = {
            name: network.column(name) for name in type(network.carriers[0]).__dataclass_fields__ if name not in _WORDS
        }

    def of(self, name: str, carrier: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give a number of each carrier."""
        return self._of[name][carrier]

    def offset(self, hub: NDArray[np.int64], at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give local time east of UTC, seconds."""
        return self.season.offset_s[hub, self.season.index(at)]

    def spread(self, size: int, sigma: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Give factors spread log-normally around 1."""
        return np.exp(sigma * self.random.standard_normal(size))

    def storm(self, hub: NDArray[np.int64], at: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the weather's factor on times at a hub, and which incident it is, -1 for none."""
        factor, which = np.ones(len(at)), np.full(len(at), -1)
        for nth, one in self.weather:
            hit = (at >= one.start) & (at < one.end) & np.isin(hub, one.hubs)
            factor[hit], which[hit] = one.strength, nth
        return factor, which

    def rounds(
        self,
        at: NDArray[np.float64],
        hub: NDArray[np.int64],
        carrier: NDArray[np.int64],
        slots: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Give the courier's next round after each moment; on days of rest some of the work waits."""
        at = next_slot(at, slots, self.offset(hub, at))
        open_ = np.arange(len(at))
        for _ in range(14):
            moment, town, whose = at[open_], hub[open_], carrier[open_]
            offset = self.offset(town, moment)
            day = self.season.index(moment + offset)
            rest, abroad = self.season.rest[COUNTRY[town], day], COUNTRY[town] != CHINA
            share = np.where(rest, self.of("rest_work", whose), 1.0)
            share = np.where(self.season.feast[day] & ~abroad, self.of("feast", whose), share)
            share = np.where(abroad & rest, 0.12, share) * np.where(REMOTE[town], 0.65, 1.0)
            share = share / self.storm(town, moment)[0]
            shut = self.random.random(len(open_)) >= share
            open_, offset = open_[shut], offset[shut]
            if not len(open_):
                break
            midnight = (np.floor((at[open_] + offset) / DAY) + 1) * DAY - offset
            at[open_] = next_slot(midnight, slots[open_], offset)
        return at

    def pickup(
        self, at: NDArray[np.float64], hub: NDArray[np.int64], carrier: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Give when the courier collects."""
        first = self.of("pickup_h", carrier)
        slots = np.stack([first, first + 3.0, first + 5.7, first + 8.3], axis=1) * HOUR
        slots[:, 3][self.of("rounds", carrier) < 3.5] = np.inf
        return self.rounds(at + 900, hub, carrier, slots) + self.random.random(len(at)) * 1.4 * HOUR

    def delivery(
        self, at: NDArray[np.float64], hub: NDArray[np.int64], carrier: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Give when the courier sets out with it."""
        second = self.of("second_h", carrier)
        slots = np.stack([self.of("delivery_h", carrier), second, second + 3.2], axis=1) * HOUR
        return self.rounds(at + 1200, hub, carrier, slots) + self.random.random(len(at)) * 0.7 * HOUR

    def office(self, at: NDArray[np.float64], hub: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the moment, moved into office hours on a working day where it is outside them."""
        at = at.copy()
        for _ in range(14):
            offset = self.offset(hub, at)
            local = at + offset
            second = local % DAY
            day = self.season.index(local)
            closed = self.season.rest[COUNTRY[hub], day] & (even(hub, day, 5) < 0.85)
            shut = closed | (second < 9 * HOUR) | (second >= 18 * HOUR)
            if not shut.any():
                break
            ahead = np.where(second[shut] >= 18 * HOUR, 1, np.where(closed[shut], 1, 0))
            opening = (np.floor(local[shut] / DAY) + ahead) * DAY + 9 * HOUR - offset[shut]
            at[shut] = opening + self.random.random(int(shut.sum())) * 5 * HOUR
        return at

    def dwell(
        self,
        at: NDArray[np.float64],
        hub: NDArray[np.int64],
        carrier: NDArray[np.int64],
        pace: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Give how long sorting takes, by hour, day, season and weather."""
        local = at + self.offset(hub, at)
        hour = (local % DAY) / HOUR
        day = self.season.index(local)
        factor = np.where(hour >= 20, self.of("evening", carrier), np.where(hour < 7, 1.0, 0.8))
        factor = factor * np.where(self.season.rest[COUNTRY[hub], day], self.of("rest_dwell", carrier), 1.0)
        factor = factor * np.where(COUNTRY[hub] == CHINA, self.season.load[day], 1.0) ** 0.7
        median = self.network.dwell_h[carrier, hub] * HOUR
        return median * factor * pace * self.spread(len(at), self.of("dwell_sigma", carrier)) + 600

    def leave(
        self,
        ready: NDArray[np.float64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        carrier: NDArray[np.int64],
        pace: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Give the departure by timetable that each parcel gets on; some are left over, more of them in the season."""
        slots = self.network.slots[carrier, start, end]
        runs = self.network.runs[carrier, start, end]
        offset = self.offset(start, ready)
        slot = next_slot(ready, slots, offset)
        inland = COUNTRY[start] == CHINA
        left = self.of("left_over", carrier) * pace
        on = np.arange(len(slot))
        for _ in range(12):
            local = slot[on] + offset[on]
            day = np.floor(local / DAY).astype(np.int64)
            place = self.season.index(local)
            stays = ~runs[on, (day + 3) % 7]
            feast = self.season.feast[place] & inland[on]
            if feast.any():
                # At Spring Festival every other lorry stays at home.
                stays |= feast & (even(carrier[on], start[on], end[on], slot[on], 9) < 0.5)
            full = left[on] * np.where(inland[on], self.season.load[place], 1.0) ** 1.5
            stays |= self.random.random(len(on)) < full.clip(0, 0.5)
            on = on[stays]
            if not len(on):
                break
            slot[on] = next_slot(slot[on] + 1, slots[on], offset[on])
        return slot

    def travel(
        self,
        slot: NDArray[np.float64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        carrier: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give when the lorry or plane of a departure really leaves, and when it is there."""
        key = (self.network.seed, carrier, start, end, slot)
        departed = slot + np.abs(normal(*key, 3)) * 900
        km = self.km[start, end]
        by_air = COUNTRY[start] != COUNTRY[end]
        hours = np.where(
            by_air,
            km / self.of("air_kmh", carrier) + 4,
            km * self.of("detour", carrier) / self.of("speed_kmh", carrier) + self.of("fixed_h", carrier),
        )
        hours = hours * np.exp(self.of("sigma", carrier) * normal(*key, 4))
        broken = even(*key, 5) < self.of("breakdown", carrier)
        hours = hours + np.where(broken, -np.log(1 - even(*key, 6)) * self.of("breakdown_h", carrier), 0.0)
        for _, one, hit in self.degraded(slot, start, end, carrier):
            hours = np.where(hit, hours * one.strength + 2, hours)
        storm = np.maximum(self.storm(start, slot)[0], self.storm(end, slot)[0])
        hours = hours * (1 + (storm - 1) * 0.5)
        return departed, departed + hours * HOUR

    def degraded(
        self,
        slot: NDArray[np.float64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        carrier: NDArray[np.int64],
    ) -> Iterator[tuple[int, Incident, NDArray[np.bool_]]]:
        """Give the incidents of lanes, each with whom it hits."""
        for nth, one in self.slow_lanes:
            hit = (carrier == one.carrier) & (start == one.hubs[0]) & (end == one.hubs[1])
            hit &= (slot >= one.start) & (slot < one.end)
            if hit.any():
                yield nth, one, hit

    def container(
        self,
        slot: NDArray[np.float64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        carrier: NDArray[np.int64],
        number: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Give the lorry's or bag's number, 0 for carriers that name none."""
        kinds = np.array([("", "truck", "bag").index(one.container) for one in self.network.carriers])[carrier]
        bag = np.where(kinds == 2, even(number, 8) * _BAGS, 0).astype(np.int64)
        found = (mixed(carrier, start, end, slot, bag) >> np.uint64(28)).astype(np.int64)
        return np.where(kinds == 0, 0, found)


_WORDS = frozenset({"slug", "format", "prefix", "digits", "container", "services"})
