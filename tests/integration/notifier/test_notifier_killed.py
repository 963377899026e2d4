"""A real notifier process, killed between the server's yes and the commit: nothing lost, nothing seen twice."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from notifier_world import KEYS, LINK_KEY, Post, Sink

from runtime.embedded import free_port

pytestmark = pytest.mark.integration

_ROOT = Path(__file__).resolve().parents[3]
_PROGRAM = """
from notifier.app import run
from runtime import lifecycle, logs
from runtime.settings import Settings
settings = Settings()
logs.configure("notifier", level="warning")
lifecycle.run(lambda stop: run(settings, stop))
"""


class Notifiers:
    """Starts real notifier processes on a database and a sink."""

    def __init__(self, database_url: str, sink: Sink) -> None:
        self.port = free_port()
        self._environment = {
            **os.environ,
            "WAYWARDEN_DATABASE_URL": database_url,
            "WAYWARDEN_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "WAYWARDEN_KEYS": KEYS,
            "WAYWARDEN_LINK_KEY": LINK_KEY,
            "WAYWARDEN_METRICS_PORT": str(self.port),
            "WAYWARDEN_QUIET_HOURS": "false",
            "WAYWARDEN_DATABASE_POOL": "4",
        }
        self.running: list[asyncio.subprocess.Process] = []

    async def start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PROGRAM, cwd=_ROOT, env=self._environment)
        self.running.append(process)
        return process

    async def end(self) -> None:
        for process in self.running:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture
async def notifiers(database_url: str, sink: Sink) -> AsyncIterator[Notifiers]:
    one = Notifiers(database_url, sink)
    yield one
    await one.end()


async def test_killed_between_send_and_commit(post: Post, sink: Sink, notifiers: Notifiers) -> None:
    notices, kills = 60, 4
    for n in range(notices):
        await post.parcel(f"sf:SF{n}", mail=f"c{n}@example.org")
        await post.pool.execute(
            "INSERT INTO outbox (notice_id, parcel_id, exception_id, template, data, at) "
            "VALUES ($1, $2, $1, 'late', '{}', now())",
            f"n{n}",
            f"sf:SF{n}",
        )
    for _ in range(kills):
        killed = asyncio.Event()
        process = await notifiers.start()

        def kill(process: asyncio.subprocess.Process = process, killed: asyncio.Event = killed) -> str:
            # The mail is taken; the sender dies before it can hear that, let alone write it down.
            process.send_signal(signal.SIGKILL)
            killed.set()
            return "250 queued"

        sink.script.extend(["250 queued", "250 queued", kill])
        await asyncio.wait_for(killed.wait(), 30)
        await process.wait()
        # A minute passes: what the dead process had taken is due again.
        await post.pool.execute("UPDATE delivery SET next_at = now(), lease_until = now() WHERE lease_by IS NOT NULL")

    process = await notifiers.start()
    await sink.until_taken(notices)
    # Those taken from dead processes are sent once more; their commit can only be asked for.
    async with asyncio.timeout(60):
        while True:
            if await post.pool.fetchval("SELECT count(*) FROM delivery WHERE state = 'sent'") == notices:
                break
            await asyncio.sleep(0.1)
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0

    recipients = {str(mail["To"]) for mail in sink.mails}
    assert len(recipients) == notices, "lost"
    assert len(set(sink.ids())) == notices, "somebody sees a message twice"
    assert len(sink.mails) > notices, "no kill fell between send and commit: the test shows nothing"
    assert all(re.fullmatch(r"<[0-9a-f]{32}@waywarden\.example>", key) for key in sink.ids())


async def test_the_process_tells_how_it_is_and_stops_in_time(post: Post, sink: Sink, notifiers: Notifiers) -> None:
    await post.parcel()
    await post.pool.execute(
        "INSERT INTO outbox (notice_id, parcel_id, template, data, at) VALUES ('n', 'sf:SF1', 'late', '{}', now())"
    )
    process = await notifiers.start()
    await sink.until_taken(1)
    base = f"http://127.0.0.1:{notifiers.port}"
    async with aiohttp.ClientSession(base) as session:
        assert (await session.get("/readyz")).status == 200
        metrics = await (await session.get("/metrics")).text()
    assert 'waywarden_notices_routed_total{reason="routed",template="late"} 1.0' in metrics
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_it_stops_in_time_though_the_mail_server_hangs(post: Post, sink: Sink, notifiers: Notifiers) -> None:
    at_the_door, never = asyncio.Event(), asyncio.Event()

    async def hang() -> str:
        at_the_door.set()
        await never.wait()
        return "451 late"

    await post.parcel()
    await post.pool.execute(
        "INSERT INTO outbox (notice_id, parcel_id, template, data, at) VALUES ('n', 'sf:SF1', 'late', '{}', now())"
    )
    sink.script.append(hang)
    process = await notifiers.start()
    await asyncio.wait_for(at_the_door.wait(), 30)
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 12) == 0
    never.set()
    # Nobody knows whether it went out: the lease stays, and the next process tries it again.
    assert await post.rows("state, attempts, lease_by IS NOT NULL") == [("pending", 1, True)]
