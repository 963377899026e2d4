from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from api.accept import Unavailable
from api.inbox import WAITING_BYTES, InboxWriter


class Table:
    """Stands for the pool and its connection: keeps what is written, or says what is the matter."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.writes = 0
        self.open = asyncio.Event()
        self.open.set()
        self.poison = ""
        self.away = False

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Table]:
        yield self

    async def execute(self, sql: str, keys: list[str], values: list[bytes]) -> None:
        await self.open.wait()
        self.writes += 1
        if self.away:
            raise ConnectionRefusedError
        if self.poison in keys:
            raise asyncpg.CharacterNotInRepertoireError("invalid byte sequence")
        self.rows += keys


def pair(name: str, size: int = 1) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), b"x" * size)]


async def test_many_requests_share_a_transaction_and_keep_their_order() -> None:
    table: Any = Table()
    table.open.clear()
    inbox = InboxWriter(table)
    tasks = [asyncio.create_task(inbox.put(pair(str(number)))) for number in range(500)]
    await asyncio.sleep(0)
    assert inbox.busy
    table.open.set()
    await asyncio.gather(*tasks)
    assert table.rows == [str(number) for number in range(500)]
    assert table.writes <= 2
    await inbox.close()
    assert not inbox.busy
    assert inbox.begun == 500


async def test_one_that_the_database_will_never_take_does_not_fail_the_others() -> None:
    table: Any = Table()
    table.poison = "3"
    inbox = InboxWriter(table)
    results = await asyncio.gather(*(inbox.put(pair(str(number))) for number in range(5)), return_exceptions=True)
    assert [type(result) for result in results].count(asyncpg.CharacterNotInRepertoireError) == 1
    assert table.rows == ["0", "1", "2", "4"]


async def test_a_database_that_is_away_fails_all_and_the_next_ones_go_on() -> None:
    table: Any = Table()
    table.away = True
    inbox = InboxWriter(table)
    results = await asyncio.gather(*(inbox.put(pair(str(number))) for number in range(3)), return_exceptions=True)
    assert all(isinstance(result, ConnectionRefusedError) for result in results)
    table.away = False
    await inbox.put(pair("later"))
    assert table.rows == ["later"]


async def test_a_request_that_gives_up_is_kept_all_the_same() -> None:
    table: Any = Table()
    table.open.clear()
    inbox = InboxWriter(table)
    task = asyncio.create_task(inbox.put(pair("gone")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    table.open.set()
    await inbox.close()
    assert table.rows == ["gone"]


async def test_too_much_waiting_is_refused() -> None:
    table: Any = Table()
    table.open.clear()
    inbox = InboxWriter(table)
    first = asyncio.create_task(inbox.put(pair("big", WAITING_BYTES)))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await inbox.put(pair("more"))
    table.open.set()
    await first
    await inbox.put(pair("more"))
    assert table.rows == ["big", "more"]
