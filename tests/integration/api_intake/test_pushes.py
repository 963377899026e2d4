from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest

from api.broker import Broker
from api.quarantine import replay_all
from api.replay import replay_quarantine
from carriers.format import Push, Reason, Rejected
from carriers.registry import FORMATS
from core.event import Scanned
from tests.integration.api_intake.conftest import Api, settings_for

pytestmark = pytest.mark.integration
SECRET = "a secret of the sender"


def kuaidi100(*events: Mapping[str, Any], waybill: str = "ZT123") -> bytes:
    result = {"nu": waybill, "com": "zhongtong", "state": "0", "data": list(events)}
    return json.dumps({"status": "polling", "lastResult": result}, ensure_ascii=False).encode()


def event(minute: int, **more: Any) -> dict[str, Any]:
    return {"ftime": f"2026-11-20 10:{minute:02d}:00", "context": "【杭州转运中心】已发出", **more}


async def push(api: Api, format_name: str, signed: Push, path: str = "", **more: str) -> tuple[int, bytes]:
    headers = {**signed.headers, **more}
    if signed.content_type:
        headers["Content-Type"] = signed.content_type
    async with api.http.post(
        f"/v1/intake/{format_name}{path}", data=BytesIO(signed.body), headers=headers, params=dict(signed.query)
    ) as answer:
        return answer.status, await answer.read()


def sign(format_name: str, payload: bytes, secret: str = SECRET) -> Push:
    return FORMATS[format_name].sign(payload, secret, datetime.now(UTC))


async def test_a_signed_push_is_in_the_log_and_answered_in_the_senders_form(api: Api) -> None:
    await api.secret("kuaidi100", SECRET)
    status, body = await push(api, "kuaidi100", sign("kuaidi100", kuaidi100(event(1), event(2))))
    assert status == 200
    assert json.loads(body) == {"result": True, "returnCode": "200", "message": "成功"}
    (found,) = await api.events(1)
    assert isinstance(found, Scanned)
    assert (found.parcel_id, len(found.scans)) == ("zto:ZT123", 2)
    assert api.metric("waywarden_intake_scans_total", format="kuaidi100") == 2


async def test_a_bad_signature_is_401_counted_and_never_stored(api: Api) -> None:
    await api.secret("kuaidi100", SECRET)
    status, body = await push(api, "kuaidi100", sign("kuaidi100", kuaidi100(event(1)), "another"))
    assert status == 401
    assert b"true" not in body
    assert api.metric("waywarden_intake_refused_total", format="kuaidi100", reason="signature") == 1
    assert await api.pool.fetchval("SELECT count(*) FROM quarantine") == 0
    assert await api.pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_secrets_rotate_without_a_gap(api: Api) -> None:
    old = await api.secret("kuaidi100", "old")
    await api.secret("kuaidi100", "new")
    for secret in ("old", "new"):
        assert (await push(api, "kuaidi100", sign("kuaidi100", kuaidi100(event(1)), secret)))[0] == 200
    await api.pool.execute("UPDATE intake_secret SET retired_at = now() WHERE intake_secret_id = $1", old)
    api.clock.ahead = timedelta(seconds=10)
    assert (await push(api, "kuaidi100", sign("kuaidi100", kuaidi100(event(1)), "old")))[0] == 401
    assert (await push(api, "kuaidi100", sign("kuaidi100", kuaidi100(event(1)), "new")))[0] == 200
    stored = await api.pool.fetchval("SELECT secret FROM intake_secret LIMIT 1")
    assert stored.startswith("k1.")


async def test_an_account_has_its_own_secrets(api: Api) -> None:
    await api.secret("kuaidi100", "theirs", "east")
    signed = sign("kuaidi100", kuaidi100(event(1)), "theirs")
    assert (await push(api, "kuaidi100", signed, "/east"))[0] == 200
    assert (await push(api, "kuaidi100", signed, "/west"))[0] == 401
    assert (await push(api, "kuaidi100", signed))[0] == 401


async def test_unreadable_is_400_with_a_reason_and_kept_until_it_can_be_read(api: Api) -> None:
    await api.secret("kuaidi100", SECRET)
    signed = sign("kuaidi100", b'{"lastResult": {"nu": "ZT9"')
    for _ in range(3):
        status, body = await push(api, "kuaidi100", signed)
        assert status == 400
        assert json.loads(body)["result"] is False
    row = await api.pool.fetchrow("SELECT * FROM quarantine")
    assert (row["reason"], row["times"], row["state"]) == ("syntax", 3, "held")
    assert b"ZT9" not in row["body"]
    outcome = await replay_all(api.pool, api.intake, api.services.sealer, api.clock)
    assert (outcome.replayed, outcome.still_bad) == (0, 1)


async def test_partly_good_goes_on_and_the_whole_push_is_kept(api: Api) -> None:
    await api.secret("kuaidi100", SECRET)
    status, _ = await push(api, "kuaidi100", sign("kuaidi100", kuaidi100(event(1), event(2) | {"ftime": "nonsense"})))
    assert status == 200
    (found,) = await api.events(1)
    assert isinstance(found, Scanned)
    assert len(found.scans) == 1
    row = await api.pool.fetchrow("SELECT * FROM quarantine")
    assert row["reason"] == "bad_time"


async def test_after_a_fix_quarantine_is_replayed_once(
    api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = FORMATS["kuaidi100"]

    def broken(push: Push, at: datetime) -> Any:
        raise Rejected(Reason.FAILED, "a bug")

    await api.secret("kuaidi100", SECRET)
    formats = {**FORMATS, "kuaidi100": replace(wire, reader=broken)}
    monkeypatch.setattr("api.intake.FORMATS", formats)
    for number in range(5):
        signed = sign("kuaidi100", kuaidi100(event(1), waybill=f"ZT{number}"))
        assert (await push(api, "kuaidi100", signed))[0] == 400
    told: list[str] = []
    settings = settings_for(api.settings.kafka, database_url=database_url)
    monkeypatch.setattr("api.replay.Broker", partial(Broker, topic=api.topic))
    outcome = await replay_quarantine(settings, "kuaidi100", tell=told.append)
    assert (outcome.replayed, outcome.still_bad, outcome.scans) == (5, 0, 5)
    assert told[-1].startswith("5 replayed")
    assert {found.parcel_id for found in await api.events(5)} == {f"zto:ZT{number}" for number in range(5)}
    again = await replay_quarantine(settings, tell=told.append)
    assert (again.replayed, again.still_bad) == (0, 0)
    assert await api.pool.fetchval("SELECT count(*) FROM quarantine WHERE state = 'replayed'") == 5


async def test_without_a_signature_a_carriers_key_is_asked_for(api: Api) -> None:
    line = {"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-20T10:00:00Z", "milestone": "in_transit"}
    unsigned = Push(json.dumps(line).encode(), content_type="application/x-ndjson")
    assert (await push(api, "canonical", unsigned))[0] == 401
    merchant = await api.key("merchant", "shop")
    assert (await push(api, "canonical", unsigned, **merchant))[0] == 401
    other = await api.key("carrier", "yto")
    assert (await push(api, "canonical", unsigned, **other))[0] == 403
    own = await api.key("carrier", "sf")
    assert (await push(api, "canonical", unsigned, **own))[0] == 200
    aggregator = await api.key("carrier", "canonical")
    assert (await push(api, "canonical", unsigned, **aggregator))[0] == 200


async def test_too_large_is_413_and_an_unknown_format_404(api: Api) -> None:
    await api.secret("kuaidi100", SECRET)
    status, _ = await push(api, "kuaidi100", Push(b"x" * (1024 * 1024 + 1)))
    assert status == 413

    async def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 65_536

    async with api.http.post("/v1/intake/kuaidi100", data=chunks()) as answer:
        assert answer.status == 413
    status, body = await push(api, "pigeon", Push(b"{}"))
    assert status == 404
    assert json.loads(body)["type"] == "urn:waywarden:problem:no-such-format"
    assert await api.pool.fetchval("SELECT count(*) FROM quarantine") == 0


RUBBISH = (
    b"",
    b"\x00\xff\xfe",
    b"[" * 5000,
    b"<a>" * 5000,
    b'{"a":' * 5000,
    b"%" * 100,
    b"null",
    b"<html></html>",
)


@pytest.mark.parametrize("name", sorted(FORMATS))
async def test_no_format_takes_rubbish_or_falls_over_it(api: Api, name: str) -> None:
    await api.secret(name, SECRET)
    headers = await api.key("carrier", name)
    for body in RUBBISH:
        try:
            signed = sign(name, body)
        except Rejected:  # a sender could not make this one
            continue
        assert (await push(api, name, signed))[0] in (200, 400, 401)
    for body in RUBBISH:
        assert (await push(api, name, Push(body, content_type="application/json"), **headers))[0] in (200, 400, 401)
    assert api.metric("waywarden_api_problems_total", code="internal") == 0
