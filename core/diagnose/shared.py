"""The shared family: a parcel that sits in a jam, or is on a slow lane, with many others.

One incident explains them all, so this finding takes the place of those that would say the same of each (`stalled`,
`predicted late`) and opens no case of its own. A parcel that lies in a jammed hub is in the jam at once; one that is on
its way there, or on a slow lane, when it has been silent for longer than most. What piled up in a jam takes some time
after its end to be worked off (`WORKED_OFF` of its length); until then the finding holds. It clears when the parcel
moves on; that its hub scans it again does not move it. Damage and reported losses go on beside it. Invariant: pure.
May import: core.parcel, core.finding, core.incident, core.diagnose.look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.baseline.lessons import gap_groups
from core.diagnose.look import Look, seconds
from core.finding import Evidence, Kind
from core.incident import FEED, Incident
from core.parcel import OVER
from core.scan import Milestone
from core.stop import Stage

WORKED_OFF = 0.5
"""A backlog needs this part of the time in which it grew."""
MOST = 0.9
"""A parcel under way belongs to an incident when it is silent for longer than this share of its leg's."""
_DECIDED = OVER | {Milestone.AVAILABLE, Milestone.RETURNING}


def worked_off_at(incident: Incident) -> datetime | None:
    """Give when the backlog of an incident is gone; None while it grows."""
    if incident.until is None:
        return None
    return incident.until + min(timedelta(days=1), (incident.until - incident.since) * WORKED_OFF)


def shared(look: Look) -> None:
    """Find that the parcel is in an incident."""
    parcel, stop, now = look.parcel, look.stop, look.now
    stood_at, heard_scan = parcel.stood_at, parcel.heard_scan
    if stop is None or stood_at is None or heard_scan is None or not parcel.started:
        return
    if parcel.milestone in _DECIDED or parcel.lost is not None:
        return
    for incident in look.incidents():
        if incident.kind in FEED:
            continue
        since = max(stood_at, incident.since)
        if stop.stage == Stage.DEPARTED:
            beats = look.network.baselines.beats(gap_groups(stop, look.way)[0], (MOST,))
            if beats is None:
                continue
            since = max(since, stood_at + timedelta(seconds=beats[0]))
        elif stop.stage != Stage.ARRIVED:
            continue
        end = worked_off_at(incident)
        if (end is not None and (since >= end or look.at(end))) or not look.at(since):
            continue
        likely = end or incident.expected_at
        rest = look.rules.remaining.get(parcel.milestone, timedelta())
        evidence = Evidence(
            rule=f"{Kind.JAMMED.value}.{incident.kind.value}",
            source=look.policy.incidents_source,
            scans=(heard_scan,),
            measured_s=seconds(now - stood_at),
            facility=incident.facility or None,
            facility_to=incident.to or None,
            incident=incident.incident_id,
            expected_at=likely + rest if likely is not None else None,
        )
        look.find(Kind.JAMMED, since, evidence)
        return
