"""The simulated world is seeded, tells each event once, and its payloads are what carriers send."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import parse_qs

import pytest

from sim.journey import FATES, Fate, Step, make
from sim.people import consumer
from sim.shifts import COURIER, SORTING, Shift, next_open, rests
from sim.small import CARRIERS, HUBS, distance_km
from sim.wire import ENCODERS
from sim.world import World

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = (World(Random(7), 50, 0.3) for _ in range(2))
    assert [run.journey for run in first.populate(NOW)] == [run.journey for run in second.populate(NOW)]
    assert [run.journey for run in World(Random(8), 50, 0.3).populate(NOW)] != [
        run.journey for run in World(Random(7), 50, 0.3).populate(NOW)
    ]


@pytest.mark.parametrize("fate", list(FATES))
def test_a_journey_runs_forward_and_shows_its_fate(fate: Fate) -> None:
    signs = {
        Fate.DAMAGED: Step.DAMAGED,
        Fate.REPORTED_LOST: Step.LOST,
        Fate.REFUSED: Step.RETURNED,
        Fate.ABSENT_ONCE: Step.ABSENT,
        Fate.FINE: Step.DELIVERED,
    }
    for seed in range(60):
        journey = make(Random(seed), NOW, fate)
        times = [event.at for event in journey.events]
        assert times == sorted(times)
        assert times[0] >= journey.registered_at
        steps = [event.step for event in journey.events]
        if fate in signs:
            assert signs[fate] in steps
        if fate in (Fate.VANISHED, Fate.NEVER_PICKED_UP, Fate.REPORTED_LOST):
            assert Step.DELIVERED not in steps


def test_most_fine_parcels_keep_their_promise() -> None:
    fine = [make(Random(seed), NOW, Fate.FINE) for seed in range(1000)]
    late = [journey for journey in fine if journey.events[-1].at > journey.promised_at]
    assert len(late) < 50


def test_every_event_is_told_once_in_order() -> None:
    world = World(Random(3), 200, 0.2)
    runs = world.populate(NOW)
    told: dict[str, list[datetime]] = {}
    for hour in range(0, 24 * 30, 6):
        for run, new in world.due(NOW + timedelta(hours=hour)):
            told.setdefault(run.journey.waybill, []).extend(event.at for event in new)
    assert world.next_at is None or world.next_at > NOW + timedelta(days=29)
    for run in runs:
        if run.over:
            assert told[run.journey.waybill] == [event.at for event in run.events]


def test_staged_trouble_shows_within_the_hour() -> None:
    world = World(Random(5), 100, 1.0, horizon_s=3600)
    for run in world.populate(NOW):
        notable = run.journey.notable_at
        assert notable is not None
        assert abs(notable - NOW) <= timedelta(hours=1)


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda one: one.slug)
def test_every_step_has_a_payload_in_every_format(carrier) -> None:  # type: ignore[no-untyped-def]
    for seed in range(80):
        journey = make(Random(seed), NOW, carrier=carrier)
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
    for language in ("zh-CN", "zh-TW", "en"):
        person = consumer(Random(1), language)
        assert person["email"].endswith("@example.com")
        assert set(person) == {"name", "phone", "email", "address"}


def test_distance_is_about_right() -> None:
    assert 1000 < distance_km(HUBS["PEK"], HUBS["SHA"]) < 1150


@pytest.mark.parametrize("shift", [COURIER, SORTING, Shift(9, 18, weekend=0.0)])
def test_work_is_done_in_its_shift_and_never_before_it_came(shift: Shift) -> None:
    random = Random(2)
    for hour in range(24 * 14):
        at = NOW + timedelta(hours=hour, minutes=17)
        done = next_open(at, 8 * 3600, shift, random)
        assert done >= at
        local = done + timedelta(hours=8)
        assert shift.is_open(local)
        if shift.weekend == 0.0:
            assert not rests(local.date())


def test_fewer_parcels_are_delivered_at_weekends() -> None:
    days = [0, 0]
    for seed in range(1500):
        journey = make(Random(seed), NOW + timedelta(hours=seed % 168), Fate.FINE, CARRIERS[2])
        days[rests((journey.events[-1].at + timedelta(hours=8)).date())] += 1
    assert days[1] / 2 < 0.85 * days[0] / 5
