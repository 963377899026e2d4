"""The delay at customs: a parcel that lies there for longer than customs take, or that they hold.

It begins with the first scan at customs, or with the carrier's word that customs hold it; it clears by clearance or any
move. Invariant: pure. May import: core.course, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look, seconds
from core.finding import Evidence, Kind


def customs(look: Look) -> None:
    """Find what customs do not let go."""
    course = look.parcel.course
    start = course.customs
    if start is None:
        return
    rules, held = look.rules, course.held
    limit = rules.customs_hold
    if held is not None and rules.customs_held is not None:
        # Who was told of a hold waits no longer for what is usual.
        told = rules.customs_held
        if limit is None or held.at + told.delta < start.at + limit.delta:
            start, limit = held, told
    if limit is None:
        return
    since = start.at + limit.delta
    if look.at(since):
        evidence = Evidence(
            rule=limit.rule,
            source=limit.source,
            scans=(start.scan_id,),
            limit_s=limit.seconds,
            measured_s=seconds(look.now - start.at),
            words=held.words if held is not None else None,
            culprit=held.culprit if held is not None else None,
        )
        look.find(Kind.CUSTOMS_HOLD, since, evidence)
