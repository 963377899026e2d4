"""Incidents of a network: hubs that jam, lanes that slow down, feeds that fall silent, weather.

Invariant: drawn before the first parcel; what an incident does to a parcel is a function of the two.
May import: numpy, msgspec, sim.hubs, sim.network, sim.season.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from sim.hubs import HUBS
from sim.network import Network
from sim.season import DAY_S, Season

if TYPE_CHECKING:
    from numpy.typing import NDArray


class IncidentKind(StrEnum):
    """The kinds."""

    HUB_JAM = "hub_jam"
    LANE_DEGRADED = "lane_degraded"
    FEED_SILENT = "feed_silent"
    FEED_LATE = "feed_late"
    WEATHER = "weather"


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident. Times in seconds since the epoch.

    `carrier` is its number, None for weather. `hubs`: the jammed one, the ends of the lane, or all that the weather
    hits. `strength`: of a jam the share that still passes; of a lane or weather the factor on times; of a silent feed
    the share of its scans that never come; of a late feed the delay in hours. `wide`: a jam that also keeps lorries
    outside the gate, so that arrivals are not scanned either; a silence of the whole feed, not of a part.
    """

    kind: IncidentKind
    carrier: int | None
    hubs: tuple[int, ...]
    start: float
    end: float
    strength: float
    wide: bool = True


def drawn(random: np.random.Generator, network: Network, season: Season, start: float, end: float) -> list[Incident]:
    """Draw the incidents of a stretch of time, by start. At least one of each kind in a fortnight or more."""
    rates = network.incidents
    weeks = (end - start) / (7 * DAY_S)
    found: list[Incident] = []
    traffic = through(network)
    for kind in IncidentKind:
        count = int(random.poisson(rates[kind.value] * weeks))
        if weeks >= 2:
            count = max(count, 1)
        low, high = rates[f"{kind.value}_h"]
        for _ in range(count):
            hours = float(np.exp(random.uniform(np.log(low), np.log(high))))
            since = float(random.uniform(start + 0.5 * DAY_S, max(end - hours * 1800, start + DAY_S)))
            found.append(_one(random, kind, network, traffic, since, since + hours * 3600))
    return sorted(_apart(found), key=lambda one: (one.start, one.kind.value))


def through(network: Network) -> NDArray[np.float64]:
    """Give the share of parcels that pass each carrier's hub, `[carrier, hub]`."""
    lanes = network.lanes
    share = np.diff(lanes.upto, prepend=0.0)
    found = np.zeros((len(network.carriers), len(HUBS)))
    for place in range(lanes.nodes.shape[1]):
        on = lanes.count > place
        np.add.at(found, (lanes.carrier[on], lanes.nodes[on, place]), share[on])
    return found


def _one(
    random: np.random.Generator,
    kind: IncidentKind,
    network: Network,
    traffic: NDArray[np.float64],
    start: float,
    end: float,
) -> Incident:
    start, end = float(int(start)), float(int(end))
    if kind is IncidentKind.WEATHER:
        regions = sorted({hub.region for hub in HUBS if hub.country == "CN"})
        region = regions[int(random.integers(len(regions)))]
        hubs = tuple(at for at, hub in enumerate(HUBS) if hub.region == region)
        return Incident(
            kind=kind, carrier=None, hubs=hubs, start=start, end=end, strength=float(random.uniform(1.5, 3.0))
        )
    shares = np.array([carrier.share for carrier in network.carriers])
    if kind in (IncidentKind.FEED_SILENT, IncidentKind.FEED_LATE):
        carrier = int(random.choice(len(shares), p=np.sqrt(shares) / np.sqrt(shares).sum()))
        if kind is IncidentKind.FEED_LATE:
            strength = float(random.uniform(2, 9))
        else:
            strength = float(random.uniform(0.0, 0.3)) if random.random() < 0.4 else 0.0
        wide = kind is IncidentKind.FEED_LATE or bool(random.random() < 0.75)
        return Incident(kind=kind, carrier=carrier, hubs=(), start=start, end=end, strength=strength, wide=wide)
    busy = np.where(traffic > np.quantile(traffic[traffic > 0], 0.85), traffic, 0.0).ravel()
    place = int(random.choice(busy.size, p=busy / busy.sum()))
    carrier, hub = divmod(place, traffic.shape[1])
    if kind is IncidentKind.HUB_JAM:
        low, high = network.incidents["trickle"]
        trickle = float(random.uniform(low, high))
        wide = bool(random.random() < 0.4)
        return Incident(kind=kind, carrier=carrier, hubs=(hub,), start=start, end=end, strength=trickle, wide=wide)
    lanes = network.lanes
    share = np.diff(lanes.upto, prepend=0.0)
    onward = np.zeros(len(HUBS))
    for nth in range(lanes.nodes.shape[1] - 1):
        on = (lanes.carrier == carrier) & (lanes.count > nth + 1) & (lanes.nodes[:, nth] == hub)
        np.add.at(onward, lanes.nodes[on, nth + 1], share[on])
    to = int(random.choice(len(onward), p=onward / onward.sum())) if onward.sum() > 0 else hub
    factor = float(random.uniform(1.6, 3.5))
    return Incident(kind=kind, carrier=carrier, hubs=(hub, to), start=start, end=end, strength=factor)


def _apart(events: list[Incident]) -> list[Incident]:
    """Drop an incident that overlaps one of the same kind and place: nobody could tell the two apart."""
    kept: list[Incident] = []
    for event in events:
        clash = any(
            other.kind is event.kind
            and (other.carrier, other.hubs) == (event.carrier, event.hubs)
            and other.start < event.end + DAY_S
            and event.start < other.end + DAY_S
            for other in kept
        )
        if not clash:
            kept.append(event)
    return kept


def queued(
    event: Incident, ready: NDArray[np.float64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give when parcels that would be ready at a jammed hub are, and which of them had to wait.

    First in, first out: when the jam ends, its backlog is worked off at three to four times the usual pace. The map is
    monotone, so nobody overtakes but the trickle that passes all the time.
    """
    drain = 0.28
    later = event.end + (ready - event.start) * drain
    waits = (ready >= event.start) & (later > ready) & (random.random(len(ready)) >= event.strength)
    return np.where(waits, later, ready), waits
