"""Ship24: the webhook and the tracking answers of its API (JSON).

Wire format: Ship24 tracking API. A webhook carries its account's secret as `Authorization: Bearer …`, and nothing is
signed (Ship24 documentation, webhooks, authentication). Times are local to where the event was.
One tracker is one parcel, though its events may name several couriers and numbers: the waybill is the tracker's, the
carrier the one that it was asked of, else the one that its number belongs to, else the first to have it; where another
courier scanned it, that is the facility.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import zone_in
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches
from carriers._tables import codes_of
from carriers._times import maybe, moment
from carriers._values import Unreadable, first, items, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import display_name, slug_of, zone_of

NAME = "ship24"
CODES = codes_of(NAME)
MILESTONES = codes_of(NAME, "milestones")
_POSTAL = re.compile(r"^[A-Z]{2}\d{9}([A-Z]{2})$")  # the country of a number of the Universal Postal Union
_USPS = re.compile(r"^9[1-5]\d{20}$")
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
    shipment, tracker = mapping(parcel.get("shipment")), mapping(parcel.get("tracker"))
    events = items(parcel.get("events"))
    told = [mapping(event).get("trackingNumber") for event in events]
    numbers = [mapping(number).get("tn") for number in items(shipment.get("trackingNumbers"))]
    if not events and not numbers and not tracker:
        raise Unreadable(Reason.NO_WAYBILL, "the tracking has no number")
    waybill = need_waybill(tracker.get("trackingNumber"), *numbers, *told)
    main = _main(tracker, waybill, events)
    carrier = slug_of(NAME, main)
    promised = mapping(shipment.get("delivery")).get("estimatedDeliveryDate")
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            courier = first(entry, "courierCode", limit=80) or main
            words, code = first(entry, "status"), first(entry, "statusCode", "statusMilestone")
            offset = first(entry, "utcOffset") or ""
            when = first(entry, "occurrenceDatetime", "datetime")
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(
                        f"{when}{offset}" if when and _OFFSET.match(offset) else when,
                        zone_in(first(entry, "location", limit=120), zone_of(slug_of(NAME, courier))),
                        received_at,
                    ),
                    refine(CODES.get(code or "") or MILESTONES.get(first(entry, "statusMilestone") or ""), words),
                    code=code,
                    text=words,
                    facility=None if courier == main else display_name(slug_of(NAME, courier), "en"),
                    place=first(entry, "location", limit=120),
                    promised_at=maybe(promised, zone_of(carrier)) if event is events[0] else None,
                )
            )
    if not events:
        collected.nothing_new()


def _main(tracker: Mapping[str, object], waybill: str, events: Sequence[object]) -> str:
    asked = tracker.get("courierCode")
    for one in asked if isinstance(asked, list) else [asked]:
        if found := text(one, 80):
            return found
    # Pushes bring the newest events only, so what decides must not depend on which events are there.
    if postal := _POSTAL.match(waybill):
        return f"{postal[1].lower()}-post"
    if _USPS.match(waybill):
        return "us-post"
    oldest = min(events, key=lambda event: first(mapping(event), "occurrenceDatetime", "datetime") or "~", default=None)
    return first(mapping(oldest), "courierCode", limit=80) or "unknown"


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check the webhook's secret; None for any other bearer, which may be an API key of our own."""
    scheme, _, given = push.headers.get("authorization", "").partition(" ")
    return (scheme.lower() == "bearer" and matches(given, secrets, lambda secret: secret)) or None


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Put the webhook's secret beside a body."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {secret}"}
    return Push(body, headers, {}, "application/json")


FORMAT = Format(NAME, read, verify, sign)
