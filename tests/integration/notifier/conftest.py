"""A scripted SMTP sink, a scripted webhook receiver, and the notifier's pieces between them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from notifier_world import Post, Receiver, Sink


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    one = Sink()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def post(pool: asyncpg.Pool, sink: Sink, receiver: Receiver) -> AsyncIterator[Post]:
    one = Post(pool, sink, receiver)
    yield one
    await one.email.close()
    await one.webhook.close()
