"""Ship24: the webhook and the tracking answers of its API (JSON).

Wire format: Ship24 tracking API. A webhook carries its own secret as `Authorization: Bearer …`.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._bodies import json_of
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches
from carriers._tables import codes_of
from carriers._times import maybe, moment
from carriers._values import first, items, mapping, need_mapping, need_waybill
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "ship24"
CODES = codes_of(NAME)
MILESTONES = codes_of(NAME, "milestones")
_OFFSET = re.compile(r"^[+-]\d{2}:?\d{2}$")


def read(push: Push, received_at: datetime) -> Reading:
    """Read a webhook or an answer."""
    document = mapping(json_of(push.body))
    if items(document.get("errors")):
        raise Rejected(Reason.ERROR_ANSWER, "Ship24 answers with an error")
    parcels = items(document.get("trackings")) or items(mapping(document.get("data")).get("trackings"))
    if not parcels and "trackings" not in document and "data" not in document:
        raise shapeless("no trackings")
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            _parcel(collected, need_mapping(parcel, "a tracking"), received_at)
    return collected.reading()


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    shipment = mapping(parcel.get("shipment"))
    numbers = [mapping(number).get("tn") for number in items(shipment.get("trackingNumbers"))]
    events = items(parcel.get("events"))
    promised = mapping(shipment.get("delivery")).get("estimatedDeliveryDate")
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            carrier = slug_of(NAME, first(entry, "courierCode") or "unknown")
            words, code = first(entry, "status"), first(entry, "statusCode", "statusMilestone")
            offset = first(entry, "utcOffset") or ""
            when = first(entry, "occurrenceDatetime", "datetime")
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    # One shipment may travel under several numbers; the event says under which.
                    need_waybill(
                        entry.get("trackingNumber"), mapping(parcel.get("tracker")).get("trackingNumber"), *numbers
                    ),
                    moment(
                        f"{when}{offset}" if when and _OFFSET.match(offset) else when, zone_of(carrier), received_at
                    ),
                    refine(CODES.get(code or "") or MILESTONES.get(first(entry, "statusMilestone") or ""), words),
                    code=code,
                    text=words,
                    place=first(entry, "location", limit=120),
                    promised_at=maybe(promised, zone_of(carrier)) if event is events[0] else None,
                )
            )
    if not events:
        collected.nothing_new()


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check the webhook's secret; None for any other bearer, which may be an API key of our own."""
    scheme, _, given = push.headers.get("authorization", "").partition(" ")
    return (scheme.lower() == "bearer" and matches(given, secrets, lambda secret: secret)) or None


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Put the webhook's secret beside a body."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {secret}"}
    return Push(body, headers, {}, "application/json")


FORMAT = Format(NAME, read, verify, sign)
