"""The canonical scan: what one carrier said happened to one parcel at one moment.

Invariant: a scan is a value; the same facts always give the same `scan_id`, so that a carrier that sends twice adds
nothing. May import: the standard library and msgspec.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

import msgspec


class Milestone(StrEnum):
    """Where a parcel stands on its way. Maps to and from the AfterShip tags and the 17TRACK main statuses."""

    PENDING = "pending"  # the carrier knows nothing yet (17TRACK NotFound)
    ANNOUNCED = "announced"  # label made, order told to the carrier (InfoReceived)
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE = "available"  # waits in a locker, station or shop (AvailableForPickup)
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    EXCEPTION = "exception"  # something is wrong; `detail` says what
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # the carrier or aggregator gave up looking
    UNKNOWN = "unknown"  # a code that we cannot read; stored, counted, never dropped


class Detail(StrEnum):
    """The finer word inside a milestone. Absent where the code says no more than the milestone."""

    DEPARTED = "departed"
    ARRIVED = "arrived"
    SORTED = "sorted"
    HANDED_OVER = "handed_over"
    FLIGHT = "flight"
    CUSTOMS_HELD = "customs_held"
    CUSTOMS_CLEARED = "customs_cleared"
    DELAYED = "delayed"
    DAMAGED = "damaged"
    LOST = "lost"
    HELD = "held"
    MISROUTED = "misrouted"
    REPACKED = "repacked"
    REFUSED = "refused"
    ABSENT = "absent"
    BAD_ADDRESS = "bad_address"
    UNCLAIMED = "unclaimed"
    DISPOSED = "disposed"
    WEIGHED = "weighed"
    RESCHEDULED = "rescheduled"
    REDIRECTED = "redirected"


class Culprit(StrEnum):
    """Who caused a deviation, as far as the carrier says."""

    CARRIER = "carrier"
    SHOP = "shop"
    CONSIGNEE = "consignee"
    CUSTOMS = "customs"
    WEATHER = "weather"
    NOBODY = "nobody"


class Signer(StrEnum):
    """Who or what took the parcel at delivery."""

    PERSON = "person"
    NEIGHBOUR = "neighbour"
    FRONT_DESK = "front_desk"
    LOCKER = "locker"
    STATION = "station"
    SAFE_PLACE = "safe_place"


# Nothing in a scan can refer back to it, so the cycle collector need not look at the millions of them.
class Scan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One scan event in canonical form.

    `happened_at` is aware UTC. `offset_s` is the local zone's offset at that moment in seconds east of UTC;
    `zone_assumed` says that the payload had no zone and the carrier's own was taken. `weight_g` is grams.
    `code` and `text` are the carrier's raw words, `source` the format that brought the scan. `claimed_at` is what the
    carrier said where that could not be believed (it lay too far in the future) and `happened_at` is the time of
    reception instead. `retracts` is the id of the scan of the same parcel that this one withdraws: it never happened.
    `container` names the bag, cage or truck in which the parcel travels, where the carrier says so. `mapped` is the
    number of the mapping by which people said what it means, where no table of ours had the last word.
    """

    scan_id: str
    carrier: str
    waybill: str
    happened_at: datetime
    milestone: Milestone
    source: str
    detail: Detail | None = None
    culprit: Culprit | None = None
    facility: str | None = None
    facility_to: str | None = None
    place: str | None = None
    country: str | None = None
    service: str | None = None
    weight_g: int | None = None
    signer: Signer | None = None
    promised_at: datetime | None = None
    offset_s: int | None = None
    zone_assumed: bool = False
    code: str | None = None
    text: str | None = None
    claimed_at: datetime | None = None
    retracts: str | None = None
    container: str | None = None
    mapped: int | None = None


def scan_id_of(
    carrier: str, waybill: str, happened_at: datetime, code: str | None, text: str | None, facility: str | None
) -> str:
    """Give the deterministic id of a scan: 16 hexadecimal digits, unique within its parcel.

    64 bits are enough because the id is only ever compared with those of the same parcel.
    """
    stamp = int(happened_at.timestamp() * 1000)
    facts = f"{carrier}\x1f{waybill}\x1f{stamp}\x1f{code or ''}\x1f{text or ''}\x1f{facility or ''}"
    return blake2b(facts.encode(), digest_size=8).hexdigest()


def parcel_id_of(carrier: str, waybill: str) -> str:
    """Give the id under which a waybill of a carrier is watched: `carrier:WAYBILL`, upper case, without spaces."""
    return f"{carrier}:{''.join(waybill.split()).upper()}"
