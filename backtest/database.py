"""A time range of the live database as a log. Invariant: reads only. May import: core, store, backtest.log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

import asyncpg

from backtest.log import LogError, merged
from core.event import Event, Scanned
from store import past

_SLICE = 5_000


def read_range(url: str, since: datetime, until: datetime) -> Iterator[Event]:
    """Give what was received in a range of time, in the order of reception. Raises LogError."""
    with asyncio.Runner() as runner:
        try:
            connection = runner.run(asyncpg.connect(url, timeout=10))
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise LogError(f"the database cannot be reached: {error}; it is set by WAYWARDEN_DATABASE_URL") from error
        try:
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            runner.run(transaction.start())
            others = runner.run(past.said(connection, since, until))
            yield from merged(iter(others), _scans(runner, connection, since, until))
        except asyncpg.UndefinedTableError as error:
            raise LogError("the database has no tables yet; run `waywarden migrate`") from error
        finally:
            runner.run(connection.close())


def _scans(
    runner: asyncio.Runner, connection: asyncpg.Connection, since: datetime, until: datetime
) -> Iterator[tuple[datetime, Scanned]]:
    """Give the scans, a slice of them for each turn of the loop."""
    rows = past.scanned(connection, since, until)

    async def some() -> list[Scanned]:
        got: list[Scanned] = []
        async for event in rows:
            got.append(event)
            if len(got) == _SLICE:
                break
        return got

    while slice_ := runner.run(some()):
        for event in slice_:
            yield event.received_at, event
