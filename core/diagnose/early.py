"""The early warning: a parcel is likely to miss its promise, said before the promise passes.

Judged at every scan, and again when silence alone makes it likely. It clears by a scan after which the promise is
likely kept again, by delivery, and by a later promise; when the promise passes it is superseded by late.
Invariant: pure; nothing is predicted before enough was learned of the carrier.
May import: core.parcel, core.finding, core.diagnose.look, core.baseline.
"""

from __future__ import annotations

from datetime import timedelta

from core.baseline.lessons import TAUGHT
from core.baseline.odds import Odds
from core.diagnose.look import Look
from core.finding import Evidence, Kind
from core.parcel import OVER, ready_at
from core.scan import Milestone

_DECIDED = OVER | {Milestone.AVAILABLE, Milestone.RETURNING}


def odds_of(look: Look, silent: bool = False) -> Odds | None:
    """Give how the parcel stood against its promise when it was last heard, or, with `silent`, stands now."""
    parcel, stop = look.parcel, look.stop
    promised_at, stood_at = parcel.promised_at, parcel.stood_at
    if promised_at is None or stood_at is None or stop is None or not look.network.baselines.known:
        return None
    if parcel.milestone in _DECIDED or parcel.lost is not None or stop.stage not in TAUGHT:
        return None
    if ready_at(parcel) is not None:
        return None
    left_s = (promised_at - stood_at).total_seconds()
    silent_s = (look.now - stood_at).total_seconds() if silent else 0.0
    return look.network.baselines.odds(look.way, stop, left_s, silent_s)


def early(look: Look) -> Odds | None:
    """Find a parcel that is likely to come late; give how it stood when it was last heard, or was warned of."""
    parcel, now, policy = look.parcel, look.now, look.policy
    promised_at, stood_at, heard_scan = parcel.promised_at, parcel.stood_at, parcel.heard_scan
    if promised_at is None or promised_at <= now or stood_at is None or heard_scan is None:
        return None
    odds = odds_of(look)
    if odds is None or look.incidents():
        # In an incident the usual says nothing; it has a date of its own.
        return None
    known = next((record for record in look.records if record.kind is Kind.PREDICTED_LATE and record.is_open), None)
    if known is None and (odds.turns_s is None or not look.at(stood_at + timedelta(seconds=odds.turns_s))):
        return odds
    stands = odds_of(look, silent=True) or odds
    if known is not None and stands.chance < policy.keep:
        return odds
    evidence = Evidence(
        rule=Kind.PREDICTED_LATE.value,
        source=policy.kinds[Kind.PREDICTED_LATE].source,
        scans=(heard_scan,),
        measured_s=int((now - stood_at).total_seconds()),
        facility=(look.stop.facility or None) if look.stop else None,
        facility_to=(look.stop.to or None) if look.stop else None,
        chance=round(stands.chance * 100),
        expected_at=stood_at + timedelta(seconds=stands.median_s),
        expected_by=stood_at + timedelta(seconds=stands.nine_s),
    )
    since = known.since if known is not None else stood_at + timedelta(seconds=odds.turns_s or 0)
    look.find(Kind.PREDICTED_LATE, since, evidence)
    return stands if known is None else odds
