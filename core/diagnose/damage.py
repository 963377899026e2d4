"""The damage family: what a carrier's code or words, or the consumer, say of damage.

Damage does not heal: it holds while the parcel is on its way and ends `settle` after the parcel is over and the last
word of damage was said; from then on the case alone carries it. Invariant: pure.
May import: core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look
from core.event import ReportKind
from core.finding import Evidence, Kind
from core.parcel import OVER
from core.scan import Detail


def damage(look: Look) -> None:
    """Find damage."""
    parcel = look.parcel
    fact = parcel.damage
    reports = [report for report in parcel.reports if report.kind is ReportKind.DAMAGED] if parcel.reports else []
    if fact is None and not reports:
        return
    rule = look.policy.kinds[Kind.DAMAGE_REPORTED]
    said = [report.at for report in reports]
    if fact is not None:
        said.append(fact.at)
    if parcel.milestone in OVER and parcel.over_at is not None and look.at(max(*said, parcel.over_at) + rule.settle):
        return
    name = Kind.DAMAGE_REPORTED.value
    if fact is not None and fact.detail is Detail.REPACKED:
        name += ".repacked"
    evidence = Evidence(
        rule=f"{name}.consumer" if reports else name,
        source=rule.source,
        scans=(fact.scan_id,) if fact is not None else (),
        words=fact.words if fact is not None else None,
        reports=tuple(report.report_id for report in reports),
    )
    look.find(Kind.DAMAGE_REPORTED, min(said), evidence)
