"""Real pull processes: killed in the middle, several at once, and the command by hand."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from runtime.embedded import free_port
from store import pull as store
from tests.integration.pull.conftest import Desk

pytestmark = pytest.mark.integration

_ROOT = Path(__file__).resolve().parents[3]
#: The service as it is, but for leases and distances that a test can wait for.
_PROGRAM = """
import msgspec
from pull.app import run
from pull.policy import read_pull_policy
from runtime import lifecycle, logs
from runtime.settings import Settings
settings = Settings()
logs.configure("pull", level="warning")
policy = read_pull_policy()
limits = msgspec.structs.replace(policy.providers["kuaidi100"], least_s=1, rate=40.0)
policy = msgspec.structs.replace(policy, providers={**policy.providers, "kuaidi100": limits})
lifecycle.run(lambda stop: run(settings, stop, policy, lease_s=2))
"""


class Processes:
    """Starts pull processes on a desk's database, api and providers."""

    def __init__(self, desk: Desk, database_url: str) -> None:
        settings = desk.api.settings
        given = {
            **desk.providers.settings(),
            "database_url": database_url,
            "database_pool": "6",
            "keys": settings.keys.get_secret_value(),
            "link_key": settings.link_key.get_secret_value(),
            "pull_intake_url": desk.api.base,
        }
        self.environment = {**os.environ, **{f"WAYWARDEN_{name.upper()}": value for name, value in given.items()}}
        self.running: list[asyncio.subprocess.Process] = []

    async def start(self, port: int = 0) -> asyncio.subprocess.Process:
        environment = {**self.environment, "WAYWARDEN_METRICS_PORT": str(port or free_port())}
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PROGRAM, cwd=_ROOT, env=environment)
        self.running.append(process)
        return process

    async def command(self, *arguments: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "runtime.cli", *arguments),
            cwd=_ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@pytest.fixture
async def processes(desk: Desk, database_url: str) -> AsyncIterator[Processes]:
    one = Processes(desk, database_url)
    yield one
    for process in one.running:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _asked(desk: Desk, numbers: int) -> None:
    async with asyncio.timeout(60):
        while len(desk.providers.numbers()) < numbers:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)


async def test_killed_in_the_middle_loses_nothing_and_doubles_nothing(desk: Desk, processes: Processes) -> None:
    parcels = [await desk.parcel(f"yto:YT{n:06d}") for n in range(150)]
    desk.providers.endless = True
    desk.providers.slow_s = 0.05
    for seen in (25, 60):
        process = await processes.start()
        await _asked(desk, seen)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    first, second = await processes.start(), await processes.start()
    async with asyncio.timeout(90):
        while set((await desk.outcomes()).values()) != {("news", "")}:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0
    numbers = desk.providers.numbers()
    assert set(numbers) == {parcel.partition(":")[2] for parcel in parcels}
    # Only what was under way at a kill is asked for again: at most the parallel requests of each killed process.
    assert numbers.total() - len(parcels) <= 2 * 4
    assert await desk.pool.fetchval("SELECT count(*) FROM pull_state WHERE lease_by IS NOT NULL") == 0
    events = await desk.api.events(len(parcels))
    assert {event.parcel_id for event in events} == set(parcels)
    asked = await desk.pool.fetchval("SELECT asked FROM pull_account WHERE provider = 'kuaidi100'")
    assert asked >= numbers.total(), "a question is counted before it is asked"


async def test_the_service_is_ready_shows_metrics_and_waits_for_an_api_that_is_away(
    desk: Desk, processes: Processes
) -> None:
    await desk.parcel("yto:YT000001")
    desk.providers.endless = True
    processes.environment["WAYWARDEN_PULL_INTAKE_URL"] = f"http://127.0.0.1:{free_port()}"
    port = free_port()
    process = await processes.start(port)
    async with aiohttp.ClientSession() as http, asyncio.timeout(30):

        async def ask(path: str) -> tuple[int, str]:
            try:
                async with http.get(f"http://127.0.0.1:{port}{path}") as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientError:
                return 0, ""

        while (await ask("/readyz"))[0] != 503:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
        status, why = await ask("/readyz")
        assert (status, "WAYWARDEN_PULL_INTAKE_URL" in why) == (503, True)
        _, text = await ask("/metrics")
        assert 'waywarden_pull_account_state{provider="kuaidi100",state="ok"} 1.0' in text
    assert not desk.providers.asked, "no question is spent whose answer could not go in"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_the_command_by_hand(desk: Desk, processes: Processes) -> None:
    await desk.parcel("yto:YT000001")
    await desk.heard("yto:YT000001", timedelta(minutes=5))
    await desk.parcel("yto:YT000002")
    await desk.parcel("ups:1Z000003")
    desk.providers.endless = True
    # Given parcels are asked for though they are fresh; what nobody can ask for is said.
    code, said = await processes.command("pull", "yto:YT000001", "dhl-unknown:1")
    assert (code, "1 asked for, 2 scans brought in" in said) == (1, True), said
    assert "dhl-unknown:1: not watched" in said
    assert desk.providers.numbers() == {"YT000001": 1}
    # Kuaidi100 locks numbers that are asked for too often: not even by hand.
    code, said = await processes.command("pull", "yto:YT000001")
    assert (code, "not asked for now (least" in said) == (0, True), said
    code, said = await processes.command("pull", "--carrier", "yto")
    assert (code, desk.providers.numbers()["YT000002"]) == (0, 1), said
    async with desk.pool.acquire() as connection:
        now = datetime.now(UTC)
        await connection.execute("UPDATE pull_state SET asked_at = NULL")
        await store.lease(connection, "kuaidi100", now, now + timedelta(hours=1), "another", 9, ["yto:YT000002"])
    code, said = await processes.command("pull", "yto:YT000002")
    assert (code, "another process is asking for it" in said) == (0, True), said
    # Without arguments: what is due.
    code, said = await processes.command("pull")
    assert (code, "ups        news         1" in said) == (0, True), said
    desk.providers.refused.add("ups")
    desk.providers.tokens.clear()
    await desk.pool.execute("UPDATE pull_state SET asked_at = NULL")
    code, said = await processes.command("pull", "ups:1Z000003")
    assert (code, "ups: stopped, the account is refused" in said) == (1, True), said
    code, said = await processes.command("doctor")
    assert code == 1 and "the account of ups is refused since" in said, said
    assert "ups-secret" not in said and "kuaidi-key" not in said
    desk.providers.refused.clear()
    code, said = await processes.command("pull", "ups:1Z000003")
    assert (code, "1 asked for" in said) == (0, True), said


async def test_without_an_account_the_command_says_what_to_set(desk: Desk, processes: Processes) -> None:
    for name in list(processes.environment):
        if name.startswith("WAYWARDEN_PULL_"):
            del processes.environment[name]
    code, said = await processes.command("pull")
    assert code == 1 and "WAYWARDEN_PULL_" in said
