"""A batch of parcels: who sends what from where to where, when, and what will go wrong.

Invariant: all randomness comes from the given generator. May import: numpy, sim.network, sim.step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.hubs import HUBS
from sim.network import Network
from sim.season import Season
from sim.step import Trouble

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = 86_400.0
HOUR = 3_600.0
COUNTRY = np.array([sorted({hub.country for hub in HUBS}).index(hub.country) for hub in HUBS])
CHINA = int(COUNTRY[0])
CATEGORIES = ("clothing", "electronics", "mother_baby", "food", "books")
VALUES = (3_900, 12_900, 25_900, 89_900, 249_900)
TIERS = ("standard", "plus", "vip")
_HOURLY = np.array([2, 1, 1, 0, 0, 0, 1, 2, 4, 6, 8, 8, 7, 6, 6, 6, 6, 5, 5, 6, 8, 9, 8, 5], float)
_HOURS = np.cumsum(_HOURLY / _HOURLY.sum())
_ANYWHERE = (
    Trouble.LOST,
    Trouble.LOST_REPORTED,
    Trouble.DAMAGED,
    Trouble.REPACKED,
    Trouble.HELD,
    Trouble.SLOW,
    Trouble.MISROUTED,
    Trouble.LOOP,
    Trouble.FALSE_SIGNATURE,
    Trouble.NOT_PICKED_UP,
    Trouble.ATTEMPT_FAILED,
    Trouble.UNCLAIMED,
    Trouble.RETURNED,
)


@dataclass(eq=False)
class Batch:
    """Parcels side by side, one array a fact. Times in seconds since the epoch.

    `number` is unique in the log; `node` is where on the way the trouble happens, `count` being the station at its end.
    """

    network: Network
    number: NDArray[np.int64]
    lane: NDArray[np.int64]
    carrier: NDArray[np.int64]
    service: NDArray[np.int64]
    nodes: NDArray[np.int64]
    count: NDArray[np.int64]
    destination: NDArray[np.int64]
    registered: NDArray[np.float64]
    promised: NDArray[np.float64]
    trouble: NDArray[np.int64]
    node: NDArray[np.int64]
    grams: NDArray[np.float64]
    value: NDArray[np.int64]
    category: NDArray[np.int64]
    tier: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.number)


def draw(
    random: np.random.Generator,
    network: Network,
    season: Season,
    first: int,
    registered: NDArray[np.float64],
    trouble: bool | None = None,
) -> Batch:
    """Draw the parcels that are registered at these moments (ascending), numbered from `first`.

    `trouble`: None for the usual shares, False for none at all, True for one in each.
    """
    size = len(registered)
    lanes = network.lanes
    lane = np.searchsorted(lanes.upto, random.random(size), side="right").clip(0, len(lanes.upto) - 1)
    carrier, nodes, count = lanes.carrier[lane], lanes.nodes[lane], lanes.count[lane]
    destination = nodes[np.arange(size), count - 1]
    kind = _troubles(random, network, COUNTRY[nodes[:, 0]] != COUNTRY[destination], trouble)
    return Batch(
        network=network,
        number=np.arange(first, first + size),
        lane=lane,
        carrier=carrier,
        service=lanes.service[lane],
        nodes=nodes,
        count=count,
        destination=destination,
        registered=registered,
        promised=promise(network, season, lane, registered),
        trouble=kind,
        node=(random.random(size) * (count + 1)).astype(np.int64),
        grams=np.exp(random.normal(6.9, 0.9, size)).clip(60, 30_000),
        value=random.choice(len(VALUES), size, p=(0.3, 0.35, 0.2, 0.1, 0.05)),
        category=random.choice(len(CATEGORIES), size, p=(0.4, 0.2, 0.15, 0.15, 0.1)),
        tier=random.choice(len(TIERS), size, p=(0.8, 0.15, 0.05)),
    )


def _troubles(
    random: np.random.Generator, network: Network, crosses: NDArray[np.bool_], wanted: bool | None
) -> NDArray[np.int64]:
    size = len(crosses)
    if wanted is False:
        return np.zeros(size, np.int64)
    rates = np.array([network.troubles[kind.name.lower()] for kind in _ANYWHERE])
    luck = random.random(size) * (rates.sum() if wanted else 1.0)
    place = np.searchsorted(np.cumsum(rates), luck, side="right")
    kinds = np.array([*_ANYWHERE, Trouble.FINE])[place]
    held = crosses & (random.random(size) < network.troubles["customs_hold"]) & (wanted or kinds == Trouble.FINE)
    return np.where(held, int(Trouble.CUSTOMS_HOLD), kinds)


def promise(
    network: Network, season: Season, lane: NDArray[np.int64], registered: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give what the shop promises: so many days on, to the end of that day where the parcel goes."""
    lanes = network.lanes
    origin, destination = lanes.origin[lane], lanes.destination[lane]
    moment = season.index(registered)
    local = registered + season.offset_s[origin, moment]
    day = local // DAY + (local % DAY >= network.promise["cutoff_h"] * HOUR) + lanes.days[lane]
    found: NDArray[np.float64] = (
        day * DAY + network.promise_h[lanes.carrier[lane]] * HOUR - season.offset_s[destination, moment]
    )
    return found


def order_times(random: np.random.Generator, count: int, start: float, end: float) -> NDArray[np.float64]:
    """Give when `count` orders of a stretch of time are made: whole seconds, ascending, by the hours of China's day."""
    offset = 8 * HOUR
    low, high = _share(start + offset), _share(end + offset)
    luck = low + random.random(count) * (high - low)
    days = np.floor(luck)
    part = luck - days
    hour = np.searchsorted(_HOURS, part, side="right").clip(0, 23)
    before = np.where(hour > 0, _HOURS[hour - 1], 0.0)
    inside = (part - before) / (_HOURS[hour] - before)
    moments = days * DAY + (hour + inside) * HOUR - offset
    return np.sort(np.floor(moments.clip(start, end - 1)))


def _share(local: float) -> float:
    """Give days, with the part of the last day as the share of its orders that are made by then."""
    day, rest = divmod(local, DAY)
    hour = int(rest // HOUR)
    before = float(_HOURS[hour - 1]) if hour else 0.0
    return day + before + (float(_HOURS[hour]) - before) * (rest % HOUR) / HOUR


def orders_until(local: float) -> float:
    """Give the measure of orders up to a local moment; differences of it share a day's parcels among its parts."""
    return _share(local)
