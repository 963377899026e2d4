"""What the carriers promise: as many days as nearly all parcels of a lane need when nothing goes wrong.

A carrier knows its network from last year; here a sample of parcels without trouble is walked through it in an ordinary
month, and days are added to the class of the lane until the share that `promise.keep` asks for arrives in time.

Invariant: the same network gets the same promises. May import: numpy, sim.batch, sim.doorstep, sim.network, sim.road,
sim.season, sim.walk.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sim.batch import CHINA, COUNTRY, DAY, draw, order_times, promise
from sim.doorstep import Doorstep
from sim.network import Network, kilometres, promised
from sim.road import REMOTE, Road
from sim.season import DAY_S, Season, day_of
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_START = date(2025, 3, 3)
_DAYS = 28
_SAMPLE = 700


def expected_h(network: Network) -> NDArray[np.float64]:
    """Give roughly how many hours each lane takes from order to door."""
    lanes = network.lanes
    carrier, km = lanes.carrier, kilometres()
    hours = 20.0 + 2 * network.column("shuttle_h")[carrier]
    speed, detour, fixed = (network.column(name)[carrier] for name in ("speed_kmh", "detour", "fixed_h"))
    for nth in range(lanes.nodes.shape[1]):
        here = lanes.nodes[:, nth]
        on = lanes.count > nth
        hours = hours + np.where(on, network.dwell_h[carrier, here] * 1.3, 0.0)
        if nth + 1 == lanes.nodes.shape[1]:
            break
        there = lanes.nodes[:, nth + 1]
        slots = np.isfinite(network.slots[carrier, here, there]).sum(axis=1) * network.runs[carrier, here, there].mean(
            axis=1
        )
        road = km[here, there] * detour / speed + fixed
        border = COUNTRY[here] != COUNTRY[there]
        abroad = km[here, there] / 700 + 4 + network.customs["clear_h"] * 2.5 + 20
        leg = 12 / np.maximum(slots, 0.2) + np.where(
            border, abroad + network.column("consolidate_h")[carrier] * 1.2, road
        )
        hours = hours + np.where(lanes.count > nth + 1, leg, 0.0)
    remote = REMOTE[lanes.origin] | REMOTE[lanes.destination]
    return hours + np.where(remote, 18.0, 0.0) + np.where(COUNTRY[lanes.destination] == CHINA, 0.0, 14.0)


def with_promises(network: Network) -> Network:
    """Give the network with promises that it keeps."""
    season = Season(_START, _DAYS + 120)
    random = np.random.Generator(np.random.PCG64([network.seed, 11]))
    first = day_of(_START) * DAY_S
    times = np.concatenate(
        [order_times(random, _SAMPLE, first + day * DAY, first + (day + 1) * DAY) for day in range(_DAYS)]
    )
    batch = draw(random, network, season, 0, times, trouble=False)
    walk = Walk(Road(network, season, (), random), batch)
    who, at = walk.begin()
    door = Doorstep(walk)
    door.deliver(who, walk.carry(who, at, batch.nodes[who], outward=True))
    there = np.fmin(walk.delivered, walk.available)
    rough = expected_h(network)
    wanted = network.promise["keep"]
    days = network.lanes.least
    # Every class of lanes has its own margin: customs make the tail abroad, the weekend that within a town.
    for least in np.unique(days).tolist():
        lane = network.lanes.least == least
        chosen = lane[batch.lane]
        best = days
        for factor in np.arange(0.4, 3.0, 0.04):
            needed = np.ceil((rough * factor - 8) / 24).astype(np.int64)
            trial = np.where(lane, np.maximum(least, needed), days)
            until = promise(promised(network, trial), season, batch.lane[chosen], batch.registered[chosen])
            best = trial
            if (there[chosen] <= until).mean() >= wanted - (0.03 if least == 1 else 0.0):
                break
        days = best
    return promised(network, days)
