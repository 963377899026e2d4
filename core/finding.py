"""What can be wrong with a parcel: kinds, severities, findings with their evidence, and the diagnosis.

Invariant: a finding says which rule found it, what was measured and against which limit; nothing is found without
evidence. May import: the standard library, msgspec, core.baseline,
core.scan.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

import msgspec

from core.baseline.odds import Odds
from core.scan import Culprit, Detail, Signer


class Kind(StrEnum):
    """The kinds of exception."""

    NOT_PICKED_UP = "not_picked_up"
    STALLED = "stalled"
    JAMMED = "jammed"
    LATE = "late"
    PREDICTED_LATE = "predicted_late"
    CUSTOMS_HOLD = "customs_hold"
    THOROUGHLY_DELAYED = "thoroughly_delayed"  # 彻底延误: so late that the standard counts it as lost
    DAMAGE_REPORTED = "damage_reported"
    WEIGHT_FELL = "weight_fell"
    REPACKED = "repacked"
    LEFT_BEHIND = "left_behind"
    LOSS_SUSPECTED = "loss_suspected"
    LOSS_REPORTED = "loss_reported"
    CLAIM_CLOSING = "claim_closing"
    MISROUTED = "misrouted"
    LOOPING = "looping"
    ATTEMPT_FAILED = "attempt_failed"
    REPEATED_ATTEMPTS = "repeated_attempts"
    ADDRESS_UNUSABLE = "address_unusable"
    REFUSED = "refused"
    NOT_COLLECTED = "not_collected"
    RETURN_TO_SENDER = "return_to_sender"
    FALSE_SIGNATURE = "false_signature"  # 虚假签收: signed for, but not by the consignee
    NOT_RECEIVED = "not_received"


class Severity(IntEnum):
    """How bad, least first; stored and sent as the number."""

    INFO = 1
    MINOR = 2
    MAJOR = 3
    CRITICAL = 4


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a finding holds.

    `rule` is the policy key (`stalled.sf`), `source` where the rule comes from, `limit_s` and `measured_s` seconds,
    `limit` and `measured` counts, `scans` the scan ids it rests on, `words` the carrier's words that were understood,
    `reports` the consumer's reports it rests on.

    Where the limit was learned: `share` percent of the parcels between `facility` and `facility_to` stay below
    `usual_s`, `level` says whose parcels those are (leg, lane, carrier) and `count` how many. `chance` is that of
    missing the promise, in percent; by `expected_at` half and by `expected_by` nine in ten of such parcels are
    delivered. `incident` is the id of the incident that it belongs to.

    `reason` is what the carrier says was in the way and `culprit` who caused it. `unit` is that of `limit`, `measured`
    and `count` where they are no plain counts (g). `place` is where a parcel is or was signed for, `signer` who or what
    took it.
    """

    rule: str
    source: str
    scans: tuple[str, ...] = ()
    limit_s: int | None = None
    measured_s: int | None = None
    limit: int | None = None
    measured: int | None = None
    words: str | None = None
    reports: tuple[str, ...] = ()
    facility: str | None = None
    facility_to: str | None = None
    usual_s: int | None = None
    share: float | None = None
    level: str | None = None
    count: int | None = None
    chance: int | None = None
    expected_at: datetime | None = None
    expected_by: datetime | None = None
    incident: str | None = None
    reason: Detail | None = None
    culprit: Culprit | None = None
    unit: str | None = None
    place: str | None = None
    signer: Signer | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that holds of a parcel now. `since` is the moment from which it holds (event time, UTC).

    At most one finding of a kind holds of a parcel at a time.
    """

    kind: Kind
    severity: Severity
    since: datetime
    evidence: Evidence


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Every finding that holds now, in the order of `Kind`, and when the answer may change if no scan comes.

    `due_at` is after the `now` it was made with; None only for a parcel that is over (nothing more can happen by
    silence). `odds`: how it stood against its promise when it was last heard.
    """

    findings: tuple[Finding, ...]
    due_at: datetime | None
    odds: Odds | None = None
