"""An api on a real database, with a client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer
from api_world import World


@pytest.fixture
def world(pool: asyncpg.Pool) -> World:
    return World(pool)


@pytest.fixture
async def client(world: World) -> AsyncIterator[TestClient]:

    async with TestClient(TestServer(world.app()), cookie_jar=DummyCookieJar()) as opened:
        yield opened
