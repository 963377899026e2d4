"""What parcels teach goes to PostgreSQL, is shared by all workers, and changes what they find."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from stream_support import NOON, POLICY, Clock, FakeLog, engine, feed, kit, pid, scan, scanned, until

from core.baseline.lessons import Way, gap_lessons
from core.baseline.sketch import BINS
from core.network import NOTHING
from core.scan import Detail
from core.stop import Stage, Stop
from stream.kit import Kit
from stream.school import School

pytestmark = pytest.mark.integration

HOUR = 3600
WAY = Way("sf", "", "", "", 0)
STOP = Stop(0, Stage.DEPARTED, "杭州转运中心", "成都转运中心", 4, 1)


def school(pool, shared: Kit) -> School:
    shared.school = School(pool, POLICY, shared.thinker, shared.metrics, shared.now)
    return shared.school


async def test_workers_add_to_the_same_groups_and_read_what_all_have_learned(pool) -> None:
    ours, theirs = school(pool, kit(pool)), school(pool, kit(pool))
    for n in range(200):
        ours.learn(gap_lessons(STOP, (9 + n % 3) * HOUR, WAY))
        theirs.learn(gap_lessons(STOP, (9 + n % 3) * HOUR, WAY))
    await asyncio.gather(ours.add(), theirs.add())
    counts = await pool.fetch("SELECT group_key, counts, day FROM baseline")
    assert len(counts) == 2
    assert all(sum(row["counts"]) == 400 and len(row["counts"]) == BINS for row in counts)
    assert all(row["day"] == NOON.date() for row in counts)


async def test_older_lessons_fade_and_old_groups_go(pool) -> None:
    clock = Clock()
    one = school(pool, kit(pool, clock=clock))
    one.learn(gap_lessons(STOP, 9 * HOUR, WAY) * 100)
    await one.add()
    clock.now = NOON + timedelta(days=7)
    one.learn(gap_lessons(STOP, 9 * HOUR, WAY) * 10)
    await one.add()
    assert await pool.fetchval("SELECT max(n) FROM baseline, unnest(counts) n") == pytest.approx(60)
    clock.now = NOON + timedelta(days=120)
    await one.read()
    assert await pool.fetchval("SELECT count(*) FROM baseline") == 0


async def test_a_worker_judges_by_what_another_one_learned(pool) -> None:
    registry = CollectorRegistry()
    clock = Clock()
    teacher, shared = kit(pool, clock=clock), kit(pool, clock=clock, registry=registry)
    one, two = school(pool, teacher), school(pool, shared)
    assert shared.thinker.network is NOTHING
    hub = {"detail": Detail.DEPARTED, "facility": "杭州转运中心", "facility_to": "成都转运中心"}
    async with engine(teacher) as taught:
        events = []
        for n in range(400):
            events.append(scanned(n, scan(n, -30, **hub)))
            events.append(scanned(n, scan(n, -20 + n % 3, text="x", facility="成都转运中心", detail=Detail.ARRIVED)))
        await feed(taught, events)
    await one.add()
    await two.read()
    assert registry.get_sample_value("waywarden_stream_baseline_groups") >= 2
    async with engine(shared, FakeLog(end=1), partition=1) as learned:
        await feed(learned, [scanned(1000, scan(1000, -40, **hub))])
        evidence = await until(lambda: pool.fetchval("SELECT evidence FROM exception WHERE parcel_id = $1", pid(1000)))
    assert evidence["rule"].startswith("stalled.")
    assert evidence["level"] in ("leg", "lane")
    assert evidence["usual_s"] < 13 * HOUR < evidence["limit_s"] <= 36 * HOUR


async def test_lessons_beyond_the_bound_are_dropped_and_counted(pool, monkeypatch) -> None:
    monkeypatch.setattr("stream.school.MOST_GROUPS", 2)
    registry = CollectorRegistry()
    one = school(pool, kit(pool, registry=registry))
    one.learn(gap_lessons(STOP, 9 * HOUR, WAY))
    one.learn(gap_lessons(STOP, 9 * HOUR, WAY))
    assert registry.get_sample_value("waywarden_stream_lessons_dropped_total") == 2
    assert registry.get_sample_value("waywarden_stream_lessons_total") == 2


async def test_it_runs_until_stopped_and_adds_what_is_left(pool) -> None:
    shared = kit(pool)
    one = school(pool, shared)
    stop = asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await until(lambda: shared.thinker.network is not NOTHING)
    one.learn(gap_lessons(STOP, 9 * HOUR, WAY))
    stop.set()
    await asyncio.wait_for(running, 10)
    assert await pool.fetchval("SELECT count(*) FROM baseline") == 2
