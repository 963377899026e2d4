"""`kill -9` of a worker in the middle of its work: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stream_support import NOON, count, done, make_topic, produce, registered, scan, scanned, until

from core.scan import Detail, Milestone
from runtime.embedded import free_port

pytestmark = pytest.mark.integration
_ROOT = Path(__file__).resolve().parents[3]
_COUNTED = """
SELECT (SELECT coalesce(sum(count), 0) FROM pulse WHERE noun = 'feed')
     + (SELECT coalesce(sum(n.count), 0) FROM beat b, unnest(b.nouns, b.counts) AS n(noun, count) WHERE n.noun = 'feed')
"""
_MAIN = """
import asyncio, sys
from runtime.settings import Settings
from stream.app import run
asyncio.run(run(Settings(_env_file=None), asyncio.Event(), sys.argv[1]))
"""


def _start(broker: str, url: str, topic: str, group: str) -> subprocess.Popen[bytes]:
    env = os.environ | {
        "WAYWARDEN_KAFKA": broker,
        "WAYWARDEN_DATABASE_URL": url,
        "WAYWARDEN_GROUP": group,
        "WAYWARDEN_REBALANCE_TIMEOUT_S": "2",
        "WAYWARDEN_SESSION_TIMEOUT_S": "6",
        "WAYWARDEN_METRICS_PORT": str(free_port()),
    }
    return subprocess.Popen([sys.executable, "-c", _MAIN, topic], cwd=_ROOT, env=env, stderr=subprocess.DEVNULL)


async def test_a_killed_worker_loses_and_doubles_nothing(broker, database_url, pool) -> None:
    topic, group = await make_topic(broker, 3), f"g-{uuid.uuid4().hex[:8]}"
    parcels, steps = 150, 20
    # The worker's clock is the real one: the scans are of the last hour, so that nothing but the damage is ever found.
    began = datetime.now(UTC) - timedelta(hours=1)
    first = (began - NOON) / timedelta(hours=1)
    process = await asyncio.to_thread(_start, broker, database_url, topic, group)
    sent = await produce(broker, topic, [registered(n, began) for n in range(parcels)])

    async def keep_sending() -> None:
        nonlocal sent
        for step in range(steps):
            damaged = {"milestone": Milestone.EXCEPTION, "text": "外包装破损", "detail": Detail.DAMAGED}
            sent += await produce(
                broker,
                topic,
                [
                    scanned(n, scan(n, first + step / 60, **(damaged if n % 10 == 0 and step == 5 else {})))
                    for n in range(parcels)
                ],
            )

    try:
        sending = asyncio.create_task(keep_sending())
        for part in (0.2, 0.6):
            wanted = int(part * parcels * steps)
            await until(lambda wanted=wanted: _past(pool, topic, wanted), 60)
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
            process = await asyncio.to_thread(_start, broker, database_url, topic, group)
        await sending
        await until(lambda: _past(pool, topic, sent), 60)
        # The process that is left leads in the place of the killed ones, and moves what all of them counted.
        await until(lambda: _moved(pool), 90)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
    assert await count(pool, "parcel") == parcels
    assert await count(pool, "scan") == parcels * steps
    assert await count(pool, "registration") == parcels
    # What incidents are found by counts every scan once, whether the leader has moved it into the counters or not.
    assert await pool.fetchval(_COUNTED) == parcels * steps
    assert await count(pool, "exception") == parcels // 10
    assert await count(pool, "cases") == parcels // 10
    opened = await pool.fetchval("SELECT count(*) FROM case_event WHERE type = 'CaseOpened'")
    assert opened == parcels // 10
    assert await count(pool, "outbox") == await pool.fetchval("SELECT count(DISTINCT exception_id) FROM outbox")


async def _moved(pool) -> bool:
    return await count(pool, "beat") == 0


async def _past(pool, topic: str, events: int) -> bool:
    return await done(pool, topic) >= events
