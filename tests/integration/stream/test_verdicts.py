"""What the product learns of its own work is written with the batch that shows it, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from stream_support import NOON, Clock, FakeLog, engine, feed, kit, pid, records, registered, scan, scanned, until

from core.effect import digest
from core.event import Report, Reported, ReportKind
from core.scan import Milestone
from core.score import Tally
from store import verdicts
from store.verdicts import Outcome

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)
JOINED = registered(1, promised_at=NOON + HOUR)
PICKED_UP = scanned(1, scan(1, -3, Milestone.PICKED_UP))
VERDICTS = "SELECT kind, carrier, verdict, why, at, opened_at, lead_s, found FROM verdict ORDER BY kind"
TALLY = "SELECT arrived, kept, missed FROM tally"


async def test_a_late_parcel_gives_its_verdicts_with_its_delivery_and_once(pool) -> None:
    clock, registry = Clock(NOON), CollectorRegistry()
    log = FakeLog(end=2)
    delivered = scanned(1, scan(1, 5, Milestone.DELIVERED, "已签收"), received=NOON + 5 * HOUR)
    async with engine(kit(pool, clock=clock, registry=registry), log) as running:
        await feed(running, [JOINED, PICKED_UP])
        clock.now = NOON + 2 * HOUR
        running.look()
        await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE kind = 'late'"))
        assert not await pool.fetch(VERDICTS)
        log.end = 3
        clock.now = NOON + 5 * HOUR
        await feed(running, [delivered], start=2)
    late, missed = await pool.fetch(VERDICTS)
    assert tuple(late)[:4] == ("late", "sf", "right", "late")
    assert (late["at"], late["opened_at"], late["lead_s"], late["found"]) == (clock.now, NOON + 2 * HOUR, -3600, True)
    assert tuple(missed) == ("predicted_late", "sf", "missed", "late", clock.now, None, None, False)
    assert [tuple(row) for row in await pool.fetch(TALLY)] == [(1, 0, 1)]
    labels = {"kind": "predicted_late", "carrier": "sf", "verdict": "missed"}
    assert registry.get_sample_value("waywarden_verdicts_total", labels) == 1

    before = await pool.fetch("SELECT * FROM verdict ORDER BY verdict_id")
    async with engine(kit(pool, clock=clock), FakeLog(end=3)) as again:
        again.put(records([JOINED, PICKED_UP, delivered]))  # the group's offset was behind
        await feed(again, [registered(2)], start=3)
    assert await pool.fetch("SELECT * FROM verdict ORDER BY verdict_id") == before
    assert [tuple(row) for row in await pool.fetch(TALLY)] == [(1, 0, 1)]


async def test_a_scan_that_comes_late_corrects_the_verdict_and_keeps_its_moment(pool) -> None:
    clock, log = Clock(NOON), FakeLog(end=2)
    async with engine(kit(pool, clock=clock), log) as running:
        await feed(running, [JOINED, PICKED_UP])
        clock.now = NOON + 2 * HOUR
        running.look()
        await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE kind = 'late'"))
        log.end = 3
        clock.now = NOON + 5 * HOUR
        await feed(running, [scanned(1, scan(1, 5, Milestone.DELIVERED), received=NOON + 5 * HOUR)], start=2)
        log.end = 4
        clock.now = NOON + 9 * HOUR
        await feed(running, [scanned(1, scan(1, 0.5, Milestone.AVAILABLE), received=NOON + 9 * HOUR)], start=3)
    (late,) = await pool.fetch(VERDICTS)
    assert (late["kind"], late["verdict"], late["why"]) == ("late", "wrong", "retracted")
    assert late["at"] == NOON + 5 * HOUR
    assert [tuple(row) for row in await pool.fetch(TALLY)] == [(1, 1, 0)]


async def test_a_state_made_anew_remembers_what_was_judged(pool) -> None:
    clock, log = Clock(NOON), FakeLog(end=3)
    arrived = scanned(1, scan(1, 5, Milestone.DELIVERED), received=NOON + 5 * HOUR)
    clock.now = NOON + 5 * HOUR
    report = Reported(parcel_id=pid(1), report=Report(report_id="r1", at=NOON + 6 * HOUR, kind=ReportKind.DAMAGED))
    async with engine(kit(pool, clock=clock), log) as running:
        await feed(running, [PICKED_UP, arrived, report])
    before = await pool.fetch("SELECT * FROM verdict ORDER BY verdict_id")
    assert {row["verdict"] for row in before} == {"unknown", "missed"}
    assert digest(pid(1), "missed", "damage_reported", "r1") in {row["verdict_id"] for row in before}
    await pool.execute("UPDATE parcel SET state = 'broken'::bytea, due_at = $1", clock.now)
    async with engine(kit(pool, clock=clock), FakeLog(end=3)) as again:
        again.look()
        await until(lambda: pool.fetchval("SELECT count(*) FROM parcel WHERE state <> 'broken'::bytea"))
    assert await pool.fetch("SELECT * FROM verdict ORDER BY verdict_id") == before


async def test_counts_add_up_by_day_carrier_and_partition(pool) -> None:
    async with pool.acquire() as connection:
        outcomes = [
            Outcome("sf", Tally(1, 1, 0), bytes((3, 14, 100)), False),
            Outcome("sf", Tally(1, 0, 1), bytes((88, 100)), True),
            Outcome("yto", Tally(1, 0, 0), b"", False),
        ]
        await verdicts.count(connection, 3, NOON, outcomes)
        await verdicts.count(connection, 3, NOON, outcomes[:1])
        await verdicts.count(connection, 4, NOON, outcomes[2:])
    rows = await pool.fetch("SELECT * FROM tally ORDER BY carrier, partition")
    assert [tuple(row)[1:6] for row in rows] == [("sf", 3, 3, 2, 1), ("yto", 3, 1, 0, 0), ("yto", 4, 1, 0, 0)]
    assert rows[0]["told"] == [2, 2, 0, 0, 0, 0, 0, 0, 1, 3]
    assert rows[0]["came_late"] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert rows[0]["percents"] == [6, 28, 0, 0, 0, 0, 0, 0, 88, 300]
