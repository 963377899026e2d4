"""DHL's JSON: Shipment Tracking, Unified (one answer for all of DHL's companies), and MyDHL of Express.

Wire formats: DHL developer portal. In the first a parcel names its service, which decides whose it is and which zone
its times have where they have none; in MyDHL events carry the codes of Express and an offset.
Invariant: raises `Rejected` and nothing else. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from carriers._countries import country, zone_at
from carriers._meanings import decide, refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of, folded
from carriers._times import end_of_day, moment
from carriers._values import first, grams, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

CODES = codes_of("dhl", "unified")
EXPRESS = codes_of("dhl")


def read(document: object, received_at: datetime) -> Reading:
    """Read an answer or a push."""
    outer = mapping(document)
    if "shipments" not in outer:
        status = text(outer.get("status"), 20)
        if status == "404":
            return Reading(())  # not found: nothing is known of it yet
        if status is not None:
            raise Rejected(Reason.ERROR_ANSWER, f"DHL answers with error {status}")
        raise shapeless("no shipments")
    collected = Collected()
    for parcel in items(outer.get("shipments")):
        with collected.part(parcel):
            found = need_mapping(parcel, "a shipment")
            (_express if "shipmentTrackingNumber" in found else _parcel)(collected, found, received_at)
    return collected.reading()


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("id"))
    carrier = slug_of("dhl", first(parcel, "service", limit=60) or "express")
    details = mapping(parcel.get("details"))
    weight = mapping(details.get("weight"))
    frame = mapping(parcel.get("estimatedDeliveryTimeFrame"))
    promised = first(frame, "estimatedThrough") or first(parcel, "estimatedTimeOfDelivery")
    events = items(parcel.get("events")) or items(parcel.get("status"))
    if not events:
        collected.nothing_new()
    newest = max((first(mapping(event), "timestamp") or "" for event in events), default="")
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            place = mapping(mapping(entry.get("location")).get("address"))
            where = country(text(place.get("countryCode"), 3))
            zone = zone_at(where, None, zone_of(carrier))
            told, remark = first(entry, "description", "status"), first(entry, "remark")
            words = told if remark in (None, told) else joined(told, remark, by=" - ")
            state = first(entry, "statusCode", limit=40)
            code = joined(state, first(entry, "statusDetailed", "status", limit=60), by=".")
            when = first(entry, "timestamp")
            collected.add(
                scan_of(
                    "dhl",
                    carrier,
                    waybill,
                    moment(when, zone, received_at),
                    refine(CODES.get(folded(state or "")), words),
                    code=code,
                    text=words,
                    place=first(place, "addressLocality", limit=120),
                    country=where,
                    service=first(mapping(details.get("product")), "productName", limit=80),
                    weight_g=grams(weight.get("value"), weight.get("unitText")),
                    promised_at=end_of_day(promised, zone) if when == newest else None,
                )
            )


def _express(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("shipmentTrackingNumber"))
    weight_g = grams(parcel.get("totalWeight"), "lb" if parcel.get("unitOfMeasurements") == "imperial" else "kg")
    events = items(parcel.get("events"))
    if not events:
        collected.nothing_new()
    stamps = [joined(mapping(event).get("date"), mapping(event).get("time"), by="T") or "" for event in events]
    newest = max(stamps, default="")
    promised = end_of_day(parcel.get("estimatedDeliveryDate"), zone_of("dhl"))
    for event, stamp in zip(events, stamps, strict=True):
        with collected.part(event):
            entry = need_mapping(event, "an event")
            area = mapping(next(iter(items(entry.get("serviceArea"))), None))
            city, _, where = (first(area, "description", limit=120) or "").rpartition("-")
            code, words = first(entry, "typeCode", limit=20), first(entry, "description")
            collected.add(
                scan_of(
                    "dhl",
                    "dhl",
                    waybill,
                    moment(f"{stamp}{first(entry, 'GMTOffset', limit=6) or ''}", zone_of("dhl"), received_at),
                    decide(EXPRESS, code, words),
                    code=code,
                    text=words,
                    facility=first(area, "code", limit=20),
                    place=city or None,
                    country=country(where) if len(where) in (2, 3) else None,
                    weight_g=weight_g,
                    promised_at=promised if stamp == newest else None,
                )
            )
