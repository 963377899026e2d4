"""The mail sink and the webhook receiver of the notifier's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from notifier_world import Receiver, Sink


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
