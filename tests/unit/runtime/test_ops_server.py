from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from runtime.metrics import LoopLag, new_registry
from runtime.ops_server import PORTS, OpsServer, port_for
from runtime.settings import Settings


async def test_it_serves_health_readiness_and_metrics() -> None:
    registry = new_registry("worker")
    Counter("waywarden_tests_total", "Tests", registry=registry).inc()
    reason: list[str | None] = ["no partition assigned yet"]
    async with OpsServer(registry, 0, lambda: reason[0]) as ops, aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{ops.port}"
        async with session.get(f"{base}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with session.get(f"{base}/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "no partition assigned yet\n")
        reason[0] = None
        async with session.get(f"{base}/readyz?x=1") as answer:
            assert (answer.status, await answer.text()) == (200, "ready\n")
        async with session.get(f"{base}/metrics") as answer:
            text = await answer.text()
            assert "waywarden_tests_total 1.0" in text
            assert 'waywarden_build_info{service="worker"' in text
            assert "process_resident_memory_bytes" in text
        async with session.head(f"{base}/metrics") as answer:
            assert answer.status == 200
        async with session.get(f"{base}/secrets") as answer:
            assert answer.status == 404
        async with session.post(f"{base}/metrics") as answer:
            assert answer.status == 405


async def test_a_broken_request_does_not_hurt_the_next_one() -> None:
    async with OpsServer(CollectorRegistry(), 0, lambda: None) as ops:
        _, writer = await asyncio.open_connection("127.0.0.1", ops.port)
        writer.write(b"x" * 20_000)
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", ops.port)
        writer.write(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_a_taken_port_is_said_in_plain_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="WAYWARDEN_METRICS_PORT"):
            await OpsServer(CollectorRegistry(), taken.getsockname()[1], lambda: None).start()


def test_each_service_has_its_usual_port() -> None:
    assert [port_for(Settings(), name) for name in ("worker", "api", "live", "notifier")] == [9101, 9102, 9103, 9104]
    assert port_for(Settings(metrics_port=4711), "api") == 4711
    assert len(set(PORTS.values())) == len(PORTS)


async def test_loop_lag_is_measured() -> None:
    registry = CollectorRegistry()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(LoopLag(registry, 0.005).run(stop))
        while not registry.get_sample_value("waywarden_loop_wake_late_seconds_count"):  # noqa: ASYNC110 - has no event
            await asyncio.sleep(0)
        stop.set()
    assert registry.get_sample_value("waywarden_loop_lag_seconds") is not None
