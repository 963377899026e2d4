"""One engine a partition: takes records in order, thinks, writes one transaction, moves the partition's progress on.

Invariant: the offset in `progress` is the truth; an engine writes only while nobody else claimed its partition, never
skips a record, and never stops for one that is bad. May import: core, store, stream.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from core.event import Event
from core.watch import Watched
from store import sink, watched
from store.progress import Fenced
from stream.due import Due
from stream.kit import Kit, Log, Status
from stream.ledger import Ledger, Stopped
from stream.log_end import LogEnd
from stream.states import read_states
from stream.think import Batch, Record, Thought, bury, decode_batch

log = structlog.get_logger()

BATCH_RECORDS = 4_000  # most records of one transaction
QUEUE_RECORDS = 8_000  # waiting records at which fetching of the partition pauses (policy: block the fetch)
_SEEK_AGAIN_S = 5.0
_BEHIND_S = 0.25
LOOK_S = 5.0  # look at the clock and at the log's end this often at least: both may be set
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STOP_S = 3.0


class Engine:
    """The owner of one partition, from its claim until it is stopped or fenced."""

    def __init__(self, kit: Kit, partition: int, source: Log, reign: tuple[int, int] | None = None) -> None:
        """`reign` is the cache's reign and the version at which this worker left the partition last time."""
        self.partition = partition
        self._status = Status.CLAIMING
        self.claimed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.reign = -1
        self._left = reign
        self.kit = kit
        self._source = source
        self._queue: deque[Sequence[Record]] = deque()
        self._queued = 0
        self._paused = False
        self._arrived = asyncio.Event()
        self.ledger = Ledger(
            pool=kit.pool,
            topic=kit.topic,
            partition=partition,
            log_id=kit.log_id,
            worker=kit.worker,
            metrics=kit.metrics,
            draw=kit.draw,
        )
        self._stopping = self.ledger.stopping
        self._due = Due()
        self._read_to: datetime | None = None  # when the last record read came into the log
        self._gap: tuple[int, int] | None = None  # (expected, first record that came)
        self._sought_at = 0.0
        self._end = LogEnd()
        self._log = log.bind(topic=kit.topic, partition=partition)
        self._task = asyncio.create_task(self._run(), name=f"engine {kit.topic}/{partition}")

    # what the worker calls ---------------------------------------------------------------------------------------

    def put(self, records: Sequence[Record]) -> None:
        """Take records over. Never blocks: a full queue pauses the partition's fetching instead."""
        if not records or self.status in (Status.FENCED, Status.STOPPED):
            return
        self._queue.append(records)
        self._queued += len(records)
        if self._queued >= QUEUE_RECORDS and not self._paused:
            self._paused = True
            self._source.pause(self.partition)
        self._arrived.set()

    def look(self) -> None:
        """Look now: the clock was set, or there is news."""
        self._arrived.set()

    async def stop(self) -> None:
        """Finish the transaction at hand, at most 3 s, and end. The rest of the queue is left to the next owner."""
        self._stopping.set()
        self._arrived.set()
        done, _ = await asyncio.wait([self._task], timeout=_STOP_S)
        if not done:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self.status is not Status.FENCED:
            self._status = Status.STOPPED
        if not self.claimed.done():
            self.claimed.cancel()
        self._clear()

    @property
    def status(self) -> Status:
        """Tell what the engine is doing."""
        return (
            Status.WAITING if self.ledger.away and self._status in (Status.CLAIMING, Status.RUNNING) else self._status
        )

    @property
    def next_offset(self) -> int:
        """Give the offset up to which everything is committed."""
        return self.ledger.next_offset

    @property
    def known_at(self) -> datetime | None:
        """Give up to when everything that came in is committed; None when nobody can say."""
        end = self._source.highwater(self.partition)
        return self.kit.now() if self.version and end is not None and self.next_offset >= end else self.ledger.known_at

    @property
    def version(self) -> int:
        """Give the version of the last commit, 0 before the claim."""
        return self.ledger.version

    @property
    def committed_at(self) -> float:
        """Give when the last transaction was committed, or the partition claimed, by the monotonic clock."""
        return self.ledger.committed_at

    @property
    def left(self) -> tuple[int, int] | None:
        """Give what lets a later engine of this worker use the cached states, None when they are not to be trusted."""
        return (self.reign, self.version) if self.status is Status.STOPPED and self.version else None

    @property
    def failure(self) -> BaseException | None:
        """Give what broke the engine: a bug, as all else is dealt with."""
        if self._task.done() and not self._task.cancelled():
            return self._task.exception()
        return None

    # the loop ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._claim()
            while not self._stopping.is_set():
                records = await self._take()
                if records:
                    await self._work(records)
                else:
                    await self._check_end()
                await self._due.hear(self)
                if self._due.is_due(self._now()) and not self._stopping.is_set():
                    await self._due.sweep(self, self._now())
        except Fenced:
            self._status = Status.FENCED
            self.kit.metrics.fenced.inc()
            self._log.warning("partition_fenced", version=self.version)
            self._clear()
        except Stopped:
            pass
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                self._log.exception("engine_failed")
            raise

    def _clear(self) -> None:
        self._queue.clear()
        self._queued = 0
        if self._paused:
            self._paused = False
            self._source.resume(self.partition)

    async def _claim(self) -> None:
        kit = self.kit
        taken = await self.ledger.claim()
        if self._left is not None and taken.before.version == self._left[1]:
            self.reign = self._left[0]
        else:
            self.reign = kit.cache.new_reign()
        if taken.before.log_id != kit.log_id and taken.before.next_offset:
            kit.metrics.log_resets.labels("new_log_id").inc()
            self._log.warning("log_is_new", log_id=kit.log_id, before=taken.before.log_id, was=taken.before.next_offset)
        await self._due.begin(self)
        self._status = Status.RUNNING
        self.claimed.set_result(self.next_offset)
        self._log.info("partition_claimed", offset=self.next_offset, version=self.version)

    def _now(self, next_offset: int | None = None) -> datetime:
        """Give the moment up to which this partition is known.

        That is now while the log is read to its end. Behind, it is when the last record came in: a parcel is not silent
        as long as its scans wait in the log, and a worker that was away must not raise alarms before it has caught up.
        """
        wall = self.kit.now()
        end = self._source.highwater(self.partition)
        if end is not None and (self.next_offset if next_offset is None else next_offset) >= end:
            return wall
        return _EPOCH if self._read_to is None else min(wall, self._read_to)

    async def _take(self) -> list[Record]:
        """Wait for records or for a parcel to be due; give the records that come next in the log, oldest first."""
        if not self._queue:
            self._arrived.clear()
            timeout = LOOK_S
            if self._due.next_at is not None:
                timeout = min(timeout, max(0.0, (self._due.next_at - self.kit.now()).total_seconds()))
                if timeout == 0.0 and not self._due.is_due(self._now()):
                    timeout = _BEHIND_S  # due by the clock, but the log is not read that far: look again soon
            try:
                async with asyncio.timeout(timeout):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        taken: list[Record] = []
        while self._queue and len(taken) < BATCH_RECORDS and not self._stopping.is_set():
            chunk = self._queue.popleft()
            expected = taken[-1].offset + 1 if taken else self.next_offset
            if chunk[0].offset != expected:
                if taken:
                    self._queue.appendleft(chunk)
                    break
                chunk = await self._align(chunk)
            taken.extend(chunk)
        if taken:
            self._gap = None
        self._queued = sum(map(len, self._queue))
        if self._paused and self._queued < QUEUE_RECORDS // 2:
            self._paused = False
            self._source.resume(self.partition)
        return taken

    async def _align(self, chunk: Sequence[Record]) -> Sequence[Record]:
        """Make records that do not follow on follow on: drop what is done already, go back for what is missing."""
        expected, first, last = self.next_offset, chunk[0].offset, chunk[-1].offset
        if first < expected:
            # Read again after a rebalance or a seek; or the log is another one, see `_check_end`.
            return chunk[bisect_left(chunk, expected, key=lambda record: record.offset) :] if last >= expected else ()
        # The consumer's word is not enough to skip events: the log itself is asked, by a reader that was never astray.
        if self._gap == (expected, first) and await self._source.first_from(self.partition, expected) == first:
            start = await self._source.log_start(self.partition)
            if start is None:
                return ()
            self._gap = None
            why = "retention" if start >= first else "hole"
            self.kit.metrics.holes.labels(why).inc(first - expected)
            self._log.error("offsets_missing_from_log", expected=expected, first=first, log_start=start, why=why)
            return chunk
        if self._gap is None or time.monotonic() - self._sought_at > _SEEK_AGAIN_S:
            # Never trust the consumer's position: a rebalance at the wrong moment leaves it ahead of the database.
            self._gap = (expected, first)
            await self._seek(expected)
        return ()

    async def _seek(self, offset: int) -> None:
        self._sought_at = time.monotonic()
        self.kit.metrics.reseeks.inc()
        self._log.warning("seek_back", offset=offset, gap=self._gap)
        await self._source.seek(self.partition, offset)

    async def _check_end(self) -> None:
        """Read again when nothing comes although there is more, or from the start when the log is too short.

        What was fetched around a rebalance may be dropped on the way. A log that is too short was replaced: reading it
        is safe, because all effects are idempotent, and loud, because events may have been lost with the old one.
        """
        end = self._source.highwater(self.partition)
        more = self._end.look(end, self.next_offset, time.monotonic())
        if more:
            self._end.odd = None
            await self._seek(self.next_offset)
        if more is not False:
            return
        start = await self._source.log_start(self.partition)
        if start is None:
            return
        self.kit.metrics.log_resets.labels("shorter").inc()
        self._log.error("log_is_shorter_than_progress", expected=self.next_offset, highwater=end, start=start)
        await self.commit(sink.Rows(), {}, start)
        self._end.odd = None
        self._queue.clear()
        await self._seek(start)

    # a batch -----------------------------------------------------------------------------------------------------

    async def _work(self, records: Sequence[Record]) -> None:
        """Process records whole, or by halves when the database refuses some of them."""
        metrics = self.kit.metrics
        started = time.perf_counter()
        batch = decode_batch(records)
        metrics.stage.labels("decode").observe(time.perf_counter() - started)
        next_offset = records[-1].offset + 1
        read_to = self._read_to
        came = self._came(records[-1])
        self._read_to = came if read_to is None else max(came, read_to)
        try:
            thought = await self._think(batch.events, self._now(next_offset))
            dead = batch.dead + self._bury_poison(batch, thought)
            dead.sort(key=lambda event: event.offset)
            thought.rows.dead.extend(dead)
            await self.commit(thought.rows, {}, next_offset)
        except (Fenced, Stopped):
            raise
        except Exception as error:
            self._log.warning("batch_refused", first=records[0].offset, records=len(records), error=repr(error)[:300])
            self._read_to = read_to  # the first half must not be judged by the clock of the second
            await self._work_by_halves(records, error)
            return
        self.settle(thought)
        metrics.events.inc(len(records))
        for event in dead:
            metrics.dead.labels(event.reason.partition(":")[0]).inc()
        metrics.arrival.observe(max(0.0, time.time() - records[0].timestamp / 1000))

    def _came(self, record: Record) -> datetime:
        """Give when a record came into the log; its time is its sender's, so it may be senseless."""
        now = (self.kit.now() - _EPOCH) // timedelta(milliseconds=1)
        return _EPOCH + timedelta(milliseconds=min(max(0, record.timestamp), now))

    async def _work_by_halves(self, records: Sequence[Record], error: Exception) -> None:
        if len(records) > 1:
            middle = len(records) // 2
            await self._work(records[:middle])
            await self._work(records[middle:])
            return
        record = records[0]
        rows = sink.Rows()
        rows.dead.append(bury(record, f"refused: {type(error).__name__}: {error}"))
        await self.commit(rows, {}, record.offset + 1)
        self.kit.metrics.events.inc()
        self.kit.metrics.dead.labels("refused").inc()
        self._log.error("event_is_dead", offset=record.offset, error=repr(error)[:300])

    async def _think(self, events: Mapping[str, Sequence[Event]], now: datetime) -> Thought:
        kit = self.kit
        clock = time.perf_counter
        started = clock()
        states: dict[str, Watched] = {}
        missing: list[str] = []
        for parcel_id in events:
            state = kit.cache.get(self.reign, parcel_id)
            if state is None:
                missing.append(parcel_id)
            else:
                states[parcel_id] = state
        kit.metrics.cache_hits.inc(len(states))
        if missing:
            kit.metrics.cache_misses.inc(len(missing))
            stored = await self.ledger.ask(lambda c: watched.states(c, missing))
            states |= await read_states(stored, self.ledger, kit.metrics, now)
        loaded = clock()
        kit.metrics.stage.labels("load").observe(loaded - started)
        thought = await kit.thinker.about(events, states, now, self.histories)
        kit.metrics.refolds.inc(thought.refolds)
        kit.metrics.stage.labels("think").observe(clock() - loaded)
        return thought

    async def histories(self, parcel_ids: Sequence[str]) -> Mapping[str, Sequence[bytes]]:
        """Give the stored scans of parcels."""
        return await self.ledger.ask(lambda c: watched.histories(c, parcel_ids))

    def _bury_poison(self, batch: Batch, thought: Thought) -> list[sink.DeadEvent]:
        if not thought.poison:
            return []
        keys = {parcel_id.encode(): reason for parcel_id, reason in thought.poison.items()}
        known = {event.offset for event in batch.dead}
        return [
            bury(record, f"poison: {keys[record.key]}")
            for record in batch.records
            if record.key in keys and record.offset not in known
        ]

    def settle(self, thought: Thought) -> None:
        """Remember what is committed."""
        kit = self.kit
        kit.cache.put(self.reign, thought.states)
        kit.metrics.cached.set(len(kit.cache))
        kit.thinker.count(thought.rows)
        if kit.school is not None and thought.lessons:
            kit.school.learn(thought.lessons)
        self._due.note(thought.next_due)

    async def commit(self, rows: sink.Rows, postponed: Mapping[str, datetime | None], next_offset: int) -> None:
        """Write in one transaction with the new offset. Raises Fenced, Stopped, and what the data is refused for."""
        kit = self.kit
        now = kit.now()

        async def write(connection: Any) -> None:
            if rows:
                await sink.write(connection, kit.topic, self.partition, kit.log_id, now, rows)
            if postponed:
                await watched.postpone(connection, postponed)

        known = self._now(next_offset)
        await self.ledger.commit(next_offset, write, known if known > _EPOCH else None)
