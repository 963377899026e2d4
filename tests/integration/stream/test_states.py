"""Parcel states that cannot be read: another version's, or broken bytes."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from stream_support import NOON, Clock, FakeLog, dump, engine, feed, kit, pid, registered, scan, scanned, until

from core.scan import Milestone
from core.watch import Watched, decode_watched

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("state", [b"", b"\x02a later version's", b"\x01\xff"])
async def test_a_state_that_cannot_be_read_is_made_anew_and_nothing_happens_twice(pool, state) -> None:
    """A late scan and the passing of time find the parcel as it was: same exception, same case, nothing told twice."""
    clock, log = Clock(NOON), FakeLog(end=0)
    async with engine(kit(pool, clock=clock), log) as running:
        await feed(running, [registered(1, declared_minor=5_000), scanned(2, scan(2, -1, Milestone.PICKED_UP))])
        await feed(running, [scanned(1, scan(1, -1, Milestone.PICKED_UP))])
        clock.now = NOON + timedelta(hours=40)
        running.look()
        await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE state = 'open'"))
        await until(lambda: running.next_offset >= 3)
    before = await dump(pool, ("exception", "cases", "case_clock", "outbox", "report", "registration", "dead_event"))
    states = await _states(pool)
    await pool.execute("UPDATE parcel SET state = $1, due_at = $2", state, clock.now)

    registry = CollectorRegistry()
    async with engine(kit(pool, clock=clock, registry=registry), log) as running:
        await until(lambda: registry.get_sample_value("waywarden_stream_rebuilt_states_total") == 2)
        await until(lambda: _none_due(pool, clock))
    tables = ("exception", "cases", "case_clock", "outbox", "report", "registration", "dead_event")
    assert await dump(pool, tables) == before
    assert await _states(pool) == states

    await pool.execute("UPDATE parcel SET state = $1", state)
    async with engine(kit(pool, clock=clock), log) as running:
        log.end = running.next_offset + 1
        clock.now += timedelta(hours=1)
        await feed(running, [scanned(1, scan(1, 40.5), scan(1, -2), received=clock.now)])
    assert await pool.fetchval("SELECT count(*) FROM dead_event") == 0
    rows = await pool.fetch("SELECT state FROM exception WHERE parcel_id = $1", pid(1))
    assert [row["state"] for row in rows] == ["cleared"]
    assert (
        decode_watched(await pool.fetchval("SELECT state FROM parcel WHERE parcel_id = $1", pid(1))).parcel.scans == 3
    )


async def _states(pool) -> dict[str, Watched]:
    """Give the states, but for when each parcel was first heard of: the tables know only the reception."""
    rows = await pool.fetch("SELECT parcel_id, state FROM parcel")
    return {key: msgspec.structs.replace(decode_watched(raw), known_at=None) for key, raw in rows}


async def _none_due(pool, clock) -> bool:
    return not await pool.fetchval("SELECT count(*) FROM parcel WHERE due_at <= $1", clock.now)
