"""The watchdog ends a worker that stands still while events wait, and only such a one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from stream.kit import Status
from stream.metrics import StreamMetrics
from stream.watchdog import Stuck, Watchdog


class _World:
    def __init__(self) -> None:
        self.now = 0.0
        self.ends = {0: 10}
        self.done = {0: 5}
        self.engines: dict = {0: SimpleNamespace(status=Status.RUNNING, failure=None)}
        self.dog = Watchdog(
            "t", self, self, StreamMetrics(CollectorRegistry()), self._ends, limit_s=60, clock=lambda: self.now
        )

    def observe(self) -> None:
        pass

    async def _ends(self):
        return self.ends

    @asynccontextmanager
    async def acquire(self):
        yield self

    async def fetch(self, query, topic):
        return [(partition, offset, 1) for partition, offset in self.done.items()]

    async def after(self, seconds: float) -> None:
        self.now += seconds
        await self.dog.look()


async def test_events_waiting_without_progress_end_the_worker() -> None:
    world = _World()
    await world.after(0)
    await world.after(59)
    with pytest.raises(Stuck, match="partition 0 stands at 5 of 10 for 60 s"):
        await world.after(2)


async def test_progress_starts_the_count_again() -> None:
    world = _World()
    await world.after(0)
    await world.after(50)
    world.done = {0: 6}
    await world.after(50)
    await world.after(50)


async def test_nothing_waiting_is_no_reason() -> None:
    world = _World()
    world.ends = {0: 5}
    for _ in range(5):
        await world.after(100)


async def test_waiting_for_the_database_is_no_reason() -> None:
    world = _World()
    world.engines[0].status = Status.WAITING
    for _ in range(5):
        await world.after(100)


async def test_a_fenced_engine_that_is_never_assigned_again_ends_the_worker() -> None:
    world = _World()
    world.engines[0].status = Status.FENCED
    await world.after(0)
    with pytest.raises(Stuck, match="fenced"):
        await world.after(61)


async def test_a_worker_without_partitions_joins_anew_when_nobody_works() -> None:
    world = _World()
    world.engines = {}
    await world.after(0)
    await world.after(170)
    with pytest.raises(Stuck, match="not_mine"):
        await world.after(20)


async def test_a_failed_engine_ends_the_worker_at_once() -> None:
    world = _World()
    world.engines[0].failure = RuntimeError("bug")
    with pytest.raises(Stuck, match="engine of partition 0 failed"):
        await world.after(0)
