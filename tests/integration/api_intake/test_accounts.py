from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from store import accounts
from tests.integration.api_intake.conftest import Api

pytestmark = pytest.mark.integration
PASSWORD = "a long enough password"


async def staff(api: Api, role: str = "agent", email: str = "lin@example.com") -> str:
    hashed = await asyncio.to_thread(accounts.hash_password, PASSWORD)
    return str(await accounts.add_staff(api.pool, email, "林小姐", role, hashed, api.clock()))


async def sign_in(api: Api, password: str = PASSWORD, email: str = "lin@example.com") -> tuple[int, dict[str, Any]]:
    async with api.http.post("/v1/session", json={"email": email, "password": password}) as answer:
        return answer.status, await answer.json()


async def test_sign_in_look_sign_out(api: Api) -> None:
    await staff(api)
    async with api.http.get("/v1/session") as answer:
        assert answer.status == 401
    async with api.http.post("/v1/session", json={"email": "LIN@example.com", "password": PASSWORD}) as answer:
        assert answer.status == 201
        me = await answer.json()
        cookie = answer.cookies["ww_session"]
    assert (me["role"], me["language"]) == ("agent", "")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert len(cookie.value) >= 43
    assert await api.pool.fetchval("SELECT token_hash FROM session") == accounts.hash_token(cookie.value)
    async with api.http.get("/v1/session") as answer:
        assert (await answer.json()) == me
        assert answer.headers["Cache-Control"] == "no-store"
    async with api.http.delete("/v1/session") as answer:
        assert answer.status == 403
        assert (await answer.json())["type"] == "urn:waywarden:problem:csrf"
    async with api.http.delete("/v1/session", headers={"X-CSRF-Token": me["csrf"]}) as answer:
        assert answer.status == 204
    assert await api.pool.fetchval("SELECT count(*) FROM session") == 0
    async with api.http.get("/v1/session", cookies={"ww_session": cookie.value}) as answer:
        assert answer.status == 401


async def test_a_new_token_at_each_sign_in_and_the_old_one_ends(api: Api) -> None:
    await staff(api)
    await sign_in(api)
    first = await api.pool.fetchval("SELECT token_hash FROM session")
    await sign_in(api)
    assert await api.pool.fetchval("SELECT array_agg(token_hash) FROM session") != [first]
    assert await api.pool.fetchval("SELECT count(*) FROM session") == 1


async def test_a_session_ends_unused_and_in_any_case(api: Api) -> None:
    await staff(api)
    await sign_in(api)
    for hours in (1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5, 11.9):
        api.clock.ahead = timedelta(hours=hours)
        async with api.http.get("/v1/session") as answer:
            assert answer.status == 200
    api.clock.ahead = timedelta(hours=12.1)
    async with api.http.get("/v1/session") as answer:
        assert answer.status == 401
    await sign_in(api)
    api.clock.ahead += timedelta(hours=2, minutes=1)
    async with api.http.get("/v1/session") as answer:
        assert answer.status == 401


async def test_a_wrong_password_and_an_unknown_account_are_told_alike(api: Api) -> None:
    await staff(api)
    await sign_in(api, "warms up what is made once")
    answers = []
    for email in ("lin@example.com", "nobody@example.com"):
        started = time.perf_counter()
        status, body = await sign_in(api, "not the password", email)
        body.pop("request_id")
        answers.append((status, body, time.perf_counter() - started))
    assert answers[0][:2] == answers[1][:2]
    assert answers[0][0] == 401
    # Both did the same hashing: neither answer comes at once.
    assert min(each[2] for each in answers) > 0.02


async def test_guessing_is_slowed_down_by_account(api: Api) -> None:
    await staff(api)
    statuses = [(await sign_in(api, f"guess {number}"))[0] for number in range(11)]
    assert statuses == [401] * 10 + [429]
    assert (await sign_in(api))[0] == 429
    assert (await sign_in(api, email="other@example.com"))[0] == 401
    assert "lin@" not in str(await api.pool.fetch("SELECT subject FROM login_attempt"))
    api.clock.ahead = timedelta(minutes=16)
    assert (await sign_in(api))[0] == 201


async def test_a_whole_shift_signs_in_from_one_address(api: Api) -> None:
    await staff(api)
    for _ in range(3):
        assert (await sign_in(api))[0] == 201
    assert await api.pool.fetchval("SELECT count(*) FROM login_attempt") == 0
    await sign_in(api, "wrong once")
    assert (await sign_in(api))[0] == 201
    left = await api.pool.fetch("SELECT subject FROM login_attempt")
    assert [row["subject"] for row in left] == ["address:127.0.0.1"]


async def test_guessing_is_slowed_down_by_address(api: Api) -> None:
    await api.pool.execute(
        "INSERT INTO login_attempt (subject, at) SELECT 'address:127.0.0.1', now() FROM generate_series(1, 50)"
    )
    await staff(api)
    assert (await sign_in(api))[0] == 429


async def test_roles_and_shutting_an_account_out(api: Api) -> None:
    agent = await staff(api, "agent")
    await staff(api, "admin", "boss@example.com")
    await sign_in(api)
    async with api.http.get("/v1/staff") as answer:
        assert answer.status == 403
    agents_cookie = {cookie.key: cookie.value for cookie in api.http.cookie_jar}
    api.http.cookie_jar.clear()
    _, boss = await sign_in(api, email="boss@example.com")
    csrf = {"X-CSRF-Token": boss["csrf"]}
    new = {"email": "new@example.com", "name": "New", "role": "supervisor", "password": "short"}
    async with api.http.post("/v1/staff", json=new, headers=csrf) as answer:
        assert answer.status == 422
        assert "short" not in await answer.text()
    async with api.http.post("/v1/staff", json=new | {"password": PASSWORD}, headers=csrf) as answer:
        assert answer.status == 201
    async with api.http.post("/v1/staff", json=new | {"password": PASSWORD}, headers=csrf) as answer:
        assert answer.status == 409
    async with api.http.get("/v1/staff") as answer:
        listed = await answer.json()
    assert [item["email"] for item in listed["items"]] == ["boss@example.com", "lin@example.com", "new@example.com"]
    assert "password" not in str(listed)
    async with api.http.delete(f"/v1/staff/{boss['staff_id']}", headers=csrf) as answer:
        assert answer.status == 409
    async with api.http.delete(f"/v1/staff/{agent}", headers=csrf) as answer:
        assert answer.status == 204
    api.http.cookie_jar.clear()
    async with api.http.get("/v1/session", cookies=agents_cookie) as answer:
        assert answer.status == 401
    assert (await sign_in(api))[0] == 401


async def test_a_live_ticket_is_bound_to_its_session(api: Api) -> None:
    await staff(api)
    _, me = await sign_in(api)
    csrf = {"X-CSRF-Token": me["csrf"]}
    async with api.http.post("/v1/live/ticket") as answer:
        assert answer.status == 403
    async with api.http.post("/v1/live/ticket", headers=csrf) as answer:
        assert answer.status == 201
        ticket = await answer.json()
    assert ticket["url"] == api.settings.live_url
    row = await api.pool.fetchrow("SELECT * FROM live_ticket")
    assert row["ticket_hash"] == accounts.hash_token(ticket["ticket"])
    assert timedelta(seconds=25) < row["expires_at"] - api.clock() <= timedelta(seconds=30)
    async with api.http.delete("/v1/session", headers=csrf) as answer:
        assert answer.status == 204
    assert await api.pool.fetchval("SELECT count(*) FROM live_ticket") == 0


async def test_a_disabled_password_change_ends_sessions(api: Api) -> None:
    await staff(api)
    await sign_in(api)
    await accounts.set_password(api.pool, "lin@example.com", await asyncio.to_thread(accounts.hash_password, "x" * 12))
    async with api.http.get("/v1/session") as answer:
        assert answer.status == 401
    assert (await sign_in(api))[0] == 401
    assert (await sign_in(api, "x" * 12))[0] == 201
    with pytest.raises(accounts.AccountError, match="12 characters"):
        accounts.hash_password("short")


async def test_quarantine_is_shown_covered_and_replayed_by_a_supervisor(api: Api) -> None:
    key = await api.key("carrier", "sf")
    bad = b'{"carrier": "sf", "waybill": "", "text": "\xe5\xbc\xa0\xe4\xb8\x89 13812345678"}'
    headers = key | {"Content-Type": "application/x-ndjson"}
    async with api.http.post("/v1/scans", data=bad, headers=headers) as answer:
        assert answer.status == 400
    await staff(api, "supervisor")
    _, me = await sign_in(api)
    async with api.http.get("/v1/quarantine") as answer:
        page = await answer.json()
    (item,) = page["items"]
    assert "13812345678" not in item["preview"]
    assert "张三" not in item["preview"]
    assert '"waybill"' in item["preview"]
    csrf = {"X-CSRF-Token": me["csrf"]}
    async with api.http.post(f"/v1/quarantine/{item['quarantine_id']}/replay", headers=csrf) as answer:
        assert await answer.json() == {"replayed": 0, "still_bad": 1, "scans": 0}
    async with api.http.post("/v1/quarantine/999/replay", headers=csrf) as answer:
        assert answer.status == 404
    async with api.http.get("/v1/quarantine", params={"state": "nonsense"}) as answer:
        assert answer.status == 422
        assert (await answer.json())["errors"][0]["field"] == "state"
