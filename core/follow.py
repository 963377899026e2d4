"""What follows from changed exceptions by policy: cases to open and messages to send.

Invariant: pure; one message a moment, one case an exception and severity. Only parcels that a shop registered have
somebody to tell. May import: core.case, core.effect, core.event, core.finding, core.notice, core.parcel,
core.policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from core.case import CaseKind, open_case, priority_of
from core.effect import (
    CaseWanted,
    Effect,
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRecord,
    ExceptionRetracted,
    ExceptionState,
    ExceptionUpdated,
    NoticeWanted,
    digest,
)
from core.event import Registration, Tier
from core.finding import Diagnosis, Finding, Kind, Severity
from core.notice import JAM_LASTS, of_correction, of_end, of_exception, of_lasting, of_promise
from core.parcel import OVER, Parcel
from core.policy import Policy
from core.reconcile import Changes
from core.scan import Milestone

SYSTEM = "system"
_NO_PROMISE = OVER | {Milestone.RETURNING, Milestone.AVAILABLE}


def cases_of(parcel: Parcel, effects: Iterable[Effect], now: datetime, policy: Policy) -> list[CaseWanted]:
    """Give the cases that opened exceptions want, and those that became graver want again (to raise or reopen)."""
    wanted = []
    for effect in effects:
        if isinstance(effect, ExceptionOpened) or (isinstance(effect, ExceptionUpdated) and effect.graver):
            kind = policy.kinds[effect.record.kind].case
            if kind is not None:
                wanted.append(_case_of(parcel, effect.record, kind, now, policy))
    return wanted


def weigh(
    parcel: Parcel,
    before: Registration | None,
    records: Iterable[ExceptionRecord],
    wanted: Iterable[CaseWanted],
    now: datetime,
    policy: Policy,
) -> list[CaseWanted]:
    """Give the cases that a registration made more urgent than they were with the one `before`, but for those `wanted`.

    A registration often comes when the trouble is there already; what the parcel is worth is known only then.
    """
    fresh = {case.exception_id for case in wanted}
    raised = []
    for record in records:
        kind = policy.kinds[record.kind].case
        if kind is None or record.state is not ExceptionState.OPEN or record.exception_id in fresh:
            continue
        if _priority(record, parcel.registration, policy) > _priority(record, before, policy):
            case = _case_of(parcel, record, kind, now, policy)
            raised.append(msgspec.structs.replace(case, opens=False))
    return raised


def _priority(record: ExceptionRecord, registration: Registration | None, policy: Policy) -> int:
    return priority_of(
        record.severity,
        registration.declared_minor if registration else None,
        registration.currency if registration else "CNY",
        registration.tier if registration else Tier.STANDARD,
        policy,
    )


def _case_of(parcel: Parcel, record: ExceptionRecord, kind: CaseKind, now: datetime, policy: Policy) -> CaseWanted:
    draft = open_case(
        parcel.parcel_id,
        kind,
        SYSTEM,
        now,
        record.kind.value,
        record.severity,
        _priority(record, parcel.registration, policy),
        policy,
        case_id=digest(record.exception_id, kind.value, str(int(record.severity))),
    )
    return CaseWanted(
        case_id=draft.case_id,
        kind=draft.kind,
        severity=draft.severity,
        priority=draft.priority,
        opened_at=now,
        opened_by=SYSTEM,
        reason=draft.reason,
        exception_id=record.exception_id,
        clocks=draft.clocks,
    )


def _gravest(findings: Iterable[Finding], policy: Policy) -> Finding | None:
    """Give the gravest finding that has a message; the first kind among equals."""
    best: Finding | None = None
    for finding in findings:
        if policy.kinds[finding.kind].notice is not None and (best is None or finding.severity > best.severity):
            best = finding
    return best


def _weight(record: ExceptionRecord) -> tuple[Severity, datetime, str]:
    return record.severity, record.opened_at, record.exception_id


def tell(
    parcel: Parcel,
    changes: Changes,
    diagnosis: Diagnosis,
    joined: bool,
    scanned: bool,
    expected_at: datetime | None,
    told_at: datetime | None,
    now: datetime,
    policy: Policy,
) -> tuple[tuple[ExceptionRecord, ...], NoticeWanted | None]:
    """Choose the one message of this moment and remember in the records what was told.

    A correction of something told comes first and says what still holds. Else the gravest of what was opened; when the
    parcel has just been joined by its registration, of all that is open; an incident only when the promise falls to it.
    Else that its incident moved the date that was told, `told_at`, which is said once. Else, when a scan ended what was
    told and nothing told is left open, that it is over.
    """
    wrong = [e.record for e in changes.effects if isinstance(e, ExceptionRetracted) and e.record.told]
    fresh = {e.record.kind for e in changes.effects if isinstance(e, ExceptionOpened)}
    by_kind = {record.kind: record for record in changes.records if record.state is ExceptionState.OPEN}
    if joined:
        fresh = set(by_kind)
    # An incident that was not worth a word until its date moved.
    fresh |= {e.record.kind for e in changes.effects if isinstance(e, ExceptionUpdated) and _is_untold_jam(e.record)}
    if expected_at is not None:
        if parcel.promised_at is not None and expected_at <= parcel.promised_at:
            fresh -= {Kind.JAMMED}  # it comes in time all the same
        if any(expected_at <= given for given in _given(changes.records)):
            fresh -= {Kind.PREDICTED_LATE}  # it comes by the date that was told with an incident
    news = _gravest((finding for finding in diagnosis.findings if finding.kind in fresh), policy)
    notice: NoticeWanted | None = None
    if wrong:
        worst = max(wrong, key=_weight)
        still = _gravest(diagnosis.findings, policy)
        notice = of_correction(parcel, worst, still, expected_at, now)
    elif news is not None:
        template = policy.kinds[news.kind].notice or news.kind.value
        notice = of_exception(parcel, by_kind[news.kind], news, template, expected_at, now, policy)
    elif (lasting := _lasting(changes.effects, expected_at, told_at, policy)) is not None:
        notice = of_lasting(parcel, *lasting, now)
    elif scanned and not any(record.told for record in by_kind.values()):
        over = [e.record for e in changes.effects if isinstance(e, ExceptionCleared) and e.record.told]
        if over:
            worst = max(over, key=_weight)
            ending = policy.kinds[worst.kind].cleared
            if ending is not None:
                notice = of_end(parcel, worst, ending, expected_at, now)
    records = changes.records
    if news is not None:
        told = by_kind[news.kind]
        records = tuple(msgspec.structs.replace(record, told=True) if record is told else record for record in records)
    elif notice is not None and notice.template == JAM_LASTS:
        again = by_kind[Kind.JAMMED]
        records = tuple(msgspec.structs.replace(one, retold=True) if one is again else one for one in records)
    return records, notice


def _given(records: Iterable[ExceptionRecord]) -> list[datetime]:
    """Give the dates that people were told with an incident."""
    return [record.given_at for record in records if record.told and record.given_at is not None]


def _is_untold_jam(record: ExceptionRecord) -> bool:
    return record.kind is Kind.JAMMED and not record.told


def _lasting(
    effects: Iterable[Effect], expected_at: datetime | None, told_at: datetime | None, policy: Policy
) -> tuple[ExceptionRecord, Finding, datetime, datetime] | None:
    """Give what was told with an incident whose date moved by enough to matter, its new date and the one told."""
    if expected_at is None or told_at is None or expected_at - told_at < policy.tell_later:
        return None
    for effect in effects:
        if isinstance(effect, ExceptionUpdated) and effect.record.kind is Kind.JAMMED:
            if effect.record.told and not effect.record.retold:
                return effect.record, effect.finding, expected_at, told_at
    return None


def tell_promise(
    before_it: Parcel, parcel: Parcel, told_at: datetime | None, now: datetime, policy: Policy
) -> tuple[datetime | None, NoticeWanted | None]:
    """Tell that the promise moved by enough to matter, and what people know of it from now on.

    Only a promise counts, the carrier's latest or the shop's, never an estimate of ours; and only a scan or a
    registration moves it, never the passing of time. `before_it` is the parcel without them: a promise that stands as
    it did is no news, also where people were told that it will not be kept.
    """
    shop = parcel.registration.promised_at if parcel.registration is not None else None
    promise = _promise(parcel)
    before = told_at or shop or promise
    if promise is None or before is None or promise <= now or parcel.milestone in _NO_PROMISE:
        return before, None
    if promise == _promise(before_it):
        return before, None
    if promise - before < policy.tell_later and before - promise < policy.tell_earlier:
        return before, None
    return promise, of_promise(parcel, before, promise, now)


def _promise(parcel: Parcel) -> datetime | None:
    """Give the promise in force, the carrier's latest or the shop's."""
    return parcel.eta_at or (parcel.registration.promised_at if parcel.registration is not None else None)
