"""A real Prometheus on real processes under a little traffic: every query answers, every metric exists.

On the way a parcel goes all the way: registered and scanned over HTTP, found late by the worker, told by mail.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import yaml
from notifier_world import KEYS, LINK_KEY, SECRET, Receiver, Sink

from runtime import embedded
from runtime.sealing import Sealer
from store import accounts

pytestmark = [pytest.mark.integration, pytest.mark.promtool]

_ROOT = Path(__file__).resolve().parents[3]
_PROGRAM = """
import importlib, sys
from runtime import lifecycle, logs
from runtime.settings import Settings
settings = Settings()
logs.configure(sys.argv[1], level="warning")
lifecycle.run(lambda stop: importlib.import_module(sys.argv[1]).run(settings, stop))
"""
_SERVICES = {
    "worker": "stream.app",
    "api": "api.app",
    "live": "api.live.app",
    "notifier": "notifier.app",
}


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


class Plant:
    """All four services, a broker of their own, and Prometheus with the rules of this repository."""

    def __init__(self, http_port: int, prometheus: str, pool: asyncpg.Pool) -> None:
        self.http = f"http://127.0.0.1:{http_port}"
        self.prometheus = prometheus
        self.pool = pool

    async def ask(self, session: aiohttp.ClientSession, path: str, **query: str) -> Any:
        async with session.get(f"{self.prometheus}/api/v1/{path}", params=query) as answer:
            body = await answer.json()
        assert body["status"] == "success", (query, body)
        return body["data"]

    async def until(self, session: aiohttp.ClientSession, query: str, seconds: float = 60) -> list[Any]:
        """Wait until a query gives something; Prometheus cannot be waited on, only asked."""
        async with asyncio.timeout(seconds):
            while True:
                if result := (await self.ask(session, "query", query=query))["result"]:
                    return list(result)
                await asyncio.sleep(0.3)


@pytest.fixture
async def plant(database_url: str, pool: asyncpg.Pool, sink: Sink, tmp_path: Path) -> AsyncIterator[Plant]:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    ports = {name: embedded.free_port() for name in (*_SERVICES, "http", "live-http", "kafka", "prometheus")}
    broker = embedded.start_broker(ports["kafka"])
    async with AsyncExitStack() as stack:

        async def end_broker() -> None:
            broker.kill()
            await asyncio.to_thread(broker.wait, 10)

        stack.push_async_callback(end_broker)
        await embedded.wait_for_port(ports["kafka"])
        environment = {
            **os.environ,
            "WAYWARDEN_DATABASE_URL": database_url,
            "WAYWARDEN_DATABASE_POOL": "4",
            "WAYWARDEN_KAFKA": f"127.0.0.1:{ports['kafka']}",
            "WAYWARDEN_PARTITIONS": "2",
            "WAYWARDEN_REBALANCE_TIMEOUT_S": "3",
            "WAYWARDEN_EMBEDDED": "true",
            "WAYWARDEN_HTTP_PORT": str(ports["http"]),
            "WAYWARDEN_LIVE_PORT": str(ports["live-http"]),
            "WAYWARDEN_KEYS": KEYS,
            "WAYWARDEN_LINK_KEY": LINK_KEY,
            "WAYWARDEN_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "WAYWARDEN_QUIET_HOURS": "false",
            "WAYWARDEN_WEBHOOK_PRIVATE": "true",
        }
        for name, module in _SERVICES.items():
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _PROGRAM,
                module,
                cwd=_ROOT,
                env={**environment, "WAYWARDEN_METRICS_PORT": str(ports[name])},
            )
            stack.push_async_callback(_stop, process)
        config = yaml.safe_load((_ROOT / "ops/prometheus/prometheus.yml").read_text(encoding="utf-8"))
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(_ROOT / "ops/prometheus/rules/*.yml")]
        del config["alerting"]
        config["scrape_configs"] = [
            {"job_name": f"waywarden-{name}", "static_configs": [{"targets": [f"127.0.0.1:{ports[name]}"]}]}
            for name in _SERVICES
        ]
        file = tmp_path / "prometheus.yml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={file}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
            "--log.level=error",
        )
        stack.push_async_callback(_stop, process)
        await embedded.wait_for_port(ports["prometheus"])
        await embedded.wait_for_port(ports["http"], timeout_s=60)
        yield Plant(ports["http"], f"http://127.0.0.1:{ports['prometheus']}", pool)


async def _traffic(plant: Plant, session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """A late parcel with a consumer and a shop that has a webhook, and a push that cannot be read."""
    now = datetime.now(UTC)
    async with plant.pool.acquire() as connection:
        await accounts.add_shop(connection, "s1", "小店", now, receiver.url, SECRET, Sealer(KEYS))
        merchant = await accounts.add_api_key(connection, "merchant", "s1", now, os.urandom)
        carrier = await accounts.add_api_key(connection, "carrier", "sf", now, os.urandom)
    parcel = {
        "carrier": "sf",
        "waybill": "SF100",
        "order": "WW1",
        "promised_at": (now - timedelta(hours=3)).isoformat(),
        "language": "zh-TW",
        "contact": {"email": "mei@example.org"},
    }
    answer = await session.post(
        f"{plant.http}/v1/parcels", json=parcel, headers={"Authorization": f"Bearer {merchant}"}
    )
    assert answer.status == 201, await answer.text()
    scan = {
        "carrier": "sf",
        "waybill": "SF100",
        "happened_at": (now - timedelta(hours=5)).isoformat(),
        "milestone": "in_transit",
        "place": "杭州",
    }
    answer = await session.post(f"{plant.http}/v1/scans", json=[scan], headers={"Authorization": f"Bearer {carrier}"})
    assert answer.status in (200, 202), await answer.text()
    answer = await session.post(f"{plant.http}/v1/intake/nobody", data=b"?")
    assert 400 <= answer.status < 500


async def _lint(service: str, exposition: bytes) -> None:
    """Let promtool look at names, units and help texts."""
    process = await asyncio.create_subprocess_exec(
        "promtool",
        "check",
        "metrics",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    words, _ = await process.communicate(exposition)
    ours = [line for line in words.decode().splitlines() if line.startswith("waywarden_")]
    assert ours == [], (service, ours)


def _board() -> list[tuple[str, str]]:
    board = json.loads((_ROOT / "ops/grafana/dashboards/waywarden.json").read_text(encoding="utf-8"))
    return [
        (panel["title"], target["expr"].replace("$__rate_interval", "5s"))
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]


async def test_every_query_of_the_dashboard_on_real_processes(plant: Plant, sink: Sink, receiver: Receiver) -> None:
    async with aiohttp.ClientSession() as session:
        await plant.until(session, 'count(up{job=~"waywarden-.*"} == 1) == 4')
        await _traffic(plant, session, receiver)

        await sink.until_taken(1)
        assert sink.mails[0]["To"] == "mei@example.org"
        await plant.until(session, 'waywarden_deliveries_sent_total{channel="webhook"} > 0')
        assert receiver.events[0]["data"]["waybill"] == "SF100"

        # What the traffic must show, and not only answer without an error.
        for query in (
            'sum(waywarden_stream_exceptions_opened_total{kind="late"}) > 0',
            "sum(max by (kind, severity) (waywarden_exceptions_open)) > 0",
            "sum(max by (kind, state) (waywarden_cases_live)) > 0",
            'waywarden_deliveries_sent_total{channel="email"} > 0',
            'waywarden_notices_routed_total{reason="routed"} > 0',
            "waywarden_live_feed_rows_total > 0",
            "sum(waywarden_intake_scans_total) > 0",
            "waywarden_stream_arrival_to_commit_seconds_count > 0",
        ):
            await plant.until(session, query, 30)

        for target in (await plant.ask(session, "targets"))["activeTargets"]:
            async with session.get(target["scrapeUrl"]) as answer:
                await _lint(target["scrapePool"], await answer.read())

        known = set(await plant.ask(session, "metadata"))
        known |= {f"{name}_total" for name in known}
        known |= set(await plant.ask(session, "label/__name__/values"))
        known |= {f"{name}{part}" for name in known for part in ("_bucket", "_sum", "_count")}
        shown = 0
        for title, query in _board():
            shown += bool((await plant.ask(session, "query", query=query))["result"])
            missing = set(re.findall(r"\b(?:waywarden|process)_\w+", query)) - known
            assert not missing, (title, missing)
        assert shown >= 25, "most panels show nothing"

        groups = (await plant.ask(session, "rules"))["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert rules
        assert [rule["name"] for rule in rules if rule["health"] == "err"] == []
        firing = {rule["name"] for rule in rules if rule["state"] == "firing"}
        assert not firing & {
            "WaywardenDeadEvents",
            "WaywardenPoisonParcels",
            "WaywardenLogHoles",
            "WaywardenDeliveriesParked",
        }
