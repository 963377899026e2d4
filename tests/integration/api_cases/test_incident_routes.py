"""Incidents as staff read them: the list, one with its parcels and cases, those of a parcel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from api_world import World
from incident_rows import HUB, put_incident

pytestmark = pytest.mark.integration


async def get(client: TestClient, headers: dict[str, str], path: str, status: int = 200) -> Any:
    async with client.get(path, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_the_list_by_state_kind_and_carrier(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    now = world.clock()
    await put_incident(world.pool, "jam", now, hours=3, parcels=2, total=5)
    await put_incident(world.pool, "lane", now, "lane_degraded", hours=9, facility="杭州", facility_to="成都")
    await put_incident(world.pool, "silent", now, "feed_silent", carrier="zto", hours=1)
    await put_incident(world.pool, "old", now, hours=40, facility="武汉", until=now - timedelta(hours=2))
    page = await get(client, headers, "/v1/incidents")
    assert [one["incident_id"] for one in page["items"]] == ["silent", "jam", "lane"]
    assert page["next"] is None
    jam = page["items"][1]
    assert (jam["facility"], jam["facility_to"], jam["state"], jam["severity"]) == (HUB, None, "open", 3)
    assert jam["measured"] == {"heard": 3, "expected": 412, "window_s": 3600}
    assert (jam["parcels"], jam["parcels_total"]) == (2, 5)
    seen, path = [], "/v1/incidents?state=open&state=closed&limit=1"
    page = await get(client, headers, path)
    while True:
        seen += [one["incident_id"] for one in page["items"]]
        if page["next"] is None:
            break
        page = await get(client, headers, f"{path}&cursor={page['next']}")
    assert seen == ["silent", "jam", "lane", "old"]
    for query, wanted in {
        "?state=closed": ["old"],
        "?kind=feed_silent&kind=lane_degraded": ["silent", "lane"],
        "?carrier=zto": ["silent"],
        "?carrier=zto&kind=hub_jam": [],
    }.items():
        found = await get(client, headers, f"/v1/incidents{query}")
        assert [one["incident_id"] for one in found["items"]] == wanted, query
    await get(client, headers, "/v1/incidents?kind=late", 422)
    await get(client, headers, "/v1/incidents?cursor=bm9uZTpbXQ", 400)


async def test_one_with_its_parcels_in_pages_and_its_cases(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    await put_incident(world.pool, "jam", world.clock(), parcels=3)
    await put_incident(world.pool, "other", world.clock(), facility="武汉")
    under = []
    for n in range(5):
        parcel_id = await world.parcel(f"W{n}")
        state = ("open", "open", "open", "cleared", "retracted")[n]
        under.append(await world.exception(parcel_id, "jammed", 1, state=state, incident="jam"))
    await world.exception("sf:W0", "damage_reported", 3)
    elsewhere = await world.parcel("W9")
    await world.exception(elsewhere, "jammed", 1, incident="other")
    await world.pool.execute("UPDATE exception SET closed_at = now() WHERE state <> 'open'")
    worse = await world.case("sf:W1", priority=900, opened=timedelta(hours=4))
    case = await world.case("sf:W0", opened=timedelta(hours=4))
    await world.case("sf:W2", state="closed", opened=timedelta(hours=4))
    await world.case(elsewhere)
    found: list[str] = []
    page = await get(client, headers, "/v1/incidents/jam?limit=2")
    assert page["incident"]["incident_id"] == "jam"
    assert ([one["case_id"] for one in page["cases"]], page["cases_total"]) == ([worse, case], 2)
    assert {one["incident_id"] for one in page["cases"]} == {"jam"}
    while True:
        found += [one["exception_id"] for one in page["exceptions"]]
        assert {one["incident_id"] for one in page["exceptions"]} <= {"jam"}
        if page["next"] is None:
            break
        page = await get(client, headers, f"/v1/incidents/jam?limit=2&cursor={page['next']}")
    assert sorted(found) == sorted(under[:4]), "what was never under it is not shown"
    page = await get(client, headers, "/v1/incidents/jam?open=true")
    assert sorted(one["exception_id"] for one in page["exceptions"]) == sorted(under[:3])
    first = await get(client, headers, "/v1/incidents/jam?limit=1")
    await get(client, headers, f"/v1/incidents/other?cursor={first['next']}", 400)
    await get(client, headers, "/v1/incidents/none", 404)


async def test_a_parcel_names_what_it_is_in(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    now = world.clock()
    await put_incident(world.pool, "jam", now)
    await put_incident(world.pool, "silent", now, "feed_silent")
    await put_incident(world.pool, "zto", now, "feed_silent", carrier="zto")
    parcel_id = await world.parcel("W1")
    await world.exception(parcel_id, "jammed", 1, incident="jam")
    seen = await get(client, headers, f"/v1/parcels/{parcel_id}")
    assert [one["incident_id"] for one in seen["incidents"]] == ["jam", "silent"]
    await world.pool.execute("UPDATE exception SET state = 'cleared'")
    await put_incident(world.pool, "silent", now, "feed_silent", until=now)
    assert (await get(client, headers, f"/v1/parcels/{parcel_id}"))["incidents"] == []


async def test_an_incident_is_for_staff(world: World, client: TestClient) -> None:
    """It counts the parcels of all shops."""
    await put_incident(world.pool, "jam", world.clock())
    parcel_id = await world.parcel("W1")
    await world.exception(parcel_id, "jammed", 1, incident="jam")
    key = await world.merchant("shop-1")
    for path in ("/v1/incidents", "/v1/incidents/jam"):
        await get(client, key, path, 403)
        await get(client, {}, path, 401)
    assert (await get(client, key, f"/v1/parcels/{parcel_id}"))["incidents"] == []


async def test_they_are_described(client: TestClient) -> None:
    document = await get(client, {}, "/openapi.json")
    listed = document["paths"]["/v1/incidents"]["get"]
    assert {one["name"] for one in listed["parameters"]} == {"state", "kind", "carrier", "cursor", "limit"}
    assert listed["tags"] == ["incidents"] and listed["security"] == [{"session": []}]
    schema = document["components"]["schemas"]["IncidentDetail"]["properties"]
    assert schema.keys() == {"incident", "exceptions", "next", "cases", "cases_total"}
