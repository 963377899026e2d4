"""What needs no server behind it: the description, the middleware's promises, the covers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from openapi_spec_validator import validate
from prometheus_client import CollectorRegistry

from api.app import TABLES, VERSION, build_app
from api.load import Load
from api.metrics import ApiMetrics
from api.middleware import client_address, surround
from api.openapi import describe
from api.problems import Problem
from api.quarantine import preview
from api.routes import Auth, Call, Route
from api.services import SERVICES, Services
from runtime.settings import Settings

ROUTES = [entry for table in TABLES for entry in table]


def services(**settings: Any) -> Services:
    registry = CollectorRegistry()
    return Services(
        settings=Settings(_env_file=None, **settings),
        metrics=ApiMetrics(registry),
        registry=registry,
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        random=lambda size: bytes(size),
        load=Load(requests=3, body_bytes=1000),
        **{
            name: None
            for name in Services.__dataclass_fields__
            if name not in ("settings", "metrics", "registry", "now", "random", "load")
        },
    )


@pytest.fixture
async def client(request: pytest.FixtureRequest) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Give a client of an application with the routes of this file."""
    made = services(**getattr(request, "param", {}))
    app = web.Application(middlewares=[surround])
    app[SERVICES] = made

    async def fails(call: Call[None, None]) -> web.Response:
        raise RuntimeError("secret of the database 13812345678")

    async def hangs(call: Call[None, None]) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def address(call: Call[None, None]) -> web.Response:
        return web.Response(text=client_address(call.request))

    async def page(call: Call[None, None]) -> web.Response:
        return web.Response(text="<p>hello", content_type="text/html")

    for name, handler in {"fails": fails, "hangs": hangs, "address": address, "page": page}.items():
        entry = Route(method="GET", path=f"/{name}", handler=handler, auth=Auth.PUBLIC, summary=name, timeout_s=0.05)
        app.router.add_route("GET", entry.path, entry.serve)
    async with TestClient(TestServer(app)) as made_client:
        yield made_client


def test_the_description_is_valid_and_names_every_route() -> None:
    document = describe(ROUTES, VERSION, "https://watch.example")
    validate(document)
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert described == {(entry.method, entry.plain_path) for entry in ROUTES if not entry.hidden}
    assert {("POST", "/v1/scans"), ("POST", "/v1/parcels"), ("POST", "/v1/intake/{format}")} <= described
    ids = [operation["operationId"] for each in document["paths"].values() for operation in each.values()]
    assert len(ids) == len(set(ids))


def test_what_is_open_to_anybody_is_known() -> None:
    """A new open route has to be written down here, on purpose."""
    opened = {(entry.method, entry.plain_path) for entry in ROUTES if entry.auth.value.anybody and not entry.hidden}
    ours = {one for one in opened if one[1].startswith("/v1/")}
    assert ours == {
        ("POST", "/v1/session"),
        ("POST", "/v1/intake/{format}"),
        ("POST", "/v1/intake/{format}/{account}"),
        ("GET", "/v1/config"),
    }


def test_every_change_by_staff_is_described_with_its_csrf_token() -> None:
    document = describe(ROUTES, VERSION, "https://watch.example")
    for entry in ROUTES:
        if entry.hidden or entry.auth.value.role is None or entry.method == "GET":
            continue
        security = document["paths"][entry.plain_path][entry.method.lower()]["security"]
        assert {"session": [], "csrf": []} in security


async def test_the_page_needs_nothing_from_elsewhere() -> None:
    app = build_app(services())
    async with TestClient(TestServer(app)) as client:
        async with client.get("/docs") as answer:
            text = await answer.text()
            assert answer.status == 200
        assert "/v1/scans" in text
        assert not re.search(r"(src|href)=['\"]https?:", text)
        async with client.get("/openapi.json") as answer:
            validate(await answer.json())


async def test_what_nobody_expected_is_counted_and_tells_nothing(client: Any) -> None:
    async with client.get("/fails", headers={"X-Request-Id": "abc-12345678"}) as answer:
        assert answer.status == 500
        assert answer.content_type == "application/problem+json"
        assert answer.headers["X-Request-Id"] == "abc-12345678"
        body = await answer.text()
    assert "secret" not in body
    assert "138" not in body
    registry = client.app[SERVICES].registry
    assert registry.get_sample_value("waywarden_api_problems_total", {"code": "internal"}) == 1
    labels = {"method": "GET", "route": "/fails", "status": "500"}
    assert registry.get_sample_value("waywarden_api_request_seconds_count", labels) == 1
    assert registry.get_sample_value("waywarden_api_requests_in_flight") == 0


async def test_a_request_that_hangs_is_ended(client: Any) -> None:
    async with client.get("/hangs") as answer:
        assert answer.status == 503
        assert (await answer.json())["type"] == "urn:waywarden:problem:timed-out"


async def test_more_than_it_can_hold_is_refused_and_given_back(client: Any) -> None:
    load = client.app[SERVICES].load

    async def status(path: str) -> int:
        async with client.get(path) as answer:
            return int(answer.status)

    statuses = await asyncio.gather(*(status("/hangs") for _ in range(5)))
    assert sorted(statuses) == [503] * 5
    registry = client.app[SERVICES].registry
    assert registry.get_sample_value("waywarden_api_problems_total", {"code": "busy"}) == 2
    assert (load.requests, load.bytes) == (0, 0)
    assert await status("/page") == 200
    share = load.enter()
    share.take(5000)  # one body alone may be larger than what is left for all
    other = load.enter()
    with pytest.raises(Problem):
        other.take(1)
    share.leave()
    other.take(1)
    other.leave()
    assert (load.requests, load.bytes) == (0, 0)


async def test_an_uncommon_method_makes_no_new_label(client: Any) -> None:
    async with client.request("PROPFIND", "/page") as answer:
        assert answer.status == 405
    registry = client.app[SERVICES].registry
    labels = {"method": "other", "route": "(none)", "status": "405"}
    assert registry.get_sample_value("waywarden_api_request_seconds_count", labels) == 1


async def test_addresses_that_do_not_exist_and_methods_that_do_not_work(client: Any) -> None:
    async with client.get("/nowhere/13812345678", headers={"X-Request-Id": "<script>"}) as answer:
        assert answer.status == 404
        assert (await answer.json())["request_id"] == "00" * 8
    async with client.post("/page") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET"
    registry = client.app[SERVICES].registry
    routes = {s.labels["route"] for m in registry.collect() for s in m.samples if "route" in s.labels}
    assert routes == {"(none)"}


async def test_every_answer_carries_the_security_headers(client: Any) -> None:
    for path in ("/page", "/fails", "/nowhere"):
        async with client.get(path) as answer:
            assert answer.headers["Server"] == "waywarden"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ({"trusted_proxies": 0}, "6.6.6.6", "127.0.0.1"),
        ({"trusted_proxies": 1}, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ({"trusted_proxies": 2}, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        ({"trusted_proxies": 2}, "1.2.3.4", "127.0.0.1"),
        ({"trusted_proxies": 1}, "not an address", "127.0.0.1"),
        ({"trusted_proxies": 1}, "2001:db8::1", "2001:db8::1"),
    ],
    indirect=["client"],
)
async def test_a_forwarded_address_is_believed_only_from_trusted_proxies(
    client: Any, forwarded: str, expected: str
) -> None:
    async with client.get("/address", headers={"X-Forwarded-For": forwarded}) as answer:
        assert await answer.text() == expected


@pytest.mark.parametrize(
    "body",
    [
        '{"tel": "13812345678", "name": "张三", "nested": {"mail": "lin@example.com"}}',
        "<order><name>张三丰</name><tel v='13812345678'>13812345678</tel></order>",
        "param=张三13812345678&sign=ABCDEF0123456789",
        '{"name": "\\u5f20\\u4e09\\u4e30", "tel": "138',
        "张三丰 lin@example.com 13812345678",
    ],
)
def test_a_preview_shows_structure_and_covers_values(body: str) -> None:
    shown = preview(body.encode().decode("latin-1"))
    for private in ("13812345678", "5678", "张三", "三丰", "lin@example", "5f20", "ABCDEF"):
        assert private not in shown
    for key in re.findall(r'"(\w+)":', body):
        assert key in shown
