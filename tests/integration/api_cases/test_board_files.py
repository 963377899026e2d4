"""The board's files: the page never cached, hashed files for ever, nothing outside the folder."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer
from api_world import World

pytestmark = pytest.mark.integration


async def test_the_built_board(pool: asyncpg.Pool, tmp_path: Path) -> None:
    board = tmp_path / "dist"
    (board / "assets").mkdir(parents=True)
    (board / "index.html").write_text("<!doctype html><title>board</title>")
    (board / "assets" / "index-BzR3kQ9d.js").write_text("export {}")
    (board / "theme.js").write_text("1")
    (tmp_path / "secret.txt").write_text("no")
    app = World(pool, board_dir=board, live_url="ws://live.example:8081").app()
    async with TestClient(TestServer(app)) as client:
        async with client.get("/") as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
            assert answer.content_type == "text/html"
            policy = answer.headers["Content-Security-Policy"]
            assert "connect-src 'self' ws://live.example:8081" in policy and "default-src 'self'" in policy
            tag = answer.headers["ETag"]
        async with client.get("/", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        async with client.get("/assets/index-BzR3kQ9d.js") as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.content_type == "text/javascript"
        async with client.get("/theme.js") as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
        for outside in ("/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/%00", "/assets/none.js", "/v1/nothing"):
            async with client.get(outside) as answer:
                assert answer.status == 404, outside


async def test_a_board_that_is_not_built_says_how(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with TestClient(TestServer(World(pool, board_dir=tmp_path / "none").app())) as client:
        async with client.get("/") as answer:
            assert answer.status == 503
            assert "make board" in await answer.text()
        async with client.get("/v1/config") as answer:
            config = await answer.json()
    assert config["languages"] == ["zh-CN", "zh-TW", "en"] and config["carriers"]["sf"]["en"] == "SF Express"
