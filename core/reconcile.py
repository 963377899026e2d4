"""The difference between the exceptions that are remembered and what holds now: opened, updated, cleared, retracted.

Cleared: it was true and is over. Retracted: judged on everything known by now, at the moment of its opening, it was
not true; this reaches exceptions that were cleared already. One that lasts is updated only when its severity, its
rule or what it rests on changes, never by the passing of seconds. A finding that began after the exception was opened
is another one: the old one is cleared and a new one opened.

Invariant: pure; the same call on its own result changes nothing; ids are a digest of parcel, kind and number.
May import: msgspec, core.finding, core.effect.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from core.diagnose import ORDER, SUPERSEDED_BY
from core.effect import (
    Effect,
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRecord,
    ExceptionRetracted,
    ExceptionState,
    ExceptionUpdated,
    digest,
    mark_of,
)
from core.finding import Diagnosis, Finding, Kind

PAST = 8
"""Closed exceptions remembered with a parcel, the latest, besides the latest of each kind (which carries the
number)."""


class Changes(msgspec.Struct, frozen=True):
    """What is remembered from now on, and what changed."""

    records: tuple[ExceptionRecord, ...]
    effects: tuple[Effect, ...]


def _close(record: ExceptionRecord, state: ExceptionState, now: datetime) -> ExceptionRecord:
    return msgspec.structs.replace(record, state=state, closed_at=now)


def _given(finding: Finding) -> datetime | None:
    """Give the date that an incident gives."""
    return finding.evidence.expected_at if finding.kind is Kind.JAMMED else None


def _is_other(record: ExceptionRecord, finding: Finding) -> bool:
    """Say whether the finding began after the exception was opened, so that it is not the same trouble."""
    return finding.since > max(record.opened_at, record.since)


def _kept(records: list[ExceptionRecord]) -> tuple[ExceptionRecord, ...]:
    """Keep the open ones, the latest of each kind, and the latest few of the rest, in the order of opening."""
    newest: dict[Kind, ExceptionRecord] = {}
    for record in records:
        other = newest.get(record.kind)
        if other is None or record.nth > other.nth:
            newest[record.kind] = record
    rest = [record for record in records if newest[record.kind] is not record]
    spare = [record for record in rest if record.state is not ExceptionState.OPEN]
    dropped = {record.exception_id for record in spare[: max(0, len(spare) - PAST)]}
    return tuple(record for record in records if record.exception_id not in dropped)


def reconcile(
    parcel_id: str,
    records: tuple[ExceptionRecord, ...],
    diagnosis: Diagnosis,
    now: datetime,
    held_when_opened: Callable[[ExceptionRecord], bool],
    why: str = "no longer holds",
    last_scan_at: datetime | None = None,
    why_never: str = "a late scan shows that it never was",
) -> Changes:
    """Compare.

    `why` is the reason given for what is cleared, `why_never` for what is retracted; `held_when_opened` judges a record
    on all that is known.
    """
    findings = {finding.kind: finding for finding in diagnosis.findings}
    effects: list[Effect] = []
    after: list[ExceptionRecord] = []
    numbers: dict[Kind, int] = {}
    for record in records:
        numbers[record.kind] = max(record.nth, numbers.get(record.kind, 0))
        if record.state is ExceptionState.RETRACTED:
            after.append(record)
            continue
        if not held_when_opened(record):
            record = _close(record, ExceptionState.RETRACTED, record.closed_at or now)
            effects.append(ExceptionRetracted(record=record, reason=why_never))
        elif record.state is ExceptionState.OPEN:
            finding = findings.get(record.kind)
            if finding is None or _is_other(record, finding):
                reason = why if finding is None else "over; it happened again"
                for graver in SUPERSEDED_BY.get(record.kind, ()) if finding is None else ():
                    if graver in findings:
                        reason = f"superseded by {graver.value}"
                record = _close(record, ExceptionState.CLEARED, now)
                effects.append(ExceptionCleared(record=record, reason=reason))
            else:
                del findings[record.kind]
                changed = msgspec.structs.replace(
                    record,
                    severity=finding.severity,
                    since=finding.since,
                    rule=finding.evidence.rule,
                    mark=mark_of(finding.evidence.scans, finding.evidence.reports),
                    # What was told twice stands: when it passes, the parcel is late.
                    given_at=record.given_at if record.retold else _given(finding),
                )
                if changed != record:
                    rose = changed.severity > record.severity
                    record = changed
                    effects.append(ExceptionUpdated(record=record, finding=finding, graver=rose))
        after.append(record)
    for kind in sorted(findings, key=ORDER.__getitem__):
        finding = findings[kind]
        nth = numbers.get(kind, 0) + 1
        record = ExceptionRecord(
            exception_id=digest(parcel_id, kind.value, str(nth)),
            kind=kind,
            nth=nth,
            severity=finding.severity,
            state=ExceptionState.OPEN,
            since=finding.since,
            opened_at=now,
            rule=finding.evidence.rule,
            mark=mark_of(finding.evidence.scans, finding.evidence.reports),
            given_at=_given(finding),
            known_until=last_scan_at if last_scan_at is not None and last_scan_at > now else None,
        )
        after.append(record)
        effects.append(ExceptionOpened(record=record, finding=finding))
    return Changes(_kept(after), tuple(effects))
