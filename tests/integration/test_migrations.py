"""The schema goes up from empty, down again, and up once more."""

import asyncio

import asyncpg
import pytest

from runtime.migrate import migrate

pytestmark = pytest.mark.integration


async def _tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()


async def test_down_to_empty_and_up_again(database_url: str) -> None:
    full = await _tables(database_url)
    assert {"parcel", "scan", "progress", "feed", "outbox"} <= full

    await asyncio.to_thread(migrate, database_url, "base")
    assert await _tables(database_url) == {"alembic_version"}

    await asyncio.to_thread(migrate, database_url)
    assert await _tables(database_url) == full


async def test_two_at_once_do_not_collide(database_url: str) -> None:
    await asyncio.to_thread(migrate, database_url, "base")
    await asyncio.gather(*(asyncio.to_thread(migrate, database_url) for _ in range(2)))
    assert "parcel" in await _tables(database_url)
