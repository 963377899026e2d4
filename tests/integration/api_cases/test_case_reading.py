"""Lists, details, search, counts and reveals: what is asked for, masked, and never another shop's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from api_world import World

pytestmark = pytest.mark.integration

CONTACT = {
    "name": "陈晓明",
    "phone": "13812345678",
    "email": "chen.xm@example.com",
    "address": "浙江省杭州市余杭区文一西路 969 号 3 幢 502",
}


async def get(client: TestClient, headers: dict[str, str], path: str, status: int = 200) -> dict[str, Any]:
    async with client.get(path, headers=headers) as answer:
        body = await answer.json()
        assert answer.status == status, body
        return dict(body)


async def test_pages_by_priority_hold_every_case_once(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    ids = {await world.case(await world.parcel(f"W{n}"), priority=10 * (n % 3)) for n in range(11)}
    seen: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(10):
        page = await get(client, headers, f"/v1/cases?limit=4{cursor}")
        assert len(page["items"]) <= 4
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [c["priority"] for c in seen] == sorted((c["priority"] for c in seen), reverse=True)
    assert len(seen) == len(ids) and {c["case_id"] for c in seen} == ids
    await get(client, headers, "/v1/cases?cursor=bm9uc2Vuc2U", 400)
    wrong = (await get(client, headers, "/v1/cases?limit=4"))["next"]
    await get(client, headers, f"/v1/exceptions?cursor={wrong}", 400)


async def test_filters(world: World, client: TestClient) -> None:
    staff_id, headers = await world.staff()
    one = await world.case(await world.parcel("W1", order="A-77"), "damage", severity=4, breached=True)
    two = await world.case(await world.parcel("W2", carrier="zto", shop="shop-2"), "delay", state="closed")
    three = await world.case(await world.parcel("W3", shop=None), "delay", state="waiting", waiting_on="carrier")
    await world.pool.execute("UPDATE cases SET assignee = $1 WHERE case_id = $2", staff_id, three)
    for query, wanted in {
        "": {one, three},
        "?state=closed": {two},
        "?state=closed&state=waiting": {two, three},
        "?kind=damage": {one},
        "?severity=4": {one},
        "?carrier=zto&state=closed": {two},
        "?shop=shop-1": {one},
        "?assignee=me": {three},
        "?assignee=nobody": {one},
        "?breached=true": {one},
        "?breached=false": {three},
        "?q=w1": {one},
        "?q=A-77": {one},
        "?q=sf:W3": {three},
        f"?q={three}": {three},
        "?q=nothing": set(),
    }.items():
        found = await get(client, headers, f"/v1/cases{query}")
        assert {c["case_id"] for c in found["items"]} == wanted, query
    for bad in ("?state=odd", "?severity=9", "?assignee=bob", "?limit=1000", "?colour=red"):
        await get(client, headers, f"/v1/cases{bad}", 422)


async def test_a_case_shows_all_that_belongs_to_it(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    parcel_id = await world.parcel("W1", contact=CONTACT)
    await world.scan(parcel_id, "picked_up", timedelta(days=2), "已揽收", place="杭州")
    await world.scan(parcel_id, "in_transit", timedelta(days=1), "已发车", place="杭州")
    case_id = await world.case(parcel_id)
    await world.exception(parcel_id, "stalled", case_id=case_id, measured_s=90000, limit_s=80000)
    sealed = world.sealer.seal(CONTACT["email"], f"{parcel_id}|email")
    await world.message(parcel_id, "包裹晚到", "……", recipient=sealed)
    await world.message(parcel_id, "parcel.late", '{"type": "parcel.late"}', channel="webhook", recipient="shop-1")
    async with client.get(f"/v1/cases/{case_id}", headers=headers) as answer:
        text, detail = await answer.text(), await answer.json()
        assert (answer.status, answer.headers["ETag"]) == (200, '"1"')
    assert [scan["milestone"] for scan in detail["parcel"]["timeline"]] == ["in_transit", "picked_up"]
    assert detail["exceptions"][0]["evidence"]["measured_s"] == 90000
    assert {clock["clock"] for clock in detail["clocks"]} == {"accept", "first_answer", "resolve"}
    contact = detail["parcel"]["registration"]["contact"]
    assert contact == {
        "name": "陈**",
        "phone": "138******78",
        "email": "c***@example.com",
        "address": "浙江省杭州市***",
    }
    assert {d["recipient"] for d in detail["parcel"]["deliveries"]} == {"c***@example.com", "shop-1"}
    # A webhook says which it is, and its JSON is nothing to read.
    for seen in (detail["parcel"], await get(client, headers, f"/v1/parcels/{parcel_id}")):
        told = {d["channel"]: (d["subject"], d["body"]) for d in seen["deliveries"]}
        assert told == {"email": ("包裹晚到", "……"), "webhook": ("parcel.late", None)}
    assert not any(clear in text for clear in CONTACT.values())
    await get(client, headers, "/v1/cases/none", 404)


async def test_a_shop_sees_its_own_rows_only(world: World, client: TestClient) -> None:
    await world.shop("shop-2", "另一家")
    mine = await world.merchant("shop-1")
    parcel_1, parcel_2 = await world.parcel("W1", order="A1"), await world.parcel("W2", shop="shop-2", order="A1")
    loose = await world.parcel("W3", shop=None)
    case_1, case_2, case_3 = [await world.case(p) for p in (parcel_1, parcel_2, loose)]
    for p in (parcel_1, parcel_2, loose):
        await world.exception(p, "late")
    assert {c["case_id"] for c in (await get(client, mine, "/v1/cases"))["items"]} == {case_1}
    assert {e["parcel_id"] for e in (await get(client, mine, "/v1/exceptions"))["items"]} == {parcel_1}
    assert (await get(client, mine, "/v1/summary"))["cases"]["total"] == 1
    assert {p["parcel_id"] for p in (await get(client, mine, "/v1/parcels?q=A1"))["items"]} == {parcel_1}
    assert (await get(client, mine, "/v1/parcels?q=W2"))["items"] == []
    assert (await get(client, mine, f"/v1/cases?q={case_2}"))["items"] == []
    await get(client, mine, f"/v1/cases/{case_1}")
    await get(client, mine, f"/v1/parcels/{parcel_1}")
    for case_id in (case_2, case_3):
        await get(client, mine, f"/v1/cases/{case_id}", 404)
    for parcel_id in (parcel_2, loose):
        await get(client, mine, f"/v1/parcels/{parcel_id}", 404)
    for path in ("/v1/cases", "/v1/exceptions", "/v1/summary"):
        await get(client, mine, f"{path}?shop=shop-2", 403)
        await get(client, {}, path, 401)
    async with client.post(
        f"/v1/parcels/{parcel_1}/reveal", json={"field": "phone", "reason": "curious"}, headers=mine
    ) as a:
        assert a.status == 403


async def test_staff_notes_are_not_for_the_shop(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    case_id = await world.case(await world.parcel("W1"))
    note = {"text": "the shop packs badly"}
    async with client.post(f"/v1/cases/{case_id}/note", json=note, headers=headers | {"If-Match": '"1"'}) as answer:
        assert answer.status == 200
    seen = await get(client, await world.merchant("shop-1"), f"/v1/cases/{case_id}")
    assert [event["type"] for event in seen["trail"]] == ["opened"]


async def test_parcels_are_found_by_what_people_have_in_hand(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    one, two = await world.parcel("SF100", order="TM-5"), await world.parcel("SF100", carrier="zto", order="TM-5")
    for q, wanted in {
        "sf100": {one, two},
        " SF 100 ": {one, two},
        "zto:sf100": {two},
        "TM-5": {one, two},
        "ZZ": set(),
    }.items():
        found = await get(client, headers, f"/v1/parcels?q={q}")
        assert {p["parcel_id"] for p in found["items"]} == wanted, q


async def test_exceptions_by_state_and_kind(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    parcel_id = await world.parcel("W1")
    late = await world.exception(parcel_id, "late", 2)
    lost = await world.exception(parcel_id, "loss_suspected", 4)
    old = await world.exception(parcel_id, "stalled", 3, state="cleared")
    page = await get(client, headers, "/v1/exceptions?limit=1")
    assert [e["exception_id"] for e in page["items"]] == [lost]
    page = await get(client, headers, f"/v1/exceptions?limit=1&cursor={page['next']}")
    assert ([e["exception_id"] for e in page["items"]], page["next"]) == ([late], None)
    for query, wanted in {
        "?state=cleared": {old},
        "?state=open&state=cleared": {late, lost, old},
        "?kind=late": {late},
    }.items():
        found = await get(client, headers, f"/v1/exceptions{query}")
        assert {e["exception_id"] for e in found["items"]} == wanted, query


async def test_counts(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    one = await world.parcel("W1")
    await world.case(one, "delay", breached=True)
    await world.case(one, "damage", state="resolved")
    await world.case(await world.parcel("W2", carrier="zto"), "delay", state="acknowledged", severity=3)
    await world.exception(one, "late")
    await world.exception(one, "stalled", state="cleared")
    counts = await get(client, headers, "/v1/summary")
    assert counts["cases"] == {
        "total": 2, "by_kind": {"delay": 2}, "by_severity": {"2": 1, "3": 1}, "by_carrier": {"sf": 1, "zto": 1},
        "by_state": {"open": 1, "acknowledged": 1}, "breached": 1, "unassigned": 2,
    }  # fmt: skip
    assert counts["exceptions"]["by_kind"] == {"late": 1}


async def test_a_look_in_clear_is_logged(world: World, client: TestClient) -> None:
    agent_id, agent = await world.staff()
    chief_id, chief = await world.staff("supervisor")
    parcel_id = await world.parcel("W1", contact=CONTACT)

    async def look(
        headers: dict[str, str], field: str = "phone", reason: str = "call about damage"
    ) -> tuple[int, Any, str]:
        body = {"field": field, "reason": reason}
        async with client.post(f"/v1/parcels/{parcel_id}/reveal", json=body, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers["Cache-Control"]

    assert (await look(agent))[0] == 403
    assert await look(chief) == (200, {"field": "phone", "value": CONTACT["phone"]}, "no-store")
    await world.case(parcel_id)
    assert (await look(agent, "address"))[:2] == (200, {"field": "address", "value": CONTACT["address"]})
    assert (await look(agent, reason=" "))[0] == 422
    rows = await world.pool.fetch("SELECT staff_id, field, reason FROM reveal ORDER BY reveal_id")
    assert [(r["staff_id"], r["field"]) for r in rows] == [(chief_id, "phone"), (agent_id, "address")]
    assert rows[0]["reason"] == "call about damage"


async def test_parked_messages_are_seen_and_sent_again(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    _, chief = await world.staff("supervisor")
    await world.message(await world.parcel("W1"), "s", "b", state="parked")
    page = await get(client, headers, "/v1/messages/parked")
    delivery_id = page["items"][0]["delivery_id"]
    for who, status in ((headers, 403), (chief, 204), (chief, 409)):
        async with client.post(f"/v1/messages/{delivery_id}/retry", headers=who) as answer:
            assert answer.status == status
    assert await world.pool.fetchval("SELECT state FROM delivery") == "pending"


async def test_colleagues_by_name_without_their_addresses(world: World, client: TestClient) -> None:
    one, headers = await world.staff(name="Bo")
    gone, _ = await world.staff(name="Al")
    await world.pool.execute("UPDATE staff SET disabled_at = now() WHERE staff_id = $1", gone)
    found = await get(client, headers, "/v1/colleagues")
    assert found["items"] == [{"staff_id": str(one), "name": "Bo", "role": "agent"}]
    await get(client, await world.merchant("shop-1"), "/v1/colleagues", 403)


async def test_lists_read_their_index_and_stop(world: World) -> None:
    """A page of a big table must not sort it: the plan walks the index in order."""
    from store.statements import load

    await world.pool.execute(
        "INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, reason, "
        "updated_at) SELECT n::text, 'sf:' || n, 'delay', 'open', 2, n % 50, 'system', now(), 'r', now() "
        "FROM generate_series(1, 20000) n"
    )
    await world.pool.execute(
        "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at, "
        "evidence) SELECT n::text, 'sf:' || n, 'late', 1 + n % 4, 'open', now(), now(), now(), '{}' "
        "FROM generate_series(1, 20000) n"
    )
    await world.pool.execute("ANALYZE cases, exception")
    for noun, name, arguments in (
        ("cases", "list_live", [None] * 6 + [False] + [None] * 6 + [51]),
        ("exceptions", "list_open", [None] * 8 + [51]),
    ):
        rows = await world.pool.fetch("EXPLAIN " + load(noun)[name], *arguments)
        plan = "\n".join(row[0] for row in rows)
        assert "cases_live" in plan or "exception_open" in plan, plan
        assert "Seq Scan on cases c" not in plan and "Seq Scan on exception e " not in plan, plan
