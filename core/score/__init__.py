"""The product judges itself: verdicts on its exceptions, troubles it did not warn of, promises kept and missed.

An exception is judged at the first moment at which that is possible, and again when it is taken back, when a late scan
rewrites the parcel or the consumer says something. A trouble counts as missed when it is a fact and nothing had told of
it: a promise broken without a warning (or without ever having been found late), a loss that the carrier reports after a
silence beyond the standard, damage and non-receipt that only the consignee tells of.

Invariant: pure; the same history in the same order gives the same verdicts; one that was given is repeated never and
changed only by what came since. May import: core.effect, core.event, core.fate, core.finding, core.parcel,
core.policy, core.scan, core.score, core.verdict, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from core.effect import (
    Effect,
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRecord,
    ExceptionRetracted,
    ExceptionState,
    digest,
)
from core.event import Report, ReportKind
from core.fate import NEVER_SEEN, arrived_at
from core.finding import Kind
from core.parcel import Parcel
from core.policy import Policy
from core.scan import Milestone
from core.score.judge import ruling
from core.verdict import Judged, Verdict, Why

_PROMISE = frozenset({Kind.LATE, Kind.PREDICTED_LATE, Kind.STALLED, Kind.NOT_PICKED_UP, Kind.CUSTOMS_HOLD})
"""Kinds that are judged by what becomes of the promise."""
_LOSS = frozenset({Kind.LOSS_SUSPECTED, Kind.LEFT_BEHIND})
_DAMAGE = frozenset({Kind.DAMAGE_REPORTED, Kind.WEIGHT_FELL, Kind.REPACKED})
_KNOWN_BY = {Kind.PREDICTED_LATE: (Kind.PREDICTED_LATE, Kind.JAMMED), Kind.LATE: (Kind.LATE,)}
"""What tells of a promise that will be broken, or is."""


class Tally(NamedTuple):
    """What to count: parcels that arrived, promises kept and missed. Negative where a late scan corrects it."""

    arrived: int = 0
    kept: int = 0
    missed: int = 0


NONE = Tally()


class Score(NamedTuple):
    """The records with their verdicts, what is to be written, and when to look again (None: no need)."""

    records: tuple[ExceptionRecord, ...]
    judged: tuple[Judged, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Verdict ids of missed troubles that were none."""
    tally: Tally = NONE
    due_at: datetime | None = None


UNJUDGED = Score(())


def score(
    before: Parcel,
    parcel: Parcel,
    records: tuple[ExceptionRecord, ...],
    effects: Sequence[Effect],
    reports: Sequence[Report],
    rewritten: bool,
    now: datetime,
    policy: Policy,
) -> Score:
    """Judge what can be judged after a parcel went from `before` to what it is.

    `effects` and `reports` are those of this moment; `rewritten`: a late scan, or one read anew, made it another past.
    """
    given: list[Judged] = []
    after: list[ExceptionRecord] = []
    due_at: datetime | None = None
    closed = {e.record.exception_id for e in effects if isinstance(e, (ExceptionCleared, ExceptionRetracted))}
    for record in records:
        if record.tells_of is None and record.verdict is None:
            record = _with_moment(record, parcel, policy)
        if record.verdict is None or rewritten or reports or record.exception_id in closed:
            new = ruling(record, parcel, now)
            if new is None:
                due_at = _sooner(due_at, _due_at(record, parcel))
            elif new.verdict is not record.verdict:
                record = msgspec.structs.replace(record, verdict=new.verdict)
                given.append(_judged(record, after, new.why, now))
        after.append(record)
    missed, withdrawn, tally = _of_promise(before, parcel, records, after, now)
    given += missed
    given += _of_loss(parcel, after, effects, now, policy)
    given += _of_reports(before, parcel, after, reports, now)
    return Score(tuple(after), tuple(given), withdrawn, tally, due_at)


def _with_moment(record: ExceptionRecord, parcel: Parcel, policy: Policy) -> ExceptionRecord:
    """Remember the moment ahead by which an exception will be judged."""
    moment: datetime | None = None
    if record.kind in _PROMISE:
        moment = parcel.promised_at
    elif record.kind is Kind.LOSS_SUSPECTED:
        limit = _standard(parcel, policy)
        if limit is not None and parcel.stood_at is not None:
            moment = parcel.stood_at + limit
    return record if moment is None else msgspec.structs.replace(record, tells_of=moment)


def _standard(parcel: Parcel, policy: Policy) -> timedelta | None:
    """Give the silence after which the standard counts a parcel as lost."""
    registration = parcel.registration
    rules = policy.rules_for(parcel.carrier, parcel.service, registration.shop if registration else None)
    # Where the parcel lies now (a trouble, a customs' office) may have a limit of its own.
    limit = rules.loss_suspected.get(parcel.milestone)
    return limit.delta if limit is not None else None


def _due_at(record: ExceptionRecord, parcel: Parcel) -> datetime | None:
    """Give when a suspicion is to be judged even if nothing is heard any more."""
    if record.kind not in (Kind.LOSS_SUSPECTED, Kind.LOSS_REPORTED, Kind.LEFT_BEHIND) or parcel.heard_at is None:
        return None
    return parcel.heard_at + NEVER_SEEN


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    return other if one is None or (other is not None and other < one) else one


def _judged(record: ExceptionRecord, earlier: Iterable[ExceptionRecord], why: Why, now: datetime) -> Judged:
    right = record.verdict is Verdict.RIGHT
    moment = record.tells_of or record.since
    return Judged(
        verdict_id=record.exception_id,
        kind=record.kind,
        verdict=record.verdict or Verdict.UNKNOWN,
        why=why,
        at=now,
        opened_at=record.opened_at,
        lead_s=_seconds(moment - record.opened_at) if right else None,
        found=right
        and not any(
            other.kind is record.kind
            and other.verdict is Verdict.RIGHT
            and other.tells_of is not None
            and other.tells_of == record.tells_of
            for other in earlier
        ),
    )


def _seconds(span: timedelta) -> int:
    return span.days * 86_400 + span.seconds


def _missed(parcel: Parcel, kind: Kind, what: str, why: Why, now: datetime) -> Judged:
    return Judged(
        verdict_id=missed_id(parcel.parcel_id, kind, what), kind=kind, verdict=Verdict.MISSED, why=why, at=now
    )


def missed_id(parcel_id: str, kind: Kind, what: str) -> str:
    """Give the id of the verdict on a trouble that was missed."""
    return digest(parcel_id, "missed", kind.value, what)


def _of_promise(
    before: Parcel,
    parcel: Parcel,
    records: Sequence[ExceptionRecord],
    after: Sequence[ExceptionRecord],
    now: datetime,
) -> tuple[list[Judged], tuple[str, ...], Tally]:
    """Say what became of the promise, once: at the parcel's arrival, or when it is long past."""
    # A carrier's last estimate comes with the delivery and is always kept: the promise that stood until then counts.
    promised_at = before.promised_at or parcel.promised_at
    was, there = arrived_at(before), arrived_at(parcel)
    came = int(there is not None and was is None)
    if promised_at is None:
        return [], (), Tally(arrived=came)
    known = was > promised_at if was is not None else _is_late(records, promised_at) or None
    missed = there > promised_at if there is not None else _is_late(after, promised_at) or None
    if missed is None or missed is known:
        return [], (), Tally(arrived=came)
    tally = Tally(came, int(not missed) - int(known is False), int(missed) - int(known is True))
    what = promised_at.isoformat()
    if not missed:
        return [], tuple(missed_id(parcel.parcel_id, kind, what) for kind in _KNOWN_BY) if known else (), tally
    unknown = [kind for kind in _KNOWN_BY if not _knew(after, kind, promised_at)]
    return [_missed(parcel, kind, what, Why.LATE, now) for kind in unknown], (), tally


def _is_late(records: Iterable[ExceptionRecord], promised_at: datetime) -> bool:
    """Say whether the promise was given up for missed."""
    return any(r.kind is Kind.LATE and r.tells_of == promised_at and r.verdict is Verdict.RIGHT for r in records)


def _knew(records: Iterable[ExceptionRecord], kind: Kind, promised_at: datetime) -> bool:
    """Say whether anything told of a broken promise. Who sits in a jam is told the jam's date instead."""
    return any(
        record.opened_at < promised_at if record.kind is Kind.JAMMED else record.tells_of == promised_at
        for record in records
        if record.kind in _KNOWN_BY[kind]
    )


def _of_loss(
    parcel: Parcel, after: Sequence[ExceptionRecord], effects: Iterable[Effect], now: datetime, policy: Policy
) -> list[Judged]:
    """Find a loss that the carrier reports, and that nobody had suspected though it was silent beyond the standard."""
    lost = parcel.lost
    if lost is None or lost.suspected:
        return []
    if not any(isinstance(e, ExceptionOpened) and e.record.kind is Kind.LOSS_REPORTED for e in effects):
        return []
    if any(record.kind in _LOSS and record.state is not ExceptionState.RETRACTED for record in after):
        return []
    limit = _standard(parcel, policy)
    if limit is None or parcel.stood_at is None or lost.at - parcel.stood_at < limit:
        # Told before there was anything to suspect.
        return []
    return [_missed(parcel, Kind.LOSS_SUSPECTED, lost.scan_id, Why.REPORTED_LOST, now)]


def _of_reports(
    before: Parcel, parcel: Parcel, after: Sequence[ExceptionRecord], reports: Iterable[Report], now: datetime
) -> list[Judged]:
    """Find what the consignee was the first to tell of."""
    missed: list[Judged] = []
    for report in reports:
        if any(old.kind is report.kind and old.at >= (parcel.over_at or old.at) for old in before.reports):
            continue
        if report.kind is ReportKind.DAMAGED:
            hints = _DAMAGE - {Kind.DAMAGE_REPORTED}
            if parcel.damage is None and not any(record.kind in hints for record in after):
                missed.append(_missed(parcel, Kind.DAMAGE_REPORTED, report.report_id, Why.CONSIGNEE, now))
        elif parcel.milestone is Milestone.DELIVERED and parcel.over_at is not None and report.at >= parcel.over_at:
            if not any(r.kind is Kind.FALSE_SIGNATURE and r.since >= parcel.over_at for r in after):
                missed.append(_missed(parcel, Kind.FALSE_SIGNATURE, report.report_id, Why.CONSIGNEE, now))
    return missed
