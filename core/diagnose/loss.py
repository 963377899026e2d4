"""The loss family: suspected by silence beyond the loss limit, or reported by the carrier.

Suspicion clears by a sign of life, a report by the parcel moving again or by time (`settle`): from then on the case
alone carries it. Invariant: pure. May import: core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look, seconds
from core.finding import Evidence, Kind
from core.parcel import OVER


def loss(look: Look) -> None:
    """Find losses."""
    parcel, now = look.parcel, look.now
    if parcel.milestone in OVER:
        return
    lost = parcel.lost
    if lost is not None:
        rule = look.policy.kinds[Kind.LOSS_REPORTED]
        if not look.at(lost.at + rule.settle):
            evidence = Evidence(
                rule=Kind.LOSS_REPORTED.value, source=rule.source, scans=(lost.scan_id,), words=lost.words
            )
            look.find(Kind.LOSS_REPORTED, lost.at, evidence)
        return
    if parcel.started and parcel.heard_at is not None and parcel.heard_scan is not None:
        limit = look.rules.loss_suspected.get(parcel.milestone)
        if limit is not None:
            since = parcel.heard_at + limit.delta
            if look.at(since):
                evidence = Evidence(
                    rule=limit.rule,
                    source=limit.source,
                    scans=(parcel.heard_scan,),
                    limit_s=limit.seconds,
                    measured_s=seconds(now - parcel.heard_at),
                )
                look.find(Kind.LOSS_SUSPECTED, since, evidence)
