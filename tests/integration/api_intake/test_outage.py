from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from api import producer
from api.accept import Unavailable
from core.event import Event, Report, Reported, ReportKind
from runtime import embedded
from runtime.migrate import migrate
from store import intake as store
from store.pool import open_pool
from tests.integration.api_intake.conftest import Api, BrokerProcess, settings_for, until

pytestmark = pytest.mark.integration
AT = datetime(2026, 11, 20, tzinfo=UTC)


def report(parcel: str, number: int) -> Event:
    report = Report(report_id=f"{number:04}", at=AT + timedelta(seconds=number), kind=ReportKind.DAMAGED)
    return Reported(parcel_id=f"sf:{parcel}", report=report)


def numbers(events: list[Event], parcel: str) -> list[str]:
    return [e.report.report_id for e in events if isinstance(e, Reported) and e.parcel_id == f"sf:{parcel}"]


def unique(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


@pytest.fixture
async def alone(pool: asyncpg.Pool, own_broker: BrokerProcess) -> AsyncIterator[Api]:
    """Give an api whose broker has not been started."""
    async with Api(settings_for(f"127.0.0.1:{own_broker.port}"), pool, f"e-{uuid.uuid4().hex[:12]}") as running:
        yield running


async def depth(api: Api) -> int:
    return int(await api.pool.fetchval("SELECT count(*) FROM inbox"))


async def test_without_a_broker_events_wait_in_the_inbox_and_follow_in_order(
    alone: Api, own_broker: BrokerProcess
) -> None:
    for number in range(30):
        accepted = await alone.intake.accept([report("A", number), report("B", number)])
        assert accepted.where == "inbox"
    assert await depth(alone) == 60
    await own_broker.start()
    await asyncio.wait_for(alone.intake.settled(), 30)
    assert await depth(alone) == 0
    assert (await alone.intake.accept([report("A", 30)])).where == "log"
    events = await alone.events(61)
    assert unique(numbers(events, "A")) == [f"{number:04}" for number in range(31)]
    assert unique(numbers(events, "B")) == [f"{number:04}" for number in range(30)]
    assert alone.metric("waywarden_intake_inbox_drained_total") >= 60
    assert alone.metric("waywarden_intake_inbox_depth") == 0


async def test_a_process_that_starts_while_the_broker_is_away_knows_how_full_the_inbox_is(
    alone: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others filled it, this one counted none of them: the bound is the table's, not each process's own."""
    await alone.pool.execute("INSERT INTO inbox (key, value) SELECT 'sf:A', 'x' FROM generate_series(1, 30)")
    await until(lambda: alone.metric("waywarden_intake_inbox_depth") == 30)
    monkeypatch.setattr(producer, "INBOX_ROWS", 30)
    with pytest.raises(Unavailable, match="the inbox is full"):
        await alone.intake.accept([report("A", 1)])


async def test_a_long_inbox_is_estimated_by_its_ends(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        assert await store.inbox_depth(connection, 10) == 0
        await connection.execute("INSERT INTO inbox (key, value) SELECT 'sf:A', 'x' FROM generate_series(1, 30)")
        assert await store.inbox_depth(connection, 31) == 30
        assert await store.inbox_depth(connection, 10) == 30


async def test_a_broker_that_dies_under_load_loses_nothing_of_what_was_accepted(
    alone: Api, own_broker: BrokerProcess
) -> None:
    await own_broker.start()
    await asyncio.wait_for(alone.intake.settled(), 30)
    accepted: list[tuple[int, str]] = []
    stop = asyncio.Event()

    async def load(lane: int) -> None:
        number = 0
        while not stop.is_set():
            where = (await alone.intake.accept([report(f"L{lane}", number)])).where
            accepted.append((lane, where))
            number += 1
            await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(load(lane)) for lane in range(4)]
    await until(lambda: len(accepted) > 40)
    own_broker.kill()  # its log lives in memory: what it had is gone with it, what follows must not be
    lost_up_to = {lane: sum(1 for each, where in accepted if each == lane) for lane in range(4)}
    await until(lambda: sum(1 for _, where in accepted if where == "inbox") > 40, 30)
    await own_broker.start()
    await asyncio.wait_for(alone.intake.settled(), 30)
    seen = len(accepted)
    await until(lambda: len(accepted) > seen + 40)
    stop.set()
    await asyncio.gather(*tasks)
    # A busy machine may make the young broker too slow once more; then that is drained as well.
    await asyncio.wait_for(alone.intake.settled(), 30)
    assert "log" in {where for _, where in accepted[seen:]}
    assert await depth(alone) == 0
    total = {lane: sum(1 for each, _ in accepted if each == lane) for lane in range(4)}
    expected = sum(total[lane] - lost_up_to[lane] - 1 for lane in range(4))
    events = await alone.events(expected, 20)
    for lane in range(4):
        found = unique(numbers(events, f"L{lane}"))
        # One of each lane may have been on its way when the broker died: acknowledged by a log that is gone.
        wanted = {f"{number:04}" for number in range(lost_up_to[lane] + 1, total[lane])}
        assert wanted <= set(found)
        # What went through the inbox keeps its order within a parcel.
        assert found == sorted(found)


async def test_both_away_is_unavailable(alone: Api, database_url: str) -> None:
    await alone.intake.accept([report("A", 1)])
    await alone.pool.execute("ALTER TABLE inbox RENAME TO gone")
    with pytest.raises(Unavailable):
        await alone.intake.accept([report("A", 2)])
    key = await alone.key("carrier", "sf")
    scan = {"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-20T10:00:00Z", "milestone": "in_transit"}
    async with alone.http.post("/v1/scans", json=[scan], headers=key) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert (await answer.json())["type"] == "urn:waywarden:problem:intake-unavailable"
    await alone.pool.execute("ALTER TABLE gone RENAME TO inbox")
    async with alone.http.post("/v1/scans", json=[scan], headers=key) as answer:
        assert answer.status == 202
        assert (await answer.json())["where"] == "inbox"


async def test_a_database_that_is_away_does_not_hold_the_log_back(alone: Api, own_broker: BrokerProcess) -> None:
    await own_broker.start()
    await asyncio.wait_for(alone.intake.settled(), 30)
    key = await alone.key("carrier", "sf")
    scan = {"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-20T10:00:00Z", "milestone": "in_transit"}
    async with alone.http.post("/v1/scans", json=[scan], headers=key) as answer:
        assert answer.status == 202
    await alone.pool.execute("ALTER TABLE inbox RENAME TO gone")
    await alone.pool.execute("ALTER TABLE api_key RENAME TO gone_key")
    alone.clock.ahead = timedelta(minutes=10)  # the cached key is stale by now, and believed all the same
    async with alone.http.post("/v1/scans", json=[scan], headers=key) as answer:
        assert answer.status == 202
        assert (await answer.json())["where"] == "log"
    alone.clock.ahead = timedelta(hours=2)
    async with alone.http.post("/v1/scans", json=[scan], headers=key) as answer:
        assert answer.status >= 500


async def test_two_processes_drain_once_and_both_go_on(pool: asyncpg.Pool, own_broker: BrokerProcess) -> None:
    settings, topic = settings_for(f"127.0.0.1:{own_broker.port}"), f"e-{uuid.uuid4().hex[:12]}"
    async with Api(settings, pool, topic) as one, Api(settings, pool, topic) as two:
        for number in range(0, 40, 2):
            await one.intake.accept([report("A", number)])
            await two.intake.accept([report("A", number + 1)])
        await own_broker.start()
        await asyncio.wait_for(asyncio.gather(one.intake.settled(), two.intake.settled()), 40)
        events = await one.events(40)
        assert unique(numbers(events, "A")) == [f"{number:04}" for number in range(40)]


async def test_too_much_in_flight_is_refused_not_queued(alone: Api, own_broker: BrokerProcess) -> None:
    await own_broker.start()
    await asyncio.wait_for(alone.intake.settled(), 30)
    alone.intake._bytes = 64 * 1024 * 1024
    with pytest.raises(Unavailable) as refused:
        await alone.intake.accept([report("A", 1)])
    assert refused.value.retry_after_s == 1
    alone.intake._bytes = 0
    assert (await alone.intake.accept([report("A", 1)])).where == "log"


@pytest.fixture
def own_database() -> Iterator[embedded.Postgres]:
    """Give a PostgreSQL that is not started yet."""
    folder = Path(tempfile.mkdtemp(prefix="ww-intake-"))
    folder.chmod(0o755)
    server = embedded.Postgres(folder / "data", embedded.TEST_TUNING)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_with_the_database_really_away_signed_pushes_go_on(
    own_broker: BrokerProcess, own_database: embedded.Postgres
) -> None:
    """What needs no database goes on, the rest says 503 and is sent again."""
    server = own_database
    url = await asyncio.to_thread(server.start)
    await asyncio.to_thread(migrate, url)
    await own_broker.start()
    settings = settings_for(f"127.0.0.1:{own_broker.port}")
    async with await open_pool(url, 4, "test") as pool, Api(settings, pool, f"e-{uuid.uuid4().hex[:12]}") as api:
        await asyncio.wait_for(api.intake.settled(), 30)
        key = await api.key("carrier", "sf")
        ndjson = key | {"Content-Type": "application/x-ndjson"}
        good = b'{"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-20T10:00:00Z", "code": "30"}'
        async with api.http.post("/v1/intake/canonical", data=good, headers=ndjson) as answer:
            assert answer.status == 200
        await asyncio.to_thread(server.stop)
        api.clock.ahead = timedelta(minutes=10)
        async with api.http.post("/v1/intake/canonical", data=good, headers=ndjson) as answer:
            assert answer.status == 200  # the log has it, and that is what 2xx means
        async with api.http.post("/v1/scans", data=good, headers=ndjson) as answer:
            assert answer.status == 202
        async with api.http.post("/v1/intake/canonical", data=b"{broken", headers=ndjson) as answer:
            assert answer.status == 503  # it cannot be kept in quarantine, so it must come again
            assert answer.headers["Retry-After"]
        async with api.http.get("/v1/session", cookies={"ww_session": "x" * 43}) as answer:
            assert answer.status == 503
        own_broker.kill()
        async with api.http.post("/v1/intake/canonical", data=good, headers=ndjson) as answer:
            assert answer.status == 503
        await asyncio.to_thread(server.start)
        async with api.http.post("/v1/intake/canonical", data=good, headers=ndjson) as answer:
            assert answer.status == 200
        assert await depth(api) == 1
