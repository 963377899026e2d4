"""A shop registers a parcel that is in trouble already: case, board and audit trail say what it is worth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from stream_support import NOON, Clock, FakeLog, engine, feed, kit, registered, scan, scanned, until

from core.event import Tier
from stream.engine import Engine

pytestmark = pytest.mark.integration

VIP = {"tier": Tier.VIP, "declared_minor": 300_000}


async def stalled(pool: asyncpg.Pool, running: Engine, clock: Clock) -> str:
    """An unregistered parcel that has been silent for too long, with its case."""
    await feed(running, [scanned(1, scan(1, 0))])
    clock.now = NOON + timedelta(hours=60)
    running.look()
    await until(lambda: pool.fetchval("SELECT count(*) FROM cases"))
    return str(await pool.fetchval("SELECT case_id FROM cases"))


async def case_of(pool: asyncpg.Pool, case_id: str) -> dict[str, Any]:
    return dict(await pool.fetchrow("SELECT state, priority, version FROM cases WHERE case_id = $1", case_id))


async def test_the_registration_raises_the_priority_once(pool: asyncpg.Pool) -> None:
    clock = Clock()
    async with engine(kit(pool, clock=clock), FakeLog(end=0)) as running:
        case_id = await stalled(pool, running, clock)
        before = await case_of(pool, case_id)
        joined = registered(1, clock.now, **VIP)
        await feed(running, [joined])
        after = await case_of(pool, case_id)
        assert after == {**before, "priority": before["priority"] * 4, "version": before["version"] + 1}
        event = await pool.fetchrow("SELECT * FROM case_event WHERE case_id = $1 ORDER BY version DESC", case_id)
        assert (event["type"], event["actor"], event["version"]) == ("CasePrioritised", "system", after["version"])
        assert event["data"] == {"from": before["priority"], "to": after["priority"]}
        board = await pool.fetchval("SELECT body FROM feed WHERE noun = 'case' ORDER BY seq DESC LIMIT 1")
        assert (board["priority"], board["shop"]) == (after["priority"], "shop-1")
        # The same registration again, and one that is worth less: nothing.
        await feed(running, [joined, registered(1, clock.now + timedelta(hours=1))])
        assert await case_of(pool, case_id) == after
        assert await pool.fetchval("SELECT count(*) FROM cases") == 1


@pytest.mark.parametrize("state", ["resolved", "closed"])
async def test_a_case_that_is_over_is_neither_raised_nor_opened_again(pool: asyncpg.Pool, state: str) -> None:
    clock = Clock()
    async with engine(kit(pool, clock=clock), FakeLog(end=0)) as running:
        case_id = await stalled(pool, running, clock)
        await pool.execute("UPDATE cases SET state = $1", state)
        before = await case_of(pool, case_id)
        await feed(running, [registered(1, clock.now, **VIP)])
        assert await case_of(pool, case_id) == before
        assert await pool.fetchval("SELECT count(*) FROM cases") == 1


async def test_what_staff_set_stays(pool: asyncpg.Pool) -> None:
    clock = Clock()
    async with engine(kit(pool, clock=clock), FakeLog(end=0)) as running:
        case_id = await stalled(pool, running, clock)
        await pool.execute("UPDATE cases SET priority = 5, version = version + 1")
        await pool.execute(
            "INSERT INTO case_event (case_id, version, at, actor, type) "
            "VALUES ($1, 3, $2, 'staff:1', 'CasePrioritised')",
            case_id,
            clock.now,
        )
        await feed(running, [registered(1, clock.now, **VIP)])
        assert (await case_of(pool, case_id))["priority"] == 5
