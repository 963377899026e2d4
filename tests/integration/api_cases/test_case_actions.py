"""Cases over REST: every action writes case, audit event, clocks, message and board row together, or nothing."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from api_world import NOW, World

pytestmark = pytest.mark.integration


async def clock_of(world: World, case_id: str, clock: str) -> Any:
    return await world.pool.fetchrow("SELECT * FROM case_clock WHERE case_id = $1 AND clock = $2", case_id, clock)


async def templates(world: World, case_id: str) -> list[str]:
    rows = await world.pool.fetch("SELECT template FROM outbox WHERE case_id = $1 ORDER BY at, notice_id", case_id)
    return [row["template"] for row in rows]


async def do(
    client: TestClient, headers: dict[str, str], case_id: str, action: str, version: int, **body: Any
) -> tuple[int, dict[str, Any]]:
    async with client.post(
        f"/v1/cases/{case_id}/{action}", json=body, headers={**headers, "If-Match": f'"{version}"'}
    ) as answer:
        return answer.status, await answer.json()


async def test_a_case_is_taken_worked_and_solved(world: World, client: TestClient) -> None:
    staff_id, headers = await world.staff()
    case_id = await world.case(await world.parcel("W1"))
    status, seen = await do(client, headers, case_id, "acknowledge", 1)
    assert (status, seen["case"]["state"], seen["case"]["version"]) == (200, "acknowledged", 2)
    assert seen["case"]["assignee"] == str(staff_id)
    answer = await clock_of(world, case_id, "first_answer")
    assert (answer["state"], answer["met_at"]) == ("met", NOW)
    assert await templates(world, case_id) == ["case_accepted"]

    await do(client, headers, case_id, "investigate", 2)
    assert (await do(client, headers, case_id, "wait", 3, on="carrier", ask="a photo"))[0] == 422
    status, seen = await do(client, headers, case_id, "wait", 3, on="consumer", ask="请发一张箱子的照片")
    async with client.get(f"/t/{world.links.token('sf:W1')}") as answer:
        assert "请发一张箱子的照片" in await answer.text()
    assert seen["case"]["waiting_on"] == "consumer"
    resolve = await clock_of(world, case_id, "resolve")
    left = resolve["due_at"] - NOW
    assert (resolve["state"], resolve["remaining_s"]) == ("paused", left.total_seconds())

    world.clock.at = NOW + timedelta(minutes=90)
    await do(client, headers, case_id, "investigate", 4)
    resolve = await clock_of(world, case_id, "resolve")
    assert (resolve["state"], resolve["due_at"]) == ("running", NOW + timedelta(minutes=90) + left)

    status, seen = await do(client, headers, case_id, "resolve", 5, resolution="已补发，明天送达。")
    assert (seen["case"]["state"], seen["case"]["resolution"]) == ("resolved", "已补发，明天送达。")
    assert (await clock_of(world, case_id, "resolve"))["met_at"] == world.clock.at
    # The first two are of the same moment, in no order.
    assert sorted(await templates(world, case_id)) == ["case_accepted", "case_resolved", "case_waiting"]

    world.clock.at += timedelta(hours=1)
    status, seen = await do(client, headers, case_id, "reopen", 6, reason="still missing")
    assert (seen["case"]["state"], seen["case"]["resolution"]) == ("investigating", None)
    resolve = await clock_of(world, case_id, "resolve")
    assert (resolve["state"], resolve["due_at"]) == ("running", world.clock.at + timedelta(hours=48))
    status, seen = await do(client, headers, case_id, "close", 7, reason="by phone")
    assert (status, seen["case"]["state"]) == (200, "closed")
    assert [event["type"] for event in seen["trail"]] == [
        "opened", "CaseAcknowledged", "CaseInvestigated", "CaseWaited", "CaseInvestigated", "CaseResolved",
        "CaseReopened", "CaseClosed",
    ]  # fmt: skip
    assert [event["version"] for event in seen["trail"]] == list(range(1, 9))
    assert seen["trail"][-1]["actor_name"] == "林小姐"
    feed = await world.pool.fetch("SELECT body FROM feed WHERE key = $1 ORDER BY seq", case_id)
    assert [row["body"]["version"] for row in feed] == list(range(2, 9))


async def test_without_a_version_nothing_changes(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    case_id = await world.case(await world.parcel("W1"))
    for given in ({}, {"If-Match": "*"}, {"If-Match": "three"}):
        async with client.post(f"/v1/cases/{case_id}/acknowledge", json={}, headers=headers | given) as answer:
            assert answer.status == 428
    status, problem = await do(client, headers, case_id, "acknowledge", 9)
    assert (status, problem["version"], problem["state"]) == (412, 1, "open")
    assert await world.pool.fetchval("SELECT version FROM cases") == 1


async def test_of_two_people_at_once_one_is_told(world: World, client: TestClient) -> None:
    people = [(await world.staff())[1] for _ in range(6)]
    case_id = await world.case(await world.parcel("W1"))
    answers = await asyncio.gather(*(do(client, headers, case_id, "acknowledge", 1) for headers in people))
    assert sorted(status for status, _ in answers) == [200, 412, 412, 412, 412, 412]
    assert {body["version"] for status, body in answers if status == 412} == {2}
    events = await world.pool.fetch("SELECT version FROM case_event WHERE case_id = $1 ORDER BY version", case_id)
    assert [row["version"] for row in events] == [1, 2]
    assert await templates(world, case_id) == ["case_accepted"]


async def test_notes_from_many_hands_all_arrive(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    case_id = await world.case(await world.parcel("W1"))

    async def note(n: int) -> None:
        version = 1
        while True:
            status, body = await do(client, headers, case_id, "note", version, text=f"note {n}")
            if status == 200:
                return
            assert status == 412
            version = body["version"]

    await asyncio.gather(*(note(n) for n in range(8)))
    rows = await world.pool.fetch("SELECT reason FROM case_event WHERE type = 'CaseNoted'")
    assert {row["reason"] for row in rows} == {f"note {n}" for n in range(8)}
    assert await world.pool.fetchval("SELECT version FROM cases") == 9


async def test_what_the_state_does_not_allow_is_refused_in_words(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    case_id = await world.case(await world.parcel("W1"))
    status, problem = await do(client, headers, case_id, "investigate", 1)
    assert (status, problem["type"].rpartition(":")[2]) == (409, "not-now")
    assert "acknowledged" in problem["detail"]
    assert (await do(client, headers, case_id, "reopen", 1, reason="x"))[0] == 409
    assert (await do(client, headers, case_id, "resolve", 1, resolution=" "))[0] == 422
    assert await world.pool.fetchval("SELECT count(*) FROM case_event") == 1


async def test_reopening_beside_an_open_one_names_it(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    parcel_id = await world.parcel("W1")
    old = await world.case(parcel_id, state="resolved")
    new = await world.case(parcel_id)
    status, problem = await do(client, headers, old, "reopen", 1, reason="again")
    assert (status, problem["case_id"]) == (409, new)


async def test_assignment_and_priority(world: World, client: TestClient) -> None:
    mine, headers = await world.staff()
    other, _ = await world.staff(name="王先生")
    case_id = await world.case(await world.parcel("W1"))
    assert (await do(client, headers, case_id, "assign", 1, staff_id="me"))[1]["case"]["assignee"] == str(mine)
    assert (await do(client, headers, case_id, "assign", 2, staff_id=str(other)))[1]["case"]["assignee"] == str(other)
    assert (await do(client, headers, case_id, "assign", 3, staff_id=str(uuid.uuid4())))[0] == 422
    assert (await do(client, headers, case_id, "assign", 3, staff_id=None))[1]["case"]["assignee"] is None
    status, seen = await do(client, headers, case_id, "priority", 4, priority=900, reason="the mayor")
    assert (status, seen["case"]["priority"]) == (200, 900)
    assert (await clock_of(world, case_id, "first_answer"))["state"] == "running"
    assert await templates(world, case_id) == []


async def test_staff_open_a_case_once(world: World, client: TestClient) -> None:
    staff_id, headers = await world.staff()
    parcel_id = await world.parcel("W1", declared_minor=2_000_00)
    wanted = {"parcel_id": parcel_id, "kind": "complaint", "reason": "courier was rude"}

    async def send() -> tuple[int, dict[str, Any]]:
        async with client.post("/v1/cases", json=wanted, headers=headers) as answer:
            return answer.status, await answer.json()

    answers = await asyncio.gather(*(send() for _ in range(4)))
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    made = next(body for status, body in answers if status == 201)
    assert {body["case_id"] for _, body in answers} == {made["case_id"]}
    assert (made["opened_by"], made["assignee"]) == (f"staff:{staff_id}", str(staff_id))
    assert {clock["clock"]: clock["state"] for clock in made["clocks"]} == {
        "accept": "met", "first_answer": "running", "resolve": "running",
    }  # fmt: skip
    assert await templates(world, made["case_id"]) == ["case_accepted"]
    async with client.post("/v1/cases", json=wanted | {"parcel_id": "sf:NO"}, headers=headers) as answer:
        assert answer.status == 404


async def test_many_at_once_each_for_itself(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    ids = [await world.case(await world.parcel(f"W{n}")) for n in range(3)]
    gone = {"case_id": "none", "version": 1}
    cases = [
        {"case_id": ids[0], "version": 1},
        {"case_id": ids[1], "version": 4},
        gone,
        {"case_id": ids[2], "version": 1},
    ]
    async with client.post("/v1/cases/bulk", json={"action": "acknowledge", "cases": cases}, headers=headers) as answer:
        outcomes = (await answer.json())["outcomes"]
    assert [(o["ok"], o["code"], o["version"]) for o in outcomes] == [
        (True, None, 2), (False, "stale", 1), (False, "no-such-case", None), (True, None, 2),
    ]  # fmt: skip
    for body in (
        {"action": "wait", "cases": cases},
        {"action": "close", "cases": [gone, gone]},
        {"action": "close", "cases": [{"case_id": str(n), "version": 1} for n in range(201)]},
    ):
        async with client.post("/v1/cases/bulk", json=body, headers=headers) as answer:
            assert answer.status == 422


async def test_a_failure_half_way_leaves_nothing(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    case_id = await world.case(await world.parcel("W1"))
    await world.pool.execute("ALTER TABLE outbox ADD CONSTRAINT no_room CHECK (case_id IS NULL)")
    assert (await do(client, headers, case_id, "acknowledge", 1))[0] == 500
    assert await world.pool.fetchval("SELECT version FROM cases") == 1
    assert await world.pool.fetchval("SELECT count(*) FROM case_event") == 1
    assert await world.pool.fetchval("SELECT count(*) FROM feed") == 0
    assert (await clock_of(world, case_id, "first_answer"))["met_at"] is None


async def test_only_staff_change_cases(world: World, client: TestClient) -> None:
    case_id = await world.case(await world.parcel("W1"))
    merchant = await world.merchant("shop-1")
    assert (await do(client, merchant, case_id, "acknowledge", 1))[0] == 403
    assert (await do(client, {}, case_id, "acknowledge", 1))[0] == 401
    _, headers = await world.staff()
    assert (await do(client, headers | {"X-CSRF-Token": "guess"}, case_id, "acknowledge", 1))[0] == 403
