"""A parcel's state made anew from what the tables hold, when the stored state cannot be read.

That is so after a new version of the state, or when bytes on the disk broke. Everything that would make a message, a
case or an exception a second one is taken over: the exceptions with their numbers, what was told, the reports, the
registration. What only the state knew is guessed on the safe side: `known_until` is gone (an opening is judged by its
own moment), a warning is judged by the promise that is in force now, of a correction that also named what still holds,
the latter counts as not told, and what began before the parcel was over and has no exception that is open stays
unraised.

Invariant: pure; ids of exceptions stay what they were. May import: msgspec, core.effect, core.event, core.finding,
core.fold, core.parcel, core.scan, core.verdict, core.watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from core.effect import ExceptionRecord, ExceptionState, digest, mark_of
from core.event import Registration, Report
from core.finding import Kind, Severity
from core.fold import fold
from core.scan import Scan
from core.verdict import Verdict
from core.watch import Watched


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """An exception as its row shows it. `scans` and `reports` are the ids that its evidence rests on."""

    exception_id: str
    kind: Kind
    severity: Severity
    state: ExceptionState
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    rule: str
    scans: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    told: bool = False
    verdict: Verdict | None = None


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """Everything stored of a parcel but its state. `heard_at`: when we first heard of it."""

    scans: Sequence[Scan] = ()
    registration: Registration | None = None
    reports: Sequence[Report] = ()
    exceptions: Sequence[Remembered] = ()
    heard_at: datetime | None = None
    told_at: datetime | None = None


def rebuild(parcel_id: str, remains: Remains, now: datetime) -> Watched:
    """Give the state of a parcel. It is due at once, so that whoever looks next judges it and writes it."""
    carrier, _, waybill = parcel_id.partition(":")
    parcel = fold(parcel_id, carrier, waybill, remains.scans, remains.registration, remains.reports)
    return Watched(
        parcel=parcel,
        exceptions=_records(parcel_id, remains.exceptions),
        due_at=now,
        expected_at=None,
        known_at=remains.heard_at or now,
        told_at=remains.told_at,
        past=parcel.over_at,
    )


def _records(parcel_id: str, exceptions: Sequence[Remembered]) -> tuple[ExceptionRecord, ...]:
    """Number the exceptions by their ids, in the order of opening."""
    numbers = {
        digest(parcel_id, kind.value, str(nth)): nth
        for kind, count in Counter(e.kind for e in exceptions).items()
        for nth in range(1, count + 1)
    }
    return tuple(
        ExceptionRecord(
            exception_id=e.exception_id,
            kind=e.kind,
            nth=numbers[e.exception_id],
            severity=e.severity,
            state=e.state,
            since=e.since,
            opened_at=e.opened_at,
            closed_at=e.closed_at,
            rule=e.rule,
            mark=mark_of(e.scans, e.reports),
            told=e.told,
            verdict=e.verdict,
        )
        for e in sorted(exceptions, key=lambda e: (e.opened_at, numbers[e.exception_id]))
    )
