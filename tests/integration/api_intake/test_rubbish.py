"""Whatever is sent to any route, by whomever: an answer, never a 500."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
from io import BytesIO
from typing import Any

import pytest

from api.app import TABLES
from api.routes import Route
from store import accounts
from tests.integration.api_intake.conftest import Api, until

pytestmark = pytest.mark.integration
ROUTES = [entry for table in TABLES for entry in table]
TEXTS = [
    "",
    "x",
    "\x00",
    "%00",
    "0",
    "-1",
    "9" * 40,
    "null",
    "🙂",
    "sf:SF1",
    "../../etc/passwd",
    "' OR 1=1 --",
    "a" * 3000,
]
VALUES: list[Any] = [*TEXTS, None, True, 0, -1, 1e308, 10**30, [], {}, [[]], {"a": {}}, "2026-11-20T10:00:00Z"]
TYPES = ["application/json", "application/x-www-form-urlencoded", "text/plain", "application/x-ndjson"]


def fields_of(entry: Route) -> list[str]:
    names = list(entry.body.model_fields) if entry.body else []
    return [*names, "reason", "version", "to", "note", "unknown"]


def path_of(entry: Route, rnd: random.Random) -> str:
    path = entry.plain_path
    for name in entry.parameters:
        text = rnd.choice([*TEXTS[1:], "1", "00000000-0000-0000-0000-000000000000"])
        path = path.replace("{" + name + "}", "".join(f"%{byte:02X}" for byte in text.encode()))
    return path


def body_of(entry: Route, rnd: random.Random) -> bytes:
    kind = rnd.random()
    if kind < 0.15:
        return os.urandom(rnd.randrange(200))
    if kind < 0.25:
        return json.dumps(rnd.choice(VALUES)).encode()
    names = fields_of(entry)
    made = {rnd.choice(names): rnd.choice(VALUES) for _ in range(rnd.randrange(6))}
    return json.dumps(made if kind < 0.9 else [made]).encode()


async def test_no_route_answers_500(api: Api) -> None:
    rnd = random.Random(20261120)
    hashed = await asyncio.to_thread(accounts.hash_password, "a long enough password")
    await accounts.add_staff(api.pool, "boss@example.com", "Boss", "admin", hashed, api.clock())
    sign_in = {"email": "boss@example.com", "password": "a long enough password"}
    async with api.http.post("/v1/session", json=sign_in) as answer:
        csrf = {"X-CSRF-Token": (await answer.json())["csrf"]}
        cookie = {"Cookie": f"ww_session={answer.cookies['ww_session'].value}"}
    api.http.cookie_jar.clear()
    callers = [csrf | cookie, await api.key("merchant", "shop"), await api.key("admin", "x"), {}]
    seen: dict[int, int] = {}
    for entry in ROUTES:
        if entry.hidden or (entry.plain_path == "/v1/session" and entry.method == "DELETE"):
            continue  # the board's files may not be built; signing out would end the run
        for _ in range(24):
            query = {rnd.choice(["limit", "after", "before", "state", "q", "x"]): rnd.choice(TEXTS)}
            headers = rnd.choice(callers) | {"Content-Type": rnd.choice([TYPES[0], TYPES[0], *TYPES])}
            if rnd.random() < 0.5:
                headers |= {"If-Match": rnd.choice(['"1"', "x", '"x"', "*", '"' + "9" * 30 + '"'])}
            body = body_of(entry, rnd) if entry.method != "GET" else None
            async with api.http.request(
                entry.method, path_of(entry, rnd), params=query, data=body, headers=headers, allow_redirects=False
            ) as answer:
                text = await answer.text(errors="replace")
                assert answer.status < 500, f"{entry.method} {answer.url} {body!r}: {text}"
                seen[answer.status] = seen.get(answer.status, 0) + 1
    assert api.metric("waywarden_api_problems_total", code="internal") == 0
    # It got past the door often enough to mean something.
    assert seen.get(422, 0) > 20


async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(api: Api) -> None:
    key = await api.key("carrier", "sf")
    packed = gzip.compress(b"x" * 200_000_000, 9)
    headers = key | {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    async with api.http.post("/v1/intake/canonical", data=BytesIO(packed), headers=headers) as answer:
        assert answer.status in (400, 413)
    async with api.http.post("/v1/scans", data=BytesIO(packed), headers=headers) as answer:
        assert answer.status in (400, 413)
    small = gzip.compress(b'{"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-20T10:00:00Z", "code": "30"}')
    async with api.http.post("/v1/scans", data=BytesIO(small), headers=headers) as answer:
        assert answer.status == 202


async def test_a_body_that_breaks_off_or_is_garbled_is_nobody_elses_fault(api: Api) -> None:
    key = await api.key("carrier", "sf")
    headers = key | {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    async with api.http.post("/v1/scans", data=b"this is no gzip", headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["type"] == "urn:waywarden:problem:broken-body"
    host, port = api.runner.addresses[0][:2]
    for start in (b"Content-Length: 1000\r\n\r\n[{", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            b"POST /v1/scans HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: " + key["Authorization"].encode() + b"\r\n" + start
        )
        await writer.drain()
        if b"chunked" in start:
            assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    await until(lambda: api.metric("waywarden_api_problems_total", code="client-gone") == 1)
    assert api.services.load.requests == 0
    for code in ("internal", "database-away"):
        assert api.metric("waywarden_api_problems_total", code=code) == 0
    assert api.metric("waywarden_api_problems_total", code="broken-body") >= 1
