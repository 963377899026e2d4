"""Control of the real Kafka that `make test-kafka` has started."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kafka.cluster import Cluster


@pytest.fixture
async def kafka_cluster() -> AsyncIterator[Cluster]:
    """Give the cluster; a broker that the test killed runs again afterwards."""
    cluster = Cluster.attach(Path(os.environ["WAYWARDEN_TEST_KAFKA_FOLDER"]))
    yield cluster
    await cluster.until_ready()
    # The brokers that a test has started anew live on as the test process's own until its end.
    _kept.append(cluster)


_kept: list[Cluster] = []
