"""The topic as the workers need it: there, and with as many partitions as the database was set up for.

Invariant: a worker never runs on a topic whose partition count differs from the database's, because a parcel's
partition is stored with it. May import: aiokafka, store.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from runtime.lifecycle import pause
from store import progress

log = structlog.get_logger()
_WAIT_S = 1.0


class TopicMismatch(RuntimeError):
    """The topic does not fit this database; the message says what to do."""


async def ensure_topic(
    bootstrap: str, topic: str, partitions: int, replication: int, stop: asyncio.Event
) -> int | None:
    """Create the topic when it is missing and give its partition count. Waits for the broker; None when stopped."""
    waited = 0
    while not stop.is_set():
        client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        try:
            await client.start()
            found = await count_of(client, topic)
            if found is None:
                await _create(client, topic, partitions, replication)
                found = await count_of(client, topic)
            if found is not None:
                return found
        except (KafkaError, OSError) as error:
            if waited % 10 == 0:
                log.warning("broker_unreachable", bootstrap=bootstrap, error=repr(error)[:200])
        finally:
            await client.close()
        waited += 1
        if await pause(stop, _WAIT_S):
            break
    return None


async def count_of(client: Any, topic: str) -> int | None:
    """Give a topic's partition count, None when there is no such topic."""
    # All topics and not this one by name: asking for a missing one makes a Kafka with auto-creation create it.
    for described in await client.describe_topics():
        if described["topic"] == topic and not described["error_code"]:
            return len(described["partitions"]) or None
    return None


async def _create(client: Any, topic: str, partitions: int, replication: int) -> None:
    answer = await client.create_topics([NewTopic(topic, partitions, replication)])
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {name} could not be created")
    log.info("topic_created", topic=topic, partitions=partitions, replication=replication)


async def check_count(connection: Any, topic: str, found: int) -> None:
    """Compare the topic with the database, which learns the count from the first worker. Raises TopicMismatch."""
    await progress.set_partition_count(connection, found)
    known = await progress.partition_count(connection)
    if known != found:
        raise TopicMismatch(
            f"topic {topic} has {found} partitions, but this database was set up for {known}. Every parcel is stored "
            f"with its partition: give the topic {known} partitions, or move the parcels with `waywarden partitions` "
            "(docs/howto-partitions.md)"
        )
