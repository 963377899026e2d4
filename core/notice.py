"""What people are told of a parcel, and when: the template and the data it needs, never the words.

One message says what a moment brought: the gravest thing that was opened, or that something told before was wrong, or
that the promise moved. Invariant: pure; a notice's id is a digest of what caused it.
May import: msgspec, core.effect, core.finding, core.parcel, core.policy.
"""

from __future__ import annotations

from datetime import datetime

from core.effect import ExceptionRecord, NoticeWanted, digest
from core.finding import Finding, Kind
from core.parcel import Parcel
from core.policy import Policy

_SILENCES = frozenset({Kind.NOT_PICKED_UP, Kind.STALLED, Kind.LOSS_SUSPECTED})
CORRECTED = "corrected"
PROMISE_CHANGED = "promise_changed"
JAM_LASTS = "jam_lasts"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _facts(parcel: Parcel, expected_at: datetime | None) -> dict[str, str | int | None]:
    """Give what every message may say of the parcel."""
    registration = parcel.registration
    return {
        "carrier": parcel.carrier,
        "waybill": parcel.waybill,
        "shop": registration.shop if registration else None,
        "order": registration.order if registration else None,
        "milestone": parcel.milestone.value,
        "place": parcel.place,
        "last_scan_at": _iso(parcel.last_scan_at),
        "promised_at": _iso(parcel.promised_at),
        "expected_at": _iso(expected_at),
    }


def of_exception(
    parcel: Parcel,
    record: ExceptionRecord,
    finding: Finding,
    template: str,
    expected_at: datetime | None,
    now: datetime,
    policy: Policy,
) -> NoticeWanted:
    """Tell that an exception was opened."""
    evidence = finding.evidence
    data = _facts(parcel, expected_at) | {
        "kind": record.kind.value,
        "severity": int(record.severity),
        "since": _iso(record.since),
        "measured_s": evidence.measured_s,
        "limit_s": evidence.limit_s,
        "silent_s": evidence.measured_s if record.kind in _SILENCES else None,
        "measured": evidence.measured,
        "limit": evidence.limit,
        "attempts": parcel.attempts or None,
        "words": evidence.words,
        "reported": len(evidence.reports) or None,
        "incident": evidence.incident,
        "facility": evidence.facility,
        "facility_to": evidence.facility_to,
        "doing": policy.kinds[record.kind].doing,
    }
    return NoticeWanted(
        notice_id=digest(record.exception_id, "opened"),
        template=template,
        at=now,
        exception_id=record.exception_id,
        data=data,
    )


def of_lasting(
    parcel: Parcel, record: ExceptionRecord, finding: Finding, expected_at: datetime, before: datetime, now: datetime
) -> NoticeWanted:
    """Tell that an incident lasts longer than was told. Once: the id is the exception's.

    `still`: who has not been told of the incident yet is told of it with this date.
    """
    evidence = finding.evidence
    data = _facts(parcel, expected_at) | {
        "kind": record.kind.value,
        "since": _iso(record.since),
        "before": _iso(before),
        "still": record.kind.value,
        "incident": evidence.incident,
        "facility": evidence.facility,
        "facility_to": evidence.facility_to,
        "doing": None,
    }
    return NoticeWanted(
        notice_id=digest(record.exception_id, JAM_LASTS),
        template=JAM_LASTS,
        at=now,
        exception_id=record.exception_id,
        data=data,
    )


def of_correction(
    parcel: Parcel, record: ExceptionRecord, still: Finding | None, expected_at: datetime | None, now: datetime
) -> NoticeWanted:
    """Tell that what was said before was wrong. `still` is what does hold, so that one message says both."""
    data = _facts(parcel, expected_at) | {
        "kind": record.kind.value,
        "since": _iso(record.since),
        "still": still.kind.value if still is not None else None,
        "doing": None,
    }
    return NoticeWanted(
        notice_id=digest(record.exception_id, CORRECTED),
        template=CORRECTED,
        at=now,
        exception_id=record.exception_id,
        data=data,
    )


def of_end(
    parcel: Parcel, record: ExceptionRecord, template: str, expected_at: datetime | None, now: datetime
) -> NoticeWanted:
    """Tell that what was told before is over, because a scan says so."""
    data = _facts(parcel, expected_at) | {"kind": record.kind.value, "since": _iso(record.since), "doing": None}
    return NoticeWanted(
        notice_id=digest(record.exception_id, "cleared"),
        template=template,
        at=now,
        exception_id=record.exception_id,
        data=data,
    )


def of_promise(parcel: Parcel, before: datetime, promise: datetime, now: datetime) -> NoticeWanted:
    """Tell that the promised moment moved."""
    data = _facts(parcel, promise) | {"kind": None, "before": _iso(before), "doing": None}
    return NoticeWanted(
        notice_id=digest(parcel.parcel_id, PROMISE_CHANGED, before.isoformat(), promise.isoformat(), now.isoformat()),
        template=PROMISE_CHANGED,
        at=now,
        exception_id=None,
        data=data,
    )
