"""One parcel's journey: the steps that happen, and the truth of what goes wrong with it.

Invariant: all randomness comes from the given `Random`, all times from the given start: same input, same journey.
May import: sim.small, sim.shifts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Protocol

from sim.shifts import COURIER, CUSTOMS, SORTING, Shift, next_open
from sim.small import CARRIERS, HUBS, Carrier, Hub, Service, distance_km


class Later(Protocol):
    """Goes on in time; see `_events`."""

    def __call__(self, seconds: float, hub: Hub | None = None, shift: Shift | None = None) -> datetime:
        """Give the new moment."""
        ...


class Step(StrEnum):
    """What can happen to a simulated parcel; the wire encoders give it each carrier's own words."""

    ANNOUNCED = "announced"
    PICKED_UP = "picked_up"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    CUSTOMS = "customs"
    CUSTOMS_CLEARED = "customs_cleared"
    OUT = "out"
    ABSENT = "absent"
    DAMAGED = "damaged"
    LOST = "lost"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED = "returned"
    AVAILABLE = "available"
    DELIVERED = "delivered"


class Fate(StrEnum):
    """What goes wrong with a parcel, decided before it starts: the label that detection is judged by."""

    FINE = "fine"
    NEVER_PICKED_UP = "never_picked_up"
    STUCK = "stuck"  # silent for long, then goes on
    SLOW = "slow"  # every leg takes longer, arrives after its promise
    VANISHED = "vanished"  # no scan ever again
    REPORTED_LOST = "reported_lost"
    DAMAGED = "damaged"
    ABSENT_ONCE = "absent_once"
    ABSENT_OFTEN = "absent_often"
    REFUSED = "refused"


@dataclass(frozen=True)
class Event:
    """One thing that happens. `to` is the next hub of a departure."""

    at: datetime
    step: Step
    hub: Hub
    to: Hub | None = None


@dataclass(frozen=True)
class Journey:
    """A parcel with everything that will happen to it. `notable_at` is when its fate shows, None when all is fine."""

    carrier: Carrier
    service: Service
    waybill: str
    origin: Hub
    destination: Hub
    registered_at: datetime
    promised_at: datetime
    fate: Fate
    events: tuple[Event, ...]
    notable_at: datetime | None

    def moved(self, by: timedelta) -> Journey:
        """Give the same journey at another time."""
        return replace(
            self,
            registered_at=self.registered_at + by,
            promised_at=self.promised_at + by,
            events=tuple(replace(event, at=event.at + by) for event in self.events),
            notable_at=self.notable_at + by if self.notable_at else None,
        )


FATES: dict[Fate, float] = {
    Fate.FINE: 0.84,
    Fate.NEVER_PICKED_UP: 0.02,
    Fate.STUCK: 0.025,
    Fate.SLOW: 0.035,
    Fate.VANISHED: 0.01,
    Fate.REPORTED_LOST: 0.005,
    Fate.DAMAGED: 0.015,
    Fate.ABSENT_ONCE: 0.03,
    Fate.ABSENT_OFTEN: 0.01,
    Fate.REFUSED: 0.01,
}


def make(random: Random, start: datetime, fate: Fate | None = None, carrier: Carrier | None = None) -> Journey:
    """Make a journey that is registered at `start`, with a fate by the usual shares unless one is given."""
    if fate is None:
        fate = random.choices(list(FATES), list(FATES.values()))[0]
    if carrier is None:
        carrier = random.choices(CARRIERS, [one.share for one in CARRIERS])[0]
    service = random.choices(carrier.services, [one.share for one in carrier.services])[0]
    origin = HUBS[random.choice(carrier.hubs)]
    others = [code for code in carrier.hubs if code != origin.code]
    destination = origin if service.same_city else HUBS[random.choice(others)]
    waybill = carrier.prefix + "".join(random.choices("0123456789", k=carrier.digits))
    events = _events(random, start, service, carrier, origin, destination, fate)
    promised_at = start + timedelta(seconds=service.promise_s)
    return Journey(
        carrier=carrier,
        service=service,
        waybill=waybill,
        origin=origin,
        destination=destination,
        registered_at=start,
        promised_at=promised_at,
        fate=fate,
        events=tuple(events),
        notable_at=_notable(fate, start, promised_at, events),
    )


def _notable(fate: Fate, start: datetime, promised_at: datetime, events: list[Event]) -> datetime | None:
    marks = {
        Fate.DAMAGED: Step.DAMAGED,
        Fate.REPORTED_LOST: Step.LOST,
        Fate.ABSENT_ONCE: Step.ABSENT,
        Fate.ABSENT_OFTEN: Step.ABSENT,
        Fate.REFUSED: Step.REFUSED,
    }
    if fate in marks:
        return next((event.at for event in events if event.step is marks[fate]), None)
    if fate is Fate.FINE:
        return None
    if fate in (Fate.SLOW, Fate.VANISHED, Fate.STUCK):
        return promised_at
    return start + (promised_at - start) / 4


def _route(random: Random, carrier: Carrier, origin: Hub, destination: Hub) -> list[Hub]:
    if origin == destination:
        return [origin]
    between = [HUBS[code] for code in carrier.hubs if code not in (origin.code, destination.code)]
    direct = distance_km(origin, destination)
    near = [hub for hub in between if distance_km(origin, hub) + distance_km(hub, destination) < 1.15 * direct]
    return [origin, *random.sample(near, k=min(1, len(near))), destination]


def _events(
    random: Random, start: datetime, service: Service, carrier: Carrier, origin: Hub, destination: Hub, fate: Fate
) -> list[Event]:
    """Walk the parcel from hub to hub; the fate bends the walk at one place."""
    pace = random.uniform(2.2, 3.2) if fate is Fate.SLOW else 1.0
    at = start

    def later(seconds: float, hub: Hub | None = None, shift: Shift | None = None) -> datetime:
        """Go on by about `seconds`, then to when people of that shift work there; instant services never rest."""
        nonlocal at
        at += timedelta(seconds=seconds * random.lognormvariate(0, 0.25) * pace)
        if hub is not None and shift is not None and not service.same_city:
            at = next_open(at, hub.offset_s, shift, random)
        return at

    events = [Event(later(service.handling_s * 0.05), Step.ANNOUNCED, origin)]
    if fate is Fate.NEVER_PICKED_UP:
        return events
    events.append(Event(later(service.handling_s, origin, COURIER), Step.PICKED_UP, origin))
    hubs = _route(random, carrier, origin, destination)
    if fate in (Fate.STUCK, Fate.VANISHED, Fate.DAMAGED, Fate.REPORTED_LOST):
        breaks_at = random.randrange(len(hubs))
    else:
        breaks_at = -1
    for index, hub in enumerate(hubs):
        if index:
            distance = distance_km(hubs[index - 1], hub)
            events.append(Event(later(distance / service.speed_kmh * 3600), Step.ARRIVED, hub))
            if hub.country != hubs[index - 1].country:
                events.append(Event(later(2 * 3600), Step.CUSTOMS, hub))
                events.append(Event(later(6 * 3600, hub, CUSTOMS), Step.CUSTOMS_CLEARED, hub))
        if index == breaks_at:
            if fate is Fate.VANISHED:
                return events
            if fate is Fate.REPORTED_LOST:
                return [*events, Event(later(service.promise_s * 0.6), Step.LOST, hub)]
            if fate is Fate.STUCK:
                later(service.promise_s * 1.1)
            if fate is Fate.DAMAGED:
                events.append(Event(later(service.handling_s * 0.5), Step.DAMAGED, hub))
        if index + 1 < len(hubs):
            events.append(Event(later(service.handling_s, hub, SORTING), Step.DEPARTED, hub, hubs[index + 1]))
    return events + _last_mile(random, later, service, origin, destination, fate)


def _last_mile(
    random: Random, later: Later, service: Service, origin: Hub, destination: Hub, fate: Fate
) -> list[Event]:
    events = [Event(later(service.handling_s * 0.5, destination, COURIER), Step.OUT, destination)]
    night = min(20 * 3600, service.promise_s * 0.3)
    for _ in range({Fate.ABSENT_ONCE: 1, Fate.ABSENT_OFTEN: 3}.get(fate, 0)):
        events.append(Event(later(service.handling_s * 0.5), Step.ABSENT, destination))
        events.append(Event(later(night, destination, COURIER), Step.OUT, destination))
    if fate is Fate.REFUSED:
        events.append(Event(later(service.handling_s * 0.5), Step.REFUSED, destination))
        events.append(Event(later(night, destination, SORTING), Step.RETURNING, destination))
        events.append(Event(later(service.promise_s * 0.5, origin, COURIER), Step.RETURNED, origin))
        return events
    if random.random() < 0.2:
        events.append(Event(later(service.handling_s * 0.4), Step.AVAILABLE, destination))
        events.append(Event(later(night, destination, COURIER), Step.DELIVERED, destination))
    else:
        events.append(Event(later(service.handling_s * 0.6), Step.DELIVERED, destination))
    return events
