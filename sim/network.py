"""A made-up carrier network: hubs, lanes, timetables, and carriers with their habits, drawn from a seed.

Invariant: the same seed gives the same network; nothing here is read by detection, so that limits are learned or set by
policy, never copied. May import: the standard library, numpy, sim.hubs, and `sim.standard` to set the promises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.hubs import HUBS, INDEX, Hub, distance_km

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RANGES = Path(__file__).parent / "data" / "ranges.toml"
NODES = 5
"""The most hubs on a way."""
SLOTS = 4
"""The most departures a day of a leg."""
_ASIA = frozenset({"HK", "TW", "SG", "MY", "TH", "JP", "KR"})
_EXITS = tuple(INDEX[code] for code in ("SHA", "SZX", "CAN", "HGH"))


@dataclass(frozen=True)
class Service:
    """A service of a carrier. `area` says between which towns: city, china, asia, america, usa, world."""

    name: str
    share: float
    area: str


@dataclass(frozen=True)
class Carrier:
    """A carrier: how it works and how its scans reach us. Units as in `data/ranges.toml`."""

    slug: str
    format: str
    prefix: str
    digits: int
    share: float
    container: str
    services: tuple[Service, ...]
    speed_kmh: float
    detour: float
    air_kmh: float
    fixed_h: float
    sigma: float
    breakdown: float
    breakdown_h: float
    consolidate_h: float
    direct: float
    departures: float
    detour_share: float
    dwell_h: float
    dwell_sigma: float
    uneven: float
    rest_dwell: float
    evening: float
    left_over: float
    pickup_h: float
    rounds: float
    delivery_h: float
    second_h: float
    rest_work: float
    feast: float
    shuttle_h: float
    missing: float
    no_out: float
    no_facility: float
    duplicate: float
    batch: float
    batch_h: float
    late: float
    late_h: float
    skewed: float
    skew_min: float
    latency_s: float
    period_min: float
    whole_minutes: bool
    weighs: float
    weight_noise: float
    sorts: bool
    stations: float
    remarks: float


@dataclass(frozen=True, eq=False)
class Lanes:
    """Every way that a parcel can be sent, one row a carrier, service, origin and destination.

    `nodes[row]` are the hubs on the way, `count` of them; `upto` is the running sum of shares; `days` the promise.
    """

    carrier: NDArray[np.int64]
    service: NDArray[np.int64]
    nodes: NDArray[np.int64]
    count: NDArray[np.int64]
    least: NDArray[np.int64]
    upto: NDArray[np.float64]
    days: NDArray[np.int64]

    @property
    def origin(self) -> NDArray[np.int64]:
        """Give the first hub of each row."""
        return self.nodes[:, 0]

    @property
    def destination(self) -> NDArray[np.int64]:
        """Give the last hub of each row."""
        return self.nodes[np.arange(len(self.count)), self.count - 1]


@dataclass(frozen=True, eq=False)
class Network:
    """What `drawn` draws.

    `slots[carrier, from, to]`: departures, local seconds of the day, infinite where there are fewer;
    `runs[carrier, from, to, weekday]`: the days on which they leave; `dwell_h[carrier, hub]`: median from arrival to
    ready; the mappings hold what was drawn of the table of that name.
    """

    seed: int
    carriers: tuple[Carrier, ...]
    lanes: Lanes
    slots: NDArray[np.float64]
    runs: NDArray[np.bool_]
    dwell_h: NDArray[np.float64]
    customs: Mapping[str, float]
    orders: Mapping[str, float]
    troubles: Mapping[str, float]
    incidents: Mapping[str, Any]
    promise: Mapping[str, Any]
    promise_h: NDArray[np.float64]

    @classmethod
    def drawn(cls, seed: int) -> Network:
        """Draw a network within the ranges of `data/ranges.toml`, promises included."""
        return _with_promises(seed)

    def column(self, name: str) -> NDArray[np.float64]:
        """Give a number of every carrier, in their order."""
        return np.array([getattr(carrier, name) for carrier in self.carriers], float)


@lru_cache(maxsize=8)
def _with_promises(seed: int) -> Network:
    from sim.standard import with_promises  # it walks parcels through the network, so it comes after it

    return with_promises(_drawn(seed))


@cache
def _ranges() -> dict[str, Any]:
    with _RANGES.open("rb") as file:
        return tomllib.load(file)


def _one(random: np.random.Generator, value: Any) -> Any:
    if isinstance(value, list) and len(value) == 2:
        return float(random.uniform(*value))
    return value


def _table(random: np.random.Generator, name: str) -> dict[str, Any]:
    return {key: _one(random, value) for key, value in _ranges()[name].items()}


def _carrier(random: np.random.Generator, own: dict[str, Any]) -> Carrier:
    ranges = _ranges()
    general = ranges["leg"] | ranges["habits"] | ranges["hub"] | ranges["courier"]
    general |= {"rest_dwell": ranges["hub"]["weekend"], "rest_work": ranges["courier"]["weekend"]}
    drawn = {
        field.name: _one(random, (general | own)[field.name]) for field in fields(Carrier) if field.name != "services"
    }
    drawn["whole_minutes"] = bool(random.random() < drawn["whole_minutes"])
    drawn["sorts"] = bool(random.random() < drawn["sorts"])
    return Carrier(services=tuple(Service(**service) for service in own["services"]), **drawn)


@cache
def kilometres() -> NDArray[np.float64]:
    """Give the great-circle distances between all hubs."""
    return np.array([[distance_km(start, end) for end in HUBS] for start in HUBS])


def _drawn(seed: int) -> Network:
    random = np.random.Generator(np.random.PCG64([seed, 7]))
    carriers = tuple(_carrier(random, own) for own in _ranges()["carrier"])
    slots, runs = _timetable(random, carriers)
    uneven = np.array([[carrier.uneven] for carrier in carriers])
    dwell_h = np.array([[carrier.dwell_h] for carrier in carriers]) * np.exp(
        uneven * random.standard_normal((len(carriers), len(HUBS)))
    )
    incidents = {
        key: (value if isinstance(value, list) and (key.endswith("_h") or key == "trickle") else _one(random, value))
        for key, value in _ranges()["incidents"].items()
    }
    promise = _table(random, "promise")
    return Network(
        seed=seed,
        carriers=carriers,
        lanes=_lanes(random, carriers),
        slots=slots,
        runs=runs,
        dwell_h=dwell_h,
        customs=_table(random, "customs"),
        orders=_table(random, "orders"),
        troubles=_table(random, "troubles"),
        incidents=incidents,
        promise=promise,
        promise_h=random.choice(promise["hours"], len(carriers)).astype(float),
    )


def _timetable(
    random: np.random.Generator, carriers: tuple[Carrier, ...]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Set when lorries leave: busy legs several times a day, remote ones not every day."""
    size = len(HUBS)
    volume = np.array([hub.volume for hub in HUBS])
    busy = (np.outer(volume, volume) ** 0.25 / 5.0).clip(0.5, 1.7)
    departures = np.array([carrier.departures for carrier in carriers])[:, None, None]
    shape = (len(carriers), size, size)
    count = np.rint(departures * busy + random.normal(0, 0.5, shape)).clip(1, SLOTS)
    remote = np.array([hub.remote for hub in HUBS])
    far = remote[:, None] | remote[None, :]
    count[:, far] = 1
    anchors = np.array([22.5, 3.5, 13.5, 18.0])
    slots = ((anchors + random.normal(0, 1.3, (*shape, SLOTS))) % 24) * 3600
    slots[np.arange(SLOTS) >= count[..., None]] = np.inf
    runs = np.ones((*shape, 7), bool)
    runs[:, far] = random.random((len(carriers), int(far.sum()), 7)) < 0.6
    runs[..., 1] |= ~runs.any(axis=-1)
    return slots, runs


def _lanes(random: np.random.Generator, carriers: tuple[Carrier, ...]) -> Lanes:
    rows: list[tuple[int, int, list[int], int, float]] = []
    for number, carrier in enumerate(carriers):
        ways = _Ways(random, carrier)
        for nth, service in enumerate(carrier.services):
            found = [(way, least, weight) for way, least, weight in ways.of(service.area)]
            total = sum(weight for *_, weight in found)
            share = carrier.share * service.share
            rows += [(number, nth, way, least, share * weight / total) for way, least, weight in found]
    nodes = np.array([(way + [way[-1]] * NODES)[:NODES] for _, _, way, _, _ in rows])
    upto = np.cumsum([row[4] for row in rows])
    least = np.array([row[3] for row in rows])
    return Lanes(
        carrier=np.array([row[0] for row in rows]),
        service=np.array([row[1] for row in rows]),
        nodes=nodes,
        count=np.array([len(row[2]) for row in rows]),
        least=least,
        upto=upto / upto[-1],
        days=least,
    )


class _Ways:
    """The ways of one carrier: straight where it has a line, else by the gateways of both regions."""

    def __init__(self, random: np.random.Generator, carrier: Carrier) -> None:
        self.km = kilometres()
        self.china = [at for at, hub in enumerate(HUBS) if hub.country == "CN"]
        self.abroad = [at for at, hub in enumerate(HUBS) if hub.country != "CN"]
        self.taste = np.exp(random.normal(0, 0.25, len(HUBS)))
        self.sends = np.array([hub.volume for hub in HUBS]) * np.exp(random.normal(0, 0.2, len(HUBS)))
        self.takes = np.array([hub.volume for hub in HUBS]) ** 0.7 * np.exp(random.normal(0, 0.15, len(HUBS)))
        self.luck = random.random((len(HUBS), len(HUBS)))
        self.carrier = carrier
        self.gate = [self._gate(at) for at in range(len(HUBS))]

    def _gate(self, at: int) -> int:
        hub = HUBS[at]
        if hub.gateway:
            return at
        near = [other for other, one in enumerate(HUBS) if one.gateway and one.region == hub.region]
        return min(near, key=lambda other: float(self.km[at, other] * self.taste[other]))

    def of(self, area: str) -> list[tuple[list[int], int, float]]:
        """Give way, least days promised and weight of every pair of an area."""
        if area == "city":
            return [([at], 1, float(self.sends[at] * self.takes[at])) for at in self.china]
        if area == "china":
            return self._within(self.china)
        if area == "usa":
            return self._within([at for at in self.abroad if HUBS[at].country == "US"])
        wanted = {"asia": _ASIA, "america": frozenset({"US"})}.get(area)
        ends = [at for at in self.abroad if wanted is None or HUBS[at].country in wanted]
        return [self._across(start, end) for start in self.china for end in ends]

    def _within(self, hubs: list[int]) -> list[tuple[list[int], int, float]]:
        found = []
        for start in hubs:
            for end in hubs:
                km = float(self.km[start, end])
                weight = float(self.sends[start] * self.takes[end] * np.exp(-km / 1800))
                far = HUBS[start].remote or HUBS[end].remote
                least = 1 if km == 0 else 2 if km < 300 else 3 if km < 1300 and not far else 5
                found.append((self._inland(start, end), least, weight * (0.5 if km == 0 else 1.0)))
        return found

    def _inland(self, start: int, end: int) -> list[int]:
        if start == end:
            return [start]
        first, last = self.gate[start], self.gate[end]
        km = self.km
        busy = HUBS[start].volume * HUBS[end].volume > 900
        if (
            km[start, end] < 180
            or (first == start and last == end)
            or (busy and self.luck[start, end] < self.carrier.direct)
        ):
            return [start, end]
        way = [start]
        if km[start, first] + km[first, last] < 1.35 * km[start, last] + 80:
            way.append(first)
        way += [last, end]
        return list(dict.fromkeys(way))

    def _across(self, start: int, end: int) -> tuple[list[int], int, float]:
        leave = min(_EXITS, key=lambda at: float(self.km[start, at] * self.taste[at]))
        enter = self.gate[end]
        way = list(dict.fromkeys([*self._inland(start, leave), enter, end]))
        near = HUBS[end].country in ("HK", "TW")
        return way[-NODES:], 5 if near else 10, float(self.sends[start] * self.takes[end])


def hub(index: int) -> Hub:
    """Give a hub by its place in the list."""
    return HUBS[index]


def promised(network: Network, days: NDArray[np.int64]) -> Network:
    """Give the network with these days promised on its lanes."""
    return replace(network, lanes=replace(network.lanes, days=days))
