"""Real servers for the tests: one PostgreSQL and one broker a session, an empty database and fresh topics a test.

Tests marked `chromium`, `promtool` or `kafka` need a tool that may be missing. Then they are left out and the run says
so at its end, with the command that brings the tool; with CI=true nothing is left out and they fail instead.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings

from runtime import embedded
from runtime.migrate import migrate
from store.pool import open_pool

# No example is a timed test: on a busy machine 200 ms, the default, are over by chance.
settings.register_profile("default", deadline=None)
settings.load_profile("default")

_IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
_BROUGHT_BY = {
    "chromium": "sudo apt-get install -y --no-install-recommends chromium fonts-noto-cjk",
    "promtool": "sudo apt-get install -y --no-install-recommends prometheus prometheus-alertmanager",
    "kafka": "make test-kafka",
}
_left_out: dict[str, list[str]] = defaultdict(list)


def _has(tool: str) -> bool:
    if tool == "chromium":
        return Path("/usr/bin/chromium").exists()
    if tool == "kafka":
        return bool(os.environ.get("WAYWARDEN_TEST_KAFKA"))
    return shutil.which(tool) is not None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs on the broker; leave out what needs a missing tool, and remember it."""
    missing = {tool for tool in _BROUGHT_BY if not _has(tool)}
    kept, dropped = [], []
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.broker)
        lacks = next((tool for tool in missing if item.get_closest_marker(tool)), None)
        # The tests on a real Kafka are a run of their own, in CI too.
        if lacks is None or (_IN_CI and lacks != "kafka"):
            kept.append(item)
        else:
            dropped.append(item)
            _left_out[lacks].append(item.nodeid)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail, in CI, a test whose tool is missing."""
    for tool, command in _BROUGHT_BY.items():
        if item.get_closest_marker(tool) and not _has(tool):
            pytest.fail(f"{tool} is missing and CI leaves nothing out; bring it by: {command}", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out and what brings them."""
    for tool, nodes in sorted(_left_out.items()):
        files = sorted({node.partition("::")[0] for node in nodes})
        terminalreporter.write_line("")
        if tool == "kafka":
            terminalreporter.write_line(f"Left out: {len(nodes)} tests for a real Apache Kafka, in {', '.join(files)}")
            terminalreporter.write_line(f"  They run by:  {_BROUGHT_BY[tool]}", yellow=True)
        else:
            terminalreporter.write_line(f"Left out: {len(nodes)} tests, because {tool} is missing: {', '.join(files)}")
            terminalreporter.write_line(f"  Bring it by:  {_BROUGHT_BY[tool]}", yellow=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the address of a PostgreSQL of this session, with a migrated database `template_waywarden` to copy."""
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
    folder.chmod(0o755)  # as root the server runs as `nobody`, who must be able to enter
    server = embedded.Postgres(folder / "data", embedded.TEST_TUNING)
    try:
        url = server.start()

        async def prepare() -> None:
            connection = await asyncpg.connect(url)
            await connection.execute("CREATE DATABASE template_waywarden")
            await connection.close()

        asyncio.run(prepare())
        migrate(server.url_of("template_waywarden"))
        yield url
    finally:
        server.stop()
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
    try:
        asyncio.run(embedded.wait_for_port(port))
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
