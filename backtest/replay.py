"""The replay: events in order of reception on a virtual clock, through `core.watch.advance` as the live engine does it.

Between two events everything that falls due is looked at, at its own moment: silence is an event. What parcels teach is
counted by `core.baseline.school`, and the learned is made anew every `relearn`, as the worker does. A tower hears every
beat; what it opens or closes is known to the next judgement, and the parcels that it touches are looked at. Bags and
lorries are counted as parcels leave and arrive in them.

Invariant: deterministic; no clock but the log's. May import: core.
"""

from __future__ import annotations

import gc
import heapq
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from backtest.log import moment_of
from backtest.shelf import Shelf
from backtest.tape import Tape
from core.baseline.lessons import Lesson
from core.baseline.school import School
from core.container import DAY_S, Containers, changes
from core.event import Event
from core.incident import Incident, Incidents
from core.incident.tower import Tower, Verb
from core.network import NOTHING, Network
from core.parcel import Parcel
from core.policy import Policy
from core.scan import Scan
from core.stop import Stage
from core.watch import Advance, NeedsHistory, advance

TICK = 200_000
"""Events between two words of progress."""
_JUDGE = timedelta(minutes=5)
_UNDER_WAY = timedelta(days=14)
"""A container that left before that is opened by now."""
Place = tuple[str, str, str]


class Replay:
    """One run over a log. `school` may come from a run before: what was learned there goes on.

    `until`: when the log's new parcels end. What dries up from then on is the log and no network, so that no incident
    is looked for any more, and those that are open end.
    """

    def __init__(
        self,
        policy: Policy,
        school: School,
        relearn: timedelta = timedelta(hours=24),
        progress: Callable[[int, datetime], None] | None = None,
        until: datetime | None = None,
    ) -> None:
        self.policy = policy
        self.school = school
        self.relearn = relearn
        self.progress = progress
        self.until = until
        self.shelf = Shelf()
        self.tape = Tape()
        self.containers = Containers()
        self.network: Network = msgspec.structs.replace(NOTHING, containers=self.containers)
        self.events = self.scans = self.looks = self.refolds = 0
        self.began: datetime | None = None
        self.now: datetime | None = None
        self._heap: list[tuple[datetime, str]] = []
        self._queued: dict[str, datetime] = {}
        self._lessons: list[Lesson] = []
        self._learn_at: datetime | None = None
        self.tower = Tower(policy.incidents)
        self.incidents: dict[str, Incident] = {}
        self._judge_at: datetime | None = None
        self._waiting: dict[Place, set[str]] = {}

    def run(self, events: Iterable[Event], after: timedelta = timedelta(0)) -> None:
        """Replay events, then let the clock run on for `after`."""
        gc.collect()
        gc.freeze()
        was = gc.isenabled()
        gc.disable()  # core's values have no cycles
        try:
            for event in events:
                now = moment_of(event)
                if self._learn_at is None:
                    self.began = self._learn_at = self._judge_at = now
                    self._learn(now)
                self._until(now)
                self.now = now
                self._take(event.parcel_id, (event,), now)
                self.events += 1
                if self.events % TICK == 0 and self.progress is not None:
                    self.progress(self.events, now)
            if self.now is not None:
                end = self.now + after
                self._until(end)
                self.now = end
                for _, watched in self.shelf:
                    self.tape.last(watched.parcel, end)
        finally:
            gc.unfreeze()
            if was:
                gc.enable()

    def _until(self, now: datetime) -> None:
        """Look at what falls due before `now`; learn, and judge the network, when it is time."""
        heap = self._heap
        learn_at, judge_at = self._learn_at, self._judge_at
        assert learn_at is not None and judge_at is not None  # noqa: S101 - set by the first event
        while True:
            due = heap[0][0] if heap else None
            if learn_at <= now and (due is None or learn_at <= due):
                self._learn(learn_at)
                learn_at = self._learn_at = learn_at + self.relearn
                continue
            if judge_at <= now and (due is None or judge_at <= due):
                self._judge(judge_at)
                judge_at = self._judge_at = judge_at + _JUDGE
                continue
            if due is None or due > now:
                return
            at, parcel_id = heapq.heappop(heap)
            if self._queued.get(parcel_id) != at:
                continue
            del self._queued[parcel_id]
            state = self.shelf.state(parcel_id)
            if state is None or state.due_at is None:
                continue
            if state.due_at > at:
                self._queue(parcel_id, state.due_at)
                continue
            self.looks += 1
            self._take(parcel_id, (), at)

    def _queue(self, parcel_id: str, due_at: datetime) -> None:
        """Ask for a look. A later one than the one asked for already is asked for when that comes."""
        queued = self._queued.get(parcel_id)
        if queued is None or due_at < queued:
            self._queued[parcel_id] = due_at
            heapq.heappush(self._heap, (due_at, parcel_id))

    def _take(self, parcel_id: str, events: tuple[Event, ...], now: datetime) -> None:
        shelf = self.shelf
        before = shelf.state(parcel_id)
        answer = advance(parcel_id, before, events, now, self.policy, None, self.network)
        if isinstance(answer, NeedsHistory):
            self.refolds += 1
            history: list[Scan] = shelf.history(parcel_id)
            answer = advance(parcel_id, before, events, now, self.policy, history, self.network)
            if isinstance(answer, NeedsHistory):
                raise RuntimeError(f"the core wants a history of {parcel_id} that it was given")
        self._collect(parcel_id, answer, now)
        if answer.new_scans:
            was, parcel = before.parcel if before is not None else None, answer.watched.parcel
            if was is None or was.trail is not parcel.trail:
                self._moved(was, parcel)
            self.tape.heard(was, parcel, now)

    def _collect(self, parcel_id: str, answer: Advance, now: datetime) -> None:
        after = answer.watched
        if answer.new_scans or answer.reread:
            self.scans += len(answer.new_scans)
            self.shelf.add(parcel_id, answer.new_scans, answer.reread)
            if answer.odds is not None:
                self.tape.chance(after.parcel, answer.odds)
        if answer.effects:
            self.tape.effects(parcel_id, answer.effects)
        if answer.score.judged or answer.score.withdrawn:
            self.tape.score(parcel_id, answer.score)
        if answer.lessons:
            self._lessons.extend(answer.lessons)
        if answer.beats:
            self.tower.hear(answer.beats)
        self.shelf.put(parcel_id, after, now)
        if after.due_at is not None:
            self._queue(parcel_id, after.due_at)

    def _moved(self, before: Parcel | None, after: Parcel) -> None:
        """Count who left and arrived with what, and remember where the parcel waits for those an incident touches."""
        for name, mates in changes(after.carrier, before.trail if before is not None else (), after.trail):
            self.containers.add(name, mates)
        was, now = places_of(before) if before is not None else (), places_of(after)
        if was == now:
            return
        for place in was:
            self._waiting[place].discard(after.parcel_id)
        for place in now:
            self._waiting.setdefault(place, set()).add(after.parcel_id)

    def _judge(self, now: datetime) -> None:
        """Ask the tower; make known what it says and look at whom it touches."""
        if self.until is not None and now >= self.until:
            if self.tower.open:
                ended = [msgspec.structs.replace(one, until=now) for one in self.tower.open.values()]
                self.tower.adopt(())
                self._know(ended, now)
            return
        changes = self.tower.judge(now)
        if not changes:
            return
        self._know([change.incident for change in changes], now)
        for change in changes:
            one = change.incident
            if change.verb is Verb.OPENED and one.facility:
                for parcel_id in sorted(self._waiting.get((one.carrier, one.facility, one.to), ())):
                    self.looks += 1
                    self._take(parcel_id, (), now)

    def _know(self, incidents: Iterable[Incident], now: datetime) -> None:
        """Let all judgements from now on know of these incidents."""
        self.incidents.update((one.incident_id, one) for one in incidents)
        since = now - self.policy.give_up
        known = Incidents(one for one in self.incidents.values() if one.until is None or one.until > since)
        self.network = msgspec.structs.replace(self.network, incidents=known)

    def _learn(self, now: datetime) -> None:
        """Count what was learned and make the baselines anew."""
        self.school.learn(self._lessons, now.date())
        self._lessons = []
        baselines = self.school.baselines(self.policy.learned.asked)
        self.network = msgspec.structs.replace(self.network, baselines=baselines)
        self.containers.forget(int((now - _UNDER_WAY).timestamp()) // DAY_S)


def places_of(parcel: Parcel) -> tuple[Place, ...]:
    """Give the places whose incidents touch a parcel that waits: its hub; or its lane and the hub ahead."""
    stop = parcel.trail[-1] if parcel.trail and parcel.active else None
    if stop is None:
        return ()
    if stop.stage == Stage.DEPARTED:
        return ((parcel.carrier, stop.facility, stop.to), (parcel.carrier, stop.to, "")) if stop.to else ()
    return ((parcel.carrier, stop.facility, ""),) if stop.stage == Stage.ARRIVED and stop.facility else ()
