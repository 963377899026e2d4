from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from core.event import Scanned
from tests.integration.api_intake.conftest import Api

pytestmark = pytest.mark.integration


def line(waybill: str = "SF100", carrier: str = "sf", minute: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "carrier": carrier,
        "waybill": waybill,
        "happened_at": f"2026-11-20T10:{minute:02d}:00+08:00",
        "milestone": "in_transit",
        **more,
    }


def ndjson(*lines: Any) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines)


NDJSON = {"Content-Type": "application/x-ndjson"}


async def test_an_array_is_in_the_log_when_it_is_accepted(api: Api) -> None:
    key = await api.key("carrier", "sf")
    async with api.http.post("/v1/scans", json=[line(minute=1), line(minute=2), line("SF200")], headers=key) as answer:
        assert answer.status == 202
        body = await answer.json()
    assert (body["accepted"], body["parcels"], body["where"], body["rejected"]) == (3, 2, "log", 0)
    events = await api.events(2)
    by_parcel = {event.parcel_id: event for event in events}
    assert set(by_parcel) == {"sf:SF100", "sf:SF200"}
    first = by_parcel["sf:SF100"]
    assert isinstance(first, Scanned)
    assert len(first.scans) == 2
    assert api.metric("waywarden_intake_scans_total", format="canonical") == 3
    assert api.metric("waywarden_intake_accept_seconds_count", where="log") == 1


async def test_bad_lines_are_named_and_kept_and_good_ones_go_on(api: Api) -> None:
    key = await api.key("carrier", "*")
    body = ndjson(line(minute=1), b"{broken", b"", line("", minute=2), line("SF200", minute=3))
    async with api.http.post("/v1/scans", data=body, headers=key | NDJSON) as answer:
        assert answer.status == 202
        told = await answer.json()
    assert told["accepted"] == 2
    assert [(error["index"], error["reason"]) for error in told["errors"]] == [(1, "syntax"), (2, "no_waybill")]
    assert len(await api.events(2)) == 2
    row = await api.pool.fetchrow("SELECT format, reason, body, times FROM quarantine")
    assert (row["format"], row["reason"], row["times"]) == ("canonical", "syntax", 1)
    assert b"broken" not in row["body"]


async def test_ten_thousand_scans_fit_and_one_more_does_not(api: Api) -> None:
    key = await api.key("carrier", "sf")
    lines = [line(f"SF{number}") for number in range(10_000)]
    async with api.http.post("/v1/scans", data=BytesIO(ndjson(*lines)), headers=key | NDJSON) as answer:
        assert answer.status == 202
        assert (await answer.json())["accepted"] == 10_000
    for body, headers in ((ndjson(*lines, line()), NDJSON), (json.dumps([*lines, line()]).encode(), {})):
        kind = headers or {"Content-Type": "application/json"}
        async with api.http.post("/v1/scans", data=BytesIO(body), headers=key | kind) as answer:
            assert answer.status == 413
            assert answer.content_type == "application/problem+json"
    assert len(await api.events(10_000)) == 10_000


async def test_a_line_without_end_and_a_body_without_end_are_refused(api: Api) -> None:
    key = await api.key("carrier", "sf")

    async def endless() -> Any:
        for _ in range(400):
            yield b" " * 65_536 + b"\n"

    async with api.http.post("/v1/scans", data=b"x" * 70_000, headers=key | NDJSON) as answer:
        assert answer.status == 413
    async with api.http.post("/v1/scans", data=endless(), headers=key | NDJSON) as answer:
        assert answer.status in (400, 413)


async def test_a_carrier_brings_only_its_own_scans(api: Api) -> None:
    key = await api.key("carrier", "sf")
    async with api.http.post("/v1/scans", json=[line(), line("Y1", carrier="yto")], headers=key) as answer:
        assert answer.status == 202
        told = await answer.json()
    assert (told["accepted"], told["errors"][0]["reason"]) == (1, "not_yours")
    async with api.http.post("/v1/scans", json=[line("Y1", carrier="yto")], headers=key) as answer:
        assert answer.status == 403
    assert await api.pool.fetchval("SELECT count(*) FROM quarantine") == 0


async def test_a_merchant_brings_no_scan_of_another_shops_parcel(api: Api) -> None:
    await api.pool.execute(
        "INSERT INTO registration (parcel_id, shop_id, currency, language, tier, registered_at)"
        " VALUES ('sf:SF100', 'other', 'CNY', 'en', 'standard', now())"
    )
    key = await api.key("merchant", "mine")
    async with api.http.post("/v1/scans", json=[line(), line("SF300")], headers=key) as answer:
        told = await answer.json()
    assert (told["accepted"], told["errors"][0]["index"]) == (1, 0)


async def test_nothing_readable_is_a_400_that_is_kept_once(api: Api) -> None:
    key = await api.key("carrier", "sf")
    for _ in range(2):
        async with api.http.post(
            "/v1/scans", data=b"[{,", headers=key | {"Content-Type": "application/json"}
        ) as answer:
            assert answer.status == 400
            assert (await answer.json())["type"] == "urn:waywarden:problem:no-good-scan"
    assert await api.pool.fetchval("SELECT times FROM quarantine") == 2
    async with api.http.post("/v1/scans", data=b"", headers=key | NDJSON) as answer:
        assert answer.status == 400
    async with api.http.post("/v1/scans", data=b"x", headers=key | {"Content-Type": "text/html"}) as answer:
        assert answer.status == 415


async def test_who_may_not(api: Api) -> None:
    async with api.http.post("/v1/scans", json=[line()]) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    key = await api.key("carrier", "sf")
    forged = {"Authorization": key["Authorization"][:-1] + ("0" if key["Authorization"][-1] != "0" else "1")}
    async with api.http.post("/v1/scans", json=[line()], headers=forged) as answer:
        assert answer.status == 401
    await api.pool.execute("UPDATE api_key SET revoked_at = now()")
    api.clock.ahead = timedelta(seconds=10)
    async with api.http.post("/v1/scans", json=[line()], headers=key) as answer:
        assert answer.status == 401
