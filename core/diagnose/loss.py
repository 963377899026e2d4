"""The loss family: suspected by silence beyond the loss limit or by the carrier, or reported by the carrier.

Suspicion clears by a sign of life, a report by the parcel moving again or by time (`settle`): from then on the case
alone carries it. Invariant: pure. May import: core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look
from core.finding import Evidence, Kind
from core.parcel import OVER


def loss(look: Look) -> None:
    """Find losses."""
    parcel = look.parcel
    if parcel.milestone in OVER:
        return
    lost = parcel.lost
    if lost is not None:
        settle = look.policy.kinds[Kind.LOSS_REPORTED].settle
        if not look.at(lost.at + settle):
            kind, rule = Kind.LOSS_REPORTED, Kind.LOSS_REPORTED.value
            if lost.suspected:
                kind, rule = Kind.LOSS_SUSPECTED, f"{Kind.LOSS_SUSPECTED.value}.words"
            source = look.policy.kinds[kind].source
            look.find(kind, lost.at, Evidence(rule=rule, source=source, scans=(lost.scan_id,), words=lost.words))
        return
    limit = look.rules.loss_suspected.get(parcel.milestone)
    if parcel.started and limit is not None:
        usual = look.usual()
        # What was learned may only be stricter: beyond the standard's days nobody has to wait.
        learned = usual[1] if usual is not None and usual[1].seconds < limit.seconds else None
        look.silent(Kind.LOSS_SUSPECTED, limit, learned)
