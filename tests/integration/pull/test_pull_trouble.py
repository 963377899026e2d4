"""Providers that misbehave, accounts that are refused, limits, and our own intake away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pull_world import PICKED, journey

from pull.client import Client
from pull.question import Kind, Reply, Request, Verdict
from runtime import embedded
from store import pull as store
from tests.integration.pull.conftest import POLICY, QUICK, Desk, drain, puller_of

pytestmark = pytest.mark.integration
NUMBERS = {
    "kuaidi100": "yto:YT123456",
    "17track": "17track.9:XX123456",
    "ups": "ups:1Z123456",
    "fedex": "fedex:7946001",
}


async def one_parcel(desk: Desk, provider: str) -> str:
    parcel = await desk.parcel(NUMBERS[provider])
    number = parcel.partition(":")[2]
    desk.providers.known[number] = journey(("picked up", PICKED))
    desk.providers.registered.add(number)
    return parcel


MISHAPS = {
    "html": "html",
    "500": "http_500",
    "reset": "connection",
    "truncated": "syntax",
    "gzip": "payload",
    "half gzip": "syntax",
    "cut": "payload",
    "redirect": "http_302",
}


@pytest.mark.parametrize("provider", NUMBERS)
async def test_trouble_on_the_way_is_asked_again_and_nothing_is_kept_of_it(desk: Desk, provider: str) -> None:
    parcel = await one_parcel(desk, provider)
    puller = await desk.puller(provider)
    for nth, (mishap, reason) in enumerate(MISHAPS.items(), 1):
        if provider in ("ups", "fedex") and nth == 1:
            desk.providers.mishaps[provider].append("")  # the token is given
        desk.providers.mishaps[provider].append(mishap)
        if mishap == "reset" and provider == "ups":
            desk.providers.mishaps[provider].append(mishap)  # a GET on a used connection is sent once more by itself
        await drain(puller)
        row = await desk.state(parcel)
        assert (row["outcome"], row["detail"], row["failures"]) == ("trouble", reason, nth)
        account = await desk.account(provider)
        assert account["state"] == "trouble" and (account["paused_until"] is None) == (nth < 3)
        await desk.pool.execute("UPDATE pull_account SET paused_until = NULL")
        await desk.turn_comes()
    await drain(puller)
    assert ((await desk.state(parcel))["outcome"], (await desk.account(provider))["state"]) == ("news", "ok")
    assert await desk.pool.fetchval("SELECT count(*) FROM quarantine") == 0
    assert len(await desk.api.events(1)) == 1


async def test_a_provider_in_trouble_is_left_alone_and_tried_by_one_request(desk: Desk) -> None:
    for n in range(20):
        await desk.parcel(f"yto:YT00000{n:02d}")
    desk.providers.mishaps["kuaidi100"] += ["500"] * 40
    policy = msgspec.structs.replace(
        QUICK, rhythm=msgspec.structs.replace(QUICK.rhythm, trouble_s=60, trouble_longest_s=600)
    )
    puller = await desk.puller("kuaidi100", policy)
    while (await puller.round()) is not None:
        pass
    limits = policy.providers["kuaidi100"]
    assert desk.providers.calls["kuaidi100"] <= 3 + limits.parallel
    paused = await desk.account("kuaidi100")
    assert paused["paused_until"] is not None and paused["state"] == "trouble"
    await desk.pool.execute("UPDATE pull_account SET paused_until = now()")
    await desk.turn_comes()
    before = desk.providers.calls["kuaidi100"]
    await puller.round()
    assert desk.providers.calls["kuaidi100"] == before + 1


async def test_a_silent_server_does_not_hold_a_request_for_ever(desk: Desk) -> None:
    desk.providers.mishaps["ups"].append("silence")
    client = Client(lambda: datetime.now(UTC), timeout_s=0.3)
    got = await client.send(desk.providers.base, Request(method="GET", path="/api/track/v1/details/1Z"))
    assert got == Verdict(Kind.TROUBLE, "timeout")
    got = await client.send("http://127.0.0.1:1", Request(method="GET", path="/"))
    assert got == Verdict(Kind.TROUBLE, "connection")
    await client.close()


async def test_an_endless_body_is_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pull.client.MAX_BODY", 10)
    client = Client(lambda: datetime.now(UTC))
    got = await client.send(desk.providers.base, Request(method="GET", path="/api/track/v1/details/1Z"))
    assert got == Verdict(Kind.TROUBLE, "too_large")
    assert isinstance(await client.send(desk.api.base, Request(method="GET", path="/nowhere-")), Reply | Verdict)
    await client.close()


# --------------------------------------------------------------------------------------------------------- accounts


@pytest.mark.parametrize("provider", NUMBERS)
async def test_an_account_that_is_refused_is_not_asked_any_more(
    desk: Desk, provider: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parcel = await one_parcel(desk, provider)
    desk.providers.refused.add(provider)
    puller = await desk.puller(provider)
    await drain(puller)
    account = await desk.account(provider)
    assert account["state"] == "refused" and account["paused_until"] - datetime.now(UTC) > timedelta(hours=5)
    assert desk.metric("waywarden_pull_account_state", provider=provider, state="refused") == 1
    assert desk.metric("waywarden_pull_account_state", provider=provider, state="ok") == 0
    assert "pull_account_paused" in capsys.readouterr().out
    calls = desk.providers.calls.total()
    await desk.turn_comes()
    assert await drain(puller) == []
    assert desk.providers.calls.total() == calls
    row = await desk.state(parcel)
    assert (row["failures"], row["unknown"], row["asked_at"]) == (0, 0, None), "it is not the parcel's fault"
    # Other credentials are another account.
    desk.providers.refused.clear()
    fresh = await desk.pulling(pull_17track_key="wrong") if provider == "17track" else await desk.pulling()
    assert (puller_of(fresh, provider).account.key == puller.account.key) == (provider != "17track")
    async with desk.pool.acquire() as connection:
        await store.unpause(connection, puller.account.key)
    await desk.turn_comes()
    await drain(puller)
    assert (await desk.state(parcel))["outcome"] == "news"
    assert (await desk.account(provider))["state"] == "ok" if provider != "17track" else True


@pytest.mark.parametrize("provider", ["kuaidi100", "fedex"])
async def test_a_spent_quota_stops_the_account(desk: Desk, provider: str) -> None:
    await one_parcel(desk, provider)
    desk.providers.quota_out.add(provider)
    puller = await desk.puller(provider)
    await drain(puller)
    account = await desk.account(provider)
    assert account["state"] == "exhausted" and account["paused_until"] > datetime.now(UTC) + timedelta(hours=1)
    calls = desk.providers.calls.total()
    await desk.turn_comes()
    assert await drain(puller) == [] and desk.providers.calls.total() == calls


async def test_a_spent_quota_for_registering_does_not_stop_questions(desk: Desk) -> None:
    known = await one_parcel(desk, "17track")
    new = await desk.parcel("17track.9:NEW12345")
    desk.providers.register_quota = 0
    puller = await desk.puller("17track")
    await drain(puller)
    assert await desk.outcomes() == {known: ("news", ""), new: ("unknown", "not_registered")}
    assert (await desk.account("17track"))["state"] == "ok"
    rows = await desk.pool.fetch("SELECT state, reason FROM pull_account WHERE account LIKE '17track:%:register'")
    assert [tuple(row) for row in rows] == [("exhausted", "quota")]
    await desk.turn_comes()
    await drain(puller)
    assert desk.providers.calls["register"] == 1, "registering is not tried again before its time"


async def test_a_token_is_used_until_shortly_before_its_end_and_renewed_when_it_is_taken_away(desk: Desk) -> None:
    for n in range(8):
        await desk.parcel(f"ups:1Z00000{n}")
        desk.providers.known[f"1Z00000{n}"] = journey(("picked up", PICKED))
    puller = await desk.puller("ups")
    await drain(puller)
    assert desk.providers.calls["ups token"] == 1
    desk.providers.mishaps["ups"].append("token")
    await desk.turn_comes()
    await drain(puller)
    assert desk.providers.calls["ups token"] == 2
    assert {outcome for outcome, _ in (await desk.outcomes()).values()} == {"same"}
    desk.providers.token_s = 4
    desk.providers.tokens.clear()
    for _ in range(3):
        await desk.turn_comes()
        await drain(puller)
    assert 4 <= desk.providers.calls["ups token"] <= 7, "renewed at half of a life that is so short"
    assert {outcome for outcome, _ in (await desk.outcomes()).values()} == {"same"}
    assert (await desk.account("ups"))["state"] == "ok"


@pytest.mark.parametrize("mishap", ["429", "503"])
async def test_retry_after_is_kept_to(desk: Desk, mishap: str) -> None:
    parcel = await one_parcel(desk, "kuaidi100")
    desk.providers.mishaps["kuaidi100"].append(mishap)
    puller = await desk.puller("kuaidi100")
    began = asyncio.get_running_loop().time()
    await drain(puller)
    account = await desk.account("kuaidi100")
    assert account["state"] == "limited"
    wished = 2 if mishap == "429" else 1
    while (await desk.state(parcel))["outcome"] != "news":
        await desk.pool.execute("UPDATE pull_state SET look_at = now() WHERE lease_by IS NULL")
        await puller.round()
        await asyncio.sleep(0.05)
    assert asyncio.get_running_loop().time() - began >= wished
    assert desk.providers.calls["kuaidi100"] == 2


# ----------------------------------------------------------------------------------------------------------- limits


async def test_two_processes_together_keep_to_17tracks_limits(desk: Desk) -> None:
    for n in range(300):
        await desk.parcel(f"17track.9:XX{n:06d}")
    desk.providers.endless = True
    first, second = await desk.pulling(POLICY), await desk.pulling(POLICY)
    await asyncio.gather(*(drain(puller_of(one, "17track")) for one in (first, second)))
    assert len(desk.providers.registered) == 300
    await desk.pool.execute("UPDATE pull_state SET look_at = now(), retry_at = NULL, asked_at = NULL")
    await asyncio.gather(*(drain(puller_of(one, "17track")) for one in (first, second)))
    assert {outcome for outcome, _ in (await desk.outcomes()).values()} == {"news"}
    assert set(desk.providers.numbers().values()) == {2}, "once to find out that they are new, once for the answer"
    assert not desk.providers.offences
    times = [at for at, _, _ in desk.providers.asked]
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[3:], strict=False))


async def test_a_server_that_counts_stricter_than_we_do_is_obeyed(desk: Desk) -> None:
    for n in range(12):
        await desk.parcel(f"yto:YT0000{n:02d}")
    desk.providers.endless = True
    desk.providers.rate["kuaidi100"] = 2
    puller = await desk.puller("kuaidi100")
    async with asyncio.timeout(60):
        while {outcome for outcome, _ in (await desk.outcomes()).values()} != {"news"}:
            await desk.pool.execute("UPDATE pull_state SET look_at = now() WHERE lease_by IS NULL AND outcome IS NULL")
            if await puller.round() is None:
                await asyncio.sleep(0.05)
    assert set(desk.providers.numbers().values()) == {1}
    assert {row["failures"] for row in await desk.pool.fetch("SELECT failures FROM pull_state")} == {0}


async def test_a_daily_share_ends_the_day(desk: Desk) -> None:
    for n in range(9):
        await desk.parcel(f"yto:YT00000{n}")
    desk.providers.endless = True
    limits = msgspec.structs.replace(QUICK.providers["kuaidi100"], daily=5)
    policy = msgspec.structs.replace(QUICK, providers={**QUICK.providers, "kuaidi100": limits})
    first, second = await desk.pulling(policy), await desk.pulling(policy)
    await asyncio.gather(*(drain(puller_of(one, "kuaidi100")) for one in (first, second)))
    assert desk.providers.calls["kuaidi100"] == 5
    await desk.pool.execute("UPDATE pull_account SET day = day - 1")
    await desk.turn_comes()
    await drain(puller_of(first, "kuaidi100"))
    assert desk.providers.calls["kuaidi100"] == 10


# ------------------------------------------------------------------------------------------------- our own intake


async def test_an_answer_waits_for_our_intake_and_is_asked_for_again_when_it_stays_away(desk: Desk) -> None:
    parcel = await one_parcel(desk, "ups")
    puller = await desk.puller("ups", hold_s=0.6, pull_intake_url=f"http://127.0.0.1:{embedded.free_port()}")
    await drain(puller)
    row = await desk.state(parcel)
    assert (row["outcome"], row["detail"], row["digest"]) == ("undelivered", "away", None)
    assert desk.metric("waywarden_pull_intake_failures_total") >= 2
    later = await desk.puller("ups")
    await desk.turn_comes()
    await drain(later)
    assert (await desk.state(parcel))["outcome"] == "news"
    assert len(await desk.api.events(1)) == 1


async def test_a_revoked_key_of_ours_is_said(desk: Desk) -> None:
    parcel = await one_parcel(desk, "ups")
    pulling = await desk.pulling()
    await desk.pool.execute("UPDATE api_key SET revoked_at = now() WHERE key_id = $1", pulling.key.key_id)
    await pulling.begin()
    await drain(puller_of(pulling, "ups"))
    row = await desk.state(parcel)
    assert (row["outcome"], row["detail"]) == ("undelivered", "denied")


async def test_a_lease_that_ran_out_is_a_turn(desk: Desk) -> None:
    parcel = await one_parcel(desk, "ups")
    puller = await desk.puller("ups")
    async with desk.pool.acquire() as connection:
        now = datetime.now(UTC)
        gone: Any = await store.lease(connection, "ups", now, now + timedelta(seconds=0.3), "a process that died", 10)
        assert [one.parcel_id for one in gone] == [parcel]
        assert await puller.round() is None, "nobody else asks while the lease holds"
    await asyncio.sleep(0.4)  # the lease
    await drain(puller)
    assert desk.providers.numbers() == {"1Z123456": 1}
    async with desk.pool.acquire() as connection:
        await store.postpone(connection, "a process that died", [(parcel, now, None)])
    assert (await desk.state(parcel))["outcome"] == "news", "who lost its lease writes nothing"


async def test_many_turns_are_looked_at_together_and_only_as_many_asked_as_there_is_room_for(desk: Desk) -> None:
    for n in range(60):
        await desk.parcel(f"ups:1ZFRESH{n:03d}")
        await desk.heard(f"ups:1ZFRESH{n:03d}", timedelta(minutes=30))
    await desk.parcel("ups:1ZSILENT01")
    desk.providers.endless = True
    pulling = await desk.pulling()
    # The silent one comes last; a handful of rounds gets there, though only four are asked for at a time.
    await desk.pool.execute("UPDATE pull_state SET look_at = look_at - interval '1 h' WHERE parcel_id LIKE '%FRESH%'")
    reports = await drain(puller_of(pulling, "ups"))
    assert len(reports) <= 6
    assert desk.providers.numbers() == {"1ZSILENT01": 1}
    await desk.pool.execute("DELETE FROM scan")
    await desk.turn_comes()
    before = {row["parcel_id"]: row["look_at"] for row in await desk.pool.fetch("SELECT * FROM pull_state")}
    await desk.pool.execute("UPDATE pull_state SET look_at = now() + interval '1 h' WHERE parcel_id = 'ups:1ZSILENT01'")
    report = await puller_of(pulling, "ups").round()
    assert report is not None and len(report.results) == QUICK.providers["ups"].parallel
    waiting = await desk.pool.fetch(
        "SELECT parcel_id, look_at FROM pull_state WHERE outcome IS NULL AND lease_by IS NULL"
    )
    assert len(waiting) == 56 and all(row["look_at"] == before[row["parcel_id"]] for row in waiting)
