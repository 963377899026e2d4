"""The batch consumer's own decisions, without a broker. That these hooks exist in Faust is what the pin is for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from faust.transport.consumer import Consumer as FaustConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.transport import BatchConsumer

ONE, TWO = TP("t", 1), TP("t", 2)


class _Bare(BatchConsumer):
    """The consumer without its thread and its app."""

    def __init__(self, fetched: dict, generations: list[int]) -> None:
        self.fetched = fetched
        self.generations = generations
        self.flow_active = True
        self._buffered_partitions = set()
        self.active = {ONE, TWO}
        self.app = SimpleNamespace(consumer_generation_id=generations[0], partitions=None)

    should_stop = False

    async def _wait_next_records(self, timeout):  # noqa: ASYNC109
        self.app.consumer_generation_id = self.generations[-1]
        return self.fetched, self.active

    def _to_message(self, tp, record):
        return SimpleNamespace(key=b"k", value=b"v", offset=record)


async def _messages(consumer: BatchConsumer) -> list:
    return [(tp, message.offset, message.value) async for tp, message in consumer.getmany(1.0)]


async def test_a_partitions_records_are_one_message_with_the_last_offset() -> None:
    consumer = _Bare({ONE: [5, 6, 7], TWO: [1]}, [3])
    assert await _messages(consumer) == [(ONE, 7, [5, 6, 7]), (TWO, 1, [1])]


async def test_records_fetched_for_an_older_generation_are_not_given_to_the_new_one() -> None:
    assert await _messages(_Bare({ONE: [5]}, [3, 4])) == []


async def test_a_paused_partition_still_gives_what_was_fetched() -> None:
    consumer = _Bare({ONE: [5], TWO: [1]}, [3])
    consumer.active = {TWO}
    assert await _messages(consumer) == [(TWO, 1, [1])]
    consumer._buffered_partitions.add(ONE)
    assert len(await _messages(consumer)) == 2


async def test_what_is_committed_to_the_group_is_what_the_engines_committed() -> None:
    consumer = _Bare({}, [1])
    consumer.app.partitions = SimpleNamespace(committed=lambda: {ONE: 42})
    assert list(consumer._filter_tps_with_pending_acks()) == [ONE]
    assert consumer._new_offset(ONE) == 42
    assert consumer._new_offset(TWO) is None


@pytest.mark.parametrize(
    "name",
    ["_wait_next_records", "_add_gap", "_filter_tps_with_pending_acks", "_new_offset", "ack", "seek_to_committed",
     "on_partitions_revoked", "getmany", "_drain_messages", "perform_seek"],
)  # fmt: skip
def test_what_we_override_or_rely_on_is_still_there(name: str) -> None:
    assert callable(getattr(driver.Consumer, name))
    assert hasattr(FaustConsumer, name)


def test_the_drain_loop_is_fausts_own() -> None:
    assert BatchConsumer._drain_messages is FaustConsumer._drain_messages
