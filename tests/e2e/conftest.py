"""What the browser tests share: the board built, a Chromium, and a control room with rows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from board_world import BoardWorld, Site, control_room
from playwright.async_api import Browser, async_playwright

WEB = Path(__file__).resolve().parent.parent.parent / "web"
CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-gpu",
]  # fmt: skip


@pytest.fixture(scope="session")
def built_board() -> None:
    """Build the board unless what is there is newer than its sources."""
    page = WEB / "dist" / "index.html"
    sources = [path for folder in ("src", "public") for path in (WEB / folder).rglob("*") if path.is_file()]
    newest = max(path.stat().st_mtime for path in [*sources, WEB / "package-lock.json", WEB / "index.html"])
    if page.exists() and page.stat().st_mtime >= newest:
        return
    if shutil.which("npm") is None:
        pytest.skip("the board is not built and there is no npm: run `make board`")
    if not (WEB / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-progress"], cwd=WEB, check=True, capture_output=True, timeout=300)
    subprocess.run(["npm", "run", "build"], cwd=WEB, check=True, capture_output=True, timeout=300)


@pytest.fixture
async def board_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield opened
        await opened.close()


@pytest.fixture
async def board_world(pool: asyncpg.Pool) -> BoardWorld:
    world = BoardWorld(pool)
    await world.staff()
    return world


@pytest.fixture
async def room(built_board: None, board_world: BoardWorld, database_url: str) -> AsyncIterator[Site]:
    async with control_room(database_url) as site:
        yield site
