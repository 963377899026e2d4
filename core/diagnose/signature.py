"""A signature that cannot be right (虚假签收): signed for, but not by the consignee and not as agreed.

Three rules, the surest first. Far: signed for in another town than where the parcel was a moment before and where it
should go. Unasked: left with a neighbour, in a locker, station or safe place without the consignee's consent (in the
registration, or in the carrier's words). Unseen: signed for without ever having been out for delivery, and at a time
when nobody can have carried it out: as soon as it arrived, or late in the evening, when the day's figures are made. The
last is judged only of carriers that were seen to scan "out for delivery", and waits for `limit`, in which the missing
scan may still come, unless the consignee says that nothing came.
It clears by time (`settle`), by another delivery and when the delivery is taken back; a late scan retracts it.

Invariant: pure. May import: core.door, core.event, core.finding, core.incident, core.place, core.policy, core.stop,
core.diagnose.look.
"""

from __future__ import annotations

from datetime import datetime

from core.diagnose.look import Look
from core.door import LEFT, Door, Signed
from core.event import ReportKind
from core.finding import Evidence, Kind
from core.incident import FEED
from core.place import same_place, says_town
from core.policy import Limit
from core.stop import Stage

MORNING = 6
"""Nobody delivers before this local hour."""
_ON_THE_WAY = frozenset({Stage.PICKED_UP, Stage.ARRIVED, Stage.DEPARTED, Stage.MOVING, Stage.CUSTOMS, Stage.TROUBLE})


def signature(look: Look) -> None:
    """Find a false signature."""
    door = look.parcel.course.door
    signed = door.signed
    if signed is None:
        return
    if signed.before_scan is not None and _is_far(look, door, signed):
        _found(look, signed, "far", signed.at)
    elif signed.signer in LEFT and not signed.collected and not _agreed(look, signed):
        _found(look, signed, "unasked", signed.at)
    elif not door.out and signed.before_scan is not None:
        _unseen(look, signed)


def _is_far(look: Look, door: Door, signed: Signed) -> bool:
    """Say whether it was signed for in another town than it was in and should go to."""
    registration = look.parcel.registration
    goal = registration.destination if registration is not None else None
    place, before = signed.place, signed.before
    if goal is None or place is None or before is None or door.redirected or same_place(place, before):
        return False
    # Only where the carrier and the shop name towns alike does a name that fits neither say anything.
    return same_place(before, goal) and not same_place(place, goal) and says_town(before) and says_town(place)


def _agreed(look: Look, signed: Signed) -> bool:
    registration = look.parcel.registration
    consent = registration.consent if registration is not None else None
    return signed.agreed or (consent is not None and signed.signer in consent)


def _unseen(look: Look, signed: Signed) -> None:
    limit = look.rules.false_signature
    trail = look.parcel.trail
    if limit is None or len(trail) < 2 or trail[-2].stage not in _ON_THE_WAY:
        # Of a parcel that was never seen on its way, one more missing scan says nothing.
        return
    usual = look.network.baselines.unseen(look.parcel.carrier)
    if usual is None or usual > look.rules.unseen_share.number:
        # Not before it is known that the carrier scans it.
        return
    rules = look.rules
    last = trail[-2]
    # The drive to the station takes its time too.
    soonest = rules.unseen_early * (2 if last.stage == Stage.DEPARTED else 1)
    at_once = signed.at.timestamp() - last.at < soonest.total_seconds()
    if not at_once and MORNING <= signed.hour < rules.unseen_evening.number:
        return
    since = signed.at + limit.delta
    for report in look.parcel.reports:
        if report.kind is ReportKind.NOT_RECEIVED and signed.at <= report.at < since:
            since = report.at
    if look.at(since) and not _missed(look, signed, trail[-2].at):
        _found(look, signed, "unseen", since, limit)


def _missed(look: Look, signed: Signed, start_s: int) -> bool:
    """Say whether the scan may be missing because the carrier's feed was."""
    for incident in look.network.incidents.about(look.parcel.carrier):
        if incident.kind in FEED and incident.since <= signed.at:
            if incident.until is None or incident.until.timestamp() >= start_s:
                return True
    return False


def _found(look: Look, signed: Signed, how: str, since: datetime, limit: Limit | None = None) -> None:
    rule = look.policy.kinds[Kind.FALSE_SIGNATURE]
    if look.at(signed.at + rule.settle):
        return
    far = how == "far"
    registration = look.parcel.registration
    evidence = Evidence(
        rule=f"{limit.rule if limit is not None else Kind.FALSE_SIGNATURE.value}.{how}",
        source=limit.source if limit is not None else rule.source,
        scans=(signed.before_scan, signed.scan_id) if far and signed.before_scan else (signed.scan_id,),
        limit_s=limit.seconds if limit is not None else None,
        words=signed.words,
        signer=signed.signer,
        place=signed.place if far else None,
        facility_to=registration.destination if far and registration is not None else None,
    )
    look.find(Kind.FALSE_SIGNATURE, since, evidence)
