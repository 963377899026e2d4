"""The worker on a real broker and a real PostgreSQL."""

from __future__ import annotations

import random

import pytest
from stream_support import count, done, dump, make_topic, pid, produce, registered, scan, scanned, settings, until, worker

from core.scan import Milestone

pytestmark = pytest.mark.integration


def _events(parcels: int, seed: int = 1) -> list:
    events = []
    for n in range(parcels):
        own = [registered(n)]
        own += [scanned(n, scan(n, h)) for h in range(-8, -2)]
        own.append(scanned(n, scan(n, -1, Milestone.DELIVERED, "已签收")))
        events.append(own)
    draw = random.Random(seed)
    out = []
    while events:
        own = draw.choice(events)
        out.append(own.pop(0))
        if not own:
            events.remove(own)
    return out


async def test_events_become_rows_and_a_replay_changes_nothing(broker, database_url, pool) -> None:
    topic = await make_topic(broker, 3)
    events = _events(40)
    sent = await produce(broker, topic, events)
    config = settings(broker, database_url)

    async with worker(config, pool, topic):
        await until(lambda: _reached(pool, topic, sent), 60)
        assert await count(pool, "scan") == 40 * 7
        assert await count(pool, "parcel") == 40
        assert await count(pool, "registration") == 40
        row = await pool.fetchrow("SELECT * FROM parcel WHERE parcel_id = $1", pid(3))
        assert (row["milestone"], row["carrier"], row["waybill"]) == ("delivered", "sf", "W000003")
        assert await pool.fetchval("SELECT count(DISTINCT partition) FROM parcel") == 3
        before = await dump(pool)

        random.Random(7).shuffle(events)
        await produce(broker, topic, events)
        await until(lambda: _reached(pool, topic, 2 * sent), 60)
        assert await dump(pool) == before


async def _reached(pool, topic: str, events: int) -> bool:
    return await done(pool, topic) >= events
