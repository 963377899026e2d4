"""The loss family: suspected by silence, by the carrier or by its mates; late enough to count as lost; reported lost.

Suspicion clears by a sign of life; thorough delay (彻底延误) by delivery, lying ready, turning back or a later promise;
a report by the parcel moving again or by time (`settle`): from then on the case alone carries it.
Invariant: pure. May import: core.container, core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.diagnose.look import Look, seconds
from core.finding import Evidence, Kind
from core.parcel import OVER
from core.scan import Milestone
from core.stop import Stage

_NOT_LATE = OVER | {Milestone.AVAILABLE, Milestone.RETURNING}
MATES_AGAIN = timedelta(hours=2)
"""While a container is under way, its parcels are looked at this often."""
MATES_COUNTED = timedelta(hours=6)
"""So long after it left, all that travels in a container is known."""


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
    if not parcel.started:
        return
    limit = look.rules.loss_suspected.get(parcel.milestone)
    if limit is not None:
        usual = look.usual()
        # What was learned may only be stricter: beyond the standard's days nobody has to wait.
        learned = usual[1] if usual is not None and usual[1].seconds < limit.seconds else None
        look.silent(Kind.LOSS_SUSPECTED, limit, learned)
    if look.network.containers:
        _left_behind(look)
    if parcel.milestone not in _NOT_LATE:
        _thoroughly_delayed(look)


def _thoroughly_delayed(look: Look) -> None:
    """Find a parcel so long after its promised time that the consumer may count it as lost."""
    parcel, limit = look.parcel, look.rules.thoroughly_delayed
    if limit is None:
        return
    start, rule, delta = parcel.promised_at, limit.rule, limit.delta
    if start is None:
        granted = look.rules.unpromised
        start = parcel.started_at
        if start is None or granted is None:
            return
        rule, delta = granted.rule, granted.delta + limit.delta
    since = start + delta
    if look.at(since):
        evidence = Evidence(
            rule=rule,
            source=limit.source,
            limit_s=seconds(delta),
            measured_s=seconds(look.now - start),
        )
        look.find(Kind.THOROUGHLY_DELAYED, since, evidence)


def _left_behind(look: Look) -> None:
    """Find a parcel that was not in its container when that was opened."""
    parcel, stop, rules = look.parcel, look.stop, look.rules
    limit = rules.left_behind
    if limit is None or stop is None or stop.stage != Stage.DEPARTED or not stop.container:
        return
    mates = look.network.containers.of(parcel.carrier, stop.container, stop.at)
    if mates is None or mates.left < rules.mates.number or parcel.heard_scan is None:
        # Its mates are scanned one after the other, and an engine hears of those of others later.
        if look.now < datetime.fromtimestamp(stop.at, UTC) + MATES_COUNTED:
            look.at(look.now + MATES_AGAIN)
        return
    enough = mates.arrived >= rules.mates_share.number * mates.left
    since = datetime.fromtimestamp(mates.opened_s, UTC) + limit.delta if enough else None
    if since is None or look.incidents():
        # Nobody tells an engine that a container was opened.
        look.at(look.now + MATES_AGAIN)
    elif look.at(since):
        evidence = Evidence(
            rule=limit.rule,
            source=limit.source,
            scans=(parcel.heard_scan,),
            limit_s=limit.seconds,
            measured_s=seconds(look.now - since + limit.delta),
            limit=mates.left,
            measured=mates.arrived,
            facility=stop.facility or None,
            facility_to=stop.to or None,
        )
        look.find(Kind.LEFT_BEHIND, since, evidence)
