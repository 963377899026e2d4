"""The claim window: a carrier takes no claim later than its terms say, and this one's end is near.

Counted from when the carrier took the parcel, while there is anything to claim for: damage, loss, what counts as loss,
non-receipt. It clears when the window has closed or the trouble is over. Invariant: pure; looks at what the other
families found, so it comes after them. May import: core.event, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look, seconds
from core.event import ReportKind
from core.finding import Evidence, Kind

_CLAIMABLE = frozenset(
    {
        Kind.DAMAGE_REPORTED,
        Kind.WEIGHT_FELL,
        Kind.LOSS_SUSPECTED,
        Kind.LOSS_REPORTED,
        Kind.THOROUGHLY_DELAYED,
        Kind.NOT_RECEIVED,
    }
)


def claim(look: Look) -> None:
    """Find a claim that must be made soon."""
    parcel = look.parcel
    found = [finding for finding in look.findings if finding.kind in _CLAIMABLE] if look.findings else []
    # What is settled for the parcel can be claimed as long as the window is open.
    facts = [fact for fact in (parcel.damage, parcel.lost) if fact is not None]
    facts_at = [fact.at for fact in facts]
    scans = [fact.scan_id for fact in facts]
    if parcel.reports:
        facts_at += [report.at for report in parcel.reports if report.kind is ReportKind.DAMAGED]
    start, limit = parcel.started_at, look.rules.claim_closing
    if start is None or limit is None or not (found or facts_at):
        return
    closes = start + limit.delta
    if look.at(closes):
        return
    began = min([*(finding.since for finding in found), *facts_at])
    since = max(closes - look.rules.claim_lead, began)
    if look.at(since):
        evidence = Evidence(
            rule=limit.rule,
            source=limit.source,
            scans=tuple(dict.fromkeys((*scans, *(scan for finding in found for scan in finding.evidence.scans)))),
            limit_s=limit.seconds,
            measured_s=seconds(look.now - start),
            expected_by=closes,
        )
        look.find(Kind.CLAIM_CLOSING, since, evidence)
