"""An unknown code from the push to the closed case: listed, mapped, new pushes read, stored scans read anew."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import msgspec
import pytest
from stream_support import done, until, worker
from stream_support import settings as stream_settings

from api.broker import Broker
from api.replay import Revived, replay_dead, replay_scans
from carriers.registry import FORMATS
from core.event import Scanned, encode
from core.scan import Milestone, Scan
from store import accounts
from store.mappings import Which
from tests.integration.api_intake.conftest import Api, settings_for

SECRET = "a secret of the sender"
ODD = "zz 站点 17 号 qq"


@pytest.fixture
async def api(pool, broker) -> AsyncIterator[Api]:
    async with Api(settings_for(broker), pool, f"e-{uuid.uuid4().hex[:12]}") as running:
        await running.intake.settled()
        await running.secret("kuaidi100", SECRET)
        yield running


@pytest.fixture
async def watching(api, database_url, pool) -> AsyncIterator[None]:
    config = stream_settings(api.settings.kafka, database_url)
    async with worker(config.model_copy(update={"partitions": 2}), pool, api.topic):
        yield


async def staff(api: Api, role: str) -> dict[str, str]:
    staff_id = await api.pool.fetchval(
        "INSERT INTO staff (email, name, role, password_hash) VALUES ($1, '林', $2, '') RETURNING staff_id",
        f"{role}@example.com",
        role,
    )
    token, now = uuid.uuid4().hex, api.clock()
    await accounts.open_session(
        api.pool, accounts.hash_token(token), staff_id, "csrf-word", now, now + timedelta(hours=1)
    )
    return {"Cookie": f"ww_session={token}", "X-CSRF-Token": "csrf-word"}


async def push(api: Api, waybill: str, code: str, minutes_ago: int = 30, text: str = ODD) -> None:
    when = api.clock() + timedelta(hours=8) - timedelta(minutes=minutes_ago)
    event = {"ftime": f"{when:%Y-%m-%d %H:%M:%S}", "context": text, "statusCode": code}
    result = {"nu": waybill, "com": "zhongtong", "data": [event]}
    body = json.dumps({"status": "polling", "lastResult": result}).encode()
    signed = FORMATS["kuaidi100"].sign(body, SECRET, datetime.now(UTC))
    headers = {**signed.headers, "Content-Type": signed.content_type}
    async with api.http.post("/v1/intake/kuaidi100", data=BytesIO(signed.body), headers=headers) as answer:
        assert answer.status == 200


async def call(api: Api, method: str, path: str, who: dict[str, str], status: int = 200, **body: Any) -> dict[str, Any]:
    async with api.http.request(method, path, headers=who, json=body if method == "POST" else None) as answer:
        assert answer.status == status, await answer.text()
        return dict(await answer.json()) if status != 204 else {}


async def milestones(pool) -> dict[str, str]:
    return dict(await pool.fetch("SELECT parcel_id, milestone FROM scan ORDER BY happened_at"))


async def test_an_unknown_code_is_listed_mapped_and_what_was_stored_follows(api, watching, pool) -> None:
    agent, supervisor = await staff(api, "agent"), await staff(api, "supervisor")
    for waybill in ("ZT1", "ZT2", "ZT3"):
        await push(api, waybill, "X77")
    await push(api, "ZT4", "X78")
    await until(lambda: done_is(pool, api.topic, 4))
    assert set((await milestones(pool)).values()) == {"unknown"}
    assert api.metric("waywarden_intake_unknown_scans_total", format="kuaidi100") == 4

    page = await call(api, "GET", "/v1/unmapped", agent)
    assert page["by_source"] == {"kuaidi100": 4}
    assert [(g["source"], g["carrier"], g["code"], g["scans"], g["parcels"], g["texts"]) for g in page["items"]] == [
        ("kuaidi100", "zto", "X77", 3, 3, 1),
        ("kuaidi100", "zto", "X78", 1, 1, 1),
    ]
    assert page["items"][0]["example"]["text"] == ODD
    first = await call(api, "GET", "/v1/unmapped?limit=1", agent)
    rest = await call(api, "GET", f"/v1/unmapped?limit=1&cursor={first['next']}", agent)
    assert ([g["code"] for g in first["items"] + rest["items"]], rest["next"]) == (["X77", "X78"], None)
    assert [g["code"] for g in (await call(api, "GET", "/v1/unmapped?q=x78", agent))["items"]] == ["X78"]
    assert not (await call(api, "GET", "/v1/unmapped?carrier=sf", agent))["items"]
    texts = await call(api, "GET", "/v1/unmapped/texts?source=kuaidi100&code=X77", agent)
    assert [(each["said"], each["scans"]) for each in texts["items"]] == [("zz 站点 0 号 qq", 3)]

    said = {"source": "kuaidi100", "code": "x77", "milestone": "exception", "detail": "damaged", "culprit": "carrier"}
    await call(api, "POST", "/v1/mappings", agent, 403, **said)
    await call(api, "POST", "/v1/mappings", supervisor, 422, source="kuaidi100", milestone="delivered")
    await call(api, "POST", "/v1/mappings", supervisor, 422, **{**said, "milestone": "unknown"})
    mapping = await call(api, "POST", "/v1/mappings", supervisor, 201, **said)
    number = mapping["mapping_id"]
    assert (mapping["added_name"], mapping["scans"], mapping["retired_at"]) == ("林", 0, None)

    # New pushes are read by it at once.
    await push(api, "ZT5", "X77")
    await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE parcel_id = 'zto:ZT5' AND state = 'open'"))
    assert (await milestones(pool))["zto:ZT5"] == "exception"
    assert (await milestones(pool))["zto:ZT1"] == "unknown"
    body = await pool.fetchval("SELECT body FROM scan WHERE parcel_id = 'zto:ZT5'")
    assert msgspec.json.decode(body, type=Scan).mapped == number

    # Stored ones when somebody asks.
    await call(api, "POST", f"/v1/mappings/{number}/replay", agent, 403)
    answer = await call(api, "POST", f"/v1/mappings/{number}/replay", supervisor)
    assert answer == {"read": 4, "reread": 3, "parcels": 3, "next": None}
    await until(lambda: counted(pool, "SELECT count(*) FROM cases WHERE kind = 'damage' AND state = 'open'", 4))
    assert await pool.fetchval("SELECT count(*) FROM exception WHERE kind = 'damage_reported' AND state = 'open'") == 4
    left = await call(api, "GET", "/v1/unmapped", agent)
    assert [g["code"] for g in left["items"]] == ["X78"]
    listed = (await call(api, "GET", "/v1/mappings", agent))["items"]
    assert [(each["mapping_id"], each["scans"]) for each in listed] == [(number, 4)]
    again = await call(api, "POST", f"/v1/mappings/{number}/replay", supervisor)
    assert (again["read"], again["reread"]) == (4, 0)

    # A change of mind: another meaning takes its place, then none.
    other = await call(
        api, "POST", "/v1/mappings", supervisor, 201, source="kuaidi100", code="X77", milestone="in_transit"
    )
    assert (await call(api, "POST", f"/v1/mappings/{other['mapping_id']}/replay", supervisor))["reread"] == 4
    await until(lambda: counted(pool, "SELECT count(*) FROM exception WHERE state = 'retracted'", 4))
    assert await pool.fetchval("SELECT count(*) FROM cases WHERE state = 'closed'") == 4
    await call(api, "DELETE", f"/v1/mappings/{other['mapping_id']}", agent, 403)
    await call(api, "DELETE", f"/v1/mappings/{other['mapping_id']}", supervisor, 204)
    assert (await call(api, "POST", f"/v1/mappings/{other['mapping_id']}/replay", supervisor))["reread"] == 4
    await until(lambda: counted(pool, "SELECT count(*) FROM scan WHERE milestone = 'unknown'", 5))
    assert not (await call(api, "GET", "/v1/mappings", agent))["items"]
    assert len((await call(api, "GET", "/v1/mappings?retired=true", agent))["items"]) == 2
    for method, path in (("DELETE", "/v1/mappings/999"), ("POST", "/v1/mappings/999/replay")):
        await call(api, method, path, supervisor, 404)


async def done_is(pool, topic: str, count: int) -> bool:
    return await done(pool, topic) >= count


async def counted(pool, query: str, wanted: int) -> bool:
    return await pool.fetchval(query) == wanted


async def test_the_command_reads_stored_scans_again_page_by_page(
    api, watching, pool, database_url, monkeypatch
) -> None:
    monkeypatch.setattr("api.replay.Broker", partial(Broker, topic=api.topic))
    monkeypatch.setattr("api.reread.PAGE", 2)
    for number in range(5):
        await push(api, f"ZT{number}", "X77")
    await push(api, "ZT9", "40", text="快件到达【杭州转运中心】")
    await until(lambda: done_is(pool, api.topic, 6))
    supervisor = await staff(api, "supervisor")
    await call(api, "POST", "/v1/mappings", supervisor, 201, source="kuaidi100", text=ODD, milestone="customs")

    settings = settings_for(api.settings.kafka, database_url=database_url)
    told: list[str] = []

    async def run(everything: bool = False, **which: Any) -> tuple[int, int]:
        step = await replay_scans(settings, Which(**which), everything=everything, rate=1000, tell=told.append)
        return step.read, step.reread

    assert await run(carrier="sf") == (0, 0)
    assert await run(since=api.clock() + timedelta(minutes=1)) == (0, 0)
    assert await run(carrier="zto") == (5, 5)
    assert told[-1] == "5 scans read, 5 mean something else now, of 5 parcels"
    await until(lambda: counted(pool, "SELECT count(*) FROM scan WHERE milestone = 'customs'", 5))
    assert await run(carrier="zto") == (5, 0)
    assert await run(everything=True, carrier="zto") == (6, 0)
    assert await run(everything=True, carrier="zto", source="ups") == (6, 0)

    # A mapping over a code that the table knows reaches stored scans only when all are looked at.
    await call(api, "POST", "/v1/mappings", supervisor, 201, source="kuaidi100", code="40", milestone="returning")
    assert (await milestones(pool))["zto:ZT9"] != "returning"
    assert await run(carrier="zto") == (5, 0)
    assert await run(everything=True) == (6, 1)
    await until(lambda: counted(pool, "SELECT count(*) FROM parcel WHERE milestone = 'returning'", 1))


async def test_dead_events_are_given_to_the_stream_again(api, watching, pool, database_url, monkeypatch) -> None:
    monkeypatch.setattr("api.replay.Broker", partial(Broker, topic=api.topic))
    now = api.clock()
    scan = Scan(
        scan_id="00" * 8,
        carrier="zto",
        waybill="ZT1",
        happened_at=now,
        milestone=Milestone.PICKED_UP,
        source="canonical",
    )
    event = encode(Scanned(parcel_id="zto:ZT1", received_at=now, scans=(scan,)))
    await pool.executemany(
        'INSERT INTO dead_event (topic, partition, log_id, "offset", at, reason, key, value) '
        "VALUES ($1, 0, $2, $3, $4, $5, $6, $7)",
        [
            (api.topic, "", 1, now, "poison: a bug", b"zto:ZT1", event),
            (api.topic, "", 2, now, "not an event", b"zto:ZT1", b"rubbish"),
            (api.topic, "", 3, now, "no value", b"zto:ZT1", None),
        ],
    )
    settings = settings_for(api.settings.kafka, database_url=database_url)
    told: list[str] = []
    assert await replay_dead(settings, now + timedelta(hours=1), told.append) == Revived(0, 0)
    assert await replay_dead(settings, None, told.append) == Revived(1, 2)
    assert told[-1] == "1 dead events given to the stream again, 2 still no event"
    await until(lambda: counted(pool, "SELECT count(*) FROM parcel WHERE milestone = 'picked_up'", 1))
    assert await replay_dead(settings, None, told.append) == Revived(0, 2)
    waiting = 'SELECT "offset" FROM dead_event WHERE replayed_at IS NULL ORDER BY 1'
    assert [row[0] for row in await pool.fetch(waiting)] == [2, 3]
