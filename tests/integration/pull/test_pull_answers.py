"""Questions to fake providers, answers through the real intake into the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pull_world import DELIVERED, PICKED, journey

from core.event import Scanned
from core.scan import Milestone
from pull.question import Outcome
from tests.integration.pull.conftest import POLICY, Desk, drain, puller_of

pytestmark = pytest.mark.integration
MOVES = ("0", "InTransit_Other", "I", "IT")


async def scans(desk: Desk, events: int) -> dict[str, list[Milestone]]:
    found: dict[str, list[Milestone]] = {}
    for event in await desk.api.events(events):
        assert isinstance(event, Scanned)
        found.setdefault(event.parcel_id, []).extend(scan.milestone for scan in event.scans)
    return found


@pytest.mark.parametrize(
    ("provider", "parcel"),
    [("kuaidi100", "yto:YT123456"), ("ups", "ups:1Z123456"), ("fedex", "fedex:794600000001")],
)
async def test_an_answer_is_in_the_log_and_the_parcel_rests(desk: Desk, provider: str, parcel: str) -> None:
    await desk.parcel(parcel)
    desk.providers.known[parcel.partition(":")[2]] = journey(("picked up", PICKED), ("delivered", DELIVERED))
    puller = await desk.puller(provider, POLICY)
    reports = await drain(puller)
    assert [report.results[parcel].outcome for report in reports] == [Outcome.NEWS]
    assert (await scans(desk, 1))[parcel].count(Milestone.DELIVERED) == 1
    row = await desk.state(parcel)
    assert (row["outcome"], row["unknown"], row["failures"], row["lease_by"]) == ("news", 0, 0, None)
    assert await puller.round() is None
    assert desk.providers.numbers() == {parcel.partition(":")[2]: 1}
    assert desk.metric("waywarden_pull_scans_total", provider=provider) == 2
    assert desk.metric("waywarden_pull_parcels_total", provider=provider, outcome="news") == 1


async def test_17track_is_told_of_a_number_first(desk: Desk) -> None:
    await desk.parcel("17track.900001:YW1234567")
    desk.providers.known["YW1234567"] = journey(("picked up", PICKED))
    puller = await desk.puller("17track")
    await drain(puller)
    assert await desk.outcomes() == {"17track.900001:YW1234567": ("registered", "")}
    assert desk.providers.registered == {"YW1234567"}
    await desk.turn_comes()
    await drain(puller)
    assert list(await scans(desk, 1)) == ["17track.900001:YW1234567"]
    assert desk.providers.calls["register"] == 1
    assert not desk.providers.offences


async def test_what_is_fresh_or_over_is_not_asked_for(desk: Desk) -> None:
    await desk.parcel("ups:1Z0000FRESH")
    await desk.heard("ups:1Z0000FRESH", timedelta(hours=1))
    await desk.parcel("ups:1Z000SILENT")
    await desk.heard("ups:1Z000SILENT", timedelta(hours=30))
    await desk.parcel("ups:1Z00000OVER", active=False)
    await desk.parcel("nobody:X1234567")
    puller = await desk.puller("ups")
    await desk.parcel("ups:1Z000000NEW", ago=timedelta(minutes=1))
    await drain(puller)
    assert desk.providers.numbers() == {"1Z000SILENT": 1}
    rows = await desk.pool.fetch("SELECT parcel_id FROM pull_state ORDER BY 1")
    assert [row["parcel_id"] for row in rows] == ["ups:1Z0000FRESH", "ups:1Z000SILENT"]
    # What is over by the time its turn comes is forgotten.
    await desk.pool.execute("UPDATE parcel SET active = false")
    await desk.turn_comes()
    await drain(puller)
    assert await desk.pool.fetchval("SELECT count(*) FROM pull_state") == 0
    assert desk.providers.numbers() == {"1Z000SILENT": 1}


async def test_what_a_carrier_does_not_know_backs_off(desk: Desk) -> None:
    for parcel in ("ups:1Z00UNKNOWN", "fedex:790000000000", "yto:YT000000", "17track.1:XX12345"):
        await desk.parcel(parcel)
    desk.providers.registered.add("XX12345")
    pulling = await desk.pulling()
    for name in ("ups", "fedex", "kuaidi100", "17track"):
        await drain(puller_of(pulling, name))
    assert {outcome for outcome, _ in (await desk.outcomes()).values()} == {"unknown"}
    assert await desk.pool.fetchval("SELECT count(*) FROM quarantine") == 0
    before = await desk.state("ups:1Z00UNKNOWN")
    assert before["unknown"] == 1
    await desk.turn_comes()
    await drain(puller_of(pulling, "ups"))
    assert (await desk.state("ups:1Z00UNKNOWN"))["unknown"] == 2


async def test_the_same_answer_does_not_go_in_twice(desk: Desk) -> None:
    await desk.parcel("ups:1Z123456")
    desk.providers.known["1Z123456"] = journey(("picked up", PICKED))
    puller = await desk.puller("ups")
    await drain(puller)
    await desk.turn_comes()
    (report,) = await drain(puller)
    assert report.results["ups:1Z123456"].outcome is Outcome.SAME
    desk.providers.known["1Z123456"] += journey(("delivered", DELIVERED), ago=timedelta(hours=1))
    await desk.turn_comes()
    (report,) = await drain(puller)
    assert report.results["ups:1Z123456"].outcome is Outcome.NEWS
    first, second = await desk.api.events(2)
    assert isinstance(first, Scanned) and isinstance(second, Scanned)
    assert (len(first.scans), len(second.scans)) == (1, 2)
    assert desk.providers.numbers() == {"1Z123456": 3}


async def test_an_answer_that_cannot_be_read_is_kept_once(desk: Desk) -> None:
    await desk.parcel("ups:1Z123456")
    desk.providers.known["1Z123456"] = journey(("picked up", PICKED))
    desk.providers.garbled.add("1Z123456")
    puller = await desk.puller("ups")
    for _ in range(2):
        await drain(puller)
        await desk.turn_comes()
    assert (await desk.outcomes())["ups:1Z123456"][0] == "unreadable"
    rows = await desk.pool.fetch("SELECT format, reason, times FROM quarantine")
    assert [(row["format"], row["reason"], row["times"]) for row in rows] == [("ups", "no_waybill", 1)]


async def test_some_carriers_want_the_last_digits_of_the_phone(desk: Desk) -> None:
    await desk.parcel("sf:SF000001", phone="+86 138-0013-5678")
    await desk.parcel("sf:SF000002")
    await desk.parcel("yto:YT000003", phone="+86 138-0013-5678")
    for number in ("SF000001", "SF000002", "YT000003"):
        desk.providers.known[number] = journey(("已揽收", PICKED))
    await drain(await desk.puller("kuaidi100"))
    assert await desk.outcomes() == {
        "sf:SF000001": ("news", ""),
        "sf:SF000002": ("invalid", "phone"),
        "yto:YT000003": ("news", ""),
    }
    assert desk.providers.phones == {"SF000001": "5678"}


async def test_a_number_that_cannot_be_asked_for_costs_no_question(desk: Desk) -> None:
    await desk.parcel("17track.1:X 1")
    await drain(await desk.puller("17track"))
    assert await desk.outcomes() == {"17track.1:X 1": ("invalid", "format")}
    assert not desk.providers.calls


async def test_batches_keep_to_their_size_and_answers_left_out_come_again(desk: Desk) -> None:
    numbers = [f"7946{n:08d}" for n in range(70)]
    for number in numbers:
        await desk.parcel(f"fedex:{number}")
        desk.providers.known[number] = journey(("picked up", PICKED))
    desk.providers.mishaps["fedex"] += ["", "half"]
    puller = await desk.puller("fedex")
    await drain(puller)
    outcomes = [outcome for outcome, _ in (await desk.outcomes()).values()]
    assert outcomes.count("missing") == 15 and outcomes.count("news") == 55
    await desk.turn_comes()
    await drain(puller)
    assert {outcome for outcome, _ in (await desk.outcomes()).values()} == {"news", "same"}
    assert not desk.providers.offences
    assert len({event.parcel_id for event in await desk.api.events(70)}) == 70


async def test_a_carriers_key_stands_for_a_signature_and_only_for_its_owner(desk: Desk) -> None:
    body = (
        b'{"code":0,"data":{"accepted":[{"number":"YW1234567","carrier":900001,"track_info":{"tracking":{"providers":'
        b'[{"events":[{"time_iso":"2026-11-20T10:00:00Z","description":"arrived","sub_status":"InTransit_Other"}]}]}}}]}}'
    )
    for owner, status in (("*", 200), ("17track", 200), ("dhl", 403)):
        key = await desk.api.key("carrier", owner)
        async with desk.api.http.post("/v1/intake/17track", data=body, headers=key) as answer:
            assert answer.status == status, owner
    for headers in ({}, {"Authorization": "Bearer wk_000000000000_" + "0" * 48}, await desk.api.key("merchant", "s1")):
        async with desk.api.http.post("/v1/intake/17track", data=body, headers=headers) as answer:
            assert answer.status == 401
