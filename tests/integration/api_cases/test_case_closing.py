"""What is resolved and not reopened is closed after the policy's time, once, whoever looks and however many."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from api_world import World

from api.housekeeping import Health, keep_house
from store import cases

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)


async def resolved(world: World, waybill: str, ago: timedelta, state: str = "resolved") -> str:
    case_id = await world.case(await world.parcel(waybill), state=state)
    await world.pool.execute("UPDATE cases SET resolved_at = $2 WHERE case_id = $1", case_id, world.clock() - ago)
    return case_id


async def sweep(world: World, limit: int = 100) -> list[str]:
    async with world.pool.acquire() as connection:
        now = world.clock()
        return await cases.close_resolved(connection, now - world.services.policy.close_after, now, limit)


async def test_it_is_closed_once_with_audit_and_board_row(world: World) -> None:
    old = await resolved(world, "W1", 72 * HOUR)
    await resolved(world, "W2", 71 * HOUR)
    await resolved(world, "W3", 99 * HOUR, "investigating")
    assert await sweep(world) == [old]
    row = await world.pool.fetchrow("SELECT * FROM cases WHERE case_id = $1", old)
    assert (row["state"], row["closed_at"], row["version"]) == ("closed", world.clock(), 2)
    events = await world.pool.fetch("SELECT * FROM case_event WHERE case_id = $1 AND version = 2", old)
    assert [(e["actor"], e["type"], e["data"]) for e in events] == [
        ("system", "CaseClosed", {"from": "resolved", "to": "closed"})
    ]
    [board] = await world.pool.fetch("SELECT key, body FROM feed")
    assert (board["key"], board["body"]["state"], board["body"]["version"]) == (old, "closed", 2)
    assert await sweep(world) == []


async def test_many_at_once_close_each_case_once(world: World) -> None:
    ids = {await resolved(world, f"W{n}", 80 * HOUR) for n in range(12)}
    done = await asyncio.gather(*(sweep(world, 5) for _ in range(6)))
    rest = await sweep(world)
    closed = [case_id for batch in [*done, rest] for case_id in batch]
    assert sorted(closed) == sorted(ids)
    assert await world.pool.fetchval("SELECT count(*) FROM case_event WHERE type = 'CaseClosed'") == len(ids)


async def test_a_case_that_somebody_is_reopening_is_left_alone(world: World) -> None:
    case_id = await resolved(world, "W1", 80 * HOUR)
    async with world.pool.acquire() as connection, connection.transaction():
        case = await cases.lock(connection, case_id)
        assert case is not None
        assert await sweep(world) == []
        becomes = msgspec.structs.replace(case, state="investigating", resolved_at=None)
        await cases.change(
            connection, becomes, at=world.clock(), actor="staff:1", type_="CaseReopened", reason="no", data={}
        )
    assert await sweep(world) == []
    assert await world.pool.fetchval("SELECT state FROM cases") == "investigating"


async def test_the_house_is_kept(world: World) -> None:
    case_id = await resolved(world, "W1", 80 * HOUR)
    stop = asyncio.Event()

    class OneRound(Health):
        def set(self, reason: str | None) -> None:
            super().set(reason)
            stop.set()

    health = OneRound()
    async with asyncio.timeout(10):
        await keep_house(world.services, health, stop)
    assert health.reason() is None
    assert await world.pool.fetchval("SELECT state FROM cases WHERE case_id = $1", case_id) == "closed"
