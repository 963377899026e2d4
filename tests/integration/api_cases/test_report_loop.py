"""The whole round: a consumer reports, the real engine makes it a case, staff solve it, the page says so."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from api_world import NOW, World

from core.event import Event, Registered, Registration, Scanned
from core.scan import Milestone, Scan, scan_id_of
from runtime.sealing import Links
from stream.engine import Engine

sys.path.append(str(Path(__file__).resolve().parent.parent / "stream"))
import stream_support

pytestmark = pytest.mark.integration
PARCEL = "sf:SF900"


def scan(milestone: Milestone, ago: timedelta) -> Scan:
    at = NOW - ago
    scan_id = scan_id_of("sf", "SF900", at, None, milestone.value, None)
    return Scan(
        scan_id=scan_id, carrier="sf", waybill="SF900", happened_at=at, milestone=milestone, source="canonical",
        text=milestone.value, offset_s=28800, place="成都",
    )  # fmt: skip


async def feed(engine: Engine, events: Sequence[Event], at: datetime) -> None:
    """Hand events to the engine as a broker that took them at a moment, and wait until they are committed."""
    batch = stream_support.records(events, engine.next_offset)
    for record in batch:
        record.timestamp = int(at.timestamp() * 1000)
    engine.put(batch)
    await stream_support.until(lambda: engine.next_offset > batch[-1].offset)


async def test_from_report_to_answer(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    await world.shop("shop-1", "山野茶铺")
    token = world.links.token(PARCEL)
    registration = Registration(at=NOW - timedelta(days=2), shop="shop-1", language="en", link=Links.digest(token))
    scans = (scan(Milestone.PICKED_UP, timedelta(days=1)), scan(Milestone.DELIVERED, timedelta(hours=2)))
    async with stream_support.engine(stream_support.kit(world.pool, clock=world.clock)) as engine:
        arrived = Scanned(parcel_id=PARCEL, received_at=NOW - timedelta(hours=2), scans=scans)
        known = Registered(parcel_id=PARCEL, registration=registration)
        await feed(engine, [known, arrived], NOW - timedelta(hours=2))

        async with client.get(f"/t/{token}") as answer:
            page = await answer.text()
        assert "Your parcel was delivered" in page
        nonce = re.findall(r'name="nonce" value="([^"]+)"', page)[0]
        form = {"kind": "not_received", "nonce": nonce, "note": "Not here, call me on 138 1234 5678"}
        async with client.post(f"/t/{token}/report", data=form) as answer:
            assert "We have your report" in await answer.text()
        await feed(engine, world.log.events, NOW)

    async with client.get(f"/t/{token}?sent=not_received") as answer:
        page = await answer.text()
    assert "You told us the parcel has not reached you" in page and page.count("<article") == 1
    assert "We answer by today, 17:45" in page

    async with client.get("/v1/cases?kind=delivery", headers=headers) as answer:
        [case] = (await answer.json())["items"]
    assert case["parcel_id"] == PARCEL and case["state"] == "open"
    async with client.get(f"/v1/cases/{case['case_id']}", headers=headers) as answer:
        detail, tag = await answer.json(), answer.headers["ETag"]
    assert detail["exceptions"][0]["kind"] == "not_received"
    assert detail["parcel"]["reports"][0]["note"] == "Not here, call me on 138******78"
    for action, body in (("acknowledge", {}), ("resolve", {"resolution": "It is with your neighbour at no. 12."})):
        url = f"/v1/cases/{case['case_id']}/{action}"
        async with client.post(url, json=body, headers=headers | {"If-Match": tag}) as answer:
            assert answer.status == 200, await answer.text()
            tag = answer.headers["ETag"]
    async with client.get(f"/t/{token}") as answer:
        page = await answer.text()
    assert "It is with your neighbour at no. 12." in page and "Solved" in page
