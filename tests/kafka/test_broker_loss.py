"""What `acks=all` on three replicas is worth: a broker killed in the middle of writing loses nothing."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.kafka.cluster import Cluster

pytestmark = [pytest.mark.kafka, pytest.mark.integration]
ROUNDS = 400


async def test_nothing_acknowledged_is_lost_when_a_broker_is_killed(kafka_cluster: Cluster) -> None:
    topic = f"t-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_cluster.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=3)])
    await admin.close()
    await kafka_cluster.until_ready()

    producer = AIOKafkaProducer(
        bootstrap_servers=kafka_cluster.bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=20_000
    )
    await producer.start()
    acknowledged: set[bytes] = set()
    try:
        for number in range(ROUNDS):
            value = b"%d" % number
            await producer.send_and_wait(topic, value, partition=number % 3)
            acknowledged.add(value)
            if number == ROUNDS // 4:
                kafka_cluster.kill(0)
            if number == ROUNDS // 2:
                kafka_cluster.run(0)
    finally:
        await producer.stop()
    await kafka_cluster.until_ready()

    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_cluster.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, partition) for partition in range(3)])
        read: list[bytes] = []
        async with asyncio.timeout(30):
            while len(set(read)) < ROUNDS:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    read += [record.value for record in records if record.value is not None]
    finally:
        await consumer.stop()
    assert acknowledged == set(read)
    assert len(read) == ROUNDS
