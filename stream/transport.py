"""Faust's Kafka transport, a partition's fetched records at a time, with the database as the truth about offsets.

Faust 0.15.3 spends about 100 µs a record in `Consumer._drain_messages`, which starts four asyncio tasks for each one.
This consumer hands a whole partition batch to that same, unchanged loop as one event, so group membership, rebalance
callbacks, generation fencing and shutdown stay Faust's own. Its `wait_first` is what unblocks the loop at a rebalance:
never replace it.

Offsets are not Faust's: on assignment the consumer goes to the engines' offsets, and the group's committed offset is
only a copy of what the engines have committed, for the tools that look at it. So Faust's book-keeping of acks and gaps
(upstream issues 606 and 596: wrong or stuck commits) is switched off.

Invariant: private names of Faust are used here and nowhere else. May import: faust, aiokafka, stream.partitions.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faust import Schema
from faust.transport import drivers
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.utils.futures import notify

from stream.partitions import Partitions

log = structlog.get_logger()
SCHEME = "batch"
_FRESH_S = 30.0  # an idle partition is fetched every 1.5 s


#: How long a fetch may wait at the broker for the first record. Faust asks for 1.5 s, and tansu answers no earlier when
#: a record comes: the greater part of the time from scan to board (bench latency: p99 1.2 s, with this 0.4 s).
FETCH_WAIT_MS = 50
_PROBE_MS = 5_000


class _ReadAnything(dict[Any, Any]):
    """Faust's notes of what it has read, unread.

    Faust drops what lies below its note, and takes the note only after handing a message on: a seek back in between is
    overwritten, and what is read again is dropped. The engines know what they have; nothing else may drop records.
    """

    def __missing__(self, tp: Any) -> None:
        return None

    def __setitem__(self, tp: Any, offset: Any) -> None:
        """Note nothing."""

    def update(self, *offsets: Any, **more: Any) -> None:
        """Note nothing."""


class _ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Faust's own, but for how long a fetch waits."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no setting for it; the value is read when the consumer starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001
        return consumer


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """One event a fetched partition batch. `app.partitions` says where to read on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._read_offset = _ReadAnything()

    @property
    def _partitions(self) -> Partitions:
        return cast(Partitions, self.app.partitions)

    def _new_consumer_thread(self) -> Any:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109 - Faust's signature
        """Fetch, and give each partition's records as one message that carries the last offset."""
        # Taken before the wait: what was fetched for an older generation must not pass for the new one's.
        generation = self.app.consumer_generation_id
        records, active = await self._wait_next_records(timeout)
        if records is None or self.should_stop or not self.flow_active:
            return
        for tp, batch in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if not batch or not (active is None or tp in active or tp in self._buffered_partitions):
                continue
            message = self._to_message(tp, batch[-1])
            message.key, message.value = None, batch
            yield tp, message

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Go to the engines' offsets. Faust calls this when an assignment is complete."""
        mine = self.assignment()
        offsets = {
            TP(tp.topic, tp.partition): offset
            for tp, offset in (await self._partitions.resume(mine, self)).items()
            if tp in self.assignment()
        }
        try:
            await self._thread.seek_wait(offsets)
        except (IllegalStateError, KafkaError, TimeoutError) as error:
            # The next rebalance is under way, or the broker away; whatever is fetched now, the engines check and seek.
            log.warning("seek_failed", partitions=sorted(tp.partition for tp in offsets), error=repr(error)[:200])
        return offsets

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Let the engines go before Faust tells the group that it may assign anew."""
        self._buffered_partitions.difference_update(revoked)
        await self._partitions.release(revoked)
        await super().on_partitions_revoked(revoked)

    # acks and commits: the engines know ------------------------------------------------------------------------------

    def ack(self, message: Any) -> bool:
        """Let the message go; what is committed is the engines' to say."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        return True

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Nothing: gaps are the engines' business."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterable[Any]:
        return list(self._partitions.committed())

    def _new_offset(self, tp: Any) -> int | None:
        return self._partitions.committed().get(tp)

    # what engines ask of the log, see stream.engine.Log ---------------------------------------------------------------

    def engine_log(self, topic: str) -> EngineLog:
        """Give the log's side to the engines of a topic."""
        return EngineLog(self, topic)

    def fetched(self, tp: Any) -> tuple[int, float] | None:
        """Give the high watermark of the last fetch and its age in seconds, None before the first."""
        try:
            state = self._thread._ensure_consumer()._subscription.subscription.assignment.state_value(tp)  # noqa: SLF001
        except (AttributeError, KeyError, driver.ConsumerNotStarted):
            return None
        if state is None or state.highwater is None or state.timestamp is None:
            return None
        return state.highwater, max(0.0, time.time() - state.timestamp / 1000)


class EngineLog:
    """The log as one topic's engines see it, through the worker's consumer."""

    def __init__(self, consumer: BatchConsumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic

    def _tp(self, partition: int) -> Any:
        return TP(self._topic, partition)

    async def seek(self, partition: int, offset: int) -> None:
        """Read on from an offset. A partition that is not ours any more is left alone."""
        try:
            await self._consumer.seek_wait({self._tp(partition): offset})
        except (IllegalStateError, KafkaError, TimeoutError) as error:
            log.warning("seek_failed", partition=partition, offset=offset, error=repr(error))

    async def first_from(self, partition: int, offset: int) -> int | None:
        """Read one record at or after an offset by a consumer of its own; None when the broker does not answer."""
        tp = TopicPartition(self._topic, partition)
        probe = AIOKafkaConsumer(
            bootstrap_servers=driver.server_list(self._consumer.transport.url, 9092),
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        try:
            await probe.start()
            probe.assign([tp])
            probe.seek(tp, offset)
            found = await probe.getmany(tp, timeout_ms=_PROBE_MS, max_records=1)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("log_cannot_be_probed", partition=partition, offset=offset, error=repr(error)[:200])
            return None
        finally:
            await probe.stop()
        records = found.get(tp)
        return int(records[0].offset) if records else None

    async def log_start(self, partition: int) -> int | None:
        """Give the first offset that the log still has, None when the broker does not say now."""
        tp = self._tp(partition)
        try:
            return int((await self._consumer.earliest_offsets(tp))[tp])
        except (KafkaError, KeyError, TimeoutError) as error:
            log.warning("log_start_unknown", partition=partition, error=repr(error)[:200])
            return None

    def highwater(self, partition: int) -> int | None:
        """Give the high watermark of the last fetch, for the broker's ListOffsets may lag behind it; None when old."""
        fetched = self._consumer.fetched(self._tp(partition))
        return fetched[0] if fetched is not None and fetched[1] < _FRESH_S else None

    def pause(self, partition: int) -> None:
        """Stop fetching; records under way still come, they are not dropped as after Faust's pause_partitions."""
        self._consumer.on_buffer_full(self._tp(partition))

    def resume(self, partition: int) -> None:
        """Fetch again, if the partition is still ours."""
        self._consumer.on_buffer_drop(self._tp(partition))


class Transport(driver.Transport):  # type: ignore[misc]
    """The transport behind `batch://host:port`."""

    Consumer = BatchConsumer


class BatchSchema(Schema):  # type: ignore[misc]
    """Passes the list of records through; the engines decode it."""

    def loads_key(self, app: Any, message: Any, **kwargs: Any) -> Any:
        """Give nothing: the keys are in the records."""
        return None

    def loads_value(self, app: Any, message: Any, **kwargs: Any) -> Any:
        """Give the records."""
        return message.value


def register() -> None:
    """Make `batch://` known to Faust. Call before an app is made."""
    drivers.TRANSPORTS.aliases[SCHEME] = "stream.transport:Transport"
