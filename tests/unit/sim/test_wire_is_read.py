"""What the simulator sends is understood by the real parsers: every event, its time, and what it means."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from carriers.format import Push
from carriers.registry import FORMATS
from core.scan import Detail, Milestone
from sim.batch import draw
from sim.journey import Journey, of_walk
from sim.log import journeys
from sim.network import Carrier, Network
from sim.season import Season
from sim.step import DELIVERIES, Step
from sim.wire import ENCODERS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARRIERS = Network.drawn(1).carriers
_MOVES = {Milestone.IN_TRANSIT, Milestone.EXCEPTION}
_MEANT = {
    Step.ANNOUNCED: {Milestone.ANNOUNCED},
    Step.PICKED_UP: {Milestone.PICKED_UP},
    Step.CUSTOMS: {Milestone.CUSTOMS, Milestone.IN_TRANSIT},
    Step.CUSTOMS_HELD: {Milestone.CUSTOMS, Milestone.IN_TRANSIT, Milestone.EXCEPTION},
    Step.CUSTOMS_CLEARED: {Milestone.CUSTOMS, Milestone.IN_TRANSIT},
    Step.DAMAGED: {Milestone.EXCEPTION},
    Step.LOST: {Milestone.EXCEPTION},
    Step.OUT: {Milestone.OUT_FOR_DELIVERY},
    Step.ABSENT: {Milestone.ATTEMPT_FAILED},
    Step.REFUSED: {Milestone.ATTEMPT_FAILED, Milestone.EXCEPTION, Milestone.RETURNING},
    Step.BAD_ADDRESS: {Milestone.ATTEMPT_FAILED, Milestone.EXCEPTION},
    Step.AVAILABLE_LOCKER: {Milestone.AVAILABLE},
    Step.AVAILABLE_STATION: {Milestone.AVAILABLE},
    Step.UNCLAIMED: {Milestone.EXCEPTION, Milestone.AVAILABLE},
    Step.RETURNING: {Milestone.RETURNING},
    # UPS says "delivered" at the sender's door; after "returning" it is understood as returned.
    Step.RETURNED: {Milestone.RETURNED, Milestone.DELIVERED},
} | {step: {Milestone.DELIVERED} for step in DELIVERIES}
_DETAIL = {
    Step.DAMAGED: Detail.DAMAGED,
    Step.DAMAGED_TEXT: Detail.DAMAGED,
    Step.LOST: Detail.LOST,
    Step.REPACKED: Detail.REPACKED,
    Step.CUSTOMS_CLEARED: Detail.CUSTOMS_CLEARED,
}


@cache
def all_journeys() -> tuple[Journey, ...]:
    """Give several hundred journeys in trouble of every carrier."""
    network = Network.drawn(1)
    random = np.random.Generator(np.random.PCG64(5))
    season = Season(date(2026, 9, 1), 300)
    first = datetime(2026, 9, 7, tzinfo=UTC).timestamp()
    times = np.sort(np.floor(first + 14 * 86_400 * random.random(12_000)))
    walk, _, heard = journeys(network, season, (), random, draw(random, network, season, 0, times, trouble=True))
    offset_s = season.offset_s[heard.rows.hub, season.index(heard.rows.at)]
    return tuple(of_walk(walk, heard, offset_s, np.arange(len(times))))


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda one: one.slug)
def test_every_event_is_read_as_it_was_meant(carrier: Carrier) -> None:
    wire = FORMATS[carrier.format]
    wrong: Counter[str] = Counter()
    mine = [one for one in all_journeys() if one.carrier.slug == carrier.slug][:250]
    assert len(mine) > 60
    for journey in mine:
        body, content_type = ENCODERS[carrier.format](journey, journey.events, journey.events)
        signed = wire.sign(body, "a secret", NOW)
        assert wire.verify(signed, ["a secret"], NOW) is True
        assert wire.verify(signed, ["another"], NOW) is False
        reading = wire.read(Push(signed.body, signed.headers, signed.query, content_type), NOW)
        assert reading.rejects == ()
        assert len(reading.scans) == len(journey.events)
        scans = sorted(reading.scans, key=lambda scan: (scan.happened_at, scan.text or ""))
        wanted = sorted(journey.events, key=lambda event: event.at)
        for scan, event in zip(scans, wanted, strict=True):
            assert scan.waybill == journey.waybill
            assert scan.carrier == carrier.slug
            assert abs(scan.happened_at - event.at) < timedelta(seconds=1)
            if len({one.at for one in wanted}) < len(wanted):
                continue  # two in one second cannot be told apart here
            if scan.milestone not in _MEANT.get(event.step, _MOVES):
                wrong[f"{event.step.name}: {scan.code} {scan.text} read as {scan.milestone}"] += 1
            detail = _DETAIL.get(event.step)
            if detail is not None and scan.detail is not detail:
                wrong[f"{event.step.name}: {scan.code} {scan.text} read as {scan.detail}"] += 1
    assert not wrong
