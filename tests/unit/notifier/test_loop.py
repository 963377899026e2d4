"""The loops of the process outlive a database that is away, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from notifier import app
from notifier.metrics import NotifierMetrics


async def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_BACKOFF_S", (0.001,))
    registry = CollectorRegistry()
    state, stop, rounds, seen = app._Database(), asyncio.Event(), 0, []

    async def work() -> float:
        nonlocal rounds
        rounds += 1
        seen.append(state.ready())
        if rounds < 3:
            raise ConnectionRefusedError
        if rounds == 4:
            stop.set()
        return 0

    await asyncio.wait_for(app._loop("route", work, stop, state, NotifierMetrics(registry)), 5)
    assert seen == [None, "the database does not answer", "the database does not answer", None]
    assert registry.get_sample_value("waywarden_notifier_database_errors_total", {"loop": "route"}) == 2


async def test_a_fault_of_our_own_ends_the_process() -> None:
    async def work() -> float:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        await app._loop("route", work, asyncio.Event(), app._Database(), NotifierMetrics(CollectorRegistry()))


async def test_it_is_woken_before_its_time() -> None:
    stop, wake, rounds = asyncio.Event(), asyncio.Event(), 0

    async def work() -> float:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            asyncio.get_running_loop().call_soon(wake.set)
        else:
            stop.set()
        return 60

    metrics = NotifierMetrics(CollectorRegistry())
    await asyncio.wait_for(app._loop("dispatch", work, stop, app._Database(), metrics, wake), 5)
    assert rounds == 2
