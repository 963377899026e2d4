"""The delivery family: failed and repeated attempts, return to sender, not received.

A failed attempt clears when the parcel goes out again, lies ready, is delivered or turns back; repeated attempts by
the same except going out again; a return by its end; "not received" by a delivery or a return after the consumer said
so, or by time (`settle`). Invariant: pure. May import: core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look
from core.event import ReportKind
from core.finding import Evidence, Kind
from core.parcel import OVER
from core.scan import Milestone

_NO_MORE_ATTEMPTS = OVER | {Milestone.AVAILABLE, Milestone.RETURNING}


def delivery(look: Look) -> None:
    """Find what goes wrong at the door."""
    parcel, rules = look.parcel, look.rules
    kinds = look.policy.kinds
    failed = parcel.failed
    if failed is not None:
        evidence = Evidence(
            rule=Kind.ATTEMPT_FAILED.value,
            source=kinds[Kind.ATTEMPT_FAILED].source,
            scans=(failed.scan_id,),
            measured=parcel.attempts,
            words=failed.words,
        )
        look.find(Kind.ATTEMPT_FAILED, failed.at, evidence)
    if parcel.attempts >= rules.attempts and parcel.milestone not in _NO_MORE_ATTEMPTS:
        evidence = Evidence(
            rule=rules.attempts_rule,
            source=rules.attempts_source,
            scans=tuple(fact.scan_id for fact in parcel.tries),
            limit=rules.attempts,
            measured=parcel.attempts,
            words=parcel.tries[-1].words,
        )
        look.find(Kind.REPEATED_ATTEMPTS, parcel.tries[rules.attempts - 1].at, evidence)
    returning = parcel.returning
    if returning is not None and parcel.milestone is Milestone.RETURNING:
        evidence = Evidence(
            rule=Kind.RETURN_TO_SENDER.value,
            source=kinds[Kind.RETURN_TO_SENDER].source,
            scans=(returning.scan_id,),
            words=returning.words,
        )
        look.find(Kind.RETURN_TO_SENDER, returning.at, evidence)
    if parcel.reports:
        _not_received(look)


def _not_received(look: Look) -> None:
    """Find the consumer's word that nothing came, unless a later delivery or return answers it."""
    parcel = look.parcel
    rule = look.policy.kinds[Kind.NOT_RECEIVED]
    reports = [
        report
        for report in parcel.reports
        if report.kind is ReportKind.NOT_RECEIVED and (parcel.over_at is None or report.at >= parcel.over_at)
    ]
    if not reports or look.at(reports[-1].at + rule.settle):
        return
    evidence = Evidence(
        rule=Kind.NOT_RECEIVED.value,
        source=rule.source,
        scans=(parcel.over_scan,) if parcel.over_scan is not None else (),
        reports=tuple(report.report_id for report in reports),
    )
    look.find(Kind.NOT_RECEIVED, reports[0].at, evidence)
