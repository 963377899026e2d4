"""The crash run on a real Kafka: worker, api and notifier are killed in turn, and a broker each third time."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from bench import crash
from core.event import TOPIC
from tests.kafka.cluster import BROKERS, Cluster

pytestmark = [pytest.mark.kafka, pytest.mark.integration]
KILLS = int(os.environ.get("WAYWARDEN_TEST_KILLS", "9"))


async def _forget_topic(cluster: Cluster) -> None:
    """Remove what an earlier run left: this one begins with an empty database."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(60):
            while TOPIC in await admin.list_topics():
                try:
                    await admin.delete_topics([TOPIC])
                except KafkaError:
                    await asyncio.sleep(0.5)
    finally:
        await admin.close()


async def test_nothing_is_lost_or_doubled_while_processes_and_brokers_are_killed(kafka_cluster: Cluster) -> None:
    await _forget_topic(kafka_cluster)
    down: list[int] = []

    def on_round(number: int) -> None:
        if number % 3 == 0:
            down.append(number // 3 % BROKERS)
            kafka_cluster.kill(down[-1])
        elif number % 3 == 2 and down:
            kafka_cluster.run(down.pop())

    try:
        verdict = await crash.run(kills=KILLS, rate=200, kafka=kafka_cluster.bootstrap, on_round=on_round, say=print)
    finally:
        for broker in down:
            kafka_cluster.run(broker)
    assert verdict.clean, asdict(verdict)
    assert verdict.scans > 0 and sum(verdict.kills.values()) == KILLS
