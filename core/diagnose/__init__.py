"""What is wrong with a parcel now, and when the answer may change if no scan comes.

Each family looks at the parcel alone and adds its findings; then what a graver finding already says is left out
(`SUPERSEDED_BY`): a parcel has one row for its silence and one for its attempts, not one for every limit passed.

Invariant: pure; `due_at` is after `now`; an active parcel always has one until it has been silent for `time.give_up`,
and a parcel that is over has one only while a finding of it waits to be settled.
May import: core.effect, core.finding, core.network, core.parcel, core.policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.diagnose.claim import claim
from core.diagnose.customs import customs
from core.diagnose.damage import damage
from core.diagnose.delay import delay
from core.diagnose.delivery import delivery
from core.diagnose.early import early
from core.diagnose.look import Look, anchor
from core.diagnose.loss import loss
from core.diagnose.route import route
from core.diagnose.shared import shared
from core.diagnose.signature import signature
from core.effect import ExceptionRecord
from core.finding import Diagnosis, Kind
from core.network import NOTHING, Network
from core.parcel import Parcel
from core.policy import Policy

__all__ = ["ORDER", "SUPERSEDED_BY", "diagnose"]

ORDER: dict[Kind, int] = {kind: place for place, kind in enumerate(Kind)}

SUPERSEDED_BY: dict[Kind, frozenset[Kind]] = {
    Kind.STALLED: frozenset(
        {Kind.JAMMED, Kind.CUSTOMS_HOLD, Kind.LEFT_BEHIND, Kind.LOSS_SUSPECTED, Kind.LOSS_REPORTED}
    ),
    Kind.JAMMED: frozenset({Kind.LOSS_SUSPECTED, Kind.LOSS_REPORTED}),
    Kind.LATE: frozenset({Kind.THOROUGHLY_DELAYED, Kind.LOSS_REPORTED}),
    Kind.PREDICTED_LATE: frozenset(
        {
            Kind.JAMMED,
            Kind.LATE,
            Kind.THOROUGHLY_DELAYED,
            Kind.LEFT_BEHIND,
            Kind.LOSS_SUSPECTED,
            Kind.LOSS_REPORTED,
        }
    ),
    Kind.THOROUGHLY_DELAYED: frozenset({Kind.LOSS_REPORTED}),
    Kind.REPACKED: frozenset({Kind.DAMAGE_REPORTED, Kind.WEIGHT_FELL}),
    Kind.LEFT_BEHIND: frozenset({Kind.LOSS_SUSPECTED, Kind.LOSS_REPORTED}),
    Kind.LOSS_SUSPECTED: frozenset({Kind.LOSS_REPORTED}),
    Kind.ATTEMPT_FAILED: frozenset({Kind.REPEATED_ATTEMPTS, Kind.ADDRESS_UNUSABLE, Kind.REFUSED}),
}


def diagnose(
    parcel: Parcel,
    now: datetime,
    policy: Policy,
    network: Network = NOTHING,
    records: Sequence[ExceptionRecord] = (),
) -> Diagnosis:
    """Find everything that is wrong with the parcel at `now`, in the order of `Kind`.

    `records` are the exceptions remembered of the parcel: one that is open is not closed by what was learned since.
    """
    look = Look(parcel, now, policy, network, records)
    shared(look)
    delay(look)
    odds = early(look)
    customs(look)
    damage(look)
    loss(look)
    route(look)
    delivery(look)
    signature(look)
    if look.findings or parcel.damage is not None or parcel.lost is not None:
        claim(look)
    if parcel.active:
        # Every active parcel comes up again once: silence is an event, also when no limit is left to pass.
        look.at(anchor(parcel, now) + policy.give_up)
    findings = look.findings
    if len(findings) > 1:
        kinds = {finding.kind for finding in findings}
        findings = [finding for finding in findings if not kinds & SUPERSEDED_BY.get(finding.kind, frozenset())]
        findings.sort(key=lambda finding: ORDER[finding.kind])
    return Diagnosis(findings=tuple(findings), due_at=look.due_at, odds=odds)
