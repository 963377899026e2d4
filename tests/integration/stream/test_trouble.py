"""The database away, restarted, or gone at the worst moment."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from stream_support import NOON, Clock, count, engine, feed, kit, records, scan, scanned, until

from runtime import embedded
from runtime.migrate import migrate
from store import clocks
from store.pool import open_pool
from stream.kit import Status

pytestmark = pytest.mark.integration


class LyingPool:
    """A pool whose connection breaks at COMMIT: before it took effect, or after."""

    def __init__(self, pool: asyncpg.Pool, *, in_effect: bool) -> None:
        self._pool = pool
        self._in_effect = in_effect
        self.breaks = 1

    @asynccontextmanager
    async def acquire(self):
        async with self._pool.acquire() as connection:
            yield _LyingConnection(self, connection)


class _LyingConnection:
    def __init__(self, pool: LyingPool, connection) -> None:
        self._owner = pool
        self._connection = connection
        self._wrote = False

    def __getattr__(self, name):
        return getattr(self._connection, name)

    async def execute(self, query, *args):
        self._wrote = self._wrote or query.startswith("INSERT INTO parcel")
        return await self._connection.execute(query, *args)

    @asynccontextmanager
    async def transaction(self):
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            yield
        except BaseException:
            await transaction.rollback()
            raise
        if not (self._wrote and self._owner.breaks):
            await transaction.commit()
            return
        self._owner.breaks -= 1
        if self._owner._in_effect:
            await transaction.commit()
        else:
            await transaction.rollback()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


@pytest.mark.parametrize("in_effect", [True, False])
async def test_after_a_connection_lost_at_commit_the_database_is_asked_what_is_in(pool, in_effect) -> None:
    lying = LyingPool(pool, in_effect=in_effect)
    async with engine(kit(lying)) as running:
        await feed(running, [scanned(1, scan(1, -3))])
        assert lying.breaks == 0
        await feed(running, [scanned(1, scan(1, -2))])
        assert running.status is Status.RUNNING
        assert await pool.fetchval("SELECT version FROM progress") == running.version == 3
    assert await count(pool, "scan") == 2


class SlowPool:
    """A pool whose connection breaks at the COMMIT of the first new scan, while the server still works on it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.hanging = None

    @asynccontextmanager
    async def acquire(self):
        connection = await self._pool.acquire()
        slow = _Hanging(self, connection)
        try:
            yield slow
        finally:
            if not (self.hanging and self.hanging[0] is connection):
                await self._pool.release(connection)


class _Hanging:
    def __init__(self, owner: SlowPool, connection) -> None:
        self._owner = owner
        self._connection = connection
        self._wrote = False

    def __getattr__(self, name):
        return getattr(self._connection, name)

    async def execute(self, query, *args):
        self._wrote = self._wrote or query.startswith("INSERT INTO scan")
        return await self._connection.execute(query, *args)

    @asynccontextmanager
    async def transaction(self):
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            yield
        except BaseException:
            await transaction.rollback()
            raise
        if self._owner.hanging is None and self._wrote:
            self._owner.hanging = (self._connection, transaction)
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        await transaction.commit()


async def test_a_commit_that_was_still_under_way_is_recognised_as_our_own(pool) -> None:
    """The connection breaks, the database still shows the old state, and only then the first commit takes effect."""
    async with engine(kit(pool)) as running:
        await feed(running, [scanned(1, scan(1, -3))])
    slow = SlowPool(pool)
    async with engine(kit(slow)) as running:
        running.put(records([scanned(1, scan(1, -2))], 1))
        await until(lambda: slow.hanging)
        await until(lambda: _waits_for_lock(pool))  # the second attempt waits for the first
        connection, transaction = slow.hanging
        await transaction.commit()
        await pool.release(connection)
        await until(lambda: running.next_offset == 2)
        assert running.status is Status.RUNNING
        await feed(running, [scanned(1, scan(1, -1))])
    assert await count(pool, "scan") == 3


async def test_the_same_row_without_an_attempt_of_our_own_is_anothers(pool) -> None:
    async with engine(kit(pool)) as running:
        await feed(running, [scanned(1, scan(1, -3))])
        await pool.execute("UPDATE progress SET next_offset = 2, version = version + 1")
        running.put(records([scanned(2, scan(2, -3))], 1))
        await until(lambda: running.status is Status.FENCED)
    assert await count(pool, "parcel") == 1


async def _waits_for_lock(pool) -> bool:
    return bool(await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


async def test_postgresql_restarted_in_the_middle_loses_and_doubles_nothing() -> None:
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
    folder.chmod(0o755)  # noqa: ASYNC240
    server = embedded.Postgres(folder / "data", embedded.TEST_TUNING)
    try:
        url = await asyncio.to_thread(server.start)
        await asyncio.to_thread(migrate, url)
        pool = await open_pool(url, 4, "test", timeout=5)
        async with engine(kit(pool)) as running:
            await feed(running, [scanned(n, scan(n, -3)) for n in range(100)])
            await asyncio.to_thread(server.stop)
            running.put(records([scanned(n, scan(n, -2)) for n in range(100)], 100))
            await until(lambda: running.status is Status.WAITING)
            await asyncio.to_thread(server.start)
            await until(lambda: running.next_offset == 200, 40)
            assert running.status is Status.RUNNING
            assert await count(pool, "scan") == 200
        await pool.close()
    finally:
        await asyncio.to_thread(server.stop)
        shutil.rmtree(folder, ignore_errors=True)


async def test_an_engine_that_waits_for_the_database_can_be_stopped(database_url) -> None:
    pool = await open_pool(database_url, 2, "test")
    shared = kit(pool)
    async with engine(shared) as running:
        await feed(running, [scanned(1, scan(1, -3))])
        await pool.close()
        running.put(records([scanned(1, scan(1, -2))], 1))
        await until(lambda: running.status is Status.WAITING)
        async with asyncio.timeout(2):
            await running.stop()


async def test_clocks_breach_once_with_two_runners_racing(pool) -> None:
    clock = Clock(NOON)
    async with pool.acquire() as connection:
        await connection.execute(
            """INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, reason,
                                  updated_at)
               SELECT 'c' || n, 'sf:P' || n, 'delay', CASE WHEN n = 0 THEN 'closed' ELSE 'open' END, 2, 1, 'system',
                      $1, 'x', $1
               FROM generate_series(0, 30) n""",
            NOON,
        )
        await connection.execute(
            """INSERT INTO case_clock (case_id, clock, state, started_at, due_at)
               SELECT case_id, k, 'running', $1, $1 FROM cases, unnest(ARRAY['first_answer', 'resolve']) k""",
            NOON,
        )

    async def runner() -> int:
        fired = 0
        while True:
            async with pool.acquire() as connection:
                some = await clocks.breach_due(connection, clock(), 7)
                fired += len(some)
                if not some and await clocks.next_due(connection) is None:
                    return fired

    fired = await asyncio.gather(runner(), runner(), runner())
    assert sum(fired) == 62
    rows = await pool.fetch("SELECT case_id, version, escalation FROM cases WHERE case_id <> 'c0'")
    assert {(row["version"], row["escalation"]) for row in rows} == {(3, 2)}
    events = await pool.fetch("SELECT case_id, version FROM case_event WHERE type = 'ClockBreached'")
    assert len(events) == len(set(events)) == 60
    assert {row["version"] for row in events} == {2, 3}
    over = await pool.fetch("SELECT DISTINCT state FROM case_clock WHERE case_id = 'c0'")
    assert [row["state"] for row in over] == ["cancelled"]
    assert await pool.fetchval("SELECT count(DISTINCT key) FROM feed WHERE noun = 'case'") == 31
