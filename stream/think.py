"""From the records of a partition to the rows of a transaction: decode, group by parcel, ask the core.

Invariant: the order of a parcel's events is kept; one parcel that cannot be thought about never holds up the others;
the loop is given back between slices. May import: core, store.sink, store.verdicts, stream.metrics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from core.baseline.lessons import Lesson
from core.container import changes
from core.effect import ExceptionCleared, ExceptionOpened, ExceptionRetracted, ExceptionState
from core.event import Event, Scanned, decode
from core.network import NOTHING, Network
from core.parcel import Parcel
from core.policy import Policy
from core.scan import Scan
from core.score import NONE
from core.stop import Stage
from core.watch import Advance, NeedsHistory, Watched, encode_watched
from store.sink import DeadEvent, ParcelRow, Rows
from store.verdicts import Outcome
from stream.metrics import StreamMetrics

log = structlog.get_logger()

SLICE = 200
POSTPONE = timedelta(minutes=10)
_scan = msgspec.json.Decoder(Scan)
_ARRIVED, _DEPARTED = Stage.ARRIVED.value, Stage.DEPARTED.value

Think = Callable[
    [str, Watched | None, Sequence[Event], datetime, Policy, Sequence[Scan] | None, Network],
    Advance | NeedsHistory,
]
Histories = Callable[[Sequence[str]], Awaitable[Mapping[str, Sequence[bytes]]]]


class Record(Protocol):
    """What we use of a record of the log. `timestamp` in milliseconds."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Batch:
    """The events of a partition's records by parcel, and those records that are none."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {}
        self.dead: list[DeadEvent] = []
        self.records: Sequence[Record] = ()


def bury(record: Record, reason: str) -> DeadEvent:
    """Make the dead event of a record. A reason never has what PostgreSQL cannot store."""
    return DeadEvent(record.offset, reason.replace("\x00", "")[:500], record.key, record.value)


def decode_batch(records: Sequence[Record]) -> Batch:
    """Decode records and group them by parcel, in the order of the log."""
    batch = Batch()
    batch.records = records
    events = batch.events
    for record in records:
        value = record.value
        if value is None:
            batch.dead.append(bury(record, "no value"))
            continue
        try:
            event = decode(value)
        except msgspec.DecodeError as error:
            batch.dead.append(bury(record, f"not an event: {error}"))
            continue
        parcel_id = event.parcel_id
        if record.key != parcel_id.encode():
            # It may belong to another partition's engine, which would fight with this one for the parcel.
            batch.dead.append(bury(record, "the key is not the parcel id"))
            continue
        group = events.get(parcel_id)
        if group is None:
            events[parcel_id] = [event]
        else:
            group.append(event)
    return batch


class Thought:
    """What thinking about a batch gave: rows to write, states to remember, when to look again."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.states: dict[str, Watched] = {}
        self.poison: dict[str, str] = {}
        self.refolds = 0
        self.next_due: datetime | None = None
        self.lessons: list[Lesson] = []
        self.waits: dict[str, datetime | None] = {}  # parcels that came out unchanged, and when they are due


class Thinker:
    """Asks the core about parcels and turns its answers into rows. Holds no state of any parcel.

    `network` is what was last read of the whole network; whoever reads it anew sets it here.
    """

    def __init__(self, policy: Policy, think: Think, metrics: StreamMetrics) -> None:
        self._policy = policy
        self._think = think
        self._metrics = metrics
        self.network: Network = NOTHING

    async def about(
        self,
        events: Mapping[str, Sequence[Event]],
        states: Mapping[str, Watched],
        now: datetime,
        histories: Histories,
    ) -> Thought:
        """Think about every parcel of a batch. A parcel with no events is one whose time came.

        Raises what `histories` raises; what the core raises for a parcel makes that parcel poison.
        """
        thought = Thought()
        late: list[str] = []
        for n, (parcel_id, group) in enumerate(events.items(), 1):
            if self._one(thought, parcel_id, states.get(parcel_id), group, now, None):
                late.append(parcel_id)
            if n % SLICE == 0:
                await asyncio.sleep(0)
        if late:
            stored = await histories(late)
            for n, parcel_id in enumerate(late, 1):
                history = [_scan.decode(body) for body in stored[parcel_id]]
                thought.refolds += 1
                if self._one(thought, parcel_id, states.get(parcel_id), events[parcel_id], now, history):
                    thought.poison[parcel_id] = "the core wants a history that it was given"
                if n % SLICE == 0:
                    await asyncio.sleep(0)
        return thought

    def _one(
        self,
        thought: Thought,
        parcel_id: str,
        before: Watched | None,
        events: Sequence[Event],
        now: datetime,
        history: Sequence[Scan] | None,
    ) -> bool:
        """Think about one parcel; True when its history is needed."""
        try:
            answer = self._think(parcel_id, before, events, now, self._policy, history, self.network)
            if isinstance(answer, NeedsHistory):
                return True
            self._collect(thought, parcel_id, before, answer, events, now)
        except Exception as error:
            thought.poison[parcel_id] = f"{type(error).__name__}: {error}"
            self._metrics.poison.inc()
            log.exception("parcel_is_poison", parcel_id=parcel_id, events=len(events))
        return False

    def _collect(
        self,
        thought: Thought,
        parcel_id: str,
        before: Watched | None,
        answer: Advance,
        events: Sequence[Event],
        now: datetime,
    ) -> None:
        after = answer.watched
        thought.lessons.extend(answer.lessons)
        if not (answer.new_scans or answer.reread or answer.new_reports or answer.effects) and after == before:
            thought.waits[parcel_id] = after.due_at
            return
        parcel = after.parcel
        due_at = after.due_at
        if due_at is not None and due_at <= now:
            log.error("due_in_the_past", parcel_id=parcel_id, due_at=due_at.isoformat())
            due_at = now + POSTPONE
        rows = thought.rows
        row = ParcelRow(
            parcel_id,
            parcel.carrier,
            parcel.waybill,
            parcel.milestone.value,
            parcel.active,
            due_at,
            parcel.promised_at,
            after.expected_at,
            after.expected_by,
            parcel.last_scan_at,
            parcel.place,
            *_stand(parcel),
            encode_watched(after),
        )
        if answer.new_scans:
            received = _received(events)
            for scan in answer.new_scans:
                rows.scans.append((parcel_id, scan, received.get(scan.scan_id, now)))
            rows.beats.add(answer.beats)
            was = before.parcel.trail if before is not None else ()
            for name, mates in changes(parcel.carrier, was, parcel.trail):
                known = rows.mates.get(name)
                rows.mates[name] = mates if known is None else known + mates
        for scan in answer.reread:
            rows.reread.append((parcel_id, scan))
        if answer.registration is not None:
            rows.registrations.append((parcel_id, answer.registration))
            rows.moved.append(parcel_id)
        elif before is not None and _moved(before, after):
            rows.moved.append(parcel_id)
        for report in answer.new_reports:
            rows.reports.append((parcel_id, report))
        for effect in answer.effects:
            rows.effects.append((parcel_id, effect))
        score = answer.score
        if score.judged or score.withdrawn:
            rows.judged.extend((parcel_id, parcel.carrier, judged) for judged in score.judged)
            rows.withdrawn.extend(score.withdrawn)
        if answer.chances or score.tally != NONE:
            rows.outcomes.append(Outcome(parcel.carrier, score.tally, answer.chances, answer.missed))
        if after.exceptions and rows.moved and rows.moved[-1] is parcel_id:
            rows.shown.extend(r.exception_id for r in after.exceptions if r.state is ExceptionState.OPEN)
        rows.parcels.append(row)
        thought.states[parcel_id] = after
        if due_at is not None and (thought.next_due is None or due_at < thought.next_due):
            thought.next_due = due_at

    def count(self, rows: Rows) -> None:
        """Count what was committed."""
        self._metrics.scans.inc(len(rows.scans))
        self._metrics.reread.inc(len(rows.reread))
        for _, effect in rows.effects:
            match effect:
                case ExceptionOpened(record=record):
                    self._metrics.opened.labels(record.kind.value).inc()
                case ExceptionCleared(record=record) | ExceptionRetracted(record=record):
                    self._metrics.closed.labels(record.kind.value, record.state.value).inc()
        for _, carrier, judged in rows.judged:
            self._metrics.judged(carrier, judged)


def _stand(parcel: Parcel) -> tuple[str | None, str | None]:
    """Give where a parcel under way lies or what it left, and the hub where it lies or to which it goes."""
    stop = parcel.trail[-1] if parcel.trail and parcel.active else None
    if stop is None or not stop.facility:
        return None, None
    if stop.stage == _DEPARTED:
        return (stop.facility, stop.to) if stop.to else (None, None)
    return (stop.facility, stop.facility) if stop.stage == _ARRIVED else (None, None)


def _received(events: Sequence[Event]) -> dict[str, datetime]:
    received: dict[str, datetime] = {}
    for event in events:
        if type(event) is Scanned:
            for scan in event.scans:
                received.setdefault(scan.scan_id, event.received_at)
    return received


def _moved(before: Watched, after: Watched) -> bool:
    """Tell whether what the board shows of a parcel changed."""
    old, new = before.parcel, after.parcel
    return (
        old.last_scan_at != new.last_scan_at
        or old.milestone is not new.milestone
        or old.place != new.place
        or old.promised_at != new.promised_at
        or before.expected_at != after.expected_at
        or before.expected_by != after.expected_by
    )
