"""kill -9 of worker, api and notifier under load: nothing lost or doubled. `waywarden bench crash` does it longer."""

from __future__ import annotations

import os
from dataclasses import asdict

import pytest

from bench import crash

pytestmark = pytest.mark.e2e
KILLS = int(os.environ.get("WAYWARDEN_TEST_KILLS", "3"))


async def test_nothing_is_lost_or_doubled_while_processes_are_killed() -> None:
    verdict = await crash.run(kills=KILLS, rate=200, say=print)
    assert verdict.clean, asdict(verdict)
    assert sum(verdict.kills.values()) == KILLS
    assert verdict.scans > 500
    assert verdict.messages > 50
