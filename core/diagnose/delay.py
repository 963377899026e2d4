"""The delay family: not picked up in time, stalled, late.

Not picked up clears by pick-up, stalled by any sign of life, late by delivery, by lying ready for collection, by
turning back, or by a later promise. Invariant: pure. May import: core.parcel, core.finding, core.diagnose.look.
"""

from __future__ import annotations

from core.diagnose.look import Look, began, seconds
from core.finding import Evidence, Kind
from core.parcel import OVER, ready_at
from core.scan import Milestone

# The promise is kept, or has lost its meaning.
_NOT_LATE = OVER | {Milestone.AVAILABLE, Milestone.RETURNING}


def delay(look: Look) -> None:
    """Find delays."""
    parcel, now, rules = look.parcel, look.now, look.rules
    milestone = parcel.milestone
    # What the carrier calls lost is no longer merely slow, also after the loss is settled.
    if milestone in OVER or parcel.lost is not None:
        return
    if not parcel.started:
        limit = rules.not_picked_up
        if limit is not None:
            start = began(parcel, now)
            since = start + limit.delta
            if look.at(since) and (look.open(Kind.NOT_PICKED_UP) or not look.unheard()):
                evidence = Evidence(
                    rule=limit.rule,
                    source=limit.source,
                    limit_s=limit.seconds,
                    measured_s=seconds(now - start),
                )
                look.find(Kind.NOT_PICKED_UP, since, evidence)
    elif (limit := rules.stalled.get(milestone)) is not None:
        usual = look.usual()
        look.silent(Kind.STALLED, limit, usual[0] if usual else None)
    limit = rules.late
    if parcel.promised_at is not None and limit is not None and milestone not in _NOT_LATE:
        since = parcel.promised_at + limit.delta
        if not any(record.kind is Kind.LATE and record.is_open for record in look.records):
            # In an incident people were given another date; and under a silent feed it may have been delivered.
            since = max((since, *(record.given_at for record in look.records if record.given_at is not None)))
            if since <= now and look.unheard():
                return
        if look.at(since) and ready_at(parcel) is None:
            evidence = Evidence(
                rule=limit.rule,
                source=limit.source,
                limit_s=limit.seconds,
                measured_s=seconds(now - parcel.promised_at),
            )
            look.find(Kind.LATE, since, evidence)
