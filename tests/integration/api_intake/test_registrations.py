from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest

from core.event import Registered
from runtime.sealing import Links
from tests.integration.api_intake.conftest import KEY, Api

pytestmark = pytest.mark.integration


def parcel(waybill: str = "SF100", **more: Any) -> dict[str, Any]:
    return {
        "carrier": "sf",
        "waybill": waybill,
        "order": "WW1",
        "promised_at": "2026-11-25T18:00:00+08:00",
        "declared_minor": 12_900,
        "language": "zh-TW",
        "tier": "vip",
        "contact": {"name": "林小姐", "phone": "+886912345678", "email": "lin@example.com", "address": "臺北市信義區"},
        **more,
    }


async def post(api: Api, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with api.http.post(
        "/v1/parcels", data=BytesIO(raw), headers={"Content-Type": "application/json", **headers}
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_one_parcel_is_registered_sealed_and_has_its_link(api: Api) -> None:
    status, body = await post(api, parcel(), await api.key("merchant", "shop-1"))
    assert status == 201
    token = Links(KEY).token("sf:SF100")
    assert body == {"parcels": [{"parcel_id": "sf:SF100", "link": f"https://watch.example/t/{token}"}]}
    (event,) = await api.events(1)
    assert isinstance(event, Registered)
    told = event.registration
    assert (told.shop, told.order, told.declared_minor, told.language, told.tier) == (
        "shop-1",
        "WW1",
        12_900,
        "zh-TW",
        "vip",
    )
    assert told.promised_at == datetime.fromisoformat("2026-11-25T18:00:00+08:00")
    assert told.link == Links.digest(token)
    assert told.contact is not None
    assert told.contact.phone is not None
    assert "912345678" not in told.contact.phone
    assert api.services.sealer.open(told.contact.phone, "sf:SF100|phone") == "+886912345678"
    assert api.services.sealer.open(told.contact.name or "", "sf:SF100|name") == "林小姐"


async def test_a_thousand_at_once_and_not_one_more(api: Api) -> None:
    key = await api.key("merchant", "shop-1")
    status, body = await post(api, [parcel(f"SF{number}") for number in range(1000)], key)
    assert status == 201
    assert len(body["parcels"]) == 1000
    assert len(await api.events(1000)) == 1000
    status, body = await post(api, [parcel(f"SF{number}") for number in range(1001)], key)
    assert status == 413
    assert body["type"] == "urn:waywarden:problem:too-many-parcels"


async def test_wrong_fields_are_named_and_nothing_is_registered(api: Api) -> None:
    key = await api.key("merchant", "shop-1")
    wrong = [
        parcel(),
        parcel("SF2", declared_minor=-1, currency="yuan", language="fr"),
        parcel("SF3", promised_at="2026-11-25T18:00:00", colour="red"),
        parcel("SF4", contact={"phone": "call me"}, order="a\x00b"),
    ]
    status, body = await post(api, wrong, key)
    assert status == 422
    assert {error["field"] for error in body["errors"]} == {
        "1.declared_minor",
        "1.currency",
        "1.language",
        "2.promised_at",
        "2.colour",
        "3.contact.phone",
        "3.order",
    }
    assert "call me" not in json.dumps(body)
    status, body = await post(api, [parcel("SF1"), parcel("sf 1")], key)
    assert (status, body["errors"][0]["field"]) == (422, "1.waybill")
    assert (await post(api, b"{", key))[0] == 400
    assert (await post(api, b"[]", key))[0] == 422
    assert await api.pool.fetchval("SELECT count(*) FROM inbox") == 0
    assert api.metric("waywarden_intake_registrations_total") == 0


async def test_an_idempotency_key_gives_the_same_answer_and_no_second_event(api: Api) -> None:
    key = await api.key("merchant", "shop-1")
    first = await post(api, parcel(), key | {"Idempotency-Key": "order-1"})
    again = await post(api, parcel(), key | {"Idempotency-Key": "order-1"})
    assert first == again
    assert api.metric("waywarden_intake_registrations_total") == 1
    status, body = await post(api, parcel("SF2"), key | {"Idempotency-Key": "order-1"})
    assert (status, body["type"]) == (422, "urn:waywarden:problem:idempotency-key-used")
    other = await api.key("merchant", "shop-2")
    assert (await post(api, parcel("SF3"), other | {"Idempotency-Key": "order-1"}))[0] == 201
    stored = await api.pool.fetchval("SELECT body FROM idempotency LIMIT 1")
    assert b"watch.example" not in stored


async def test_a_parcel_of_another_shop_is_not_taken_over(api: Api) -> None:
    await api.pool.execute(
        "INSERT INTO registration (parcel_id, shop_id, currency, language, tier, registered_at)"
        " VALUES ('sf:SF100', 'shop-2', 'CNY', 'en', 'standard', now())"
    )
    key = await api.key("merchant", "shop-1")
    status, body = await post(api, [parcel("SF1"), parcel("SF100")], key)
    assert (status, body["indexes"]) == (409, [1])
    assert (await post(api, parcel(shop="shop-2"), key))[0] == 403
    assert (await post(api, parcel(), await api.key("merchant", "shop-2")))[0] == 201


async def test_an_admin_key_names_a_shop_that_exists_and_a_carrier_registers_nothing(api: Api) -> None:
    admin = await api.key("admin", "demo")
    assert (await post(api, parcel(), admin))[0] == 422
    assert (await post(api, parcel(shop="shop-1"), admin))[0] == 422
    await api.pool.execute("INSERT INTO shop (shop_id, name) VALUES ('shop-1', 'Shop')")
    assert (await post(api, parcel(shop="shop-1"), admin))[0] == 201
    assert (await post(api, parcel(), await api.key("carrier", "sf")))[0] == 403
    assert (await post(api, parcel(), {}))[0] == 401
