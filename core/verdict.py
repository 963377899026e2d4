"""Whether an exception was right, as far as what came after it can tell, and how early it was.

Invariant: one verdict an exception, and one a trouble that nobody was warned of; ids are deterministic, so that
writing a verdict twice changes nothing. What cannot be known is unknown, never right. May import: the standard library,
msgspec, core.finding.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from core.finding import Kind


class Verdict(StrEnum):
    """Right, wrong, nobody knows; missed: a trouble for which there was no exception of this kind."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    MISSED = "missed"


class Why(StrEnum):
    """What a verdict rests on."""

    LATE = "late"  # it was not there by the promise
    KEPT = "kept"  # it was
    TURNED_BACK = "turned_back"  # before the promise passed, or as the exception said it would
    RETRACTED = "retracted"  # a late scan, or one read anew, showed that it never was
    STOOD = "stood"  # it came later than its mates
    HELD = "held"  # nothing that came since speaks against it
    NEVER_SEEN = "never_seen"  # for so long that it counts as lost
    REPORTED_LOST = "reported_lost"  # by the carrier
    SEEN_AGAIN = "seen_again"  # moved after it was thought lost
    SEEN_FARTHER = "seen_farther"  # it had been in its container all the time
    CONSIGNEE = "consignee"  # by the consignee's word
    SAID_FIRST = "said_first"  # the consignee's word is all there is: nothing was detected
    DAMAGED = "damaged"  # damage was reported as well
    WEIGHED_AGAIN = "weighed_again"  # the weight came back
    TAKEN_BACK = "taken_back"  # the carrier took its "delivered" back
    MOVED_ON = "moved_on"  # from where it should not have been
    DELIVERED = "delivered"  # from there, or after all
    RETURNED = "returned"
    CANCELLED = "cancelled"
    NOBODY_SAID = "nobody_said"  # nobody ever said whether it was so
    STATED = "stated"  # the carrier's, the consumer's or a calendar's statement, which nothing tests
    NEW_JOURNEY = "new_journey"  # the waybill went on another journey before the end of this one was seen
    UNPROMISED = "unpromised"  # nobody knows what was promised


WARNINGS = frozenset({Kind.PREDICTED_LATE, Kind.LOSS_SUSPECTED})
"""Kinds that speak of a moment that is still to come; the others say what is."""
MISSABLE = WARNINGS | {Kind.LATE, Kind.DAMAGE_REPORTED, Kind.FALSE_SIGNATURE}
"""Kinds of which it is known when one was missed, so that they have a recall."""

STATED = frozenset(
    {
        Kind.JAMMED,
        Kind.CLAIM_CLOSING,
        Kind.ATTEMPT_FAILED,
        Kind.REPEATED_ATTEMPTS,
        Kind.NOT_RECEIVED,
    }
)
"""Kinds that repeat a statement which nothing tests: at most it is known that one was wrong, so they have no
precision."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict as it is stored.

    `verdict_id` is the exception's id; of a missed trouble a digest of the parcel, the kind and what was missed, and
    `opened_at` is None. `lead_s`: seconds between the exception and the moment that it tells of (the promise, the
    standard's limit for a loss, else when the trouble began): positive before it, negative after it. `found`: it is
    the first that was right about this trouble, so the trouble counts as found.
    """

    verdict_id: str
    kind: Kind
    verdict: Verdict
    why: Why
    at: datetime
    opened_at: datetime | None = None
    lead_s: int | None = None
    found: bool = False
