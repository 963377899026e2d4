"""The delivery family: failed and repeated attempts, what is in the way, not collected, return to sender, not received.

A failed attempt, an unusable address and a refusal clear when the parcel goes out again, lies ready, is delivered or
turns back; an unusable address also by another one; repeated attempts by the same except going out again; not collected
by being collected or moved on; a return by its end; "not received" by a delivery or a return after the consumer said
so, or by time (`settle`). Invariant: pure. May import: core.fact, core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look, seconds
from core.event import ReportKind
from core.fact import Fact
from core.finding import Evidence, Kind
from core.parcel import OVER
from core.scan import Detail, Milestone

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
            reason=failed.detail,
            culprit=failed.culprit,
        )
        look.find(Kind.ATTEMPT_FAILED, failed.at, evidence)
    if parcel.attempts >= rules.attempts.number and parcel.milestone not in _NO_MORE_ATTEMPTS:
        evidence = Evidence(
            rule=rules.attempts.rule,
            source=rules.attempts.source,
            scans=tuple(fact.scan_id for fact in parcel.tries),
            limit=int(rules.attempts.number),
            measured=parcel.attempts,
            words=parcel.tries[-1].words,
            reason=parcel.tries[-1].detail,
            culprit=parcel.tries[-1].culprit,
        )
        look.find(Kind.REPEATED_ATTEMPTS, parcel.tries[int(rules.attempts.number) - 1].at, evidence)
    course = parcel.course
    if course.obstacle is not None:
        _in_the_way(look, course.obstacle)
    if course.door.available is not None:
        _not_collected(look, course.door.available, course.obstacle)
    returning = parcel.returning
    if returning is not None and parcel.milestone is Milestone.RETURNING:
        # A refusal, a bad address or nobody who collects it explains a return; without one nobody asked for it.
        why = course.obstacle
        name = Kind.RETURN_TO_SENDER.value
        evidence = Evidence(
            rule=f"{name}.{why.detail.value}" if why is not None and why.detail is not None else name,
            source=kinds[Kind.RETURN_TO_SENDER].source,
            scans=(returning.scan_id,),
            words=returning.words,
            reason=returning.detail or (why.detail if why is not None else None),
            culprit=returning.culprit or (why.culprit if why is not None else None),
        )
        look.find(Kind.RETURN_TO_SENDER, returning.at, evidence)
    if parcel.reports:
        _not_received(look)


_OBSTACLES = {Detail.BAD_ADDRESS: Kind.ADDRESS_UNUSABLE, Detail.REFUSED: Kind.REFUSED}


def _in_the_way(look: Look, obstacle: Fact) -> None:
    """Find what keeps the parcel from being delivered, as the carrier says; on its way back that is no news."""
    if look.parcel.milestone is Milestone.RETURNING:
        return
    kind = _OBSTACLES.get(obstacle.detail) if obstacle.detail is not None else None
    if kind is None:
        return
    evidence = Evidence(
        rule=kind.value,
        source=look.policy.kinds[kind].source,
        scans=(obstacle.scan_id,),
        measured=look.parcel.attempts or None,
        words=obstacle.words,
        culprit=obstacle.culprit,
    )
    look.find(kind, obstacle.at, evidence)


def _not_collected(look: Look, available: Fact, obstacle: Fact | None) -> None:
    """Find a parcel that lies in a locker, station or shop for too long, or as long as its carrier waits."""
    limit = look.rules.not_collected
    if limit is None:
        return
    since, told = available.at + limit.delta, None
    if obstacle is not None and obstacle.detail is Detail.UNCLAIMED and obstacle.at < since:
        since, told = obstacle.at, obstacle
    if look.at(since):
        evidence = Evidence(
            rule=limit.rule,
            source=limit.source,
            scans=(available.scan_id,) if told is None else (available.scan_id, told.scan_id),
            limit_s=limit.seconds,
            measured_s=seconds(look.now - available.at),
            words=told.words if told is not None else None,
        )
        look.find(Kind.NOT_COLLECTED, since, evidence)


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
