"""One engine on a real PostgreSQL, with a log that is a list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from stream_support import (
    NOON,
    Clock,
    FakeLog,
    count,
    dump,
    engine,
    feed,
    kit,
    pid,
    records,
    registered,
    scan,
    scanned,
    until,
)

import stream.engine
import stream.log_end
from core.event import Report, Reported, ReportKind
from core.scan import Milestone
from core.watch import advance, decode_watched
from store import progress
from store.statements import load
from stream.engine import QUEUE_RECORDS
from stream.kit import Status

pytestmark = pytest.mark.integration


async def test_the_same_records_again_after_a_crash_between_commit_and_ack_change_nothing(pool) -> None:
    events = [registered(1), scanned(1, scan(1, -3, Milestone.PICKED_UP)), scanned(1, scan(1, -2))]
    events += [Reported(parcel_id=pid(1), report=Report(report_id="r1", at=NOON, kind=ReportKind.DAMAGED))]
    async with engine(kit(pool)) as first:
        await feed(first, events)
    before = await dump(pool)
    assert await count(pool, "exception") == 1
    assert await count(pool, "report") == 1

    async with engine(kit(pool), FakeLog(end=4)) as second:
        assert second.next_offset == 4
        second.put(records(events))  # the group's offset was behind
        await feed(second, [registered(2)], start=4)
        assert await pool.fetchval("SELECT next_offset FROM progress") == 5
    after = await dump(pool)
    assert [row for row in after["parcel"] if pid(2) not in row] == before["parcel"]
    assert after["exception"] == before["exception"]
    assert after["feed"] == before["feed"]
    assert after["scan"] == before["scan"]


async def test_two_engines_on_one_partition_the_second_wins_and_the_first_stops(pool) -> None:
    registry = CollectorRegistry()
    async with engine(kit(pool, registry=registry)) as old:
        await feed(old, [scanned(1, scan(1, -3))])
        async with engine(kit(pool)) as new:
            old.put(records([scanned(2, scan(2, -3))], 1))
            await until(lambda: old.status is Status.FENCED)
            assert await count(pool, "parcel") == 1
            await feed(new, [scanned(3, scan(3, -3))])
            old.put(records([scanned(4, scan(4, -3))], 1))  # deaf until the next assignment
    assert {row["parcel_id"] for row in await pool.fetch("SELECT parcel_id FROM parcel")} == {pid(1), pid(3)}
    assert registry.get_sample_value("waywarden_stream_fenced_total") == 1


async def test_what_cannot_be_understood_is_put_aside_and_the_rest_goes_on(pool) -> None:
    stranger = scanned(9, scan(9, -1))
    batch = records([b"\xff not json", None, b'{"type":"other"}', scanned(1, scan(1, -3)), stranger])
    batch[4].key = b"sf:SOMEBODYELSE"
    not_utf8 = b'{"type":"scanned","parcel_id":"\xff"}'
    nested = b'{"type":"scanned","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    batch += records([not_utf8, nested], 5)
    async with engine(kit(pool)) as running:
        running.put(batch)
        await until(lambda: running.next_offset == 7)
    rows = await pool.fetch('SELECT "offset", reason, value FROM dead_event ORDER BY 1')
    assert [row["offset"] for row in rows] == [0, 1, 2, 4, 5, 6]
    assert rows[0]["value"] == b"\xff not json"
    assert rows[1]["reason"] == "no value"
    assert rows[3]["reason"] == "the key is not the parcel id"
    assert [row["parcel_id"] for row in await pool.fetch("SELECT parcel_id FROM parcel")] == [pid(1)]


@pytest.mark.parametrize("timestamp", [-1, 2**62, 1_800_000_000_000_000])
async def test_a_record_with_a_senseless_time_stops_nobody(pool, timestamp) -> None:
    """Microseconds in the place of milliseconds lie after the year 9999; -1 is a record without a time."""
    async with engine(kit(pool)) as running:
        batch = records([scanned(1, scan(1, -3)), scanned(2, scan(2, -3))])
        batch[1].timestamp = timestamp
        running.put(batch)
        await until(lambda: running.next_offset == 2 or running.failure)
        assert running.status is Status.RUNNING
        assert running.failure is None
    assert await count(pool, "parcel") == 2


async def test_an_event_that_the_database_refuses_is_put_aside_alone(pool) -> None:
    bad = scanned(2, scan(2, -3, place="NUL \x00 in a text"))
    events = [scanned(n, scan(n, -3)) for n in (1, 3, 4)]
    async with engine(kit(pool)) as running:
        await feed(running, [events[0], bad, *events[1:]])
        assert running.status is Status.RUNNING
    assert {row[0] for row in await pool.fetch("SELECT parcel_id FROM parcel")} == {pid(1), pid(3), pid(4)}
    row = await pool.fetchrow('SELECT "offset", reason FROM dead_event')
    assert row["offset"] == 1
    assert row["reason"].startswith("refused: ")


async def test_a_parcel_that_the_core_fails_on_does_not_hold_up_the_others(pool) -> None:
    def think(parcel_id, *rest):
        if parcel_id == pid(2):
            raise ZeroDivisionError("a bug")
        return advance(parcel_id, *rest)

    async with engine(kit(pool, think=think)) as running:
        await feed(running, [scanned(n, scan(n, -3)) for n in (1, 2, 3)])
    assert {row[0] for row in await pool.fetch("SELECT parcel_id FROM parcel")} == {pid(1), pid(3)}
    assert await pool.fetchval("SELECT reason FROM dead_event") == "poison: ZeroDivisionError: a bug"


async def test_a_parcel_that_nobody_registered_is_watched_and_joined_later(pool) -> None:
    clock = Clock(NOON)
    log = FakeLog(end=0)
    async with engine(kit(pool, clock=clock), log) as running:
        log.end = 1
        await feed(running, [scanned(1, scan(1, -1, Milestone.PICKED_UP))])
        assert await count(pool, "registration") == 0
        clock.now = NOON + timedelta(hours=60)  # silence is an event
        running.look()
        await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE kind = 'stalled'"))
        assert await pool.fetchval("SELECT body ->> 'shop' FROM exception_board") is None
        log.end = 2
        await feed(running, [registered(1, at=clock.now, service="express")])
        row = await pool.fetchrow("SELECT body FROM feed WHERE noun = 'exception' ORDER BY seq DESC LIMIT 1")
        assert row["body"]["shop"] == "shop-1"
        assert row["body"]["service"] == "express"


async def test_an_earlier_registration_that_comes_later_does_not_win(pool) -> None:
    async with engine(kit(pool)) as running:
        await feed(running, [registered(1, at=NOON, service="new")])
        await feed(running, [registered(1, at=NOON - timedelta(hours=1), service="old")])
    assert await pool.fetchval("SELECT service FROM registration") == "new"


@pytest.mark.parametrize("orders", [("a", "b"), ("b", "a")])
async def test_of_two_registrations_of_one_moment_the_table_and_the_state_have_the_same(pool, orders) -> None:
    async with engine(kit(pool)) as running:
        for order in orders:
            await feed(running, [registered(1, order=order)])
    state = decode_watched(await pool.fetchval("SELECT state FROM parcel"))
    assert state.parcel.registration is not None
    assert await pool.fetchval("SELECT order_ref FROM registration") == state.parcel.registration.order == "b"


async def test_a_late_scan_retracts_what_it_disproves_and_closes_the_case_as_mistaken(pool) -> None:
    clock = Clock(NOON)
    log = FakeLog(end=1)
    async with engine(kit(pool, clock=clock), log) as running:
        await feed(running, [scanned(1, scan(1, -10, Milestone.PICKED_UP))])
        clock.now = NOON + timedelta(hours=40)
        running.look()
        await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE state = 'open'"))
        case = await pool.fetchrow("SELECT * FROM cases")
        assert (case["kind"], case["state"], case["opened_by"]) == ("delay", "open", "system")
        events = await pool.fetch("SELECT type, version FROM case_event ORDER BY case_event_id")
        assert [tuple(row) for row in events] == [("CaseOpened", 1), ("CaseAccepted", 2)]

        # It had been delivered long before the alarm; the carrier said so too late. A later scan is there as well.
        log.end = 2
        late = scan(1, -4, Milestone.DELIVERED, "已签收")
        await feed(running, [scanned(1, late, received=clock.now)])

    row = await pool.fetchrow("SELECT state, close_reason, case_id FROM exception")
    assert row["state"] == "retracted"
    case = await pool.fetchrow("SELECT * FROM cases")
    assert (case["state"], case["version"]) == ("closed", 3)
    assert case["resolution"].startswith("mistaken: ")
    assert await pool.fetchval("SELECT type FROM case_event ORDER BY case_event_id DESC LIMIT 1") == "CaseClosed"
    assert not await pool.fetchval("SELECT count(*) FROM case_clock WHERE state = 'running'")
    boards = await pool.fetch("SELECT body ->> 'state' AS state FROM feed WHERE noun = 'case' ORDER BY seq")
    assert [board["state"] for board in boards] == ["open", "closed"]


async def _stalled(pool, clock: Clock, log: FakeLog, running) -> None:
    await feed(running, [scanned(1, scan(1, -1, Milestone.PICKED_UP))])
    clock.now = NOON + timedelta(hours=40)
    running.look()
    await until(lambda: pool.fetchval("SELECT count(*) FROM exception WHERE kind = 'stalled'"))


async def test_an_exception_that_is_over_resolves_the_case_that_nobody_took(pool) -> None:
    clock, log = Clock(NOON), FakeLog(end=0)
    async with engine(kit(pool, clock=clock), log) as running:
        await _stalled(pool, clock, log, running)
        clock.now += timedelta(hours=1)
        await feed(running, [scanned(1, scan(1, 40.5))])
    assert await pool.fetchval("SELECT state FROM exception") == "cleared"
    case = await pool.fetchrow("SELECT * FROM cases")
    assert (case["state"], case["resolved_at"]) == ("resolved", clock.now)
    clocks = dict(await pool.fetch("SELECT clock, state FROM case_clock"))
    assert clocks == {"accept": "met", "first_answer": "cancelled", "resolve": "met"}


async def test_a_case_that_somebody_took_only_hears_that_its_exception_is_over(pool) -> None:
    clock, log = Clock(NOON), FakeLog(end=0)
    async with engine(kit(pool, clock=clock), log) as running:
        await _stalled(pool, clock, log, running)
        await pool.execute("UPDATE cases SET assignee = gen_random_uuid(), state = 'investigating', version = 7")
        clock.now += timedelta(hours=1)
        await feed(running, [scanned(1, scan(1, 40.5))])
    case = await pool.fetchrow("SELECT * FROM cases")
    assert (case["state"], case["version"]) == ("investigating", 8)
    last = await pool.fetchrow("SELECT type, version, actor FROM case_event ORDER BY case_event_id DESC LIMIT 1")
    assert tuple(last) == ("ExceptionCleared", 8, "system")


async def test_a_further_finding_hangs_on_the_open_case_of_its_kind(pool) -> None:
    clock, log = Clock(NOON), FakeLog(end=0)
    async with engine(kit(pool, clock=clock), log) as running:
        await feed(running, [registered(1, promised_at=NOON + timedelta(hours=20))])
        await _stalled(pool, clock, log, running)
        await until(lambda: pool.fetchval("SELECT count(*) = 2 FROM exception WHERE state = 'open'"))
    assert await count(pool, "cases") == 1
    assert await pool.fetchval("SELECT count(DISTINCT case_id) FROM exception") == 1
    types = [row[0] for row in await pool.fetch("SELECT type FROM case_event ORDER BY version")]
    assert types[:3] == ["CaseOpened", "CaseAccepted", "ExceptionAttached"]


async def test_a_change_by_staff_at_the_same_moment_is_not_overtaken_on_the_board(pool) -> None:
    """The parcel moves while somebody's change of its case waits for its commit: the newest board row has both."""
    clock, log = Clock(NOON), FakeLog(end=0)
    async with engine(kit(pool, clock=clock), log) as running, pool.acquire() as staff:
        await _stalled(pool, clock, log, running)
        case_id = await pool.fetchval("SELECT case_id FROM cases")
        change = staff.transaction()
        await change.start()
        await staff.execute("UPDATE cases SET version = version + 1, reason = 'by staff' WHERE case_id = $1", case_id)
        await staff.execute(load("feed")["publish_cases"], [case_id])
        # A scan that only moves the parcel: what it says of the case is what the case says of itself.
        moved = records([scanned(1, scan(1, -0.5, place="成都"), received=clock.now)], running.next_offset)
        running.put(moved)
        await until(lambda: _waits_or_is_done(pool, running, moved[0].offset + 1))
        await change.commit()
        await until(lambda: running.next_offset == moved[0].offset + 1)
    last = await pool.fetchval("SELECT body FROM feed WHERE noun = 'case' ORDER BY seq DESC LIMIT 1")
    assert (last["reason"], last["place"]) == ("by staff", "成都")


async def _waits_or_is_done(pool, running, offset: int) -> bool:
    waits = await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    return bool(waits) or running.next_offset == offset


async def test_a_full_queue_pauses_fetching_and_nothing_is_lost(pool) -> None:
    log = FakeLog()
    async with engine(kit(pool), log) as running:
        total = QUEUE_RECORDS + 50
        every = records([scanned(n % 7, scan(n % 7, -3)) for n in range(total)])
        for start in range(0, total, 1_000):
            running.put(every[start : start + 1_000])
        assert log.paused == [0]
        await until(lambda: running.next_offset == total, 30)
        assert log.resumed == [0]


async def test_while_behind_nobody_is_called_silent(pool) -> None:
    """A worker that was away for days catches up: what waits in the log counts before the clock does."""
    clock = Clock(NOON + timedelta(days=5))
    log = FakeLog(end=2)
    batch = records(
        [scanned(1, scan(1, -3, Milestone.PICKED_UP)), scanned(1, scan(1, 1, Milestone.DELIVERED, "已签收"))]
    )
    for record, hours in zip(batch, (-3, 1), strict=True):
        record.timestamp = int((NOON + timedelta(hours=hours)).timestamp() * 1000)
    async with engine(kit(pool, clock=clock), log) as running:
        running.put(batch[:1])
        await until(lambda: running.next_offset == 1)
        running.put(batch[1:])
        await until(lambda: running.next_offset == 2)
        assert await count(pool, "exception") == 0


async def test_a_refused_batch_is_not_judged_by_the_clock_of_its_end(pool) -> None:
    """Halved, the first half knows the log only as far as it goes itself."""
    clock = Clock(NOON + timedelta(days=6))
    days = (0, 0, 5, 5)
    events = [
        scanned(1, scan(1, 0, Milestone.PICKED_UP)),
        scanned(2, scan(2, 0, Milestone.PICKED_UP)),
        scanned(3, scan(3, 120, place="NUL \x00 in a text")),
        scanned(1, scan(1, 120, Milestone.DELIVERED, "已签收")),
    ]
    batch = records(events)
    for record, day in zip(batch, days, strict=True):
        record.timestamp = int((NOON + timedelta(days=day)).timestamp() * 1000)
    async with engine(kit(pool, clock=clock), FakeLog(end=100)) as running:
        running.put(batch)
        await until(lambda: running.next_offset == 4)
    assert await count(pool, "dead_event") == 1
    assert await pool.fetchval("SELECT count(*) FROM exception WHERE parcel_id = $1", pid(1)) == 0


async def test_records_that_are_missing_are_asked_for_again_before_they_are_given_up(pool) -> None:
    registry = CollectorRegistry()
    log = FakeLog(end=10, start=5)
    async with engine(kit(pool, registry=registry), log) as running:
        await feed(running, [scanned(1, scan(1, -3))])
        ahead = records([scanned(2, scan(2, -3))], 5)
        running.put(ahead)  # the consumer stood at the wrong place
        await until(lambda: log.sought == [1])
        running.put(records([scanned(n, scan(n, -3)) for n in (3, 4, 5, 6)], 1))
        await until(lambda: running.next_offset == 5)
        running.put(ahead)
        await until(lambda: running.next_offset == 6)
        assert not registry.get_sample_value("waywarden_stream_missing_offsets_total", {"why": "retention"})

        # Now the log really has lost them: after going back, it comes again with the same record.
        log.start = 9
        gone = records([scanned(7, scan(7, -3))], 9)
        running.put(gone)
        await until(lambda: log.sought == [1, 6])
        assert running.next_offset == 6
        log.first = 7  # a reader of its own finds more than the consumer does: nothing is given up
        running.put(gone)
        await until(lambda: log.probed == [6])
        running.put(records([scanned(6, scan(6, -2))], 6))
        await until(lambda: running.next_offset == 7)
        running.put(gone)
        await until(lambda: log.sought == [1, 6, 7])
        log.first = 9
        running.put(gone)
        await until(lambda: running.next_offset == 10)
        assert registry.get_sample_value("waywarden_stream_missing_offsets_total", {"why": "retention"}) == 2


async def test_a_log_that_ends_before_the_databases_offset_is_read_from_its_start(pool, monkeypatch) -> None:
    monkeypatch.setattr(stream.engine, "LOOK_S", 0.02)
    monkeypatch.setattr(stream.log_end, "SHORT_S", 0.1)
    registry = CollectorRegistry()
    async with engine(kit(pool)) as running:
        await feed(running, [scanned(n, scan(n, -3)) for n in range(5)])
    log = FakeLog(end=2)
    async with engine(kit(pool, registry=registry), log) as running:
        fresh = records([scanned(7, scan(7, -3)), scanned(8, scan(8, -3))])
        running.put(fresh)
        await until(lambda: log.sought == [0])
        running.put(fresh)
        await until(lambda: running.next_offset == 2)
        running.put(records([scanned(9, scan(9, -3))], 2))
        await until(lambda: running.next_offset == 3)
    assert await count(pool, "parcel") == 8
    assert registry.get_sample_value("waywarden_stream_log_resets_total", {"why": "shorter"}) == 1


async def test_what_was_dropped_on_its_way_is_fetched_again_though_nothing_follows_it(pool, monkeypatch) -> None:
    monkeypatch.setattr(stream.engine, "LOOK_S", 0.02)
    monkeypatch.setattr(stream.log_end, "SHORT_S", 0.1)
    log = FakeLog(end=2)
    events = records([scanned(n, scan(n, -3)) for n in range(2)])
    async with engine(kit(pool), log) as running:
        log.on_seek = lambda offset: running.put(events[offset:])
        await until(lambda: running.next_offset == 2)
        log.end = 3
        log.on_seek = lambda offset: running.put(records([scanned(5, scan(5, -3))], offset))
        await until(lambda: running.next_offset == 3)
    assert log.sought == [0, 2]
    assert await count(pool, "parcel") == 3


async def test_an_end_that_lags_for_a_moment_is_no_new_log(pool, monkeypatch) -> None:
    monkeypatch.setattr(stream.engine, "LOOK_S", 0.01)
    registry = CollectorRegistry()
    log = FakeLog(end=5)
    async with engine(kit(pool, registry=registry), log) as running:
        await feed(running, [scanned(n, scan(n, -3)) for n in range(5)])
        log.end = 4  # a new leader
        await until(lambda: running._end.odd)
        log.end = 6
        await feed(running, [scanned(7, scan(7, -3))])
        await until(lambda: running._end.odd is None)
    assert log.sought == []


async def test_a_new_log_id_starts_at_the_beginning(pool) -> None:
    async with engine(kit(pool, log_id="a")) as running:
        await feed(running, [scanned(1, scan(1, -3))])
    async with engine(kit(pool, log_id="a")) as running:
        assert running.next_offset == 1
    async with engine(kit(pool, log_id="b")) as running:
        assert running.next_offset == 0
        await feed(running, [scanned(2, scan(2, -3))])
    async with pool.acquire() as connection:
        standing = await progress.read(connection, "t", 0)
    assert (standing.next_offset, standing.log_id) == (1, "b")


async def test_states_in_memory_are_used_only_while_nobody_else_wrote(pool) -> None:
    registry = CollectorRegistry()
    shared = kit(pool, registry=registry)

    def misses() -> float:
        return registry.get_sample_value("waywarden_stream_cache_misses_total") or 0

    async with engine(shared) as running:
        await feed(running, [scanned(1, scan(1, -5))])
    async with engine(shared, reign=running.left) as again:
        await feed(again, [scanned(1, scan(1, -4))])
    assert misses() == 1
    async with engine(kit(pool)) as other:
        await feed(other, [scanned(1, scan(1, -3, Milestone.OUT_FOR_DELIVERY))])
    async with engine(shared, reign=again.left) as back:
        await feed(back, [scanned(1, scan(1, -2))])
    assert misses() == 2
    assert await count(pool, "scan") == 4
