"""Incidents on a real PostgreSQL: found once, shared by all workers, and the parcels under them looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from stream_support import (
    CARRIER,
    NOON,
    POLICY,
    Clock,
    FakeLog,
    done,
    engine,
    feed,
    kit,
    make_topic,
    pid,
    produce,
    records,
    registered,
    scan,
    scanned,
    settings,
    until,
    worker,
)

from core.event import Event
from core.incident.memory import Memory
from core.incident.pulse import BUCKET_S, Counter, Key, Noun
from core.incident.tower import Change, Verb
from core.scan import Detail, Milestone
from store import pulse, watchtower
from stream.engine import Engine
from stream.incident_metrics import IncidentMetrics
from stream.kit import Kit
from stream.lookout import Lookout
from stream.watchtower import Watchtower

pytestmark = pytest.mark.integration

HUB = "杭州转运中心"
OTHERS = [f"转运中心{n}" for n in range(5)]
QUARTER = timedelta(minutes=15)
DAYS = 8
Rate = Callable[[str, datetime], float]


async def counted(pool: Any, since: datetime, until: datetime, rate: Rate = lambda facility, at: 1.0) -> None:
    """Write what a network of one carrier and six hubs would have counted; `rate` is the share of the usual."""
    beats = Counter()

    def heard(key: Key, at: datetime, count: int, size: float) -> None:
        if count:
            beats.counts[key, int(at.timestamp()) // BUCKET_S[key[0]]] = [count, count * size]

    at = since
    while at < until:
        for nth in range(3):
            five = at + timedelta(minutes=5 * nth)
            usual = 60 + (five.minute * 7 + five.hour * 3) % 9
            heard((Noun.FEED, CARRIER, "", ""), five, round(usual * rate("", five)), 4.8)
        for hub in (HUB, *OTHERS):
            usual = 12 + (at.minute + at.hour * 5 + len(hub)) % 5
            heard((Noun.HUB, CARRIER, hub, ""), at, round(usual * rate(hub, at)), 9.5)
        at += QUARTER
    async with pool.acquire() as connection:
        await pulse.add(connection, beats, {})


async def network(pool: Any, partitions: int = 2) -> None:
    """Make a database that has watched a calm network for some days, up to noon."""
    await counted(pool, NOON - timedelta(days=DAYS), NOON)
    async with pool.acquire() as connection, connection.transaction():
        await pulse.gather(connection, NOON)
    await pool.execute("INSERT INTO meta VALUES ('partitions', $1)", str(partitions))
    await pool.execute("INSERT INTO meta VALUES ('incidents_judged_to', $1)", NOON.isoformat())


class Side:
    """A worker: what engines share, its lookout and its watchtower."""

    def __init__(self, pool: Any, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self.kit: Kit = kit(pool, clock=clock)
        metrics = IncidentMetrics(self.registry)
        self.lookout = Lookout(pool, self.kit.topic, self.kit.worker, POLICY, self.kit.thinker, metrics, clock)
        self.kit.lookout = self.lookout
        self.watchtower = Watchtower(pool, POLICY, self.kit.topic, metrics, clock)

    async def hear(self, *engines: Engine) -> None:
        """Say what is known, read what is found, wake the engines."""
        await self.lookout.say({each.partition: each.known_at for each in engines if each.known_at is not None})
        await self.lookout.read()
        for each in engines:
            each.look()

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"waywarden_{name}", labels)


async def ticked(side: Side, connection: Any, tower: Memory, clock: Clock, moments: int) -> list[str]:
    """Let quarters of an hour pass, judging each; give what was said."""
    said = []
    for _ in range(moments):
        clock.now += QUARTER
        await connection.execute("UPDATE progress SET known_at = $1", clock.now)
        said += [
            f"{change.verb.value} {change.incident.kind.value}"
            for change in await side.watchtower.tick(connection, tower)
        ]
    return said


def arrived(n: int, hours: float) -> Event:
    return scanned(n, scan(n, hours, detail=Detail.ARRIVED, facility=HUB))


async def test_a_jam_is_one_incident_and_its_parcels_are_under_it(pool) -> None:
    await network(pool)
    clock = Clock(NOON + timedelta(minutes=1))
    ours, theirs = Side(pool, clock), Side(pool, clock)
    logs = FakeLog(end=0), FakeLog(end=0)
    async with engine(ours.kit, logs[0], 0) as one, engine(theirs.kit, logs[1], 1) as two:
        for log, each, first in zip(logs, (one, two), (0, 100), strict=True):
            log.end = 40
            await feed(each, [registered(n, promised_at=NOON + timedelta(days=2)) for n in range(first, first + 20)])
            await feed(each, [arrived(n, -1.0) for n in range(first, first + 20)])
        await counted(pool, NOON, NOON + timedelta(hours=6), lambda hub, at: 0.0 if hub == HUB else 1.0)
        async with pool.acquire() as connection:
            assert await watchtower.lead(connection)
            tower = await ours.watchtower.restore(connection)
            said = await ticked(ours, connection, tower, clock, 4)
            assert said == ["opened hub_jam"]
            await asyncio.gather(ours.hear(one), theirs.hear(two))
            jam = await pool.fetchrow("SELECT * FROM incident")
            assert (jam["kind"], jam["carrier"], jam["facility"], jam["severity"]) == ("hub_jam", CARRIER, HUB, 3)
            assert timedelta() <= jam["found_at"] - jam["since"] <= timedelta(hours=1)

            # Each parcel gets a moment of its own within five minutes, in both partitions.
            await until(lambda: _called(pool, clock.now, 40))
            clock.now += timedelta(minutes=5)
            await until(lambda: _settled(pool, clock, one, two))
            rows = await pool.fetch("SELECT * FROM exception")
            assert {(row["kind"], row["incident_id"]) for row in rows} == {("jammed", jam["incident_id"])}
            assert len(rows) == 40
            assert await pool.fetchval("SELECT count(*) FROM cases") == 0
            notices = await pool.fetch("SELECT template, data FROM outbox")
            assert {row["template"] for row in notices} == {"jammed"}
            assert {row["data"]["incident"] for row in notices} == {jam["incident_id"]}
            assert all(datetime.fromisoformat(row["data"]["expected_at"]) >= jam["expected_at"] for row in notices)

            assert await ticked(ours, connection, tower, clock, 1) == []
            board = await pool.fetch("SELECT noun, body FROM feed WHERE noun <> 'case' ORDER BY seq")
            assert {row["noun"] for row in board} == {"incident"}
            assert [row["body"]["parcels"] for row in board] == [0, 40]
            assert ours.value("incidents_open", kind="hub_jam", carrier=CARRIER) == 1
            assert ours.value("incidents_opened_total", kind="hub_jam") == 1
            assert ours.value("incident_found_after_seconds_count", kind="hub_jam") == 1

        # The one that takes over says nothing of it again, and ends it when the hub works again.
        await counted(pool, NOON + timedelta(hours=6), NOON + timedelta(hours=30))
        async with pool.acquire() as connection:
            assert await watchtower.lead(connection)
            tower = await theirs.watchtower.restore(connection)
            assert next(iter(tower.open.values())).incident_id == jam["incident_id"]
            said = await ticked(theirs, connection, tower, clock, 26)
            assert [each for each in said if not each.startswith("grown")] == ["closed hub_jam"]
        ended = await pool.fetchrow("SELECT * FROM incident")
        assert ended["until"] is not None and ended["expected_at"] is None and ended["close_reason"]
        assert (ended["parcels"], ended["parcels_total"]) == (40, 40)  # they lie there still
        await asyncio.gather(ours.hear(one), theirs.hear(two))
        await until(lambda: _called(pool, clock.now, 40))
        clock.now += timedelta(minutes=5)
        await until(lambda: _settled(pool, clock, one, two))
        # Looked at again, and told nothing: what piled up takes its time, so the finding holds until then.
        assert await pool.fetchval("SELECT count(*) FROM exception WHERE state <> 'open' OR kind <> 'jammed'") == 0
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 40
        over_at = ended["until"] + (ended["until"] - ended["since"]) / 2
        assert {row["due_at"] for row in await pool.fetch("SELECT due_at FROM parcel")} == {over_at}


async def _called(pool: Any, now: datetime, parcels: int) -> bool:
    soon = now + timedelta(minutes=5)
    return bool(await pool.fetchval("SELECT count(*) = $1 FROM parcel WHERE due_at <= $2", parcels, soon))


async def _settled(pool: Any, clock: Clock, *engines: Engine) -> bool:
    for each in engines:
        each.look()
    return not await pool.fetchval("SELECT count(*) FROM parcel WHERE due_at <= $1", clock.now)


async def test_a_silent_feed_is_no_loss_and_its_end_no_storm(pool) -> None:
    await network(pool, 1)
    clock = Clock(NOON + timedelta(minutes=1))
    side = Side(pool, clock)
    log = FakeLog(end=0)
    parcels = 30
    async with engine(side.kit, log) as one:
        log.end = 2 * parcels
        await feed(one, [registered(n, promised_at=NOON + timedelta(hours=20)) for n in range(parcels)])
        await feed(one, [arrived(n, -1.0) for n in range(parcels)])
        await counted(pool, NOON, NOON + timedelta(hours=1), lambda hub, at: 0.0)
        async with pool.acquire() as connection:
            assert await watchtower.lead(connection)
            tower = await side.watchtower.restore(connection)
            assert await ticked(side, connection, tower, clock, 2) == ["opened feed_silent"]
            found = await pool.fetchrow("SELECT * FROM incident")
            assert (found["kind"], found["facility"], found["parcels"]) == ("feed_silent", "", parcels)
            assert found["found_at"] - NOON <= timedelta(minutes=30)
            await side.hear(one)
            said = []
            for _ in range(6 * 96):  # six days: beyond every limit of silence, and the promise passes
                said += await ticked(side, connection, tower, clock, 1)
                if clock.now.minute < 15 and clock.now.hour % 4 == 0:
                    await side.hear(one)
                    await until(lambda: _settled(pool, clock, one))
            assert set(said) <= {"grown feed_silent"}
            assert await pool.fetchval("SELECT count(*) FROM exception") == 0

            back = clock.now
            await counted(pool, back, back + timedelta(hours=6))
            said = await ticked(side, connection, tower, clock, 4)
            assert [each for each in said if not each.startswith("grown")] == ["closed feed_silent"]
            await side.hear(one)
            await until(lambda: _settled(pool, clock, one))
            # It holds back for an hour, in which the feed brings what it held back.
            assert await pool.fetchval("SELECT count(*) FROM exception") == 0
            log.end = 3 * parcels
            hours = (clock.now - NOON) / timedelta(hours=1)
            out = {"milestone": Milestone.OUT_FOR_DELIVERY, "text": "派件中"}
            await feed(one, [scanned(n, scan(n, hours - 1, **out), received=clock.now) for n in range(parcels)])
            for _ in range(12):
                clock.now += timedelta(minutes=10)
                await until(lambda: _settled(pool, clock, one))
        kinds = {row["kind"] for row in await pool.fetch("SELECT kind FROM exception")}
        assert kinds <= {"late"}  # the promise was broken, and now that is sure
        assert await pool.fetchval("SELECT count(*) FROM exception") <= parcels


async def test_nothing_is_judged_beyond_what_every_partition_knows(pool) -> None:
    await network(pool)
    clock = Clock(NOON + timedelta(hours=6))
    ours, theirs = Side(pool, clock), Side(pool, clock)
    async with pool.acquire() as connection:
        assert await watchtower.lead(connection)
        tower = await ours.watchtower.restore(connection)
        assert await ours.watchtower.tick(connection, tower) == []
        async with engine(ours.kit, FakeLog(end=0), 0) as one, engine(theirs.kit, FakeLog(end=5), 1) as two:
            await ours.hear(one)
            # The other partition has five events to read: six silent hours say nothing.
            assert two.known_at is None
            assert await ours.watchtower.tick(connection, tower) == []
            assert await watchtower.known_to(connection, ours.kit.topic) is None
            early = scanned(1, scan(1, 0.1, detail=Detail.ARRIVED, facility=HUB))
            two.put([_at(record, NOON + timedelta(minutes=7)) for record in _records([early])])
            await until(lambda: two.next_offset == 1)
            assert await watchtower.known_to(connection, ours.kit.topic) == NOON + timedelta(minutes=7)
            assert await ours.watchtower.tick(connection, tower) == []
            assert ours.value("incident_behind_seconds") == 6 * 3600 - 7 * 60
            # What waits for the broker to come back came in long ago.
            await two.stop()
        await pool.execute("UPDATE progress SET known_at = $1", clock.now)
        await pool.execute("INSERT INTO inbox (at, key, value) VALUES ($1, 'k', 'v')", NOON + timedelta(minutes=9))
        assert await watchtower.known_to(connection, ours.kit.topic) == NOON + timedelta(minutes=9)
        await pool.execute("DELETE FROM inbox")
        changes = await ours.watchtower.tick(connection, tower)
        assert [change.incident.kind.value for change in changes][:1] == ["feed_silent"]


def _records(events: list[Event]) -> list[Any]:
    return records(events)


def _at(record: Any, moment: datetime) -> Any:
    record.timestamp = int(moment.timestamp() * 1000)
    return record


async def test_one_leads_and_another_takes_over_when_its_connection_dies(pool, database_url) -> None:
    await network(pool, 1)
    clock = Clock(NOON + timedelta(hours=2))
    await counted(pool, NOON, NOON + timedelta(hours=2), lambda hub, at: 0.0 if hub == HUB else 1.0)
    sides = Side(pool, clock), Side(pool, clock)
    stop = asyncio.Event()
    async with engine(sides[0].kit, FakeLog(end=0)) as one:
        await sides[0].hear(one)
        first = asyncio.create_task(sides[0].watchtower.run(stop))
        await until(lambda: pool.fetchval("SELECT count(*) FROM incident"))
        await sides[1].watchtower.reign(stop)  # comes back: another leads
        assert (sides[0].value("incident_leader"), sides[1].value("incident_leader")) == (1, 0)
        holder = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 1463900500"
        assert await pool.fetchval(f"SELECT pg_terminate_backend(({holder}))")
        second = asyncio.create_task(_reign(sides[1], stop))
        await until(lambda: sides[1].value("incident_leader") == 1)
        await counted(pool, NOON + timedelta(hours=2), NOON + timedelta(hours=5))
        clock.now = NOON + timedelta(hours=5)
        await sides[0].lookout.say({0: clock.now})
        async with pool.acquire() as connection:
            assert not await watchtower.lead(connection)
        stop.set()
        await asyncio.gather(first, second)
    assert sides[0].value("incident_leader") == 0
    assert await pool.fetchval("SELECT count(*) FROM incident") == 1


async def _reign(side: Side, stop: asyncio.Event) -> None:
    while not stop.is_set() and side.value("incident_leader") != 1:
        try:
            await side.watchtower.reign(stop)
        except asyncpg.PostgresError:
            continue


async def test_two_workers_on_a_broker_share_one_jam(broker, database_url, pool) -> None:
    await network(pool)
    clock = Clock(NOON + timedelta(minutes=1))
    topic = await make_topic(broker, 2)
    config = settings(broker, database_url)
    parcels = 24
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(worker(config, pool, topic, now=clock))
        sent = await produce(broker, topic, [registered(n) for n in range(parcels)])
        await until(lambda: _reached(pool, topic, sent), 120)
        two = await stack.enter_async_context(worker(config, pool, topic, now=clock))
        workers = one, two
        await until(lambda: len(one.partitions.engines) == len(two.partitions.engines) == 1, 120)
        sent += await produce(broker, topic, [arrived(n, -1.0) for n in range(parcels)])
        await until(lambda: _reached(pool, topic, sent), 120)
        assert await pool.fetchval("SELECT count(DISTINCT partition) FROM parcel") == 2
        await counted(pool, NOON, NOON + timedelta(hours=2), lambda hub, at: 0.0 if hub == HUB else 1.0)
        clock.now = NOON + timedelta(hours=2)
        async with pool.acquire() as connection:
            assert await watchtower.lead(connection)
            tower = await one.watchtower.restore(connection)
            for each in workers:  # both, or nothing is judged: the network is known as far as both have read
                assert await one.watchtower.tick(connection, tower) == []
                await until(lambda each=each: len(each.partitions.known()) == 1, 60)
                await each.lookout.say(each.partitions.known())
            assert [change.verb for change in await one.watchtower.tick(connection, tower)][:1] == [Verb.OPENED]
        stop = asyncio.Event()
        running = [
            asyncio.create_task(each.lookout.run(stop, each.partitions.known, each.partitions.look)) for each in workers
        ]
        await until(lambda: _called(pool, clock.now, parcels), 60)
        clock.now += timedelta(minutes=5)
        for each in workers:
            each.partitions.look()
        await until(lambda: _all_jammed(pool, parcels), 60)
        stop.set()
        await asyncio.gather(*running)
    assert await pool.fetchval("SELECT count(*) FROM incident") == 1
    assert await pool.fetchval("SELECT count(DISTINCT incident_id) FROM exception") == 1
    assert await pool.fetchval("SELECT count(*) FROM exception") == parcels


async def _reached(pool: Any, topic: str, events: int) -> bool:
    return await done(pool, topic) >= events


async def _all_jammed(pool: Any, parcels: int) -> bool:
    return bool(await pool.fetchval("SELECT count(*) = $1 FROM exception WHERE kind = 'jammed'", parcels))


async def test_what_was_open_before_a_jam_is_taken_over_by_it(pool) -> None:
    await network(pool, 1)
    clock = Clock(NOON + timedelta(minutes=1))
    side = Side(pool, clock)
    log = FakeLog(end=8)
    async with engine(side.kit, log) as one:
        # Silent for days: three stall, and one of their cases is taken by somebody.
        await feed(one, [registered(n) for n in range(4)])
        await feed(one, [arrived(n, -90.0) for n in range(3)])
        await feed(one, [arrived(3, -1.0)])
        await until(lambda: _settled(pool, clock, one))
        assert await pool.fetchval("SELECT count(*) FROM cases WHERE kind = 'delay' AND state = 'open'") == 3
        taken = await pool.fetchval("SELECT min(case_id) FROM cases")
        await pool.execute("UPDATE cases SET assignee = gen_random_uuid() WHERE case_id = $1", taken)
        await counted(pool, NOON, NOON + timedelta(hours=2), lambda hub, at: 0.0 if hub == HUB else 1.0)
        async with pool.acquire() as connection:
            assert await watchtower.lead(connection)
            tower = await side.watchtower.restore(connection)
            await ticked(side, connection, tower, clock, 6)
        before = await pool.fetchval("SELECT max(seq) FROM feed")
        await side.hear(one)
        await until(lambda: _called(pool, clock.now, 4))
        clock.now += timedelta(minutes=5)
        await until(lambda: _settled(pool, clock, one))
    states = {(row["kind"], row["state"], row["close_reason"]) for row in await pool.fetch("SELECT * FROM exception")}
    assert states == {("stalled", "cleared", "superseded by jammed"), ("jammed", "open", None)}
    cases = {row["case_id"]: row["state"] for row in await pool.fetch("SELECT case_id, state FROM cases")}
    assert cases.pop(taken) == "open"  # somebody is at it: theirs to close, and it shows the incident
    assert set(cases.values()) == {"resolved"}
    jam = await pool.fetchval("SELECT incident_id FROM incident")
    rows = await pool.fetch("SELECT noun, key, body FROM feed WHERE seq > $1 AND noun <> 'incident'", before)
    assert {row["body"]["incident_id"] for row in rows if row["noun"] == "case"} == {jam}
    assert {row["key"] for row in rows if row["noun"] == "case"} == {taken, *cases}
    assert {row["body"]["state"] for row in rows if row["noun"] == "exception"} == {"cleared"}


async def test_bags_are_counted_over_partitions_and_who_is_left_behind_is_found(pool) -> None:
    clock = Clock(NOON + timedelta(minutes=1))
    sides = Side(pool, clock), Side(pool, clock)
    log = FakeLog(end=59)
    there = {"detail": Detail.ARRIVED, "facility": "成都转运中心"}
    gone = {"detail": Detail.DEPARTED, "facility": HUB, "facility_to": "成都转运中心", "container": "BAG1"}
    async with (
        engine(sides[0].kit, log, 0) as one,
        engine(sides[1].kit, FakeLog(end=60), 1) as two,
        pool.acquire() as connection,
    ):
        for each, first in ((one, 0), (two, 100)):
            await feed(each, [registered(n) for n in range(first, first + 20)])
            await feed(each, [scanned(n, scan(n, -3.0, **gone)) for n in range(first, first + 20)])
        clock.now = NOON + timedelta(hours=20)
        arrivals = [scanned(n, scan(n, 19.0, text="到达", **there)) for n in (*range(1, 20), *range(100, 120))]
        await feed(one, arrivals[:19])
        await feed(two, arrivals[19:])
        async with connection.transaction():
            await pulse.gather(connection, clock.now)
            assert await pulse.gather(connection, clock.now) == []
        bag = await pool.fetchrow("SELECT * FROM container")
        assert (bag["carrier"], bag["container"], bag["left_n"], bag["arrived_n"]) == (CARRIER, "BAG1", 40, 39)
        assert bag["opened_s"] == (NOON + timedelta(hours=19)).timestamp()
        await sides[0].lookout.read_containers()
        assert sides[0].value("stream_containers") == 1
        for _ in range(24):
            clock.now += timedelta(hours=1)
            await until(lambda: _settled(pool, clock, one, two))
        found = await pool.fetch("SELECT parcel_id, kind, evidence FROM exception WHERE kind = 'left_behind'")
        assert [row["parcel_id"] for row in found] == [pid(0)]
        assert (found[0]["evidence"]["limit"], found[0]["evidence"]["measured"]) == (40, 39)

        log.end = 60
        # It turns up: the bag is complete, and nobody has to remember it.
        await feed(one, [scanned(0, scan(0, 44.0, text="到达", **there), received=clock.now)])
        async with connection.transaction():
            await pulse.gather(connection, clock.now)
        await sides[0].lookout.read_containers()
        assert sides[0].value("stream_containers") == 0
        assert await pool.fetchval("SELECT count(*) FROM exception WHERE state = 'open'") == 0


async def test_news_of_a_leader_whose_clock_is_behind_is_news(pool) -> None:
    await network(pool, 1)
    clock = Clock(NOON + timedelta(hours=1))
    side = Side(pool, clock)
    async with engine(side.kit, FakeLog(end=0)) as one, pool.acquire() as connection:
        await side.hear(one)
        assert await watchtower.lead(connection)
        tower = await side.watchtower.restore(connection)
        await counted(pool, NOON, NOON + timedelta(hours=4), lambda hub, at: 0.0 if hub == HUB else 1.0)
        assert await side.watchtower.tick(connection, tower)
        await side.lookout.read()
        before = side.lookout.news_at
        opened = next(iter(tower.open.values()))
        ended = msgspec.structs.replace(opened, until=NOON + timedelta(minutes=59), expected_at=None)
        async with connection.transaction():
            change = Change(Verb.CLOSED, ended, "it works again")
            await watchtower.write(connection, [change], NOON, NOON - timedelta(hours=1))
        assert await side.lookout.read()
        assert before is not None and side.lookout.news_at is not None and side.lookout.news_at > before


async def test_what_was_judged_and_not_written_is_judged_again(pool, monkeypatch) -> None:
    await network(pool, 1)
    clock = Clock(NOON + timedelta(hours=2))
    side = Side(pool, clock)
    async with engine(side.kit, FakeLog(end=0)) as one, pool.acquire() as connection:
        await side.hear(one)
        assert await watchtower.lead(connection)
        tower = await side.watchtower.restore(connection)
        await counted(pool, NOON, NOON + timedelta(hours=2), lambda hub, at: 0.0 if hub == HUB else 1.0)

        async def broken(*_: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(watchtower, "write", broken)
            with pytest.raises(ConnectionError):
                await side.watchtower.tick(connection, tower)
        # The counters are moved, nothing is found: as if the leader had died in between.
        assert await pool.fetchval("SELECT count(*) FROM beat") == 0
        assert await pool.fetchval("SELECT count(*) FROM incident") == 0
        tower = await side.watchtower.restore(connection)
        changes = await side.watchtower.tick(connection, tower)
        assert [change.verb for change in changes if change.verb is not Verb.GROWN] == [Verb.OPENED]
        assert await side.watchtower.tick(connection, tower) == []
        assert await pool.fetchval("SELECT count(*) FROM incident WHERE facility = $1", HUB) == 1
