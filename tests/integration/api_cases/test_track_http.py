"""The consumer's page over HTTP: by link only, private, a report once however often it is sent."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from api_world import World
from incident_rows import put_incident

from core.event import Reported

pytestmark = pytest.mark.integration


def path(world: World, parcel_id: str) -> str:
    return f"/t/{world.links.token(parcel_id)}"


async def read(client: TestClient, url: str, status: int = 200, **headers: str) -> str:
    async with client.get(url, headers=headers) as answer:
        assert answer.status == status
        assert answer.content_type == "text/html"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        return await answer.text()


def form_of(page: str, kind: str) -> dict[str, str]:
    form = next(part for part in page.split("<form ")[1:] if f'value="{kind}"' in part).partition("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


async def send(client: TestClient, world: World, parcel_id: str, **form: str) -> tuple[int, str, str]:
    async with client.post(f"{path(world, parcel_id)}/report", data=form, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_the_page_belongs_to_whoever_has_the_link(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", milestone="delivered", contact={"phone": "13812345678"})
    await world.scan(parcel_id, "delivered", timedelta(hours=1), "已签收", place="成都")
    page = await read(client, path(world, parcel_id))
    assert "SF777" in page and "您的包裹已签收" in page and "13812345678" not in page
    for wrong in ("x" * 32, "short", "a%20b%00c", world.links.token("sf:OTHER")):
        assert "SF777" not in await read(client, f"/t/{wrong}", 404)


async def test_languages(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", language="zh-TW", milestone="delivered")
    here = path(world, parcel_id)
    assert '<html lang="zh-TW">' in await read(client, here, **{"Accept-Language": "en"})
    assert "Your parcel was delivered" in await read(client, f"{here}?lang=en")
    assert '<html lang="zh-TW">' in await read(client, f"{here}?lang=xx")
    for wish, text in {"en": "We cannot find", "zh-TW": "找不到頁面", "zh-CN": "页面不存在"}.items():
        assert text in await read(client, "/t/nothing-of-the-kind-here", 404, **{"Accept-Language": wish})


async def test_a_report_goes_into_the_log_once(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", milestone="delivered", language="en")
    form = form_of(await read(client, path(world, parcel_id)), "not_received")
    form["note"] = "Nobody rang,\r\nnothing at the desk."
    status, location, _ = await send(client, world, parcel_id, **form)
    assert (status, location) == (303, f"{path(world, parcel_id)}?sent=not_received")
    assert await send(client, world, parcel_id, **form) == (303, location, "")
    [event] = world.log.events
    assert isinstance(event, Reported) and event.parcel_id == parcel_id
    assert event.report.kind == "not_received" and event.report.at == world.clock()
    assert event.report.note is not None and "rang" not in event.report.note
    assert world.sealer.open(event.report.note, f"{parcel_id}|note") == "Nobody rang,\nnothing at the desk."

    page = await read(client, location)
    assert "We have your report" in page and "We answer by today, 17:45" in page
    assert 'value="not_received"' not in page and 'value="damaged"' in page

    # The stream has made it a case: the page shows that instead, and once.
    await world.pool.execute(
        "INSERT INTO report (report_id, parcel_id, kind, at) VALUES ($1, $2, 'not_received', $3)",
        event.report.report_id, parcel_id, event.report.at,
    )  # fmt: skip
    case_id = await world.case(parcel_id, "delivery", opened=timedelta(0))
    await world.exception(parcel_id, "not_received", 4, case_id=case_id, reports=[event.report.report_id])
    page = await read(client, location)
    assert page.count("<article") == 1 and "Your case is with us" in page and "We have your report" in page


async def test_the_same_form_twice_at_once_is_one_report_id(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", milestone="delivered")
    form = form_of(await read(client, path(world, parcel_id)), "damaged")
    answers = await asyncio.gather(*(send(client, world, parcel_id, **form) for _ in range(4)))
    assert {status for status, _, _ in answers} == {303}
    assert len({e.report.report_id for e in world.log.events if isinstance(e, Reported)}) == 1
    assert await world.pool.fetchval("SELECT count(*) FROM idempotency") == 1


async def test_what_makes_no_sense_is_not_taken(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777")
    page = await read(client, path(world, parcel_id))
    assert 'value="not_received"' not in page
    for form in (
        {"kind": "not_received", "nonce": "n" * 24},
        {"kind": "stolen", "nonce": "n" * 24},
        {"kind": "damaged", "nonce": ""},
        {},
    ):
        assert (await send(client, world, parcel_id, **form))[0] == 303
    assert world.log.events == []
    async with client.post("/t/" + "x" * 32 + "/report", data={"kind": "damaged", "nonce": "n" * 24}) as answer:
        assert answer.status == 404


async def test_what_was_written_is_kept_when_it_cannot_be_taken(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", milestone="delivered", language="en")
    form: dict[str, Any] = form_of(await read(client, path(world, parcel_id)), "damaged")
    world.log.away = True
    status, _, page = await send(client, world, parcel_id, **form, note="the <b>box</b> is wet")
    assert status == 503 and "the &lt;b&gt;box&lt;/b&gt; is wet" in page and "could not take your report" in page
    assert await world.pool.fetchval("SELECT count(*) FROM idempotency") == 0
    world.log.away = False
    status, _, page = await send(client, world, parcel_id, **form, note="x" * 1001)
    assert status == 422 and "shorten your note" in page
    assert world.log.events == []
    assert (await send(client, world, parcel_id, **form, note="wet"))[0] == 303


async def test_guessing_runs_dry(world: World, client: TestClient) -> None:
    statuses = []
    for n in range(20):
        async with client.get(f"/t/{'g' * 30}{n:02}") as answer:
            statuses.append(answer.status)
            wait = answer.headers.get("Retry-After")
    assert statuses[0] == 404 and statuses[-1] == 429 and wait is not None and int(wait) > 0
    world.clock.at += timedelta(minutes=1)
    async with client.get("/t/" + "g" * 32) as answer:
        assert answer.status == 404


async def test_a_case_that_we_opened_does_not_thank_for_a_word(world: World, client: TestClient) -> None:
    for language, noticed, thanks in (
        ("zh-CN", "我们自己发现了这个问题", "我们已收到您的情况"),
        ("zh-TW", "我們主動發現這個狀況", "我們已收到您的狀況"),
        ("en", "We noticed it ourselves and opened a case", "Your case is with us"),
    ):
        parcel_id = await world.parcel(f"SF-{language}", language=language)
        case_id = await world.case(parcel_id)
        await world.exception(parcel_id, "late", case_id=case_id)
        page = await read(client, path(world, parcel_id))
        assert noticed in page and thanks not in page
        # Staff open one when somebody has called.
        await world.pool.execute("UPDATE cases SET opened_by = 'staff:1' WHERE case_id = $1", case_id)
        page = await read(client, path(world, parcel_id))
        assert thanks in page and noticed not in page


async def test_only_words_for_the_consumer_show(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", language="en")
    await world.case(parcel_id, "delay", state="resolved", resolution="scan 8a1f proves it")
    await world.message(parcel_id, "Late by a day", "Dear customer", recipient="sealed")
    await world.message(parcel_id, "hook", "{secret}", channel="webhook", recipient="shop-1")
    await world.message(parcel_id, "Not sent", "waiting", state="parked")
    page = await read(client, path(world, parcel_id))
    assert "Late by a day" in page and "scan 8a1f" not in page and "{secret}" not in page and "Not sent" not in page


async def test_what_the_carrier_took_back_is_not_shown_to_the_consumer_and_marked_for_staff(
    world: World, client: TestClient
) -> None:
    parcel_id = await world.parcel("SF777")
    await world.scan(parcel_id, "in_transit", timedelta(hours=3), "已到达杭州", place="杭州")
    wrong = await world.scan(parcel_id, "in_transit", timedelta(hours=2), "已到达拉萨", place="拉萨")
    await world.scan(parcel_id, "pending", timedelta(hours=1), "urn:uuid:1", retracts=wrong)
    page = await read(client, path(world, parcel_id))
    assert "已到达杭州" in page and "拉萨" not in page and "urn:uuid" not in page
    _, headers = await world.staff()
    async with client.get(f"/v1/parcels/{parcel_id}", headers=headers) as answer:
        timeline = (await answer.json())["timeline"]
    assert [(scan["milestone"], scan["withdrawn"]) for scan in timeline] == [
        ("pending", False),
        ("in_transit", True),
        ("in_transit", False),
    ]


async def test_a_silent_feed_is_said_while_it_lasts(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF778", language="en")
    for carrier, facility, said in (("zto", None, False), ("sf", "武汉", False), ("sf", None, True)):
        await put_incident(
            world.pool, f"{carrier}{facility}", world.clock(), "feed_silent" if facility is None else "hub_jam",
            carrier=carrier, facility=facility,
        )  # fmt: skip
        page = await read(client, path(world, parcel_id))
        assert ("we get no news from SF Express" in page) is said
    await put_incident(world.pool, "sfNone", world.clock(), "feed_silent", until=world.clock())
    assert "we get no news" not in await read(client, path(world, parcel_id))
