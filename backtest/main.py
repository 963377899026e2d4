"""One back-test from beginning to end: read, replay, judge, compare.

Invariant: what the terminal, the JSON and the page show comes from one `Report`. May import: core, runtime, backtest.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from backtest.against import calibration, duels
from backtest.incidents import judged
from backtest.judge import Judge, Score
from backtest.log import Files, read_log
from backtest.own import own
from backtest.replay import Replay
from backtest.report import THREE_DAYS, Change, KindFigures, Report, Run
from backtest.story import Story, story_of
from backtest.tape import Alert
from backtest.truth import Fate, Truth, foretold, read_truth
from core.baseline.school import School
from core.event import Event
from core.fate import NEVER_SEEN
from core.figures import middle
from core.policy import Policy

T = TypeVar("T")
EXAMPLES = 3
RUNS_OUT = timedelta(days=30)
"""A log with labels has run out: nothing more will ever be heard, so the clock runs on until silence is judged."""


class Nothing(Exception):
    """There is nothing to judge. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to do. `warm`: parcels registered in these first days only teach."""

    warm: timedelta = timedelta(days=14)
    relearn: timedelta = timedelta(hours=24)
    lost_after: timedelta = NEVER_SEEN
    examples: int = EXAMPLES
    sort: bool = False


Note = Callable[[str], None]
Progress = Callable[[int, datetime], None]


@dataclass(frozen=True)
class Played:
    """A replay and what it took."""

    replay: Replay
    seconds: float


def play(
    events: Iterable[Event],
    policy: Policy,
    options: Options,
    school: School | None = None,
    progress: Progress | None = None,
    after: timedelta = timedelta(0),
    until: datetime | None = None,
) -> Played:
    """Replay events; the time that reading them takes counts."""
    began = time.process_time()
    replay = Replay(policy, school or School(policy.learned.half_life_days), options.relearn, progress, until)
    replay.run(events, after)
    return Played(replay, time.process_time() - began)


def trained(files: Files, policy: Policy, options: Options, note: Note, progress: Progress | None) -> School:
    """Learn from a log. Raises LogError."""
    school = School(policy.learned.half_life_days)
    play(read_log(files, note, options.sort), policy, options, school, progress)
    return school


def backtest(
    name: str,
    events: Callable[[], Iterator[Event]],
    policy: Policy,
    options: Options,
    *,
    truth: Truth | None = None,
    other: Policy | None = None,
    school: Callable[[], School] | None = None,
    trained_on: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Replay and judge; with another policy, twice. `events` and `school` give the same each time. Raises LogError."""
    after, until = (RUNS_OUT, truth.until) if truth is not None else (timedelta(0), None)
    played = play(events(), policy, options, school() if school else None, progress, after, until)
    replay = played.replay
    judge = _judge(replay, truth, options)
    scores = judge.scores(replay.tape.alerts)
    changes: tuple[Change, ...] = ()
    if other is not None:
        second = play(events(), other, options, school() if school else None, progress, after, until).replay
        changes = _changes(replay, second, judge, scores, options.examples)
    by_parcel = _by_parcel(replay.tape.alerts)
    three_days = _three_days(judge, replay.tape.alerts)
    return Report(
        log=name,
        since=judge.since,
        until=judge.until,
        warm_days=options.warm / timedelta(days=1),
        trained_on=trained_on,
        truth="labels" if judge.truth.labelled else "the log's own future",
        seed=judge.truth.seed,
        network=judge.truth.network,
        policy=policy.version,
        relearn_h=options.relearn / timedelta(hours=1),
        run=Run(
            events=replay.events,
            scans=replay.scans,
            parcels=len(replay.shelf),
            looks=replay.looks,
            refolds=replay.refolds,
            seconds=played.seconds,
            scans_per_s=replay.scans / max(played.seconds, 1e-9),
        ),
        kinds=tuple(_figures(score) for score in scores),
        lead_three_days=middle(three_days),
        calibration=calibration(replay.tape, judge),
        own=own(replay.tape, judge),
        duels=tuple(duels(replay.tape, judge)),
        false_alarms=tuple(
            story_of(
                f"{score.kind}, a false alarm",
                alert.parcel_id,
                replay.shelf,
                by_parcel[alert.parcel_id],
                judge.truth.fates.get(alert.parcel_id),
            )
            for score in scores
            for alert in _telling(score.wrong)[: options.examples]
        ),
        misses=tuple(
            story_of(
                f"{score.kind}, missed" + (f": {label.kind}" if label else ""),
                fate.parcel_id,
                replay.shelf,
                by_parcel.get(fate.parcel_id, []),
                fate,
            )
            for score in scores
            for fate, label in _spread(score.missed, options.examples)
        ),
        incidents=judged(
            judge, list(replay.incidents.values()), replay.tape.alerts, timedelta(days=policy.incidents.days)
        ),
        changes=changes,
        leads={score.kind: _sorted(score.leads) for score in scores if score.leads} | {THREE_DAYS: _sorted(three_days)},
        daily=_daily(judge, replay.tape.alerts),
    )


def truth_of(files: Files, note: Note) -> Truth | None:
    """Read the labels of a log that has them. Raises LogError."""
    return read_truth(files.truth, note) if files.truth is not None else None


def _judge(replay: Replay, truth: Truth | None, options: Options) -> Judge:
    began, end = replay.began, replay.now
    if began is None or end is None:
        raise Nothing("the log has no events")
    truth = truth or foretold(replay.shelf, began, end, options.lost_after)
    policy, shelf = replay.policy, replay.shelf

    def standard_s(parcel_id: str) -> float | None:
        state = shelf.state(parcel_id)
        if state is None:
            return None
        parcel = state.parcel
        limit = policy.rules_for(parcel.carrier, parcel.service).loss_suspected.get(parcel.milestone)
        return limit.seconds if limit is not None else None

    if truth.since + options.warm >= truth.until:
        days = (truth.until - truth.since) / timedelta(days=1)
        raise Nothing(
            f"the log has {days:.1f} days, and the first {options.warm / timedelta(days=1):g} only teach (--warm)"
        )
    return Judge(truth=truth, since=truth.since + options.warm, until=truth.until, standard_s=standard_s)


def _sorted(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(value, 2) for value in sorted(values))


def _figures(score: Score) -> KindFigures:
    return KindFigures(**{name: getattr(score, name) for name in KindFigures.__struct_fields__})


def _by_parcel(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        found[alert.parcel_id].append(alert)
    return found


def _telling(wrong: list[Alert]) -> list[Alert]:
    """Give false alarms, those that people were told of and that were surest first."""

    def sure(alert: Alert) -> tuple[bool, float, str]:
        seen = alert.evidence
        over = seen.measured_s / seen.limit_s if seen.measured_s and seen.limit_s else 0.0
        return not alert.told, -(seen.chance or over), alert.parcel_id

    return sorted(wrong, key=sure)


def _spread(found: list[T], count: int) -> list[T]:
    return found[:: max(1, len(found) // count)][:count] if count else []


def _three_days(judge: Judge, alerts: Iterable[Alert]) -> list[float]:
    """Give the hours by which missed promises of three days were foreseen."""
    first: dict[str, Alert] = {}
    for alert in alerts:
        if alert.kind.value == "predicted_late":
            first.setdefault(alert.parcel_id, alert)
    leads = []
    for parcel_id, alert in first.items():
        fate = judge.counts(parcel_id)
        if fate is None or not fate.late or fate.promised_at is None:
            continue
        if timedelta(days=2.5) <= fate.promised_at - fate.registered_at < timedelta(days=4):
            leads.append((fate.promised_at - alert.opened_at).total_seconds() / 3600)
    return leads


def _daily(judge: Judge, alerts: Iterable[Alert]) -> dict[str, tuple[int, ...]]:
    days = max(1, round(judge.days))
    found: dict[str, list[int]] = {}
    for alert in alerts:
        day = (alert.opened_at - judge.since) // timedelta(days=1)
        if judge.counts(alert.parcel_id) is not None and 0 <= day < days:
            found.setdefault(alert.kind.value, [0] * days)[day] += 1
    return {kind: tuple(counts) for kind, counts in sorted(found.items())}


def _changes(now: Replay, then: Replay, judge: Judge, scores: list[Score], examples: int) -> tuple[Change, ...]:
    """Compare alerts of a kind by the parcel."""
    others = {score.kind: score for score in judge.scores(then.tape.alerts)}
    old, new = _kinds(now.tape.alerts, judge), _kinds(then.tape.alerts, judge)
    mine = {score.kind: score for score in scores}
    told_now, told_then = _by_parcel(now.tape.alerts), _by_parcel(then.tape.alerts)

    def some(parcels: set[str], about: str, replay: Replay, told: dict[str, list[Alert]]) -> tuple[Story, ...]:
        return tuple(
            story_of(about, parcel_id, replay.shelf, told[parcel_id], judge.truth.fates.get(parcel_id))
            for parcel_id in sorted(parcels)[:examples]
        )

    changes = []
    for kind in sorted(old.keys() | new.keys()):
        was, becomes = old.get(kind, set()), new.get(kind, set())
        one, two = mine.get(kind), others.get(kind)
        if was == becomes or one is None or two is None:
            continue
        changes.append(
            Change(
                kind=kind,
                both=len(was & becomes),
                gone=len(was - becomes),
                new=len(becomes - was),
                precision=(one.precision, two.precision),
                recall=(one.recall, two.recall),
                examples_gone=some(was - becomes, f"{kind}, no longer raised", now, told_now),
                examples_new=some(becomes - was, f"{kind}, raised now", then, told_then),
            )
        )
    return tuple(changes)


def _kinds(alerts: Iterable[Alert], judge: Judge) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for alert in alerts:
        if judge.counts(alert.parcel_id) is not None:
            found[alert.kind.value].add(alert.parcel_id)
    return found


__all__ = ["Fate", "Nothing", "Options", "backtest", "play", "trained", "truth_of"]
