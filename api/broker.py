"""The Kafka producer: started, probed, replaced. One at a time.

Invariant: acks=all; idempotent on a real Kafka (the embedded broker knows no producer ids). `send` returns only when
the broker has every event. May import: aiokafka, core, runtime.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from core.event import TOPIC
from runtime.settings import Settings

log = structlog.get_logger()

#: How long a request waits for the broker before its events go to the inbox.
SEND_TIMEOUT_S = 4.0
#: aiokafka gives a batch up after this; what arrives between the two is a harmless duplicate.
_BATCH_TIMEOUT_MS = 6000
_LINGER_MS = 3
_BATCH_BYTES = 256 * 1024
#: The biggest event that goes in one record; Kafka's default limit is 1 MiB.
RECORD_BYTES = 900 * 1024
_TOPIC_EXISTS = 36


class BrokerAway(Exception):
    """The broker did not take the events in time; some of them may have arrived all the same."""


class Broker:
    """The way to the topic `parcel-events`."""

    def __init__(self, settings: Settings, topic: str = TOPIC) -> None:
        self._settings = settings
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._retired: set[asyncio.Task[None]] = set()
        self._gone: asyncio.Future[None] | None = None

    @property
    def up(self) -> bool:
        """Say whether there is a producer to send by."""
        return self._producer is not None

    async def connect(self, timeout_s: float = 8) -> None:
        """Make sure of the topic and start a fresh producer. Raises BrokerAway."""
        self.retire()
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka,
            client_id="waywarden-api",
            acks="all",
            enable_idempotence=not self._settings.embedded,
            linger_ms=_LINGER_MS,
            max_batch_size=_BATCH_BYTES,
            max_request_size=1024 * 1024,
            request_timeout_ms=_BATCH_TIMEOUT_MS,
        )
        try:
            async with asyncio.timeout(timeout_s):
                await ensure_topic(self._settings, self._topic)
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await producer.stop()
            raise BrokerAway(type(error).__name__) from error
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        self._gone = asyncio.get_running_loop().create_future()

    def retire(self) -> None:
        """Let the present producer run out in the background; its batches give up by themselves in seconds.

        Whoever waits for it is told at once, so that one request's timeout is not waited for by all the others too.
        """
        producer, self._producer = self._producer, None
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        if producer is not None:
            task = asyncio.create_task(_stop(producer), name="retired producer")
            self._retired.add(task)
            task.add_done_callback(self._retired.discard)

    async def send(self, pairs: Sequence[tuple[bytes, bytes]], timeout_s: float = SEND_TIMEOUT_S) -> None:
        """Send (key, value) pairs in order and wait until the broker has them all. Raises BrokerAway."""
        producer, gone = self._producer, self._gone
        if producer is None or gone is None:
            raise BrokerAway("not connected")
        waiting: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(timeout_s):
                for key, value in pairs:
                    waiting.append(await producer.send(self._topic, value, key=key))
                whole = asyncio.gather(*waiting, return_exceptions=True)
                either: set[asyncio.Future[Any]] = {whole, gone}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except (KafkaError, OSError, TimeoutError) as error:
            _look_away(waiting)
            raise BrokerAway(type(error).__name__) from error
        if not whole.done():
            _look_away(waiting)
            raise BrokerAway("given up by another request")
        failed = next((result for result in whole.result() if isinstance(result, BaseException)), None)
        if failed is not None:
            raise BrokerAway(type(failed).__name__) from failed

    async def close(self) -> None:
        """Flush and close; bounded."""
        self.retire()
        if self._retired:
            _, late = await asyncio.wait(self._retired, timeout=3)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1)


def _look_away(waiting: Sequence[asyncio.Future[object]]) -> None:
    """See to it that no late failure goes unretrieved."""
    for each in waiting:
        each.add_done_callback(_look)


def _look(future: asyncio.Future[object]) -> None:
    if not future.cancelled():
        future.exception()


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        await producer.stop()
    except (KafkaError, OSError) as error:
        log.info("producer_stopped_badly", error=type(error).__name__)


async def ensure_topic(settings: Settings, topic: str = TOPIC) -> None:
    """Create the topic with the set number of partitions where it is missing. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, client_id="waywarden-api", request_timeout_ms=5000)
    try:
        await admin.start()
        answer = await admin.create_topics([NewTopic(topic, settings.partitions, settings.replication)])
        for name, code, *_ in answer.topic_errors:
            if code not in (0, _TOPIC_EXISTS):
                raise KafkaError(f"cannot create {name}: error {code}")
    finally:
        await admin.close()
