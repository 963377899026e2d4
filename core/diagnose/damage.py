"""The damage family: what a carrier's code or words, the consumer, or the scales say of damage; a new wrapping.

Damage does not heal: it holds while the parcel is on its way and ends `settle` after the parcel is over and the last
word of damage was said; from then on the case alone carries it. A weight that comes back clears a fall.
Invariant: pure. May import: core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from datetime import datetime

from core.diagnose.look import Look
from core.event import ReportKind
from core.finding import Evidence, Kind
from core.parcel import OVER


def damage(look: Look) -> None:
    """Find damage."""
    parcel = look.parcel
    fact = parcel.damage
    reports = [report for report in parcel.reports if report.kind is ReportKind.DAMAGED] if parcel.reports else []
    if fact is not None or reports:
        said = [report.at for report in reports]
        if fact is not None:
            said.append(fact.at)
        if not _settled(look, Kind.DAMAGE_REPORTED, max(said)):
            name = Kind.DAMAGE_REPORTED.value
            evidence = Evidence(
                rule=f"{name}.consumer" if reports else name,
                source=look.policy.kinds[Kind.DAMAGE_REPORTED].source,
                scans=(fact.scan_id,) if fact is not None else (),
                words=fact.words if fact is not None else None,
                reports=tuple(report.report_id for report in reports),
            )
            look.find(Kind.DAMAGE_REPORTED, min(said), evidence)
    _weight_fell(look)
    repacked = parcel.repacked
    if repacked is not None and not _settled(look, Kind.REPACKED, repacked.at):
        evidence = Evidence(
            rule=Kind.REPACKED.value,
            source=look.policy.kinds[Kind.REPACKED].source,
            scans=(repacked.scan_id,),
            words=repacked.words,
        )
        look.find(Kind.REPACKED, repacked.at, evidence)


def _settled(look: Look, kind: Kind, said: datetime) -> bool:
    """Say whether the parcel is over and the last word so long ago that the case alone carries it."""
    parcel = look.parcel
    if parcel.milestone not in OVER or parcel.over_at is None:
        return False
    return look.at(max(said, parcel.over_at) + look.policy.kinds[kind].settle)


def _weight_fell(look: Look) -> None:
    """Find a fall of weight that no scale's error explains."""
    weighing, rules = look.parcel.course.weighing, look.rules
    fall = weighing.fall if weighing is not None else None
    if fall is None:
        return
    missing_g = fall.before_g - fall.after_g
    if missing_g < rules.fell_grams.number or fall.share < rules.fell_share.number:
        return
    if not _settled(look, Kind.WEIGHT_FELL, fall.at):
        evidence = Evidence(
            rule=rules.fell_share.rule,
            source=rules.fell_share.source,
            scans=(fall.before_scan, fall.after_scan),
            limit=max(int(rules.fell_grams.number), round(rules.fell_share.number * fall.before_g)),
            measured=missing_g,
            count=fall.before_g,
            unit="g",
        )
        look.find(Kind.WEIGHT_FELL, fall.at, evidence)
