from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime

import aiohttp
import asyncpg
import pytest

from api.app import run
from api.broker import Broker
from runtime import embedded
from runtime.settings import Settings
from store import accounts
from tests.integration.api_intake.conftest import BrokerProcess, settings_for

pytestmark = pytest.mark.integration


def own_settings(kafka: str, database_url: str) -> Settings:
    return settings_for(
        kafka, database_url=database_url, http_port=embedded.free_port(), metrics_port=embedded.free_port()
    )


async def test_the_process_starts_serves_and_stops_in_time(
    pool: asyncpg.Pool, database_url: str, own_broker: BrokerProcess
) -> None:
    await own_broker.start()
    settings = own_settings(f"127.0.0.1:{own_broker.port}", database_url)
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    await embedded.wait_for_port(settings.http_port)
    ops = f"http://127.0.0.1:{settings.metrics_port}"
    async with aiohttp.ClientSession() as http:
        async with asyncio.timeout(10):
            while True:
                async with http.get(f"{ops}/readyz") as answer:
                    if answer.status == 200:
                        break
                await asyncio.sleep(0.05)
        async with http.get(f"http://127.0.0.1:{settings.http_port}/openapi.json") as answer:
            assert answer.status == 200
        async with http.get(f"{ops}/metrics") as answer:
            text = await answer.text()
        for name in (
            "waywarden_api_request_seconds",
            'waywarden_intake_scans_total{format="kuaidi100"} 0.0',
            "waywarden_intake_inbox_depth",
            "waywarden_intake_quarantine_held",
            "waywarden_intake_produce_seconds",
        ):
            assert name in text
    started = time.perf_counter()
    stop.set()
    await asyncio.wait_for(task, 10)
    assert time.perf_counter() - started < 8


async def test_without_a_broker_it_is_ready_and_accepts(
    pool: asyncpg.Pool, database_url: str, own_broker: BrokerProcess
) -> None:
    settings = own_settings(f"127.0.0.1:{own_broker.port}", database_url)
    token = await accounts.add_api_key(pool, "carrier", "sf", datetime.now(UTC), os.urandom)
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    await embedded.wait_for_port(settings.http_port)
    scan = {"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-20T10:00:00Z", "milestone": "in_transit"}
    async with aiohttp.ClientSession() as http:
        async with http.post(
            f"http://127.0.0.1:{settings.http_port}/v1/scans",
            json=[scan],
            headers={"Authorization": f"Bearer {token}"},
        ) as answer:
            assert answer.status == 202
            assert (await answer.json())["where"] == "inbox"
    stop.set()
    started = time.perf_counter()
    await asyncio.wait_for(task, 10)
    assert time.perf_counter() - started < 8
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 1
    # What one process left in the inbox, the next one brings to the log.
    await own_broker.start()
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    async with asyncio.timeout(20):
        while await pool.fetchval("SELECT count(*) FROM inbox"):  # noqa: ASYNC110 - another task does it
            await asyncio.sleep(0.1)
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_a_taken_port_is_said_in_plain_words(database_url: str, own_broker: BrokerProcess) -> None:
    settings = own_settings(f"127.0.0.1:{own_broker.port}", database_url)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", settings.http_port)
    async with server:
        with pytest.raises(OSError, match="WAYWARDEN_HTTP_PORT"):
            await asyncio.wait_for(run(settings, asyncio.Event()), 20)


async def test_closing_twice_and_closing_unconnected_is_harmless(own_broker: BrokerProcess) -> None:
    broker = Broker(settings_for(f"127.0.0.1:{own_broker.port}"))
    await broker.close()
    await broker.close()
    assert not broker.up
