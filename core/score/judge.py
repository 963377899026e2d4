"""Whether one exception was right, by what the parcel then did: a rule a kind.

What the carrier only states (a failed attempt, a code) can be withdrawn or confirmed and else stays unknown: its own
word proves nothing. docs/decisions/kpi.md has the definitions in words, and how well they agree with the truth.

Invariant: pure; None while the answer may still come. May import: core.effect, core.event, core.fate, core.finding,
core.parcel, core.scan, core.stop, core.verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from core.effect import ExceptionRecord, ExceptionState
from core.event import ReportKind
from core.fate import NEVER_SEEN, TURNED, Outcome, outcome
from core.finding import Kind
from core.parcel import OVER, Parcel
from core.scan import Milestone
from core.stop import Stage
from core.verdict import STATED, Verdict, Why


class Ruling(NamedTuple):
    """A verdict and what it rests on."""

    verdict: Verdict
    why: Why


_RIGHT, _WRONG, _UNKNOWN = Verdict.RIGHT, Verdict.WRONG, Verdict.UNKNOWN
_RETRACTED = Ruling(_WRONG, Why.RETRACTED)
_NOBODY_SAID = Ruling(_UNKNOWN, Why.NOBODY_SAID)
_STATED = Ruling(_UNKNOWN, Why.STATED)
_BY_OUTCOME = {
    Outcome.MISSED: Ruling(_RIGHT, Why.LATE),
    Outcome.KEPT: Ruling(_WRONG, Why.KEPT),
    Outcome.VOID: Ruling(_UNKNOWN, Why.TURNED_BACK),
}


def ruling(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Say whether an exception was right; None while that is open."""
    if record.state is ExceptionState.RETRACTED and record.kind is not Kind.PREDICTED_LATE:
        return _RETRACTED
    if parcel.journey > 1 and parcel.started_at is not None and parcel.started_at > record.opened_at:
        return Ruling(_UNKNOWN, Why.NEW_JOURNEY)
    return _RULES[record.kind](record, parcel, now)


def _promise(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge by the promise that it tells of, also when it was taken back meanwhile: it was said all the same."""
    if record.tells_of is None:
        return Ruling(_UNKNOWN, Why.UNPROMISED)
    return _BY_OUTCOME.get(outcome(parcel, record.tells_of, now))


def _silence(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge a silence by what came of it: one after which the parcel came in time was none to be told of.

    That it had not moved is no proof, because a scan from before the opening would have retracted it.
    """
    if parcel.lost is not None and not parcel.lost.suspected:
        return Ruling(_RIGHT, Why.REPORTED_LOST)
    if parcel.milestone in (Milestone.RETURNING, Milestone.RETURNED):
        return Ruling(_RIGHT, Why.TURNED_BACK)
    if parcel.milestone is Milestone.CANCELLED:
        return Ruling(_UNKNOWN, Why.CANCELLED)
    if _never_seen(parcel, now):
        return Ruling(_RIGHT, Why.NEVER_SEEN)
    if record.tells_of is not None and record.tells_of > record.opened_at:
        return _BY_OUTCOME.get(outcome(parcel, record.tells_of, now))
    # Without a promise that could still be kept nothing tests it.
    return None if record.is_open else Ruling(_UNKNOWN, Why.UNPROMISED)


def _not_collected(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge by whether it went back uncollected in the end."""
    if parcel.milestone in (Milestone.RETURNING, Milestone.RETURNED):
        return Ruling(_RIGHT, Why.TURNED_BACK)
    if parcel.milestone is Milestone.DELIVERED:
        return Ruling(_WRONG, Why.DELIVERED)
    return Ruling(_UNKNOWN, Why.CANCELLED) if parcel.milestone is Milestone.CANCELLED else None


def _loss_suspected(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    if parcel.lost is not None and not parcel.lost.suspected:
        return Ruling(_RIGHT, Why.REPORTED_LOST)
    return _seen_or_not(record, parcel, now)


def _loss_reported(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    return _seen_or_not(record, parcel, now)


def _seen_or_not(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge a loss: it moved again, or was never seen. A remark that moves nothing proves neither."""
    if parcel.milestone is Milestone.CANCELLED:
        return Ruling(_UNKNOWN, Why.CANCELLED)
    if parcel.milestone in OVER or _moved_after(record, parcel):
        return Ruling(_WRONG, Why.SEEN_AGAIN)
    return Ruling(_RIGHT, Why.NEVER_SEEN) if _never_seen(parcel, now) else None


def _left_behind(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge by where it was seen next: at either end of the leg, later than its mates, or farther on."""
    if parcel.lost is not None and not parcel.lost.suspected:
        return Ruling(_RIGHT, Why.REPORTED_LOST)
    opened_s = record.opened_at.timestamp()
    left = next((stop for stop in reversed(parcel.trail) if stop.at <= opened_s), None)
    after = next((stop for stop in parcel.trail if stop.at > opened_s), None)
    if after is None:
        return Ruling(_RIGHT, Why.NEVER_SEEN) if _never_seen(parcel, now) else None
    if left is None:
        return _NOBODY_SAID
    if after.stage in (Stage.ARRIVED, Stage.DEPARTED) and after.facility in (left.facility, left.to):
        return Ruling(_RIGHT, Why.STOOD)
    return Ruling(_WRONG, Why.SEEN_FARTHER)


def _damage_reported(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    if parcel.lost is not None and not parcel.lost.suspected:
        return Ruling(_RIGHT, Why.REPORTED_LOST)
    said = [report.at for report in parcel.reports if report.kind is ReportKind.DAMAGED]
    if said:
        detected = parcel.damage is not None and parcel.damage.at <= said[0]
        return Ruling(_RIGHT, Why.CONSIGNEE) if detected else Ruling(_UNKNOWN, Why.SAID_FIRST)
    return None if record.is_open else _NOBODY_SAID


def _handled(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge what hints at damage: a new wrapping, a lost weight."""
    if any(report.kind is ReportKind.DAMAGED for report in parcel.reports):
        return Ruling(_RIGHT, Why.CONSIGNEE)
    if parcel.damage is not None:
        return Ruling(_RIGHT, Why.DAMAGED)
    if record.is_open:
        return None
    weighing = parcel.course.weighing
    if record.kind is Kind.WEIGHT_FELL and (weighing is None or weighing.fall is None):
        return Ruling(_WRONG, Why.WEIGHED_AGAIN)
    return _NOBODY_SAID


def _false_signature(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    signed = parcel.course.door.signed
    since = signed.at if signed is not None else record.since
    if any(report.kind is ReportKind.NOT_RECEIVED and report.at >= since for report in parcel.reports):
        return Ruling(_RIGHT, Why.CONSIGNEE)
    if signed is None:
        return Ruling(_RIGHT, Why.TAKEN_BACK)
    return None if record.is_open else _NOBODY_SAID


def _misrouted(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge by whether it had to go on from where it should not have been."""
    if record.is_open:
        return None
    since_s = record.since.timestamp()
    if any(stop.at > since_s and stop.stage in (Stage.DEPARTED, Stage.ARRIVED) for stop in parcel.trail):
        return Ruling(_RIGHT, Why.MOVED_ON)
    if parcel.milestone in TURNED:
        return Ruling(_UNKNOWN, Why.TURNED_BACK)
    return Ruling(_WRONG, Why.DELIVERED)


def _held(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge what the scans themselves show: only a late one takes it back."""
    return None if record.is_open else Ruling(_RIGHT, Why.HELD)


def _obstacle(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    """Judge what is said to be in the way: it turned back, or it was delivered, which proves nothing."""
    if parcel.milestone in (Milestone.RETURNING, Milestone.RETURNED):
        return Ruling(_RIGHT, Why.TURNED_BACK)
    if parcel.milestone is Milestone.CANCELLED:
        return Ruling(_UNKNOWN, Why.CANCELLED)
    return Ruling(_UNKNOWN, Why.DELIVERED) if parcel.milestone is Milestone.DELIVERED else None


def _return(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    if parcel.milestone is Milestone.RETURNED:
        return Ruling(_RIGHT, Why.RETURNED)
    return None if record.is_open else Ruling(_UNKNOWN, Why.CANCELLED)


def _stated(record: ExceptionRecord, parcel: Parcel, now: datetime) -> Ruling | None:
    return None if record.is_open else _STATED


def _never_seen(parcel: Parcel, now: datetime) -> bool:
    return (
        parcel.milestone not in OVER
        and parcel.milestone is not Milestone.AVAILABLE
        and parcel.heard_at is not None
        and now - parcel.heard_at >= NEVER_SEEN
    )


def _moved_after(record: ExceptionRecord, parcel: Parcel) -> bool:
    return parcel.stood_at is not None and parcel.stood_at > record.opened_at


_Rule = Callable[[ExceptionRecord, Parcel, datetime], Ruling | None]
_RULES: dict[Kind, _Rule] = {
    Kind.NOT_PICKED_UP: _silence,
    Kind.STALLED: _silence,
    Kind.LATE: _promise,
    Kind.PREDICTED_LATE: _promise,
    Kind.CUSTOMS_HOLD: _silence,
    Kind.THOROUGHLY_DELAYED: _held,
    Kind.DAMAGE_REPORTED: _damage_reported,
    Kind.WEIGHT_FELL: _handled,
    Kind.REPACKED: _handled,
    Kind.LEFT_BEHIND: _left_behind,
    Kind.LOSS_SUSPECTED: _loss_suspected,
    Kind.LOSS_REPORTED: _loss_reported,
    Kind.MISROUTED: _misrouted,
    Kind.LOOPING: _held,
    Kind.ADDRESS_UNUSABLE: _obstacle,
    Kind.REFUSED: _obstacle,
    Kind.NOT_COLLECTED: _not_collected,
    Kind.RETURN_TO_SENDER: _return,
    Kind.FALSE_SIGNATURE: _false_signature,
    **dict.fromkeys(STATED, _stated),
}
