"""The date to show people: a promise while it stands, else what delivery usually still takes.

Invariant: never in the past; None where no honest date can be given (over, lost or probably lost, turning back, ready
for collection). May import: core.parcel, core.policy, core.diagnose.look.
"""

from __future__ import annotations

from datetime import datetime

from core.diagnose.look import began
from core.parcel import OVER, Parcel
from core.policy import Policy
from core.scan import Milestone

_NO_DATE = OVER | {Milestone.RETURNING, Milestone.AVAILABLE}


def expect(parcel: Parcel, now: datetime, policy: Policy) -> datetime | None:
    """Give the expected delivery.

    A promise that is still to come is shown, except that a parcel which by its milestone cannot make it gets the
    later, likelier moment, and one that is out for delivery the nearer one. The carrier's own estimate is taken as it
    is. After a promise, or the usual time, has passed: what the rest usually takes, from now.
    """
    milestone = parcel.milestone
    if milestone in _NO_DATE or parcel.lost is not None:
        return None
    rules = policy.rules_for(parcel.carrier, parcel.service)
    heard_at = parcel.heard_at
    if heard_at is not None and parcel.started:
        limit = rules.loss_suspected.get(milestone)
        if limit is not None and heard_at + limit.delta <= now:
            return None
    eta_at = parcel.eta_at
    if eta_at is not None and eta_at > now:
        return eta_at
    remaining = rules.remaining.get(milestone)
    promised_at = parcel.promised_at
    if promised_at is not None and promised_at <= now:
        promised_at = None
    if remaining is None:
        return promised_at
    likely = (heard_at or began(parcel, now)) + remaining
    if likely <= now:
        likely = now + remaining
    if promised_at is None or milestone is Milestone.OUT_FOR_DELIVERY or likely > promised_at:
        return likely
    return promised_at
