"""The date to show people: a promise while it stands, else what delivery usually still takes.

Invariant: never in the past; None where no honest date can be given (over, lost or probably lost, turning back, ready
for collection). May import: core.baseline, core.parcel, core.policy, core.diagnose.look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.baseline.odds import Odds
from core.diagnose.look import began
from core.parcel import OVER, Parcel
from core.policy import Policy
from core.scan import Milestone

_NO_DATE = OVER | {Milestone.RETURNING, Milestone.AVAILABLE}


def expect(
    parcel: Parcel, now: datetime, policy: Policy, odds: Odds | None = None
) -> tuple[datetime | None, datetime | None]:
    """Give the expected delivery, and the moment by which nine in ten such parcels are there, where that was learned.

    A promise that is still to come is shown, except that a parcel which is likely to miss it gets the later, likelier
    moment, and one that is out for delivery the nearer one. The carrier's own estimate is taken as it is. After a
    promise, or the usual time, has passed: what the rest usually takes, from now. What is usual is the learned median
    where there is one (`odds`), else policy's.
    """
    milestone = parcel.milestone
    if milestone in _NO_DATE or parcel.lost is not None:
        return None, None
    registration = parcel.registration
    rules = policy.rules_for(parcel.carrier, parcel.service, registration.shop if registration else None)
    heard_at = parcel.heard_at
    if heard_at is not None and parcel.started:
        limit = rules.loss_suspected.get(milestone)
        if limit is not None and heard_at + limit.delta <= now:
            return None, None
    eta_at = parcel.eta_at
    if eta_at is not None and eta_at > now:
        return eta_at, None
    promised_at = parcel.promised_at
    if promised_at is not None and promised_at <= now:
        promised_at = None
    stood_at = parcel.stood_at
    if odds is not None and stood_at is not None:
        likely = stood_at + timedelta(seconds=odds.median_s)
        nine_at = stood_at + timedelta(seconds=odds.nine_s)
        if likely > now:
            stands = promised_at is not None and odds.chance < policy.warn
            if stands and milestone is not Milestone.OUT_FOR_DELIVERY:
                return promised_at, None
            return likely, nine_at
    remaining = rules.remaining.get(milestone)
    if remaining is None:
        return promised_at, None
    likely = (heard_at or began(parcel, now)) + remaining
    if likely <= now:
        likely = now + remaining
    if promised_at is None or milestone is Milestone.OUT_FOR_DELIVERY or likely > promised_at:
        return likely, None
    return promised_at, None
