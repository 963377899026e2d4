"""The route family: sent to the wrong hub, going round in circles.

Misrouted clears when the parcel leaves another facility than the wrong one, a circle when it is sent somewhere new;
both when it is out for delivery or turns back. Invariant: pure. May import: core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look
from core.finding import Evidence, Kind
from core.parcel import OVER
from core.scan import Milestone

_NO_WAY = OVER | {Milestone.RETURNING}


def route(look: Look) -> None:
    """Find parcels that are not where their way leads."""
    parcel = look.parcel
    way = parcel.course.route
    astray, circle = way.astray, way.circle
    if (astray is None and circle is None) or parcel.milestone in _NO_WAY:
        return
    if astray is not None:
        name = Kind.MISROUTED.value
        evidence = Evidence(
            rule=name,
            source=look.policy.kinds[Kind.MISROUTED].source,
            scans=(astray.scan_id,),
            place=astray.facility or None,
            facility=astray.left or None,
            facility_to=astray.expected or None,
        )
        look.find(Kind.MISROUTED, astray.at, evidence)
    if circle is not None:
        evidence = Evidence(
            rule=Kind.LOOPING.value,
            source=look.policy.kinds[Kind.LOOPING].source,
            scans=(circle.scan_id,),
            measured=circle.times,
            limit=1,
            facility=circle.here,
            facility_to=circle.there,
        )
        look.find(Kind.LOOPING, circle.at, evidence)
