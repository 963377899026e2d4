"""A consumer that stands at the wrong place, on a busy machine: it is sent back, and nothing is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any

import pytest
from stream_support import count, done, make_topic, produce, scan, scanned, settings, until, worker
from yarl import URL

from stream.partitions import Partitions
from stream.transport import BatchConsumer, EngineLog

pytestmark = pytest.mark.integration

_EVENTS = 3_000
_AHEAD = 2_000  # as many as one fetch gives, so that the second fetch after the way back begins here again


async def test_faust_cannot_drop_what_was_read_again(broker, database_url, pool, monkeypatch) -> None:
    topic = await make_topic(broker, 1)
    await produce(broker, topic, [scanned(n, scan(n, 0)) for n in range(_EVENTS)])

    async def late(self: Any, *things: Awaitable[Any], **more: Any) -> Any:
        # Faust notes "read so far" only after this: here always later than the engine's seek, as under load sometimes.
        result = await type(self).__mro__[1].wait_first(self, *things, **more)
        await asyncio.sleep(0.2)
        return result

    astray = [_AHEAD]
    resume = Partitions.resume

    async def wrong_place(self: Partitions, assigned: Any, consumer: Any) -> dict[Any, int]:
        offsets = await resume(self, assigned, consumer)
        ahead = astray.pop() if astray else 0
        return {place: offset + ahead for place, offset in offsets.items()}

    monkeypatch.setattr(BatchConsumer, "wait_first", late, raising=False)
    monkeypatch.setattr(Partitions, "resume", wrong_place)

    async def all_done() -> bool:
        return await done(pool, topic) >= _EVENTS

    async with worker(settings(broker, database_url), pool, topic):
        await until(all_done, 60)
    assert await count(pool, "scan") == _EVENTS


async def test_the_log_can_be_asked_behind_the_consumers_back(broker) -> None:
    topic = await make_topic(broker, 1)
    await produce(broker, topic, [scanned(n, scan(n, 0)) for n in range(20)])
    consumer = SimpleNamespace(
        transport=SimpleNamespace(url=[URL(f"kafka://{server}") for server in broker.split(",")])
    )
    log = EngineLog(consumer, topic)
    assert await log.first_from(0, 7) == 7
    assert await log.first_from(0, 19) == 19
