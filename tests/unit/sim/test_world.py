"""The demo's world is seeded, tells each event once, shows trouble early, and sends what carriers send."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import parse_qs

import pytest

from sim.hubs import HUBS, INDEX, distance_km
from sim.incident import IncidentKind
from sim.journey import Event
from sim.network import Carrier, Network
from sim.people import consumer
from sim.step import Step
from sim.wire import ENCODERS
from sim.world import JAM_AFTER, JAM_BEFORE, NETWORK, SILENT_AFTER, SILENT_BEFORE, Run, World

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARRIERS = Network.drawn(NETWORK).carriers


@cache
def populated() -> tuple[World, list[Run]]:
    world = World(3, 1_000, 0.3, NOW)
    return world, world.populate()


def test_the_same_seed_gives_the_same_world() -> None:
    first, second, other = (World(seed, 60, 0.3, NOW) for seed in (7, 7, 8))
    same = [run.journey for run in first.populate()]
    assert same == [run.journey for run in second.populate()]
    assert same != [run.journey for run in other.populate()]
    assert [first.fresh(NOW) for _ in range(5)] == [second.fresh(NOW) for _ in range(5)]


def test_no_two_parcels_share_a_waybill_also_after_a_restart() -> None:
    bills = [run.journey.waybill for run in populated()[1]]
    again = World(4, 60, 0.3, NOW)
    bills += [run.journey.waybill for run in again.populate()]
    bills += [again.fresh(NOW).waybill for _ in range(100)]
    assert len(set(bills)) == len(bills)


def test_every_event_is_told_once_when_its_carrier_tells_it() -> None:
    world = World(5, 200, 0.2, NOW)
    runs = world.populate()
    told: dict[str, list[Event]] = {}
    for hour in range(0, 24 * 60, 6):
        now = NOW + timedelta(hours=hour)
        for run, new in world.due(now):
            assert all(event.told_at <= now for event in new)
            assert [event.at for event in run.told] == sorted(event.at for event in run.told)
            told.setdefault(run.journey.waybill, []).extend(new)
    for run in runs:
        if run.over:
            assert sorted(told[run.journey.waybill], key=repr) == sorted(run.journey.events, key=repr)
    assert sum(run.over for run in runs) > 190


def test_trouble_shows_around_now_and_fresh_trouble_within_two_hours() -> None:
    world, runs = populated()
    around = [
        run
        for run in runs
        if run.journey.notable_at is not None
        and NOW - timedelta(hours=1) <= run.journey.notable_at <= NOW + timedelta(hours=2)
    ]
    assert len(around) > 150
    staged = [world.fresh(NOW) for _ in range(100)]
    coming = [one for one in staged if one.notable_at and one.registered_at < NOW - timedelta(hours=1)]
    assert all(NOW < one.notable_at <= NOW + timedelta(hours=2) for one in coming if one.notable_at)
    assert coming


def test_a_jam_and_a_silent_feed_are_among_the_first_things_to_see() -> None:
    world, runs = populated()
    jam, silence = world.incidents
    assert jam.kind is IncidentKind.HUB_JAM
    hub = HUBS[jam.hubs[0]]
    stuck = [run.journey for run in runs if any(label.kind == "jam" for label in run.journey.truth.labels)]
    assert len(stuck) >= 100
    for journey in stuck:
        assert journey.carrier.slug == "zto"
        gone = [
            event
            for event in journey.events
            if event.hub is hub
            and event.step is Step.DEPARTED
            and event.to is not None
            and NOW - JAM_BEFORE + timedelta(minutes=25) < event.at < NOW + JAM_AFTER - timedelta(minutes=25)
            and event.place.name == "HUB"
        ]
        assert not gone
    assert silence.kind is IncidentKind.FEED_SILENT
    held = [run.journey for run in runs if any(label.kind == "outage" for label in run.journey.truth.labels)]
    assert len(held) >= 60
    for run in runs:
        if run.journey.carrier.slug == "yto":
            for event in run.journey.events:
                assert not NOW - SILENT_BEFORE <= event.told_at < NOW + SILENT_AFTER


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda one: one.slug)
def test_every_step_has_a_payload_in_every_format(carrier: Carrier) -> None:
    for run in populated()[1]:
        journey = run.journey
        if journey.carrier.slug != carrier.slug:
            continue
        for count in range(1, len(journey.events) + 1):
            history = journey.events[:count]
            body, content_type = ENCODERS[carrier.format](journey, history, history[-1:])
            if content_type.startswith("application/x-www-form"):
                fields = parse_qs(body.decode(), strict_parsing=True)
                json.loads(fields["param" if carrier.format == "kuaidi100" else "RequestData"][0])
            else:
                for line in body.decode().splitlines():
                    json.loads(line)
            assert journey.waybill.encode() in body


def test_consumers_have_reserved_addresses() -> None:
    from random import Random

    for language in ("zh-CN", "zh-TW", "en"):
        person = consumer(Random(1), language)
        assert person["email"].endswith("@example.com")
        assert set(person) == {"name", "phone", "email", "address"}


def test_distance_is_about_right() -> None:
    assert 1000 < distance_km(HUBS[INDEX["PEK"]], HUBS[INDEX["SHA"]]) < 1150
