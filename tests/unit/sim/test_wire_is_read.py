"""What the simulator sends is understood by the real parsers: every event, its time, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from carriers.format import Push
from carriers.registry import FORMATS
from core.scan import Detail, Milestone
from sim.journey import Journey, Step, make
from sim.small import CARRIERS, Carrier
from sim.wire import ENCODERS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_MEANT = {
    Step.ANNOUNCED: {Milestone.ANNOUNCED},
    Step.PICKED_UP: {Milestone.PICKED_UP},
    Step.DEPARTED: {Milestone.IN_TRANSIT},
    Step.ARRIVED: {Milestone.IN_TRANSIT},
    Step.CUSTOMS: {Milestone.CUSTOMS, Milestone.IN_TRANSIT},
    Step.CUSTOMS_CLEARED: {Milestone.CUSTOMS, Milestone.IN_TRANSIT},
    Step.OUT: {Milestone.OUT_FOR_DELIVERY},
    Step.ABSENT: {Milestone.ATTEMPT_FAILED},
    Step.DAMAGED: {Milestone.EXCEPTION},
    Step.LOST: {Milestone.EXCEPTION},
    Step.REFUSED: {Milestone.ATTEMPT_FAILED, Milestone.EXCEPTION, Milestone.RETURNING},
    Step.RETURNING: {Milestone.RETURNING},
    Step.RETURNED: {Milestone.RETURNED},
    Step.AVAILABLE: {Milestone.AVAILABLE},
    Step.DELIVERED: {Milestone.DELIVERED},
}


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda one: one.slug)
def test_every_event_is_read_as_it_was_meant(carrier: Carrier) -> None:
    wire = FORMATS[carrier.format]
    wrong: set[str] = set()
    for seed in range(150):
        journey: Journey = make(Random(seed), NOW - timedelta(days=40), carrier=carrier)
        body, content_type = ENCODERS[carrier.format](journey, journey.events, journey.events)
        signed = wire.sign(body, "a secret", NOW)
        assert wire.verify(signed, ["a secret"], NOW) is True
        assert wire.verify(signed, ["another"], NOW) is False
        reading = wire.read(Push(signed.body, signed.headers, signed.query, content_type), NOW)
        assert reading.rejects == ()
        scans = sorted(reading.scans, key=lambda scan: scan.happened_at)
        assert len(scans) == len(journey.events)
        for scan, event in zip(scans, journey.events, strict=True):
            assert scan.waybill == journey.waybill
            assert scan.carrier == carrier.slug
            assert abs(scan.happened_at - event.at) < timedelta(seconds=1)
            if scan.milestone not in _MEANT[event.step]:
                wrong.add(f"{event.step}: {scan.code} {scan.text} read as {scan.milestone}")
            if event.step is Step.DAMAGED and scan.detail is not Detail.DAMAGED:
                wrong.add(f"damage: {scan.code} {scan.text} read as {scan.detail}")
            if event.step is Step.LOST and scan.detail is not Detail.LOST:
                wrong.add(f"loss: {scan.code} {scan.text} read as {scan.detail}")
    assert not wrong
