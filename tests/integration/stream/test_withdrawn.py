"""A carrier takes back what it said: EPCIS error declarations from the payload to the closed case."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from stream_support import NOON, Clock, FakeLog, engine, feed, kit

from carriers.format import Push
from carriers.registry import FORMATS
from core.event import Event, Registered, Registration, Scanned
from core.watch import decode_watched

SSCC = "urn:epc:id:sscc:0000000.1000000001"


def _event(number: int, at: datetime, disposition: str, declared: datetime | None = None) -> dict[str, object]:
    error = {"declarationTime": declared.isoformat(), "reason": "did_not_occur"} if declared else None
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [SSCC],
        "action": "OBSERVE",
        "bizStep": "arriving",
        "disposition": disposition,
    } | ({"errorDeclaration": error} if error else {})


def _push(now: datetime, *events: dict[str, object]) -> Event:
    body = json.dumps({"type": "EPCISDocument", "epcisBody": {"eventList": list(events)}}).encode()
    scans = FORMATS["epcis"].read(Push(body), now).scans
    carrier, waybill = scans[0].carrier, scans[0].waybill
    return Scanned(parcel_id=f"{carrier}:{waybill}", received_at=now, scans=scans)


HOUR = timedelta(hours=1)
ARRIVED = _push(NOON - 3 * HOUR, _event(1, NOON - 3 * HOUR, "in_transit"))
BROKEN = _push(NOON, _event(2, NOON - HOUR, "damaged"))
WITHDRAWN = _push(NOON, _event(2, NOON - HOUR, "damaged", declared=NOON))
assert isinstance(BROKEN, Scanned)
JOINED = Registered(parcel_id=BROKEN.parcel_id, registration=Registration(at=NOON - 4 * HOUR, shop="shop-1"))


async def test_a_withdrawn_damage_closes_its_case_as_mistaken_and_is_corrected_once(pool) -> None:
    async with engine(kit(pool, clock=Clock(NOON)), FakeLog(end=0)) as running:
        await feed(running, [JOINED, ARRIVED, BROKEN])
        assert await pool.fetchval("SELECT kind FROM exception WHERE state = 'open'") == "damage_reported"
        for event in (WITHDRAWN, WITHDRAWN, BROKEN):
            await feed(running, [event])

    assert await pool.fetch("SELECT kind, state FROM exception") == [("damage_reported", "retracted")]
    case = await pool.fetchrow("SELECT state, resolution FROM cases")
    assert case["state"] == "closed"
    assert case["resolution"].startswith("mistaken: ")
    assert [tuple(row) for row in await pool.fetch("SELECT template, state FROM outbox ORDER BY at, template")] == [
        ("corrected", "pending"),
        ("damage_reported", "cancelled"),
    ]
    assert await pool.fetchval("SELECT count(*) FROM scan") == 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1), (1, 2, 0)])
async def test_the_parcel_is_the_same_whichever_came_first(pool, order) -> None:
    events = [ARRIVED, BROKEN, WITHDRAWN]
    async with engine(kit(pool, clock=Clock(NOON)), FakeLog(end=0)) as running:
        for nth in order:
            await feed(running, [events[nth]])
    parcel = decode_watched(await pool.fetchval("SELECT state FROM parcel")).parcel
    assert (parcel.scans, parcel.damage, parcel.last_scan_at) == (1, None, NOON - 3 * HOUR)
    assert await pool.fetchval("SELECT count(*) FROM exception WHERE state <> 'retracted'") == 0
