"""UPS: Track Alert (JSON push), the Tracking API's answer (JSON), and the older Track and Quantum View XML.

A Track Alert carries the subscriber's own secret in the header `credential` (UPS Track Alert API, destination of a
subscription); the rest: unsigned.
Times are local with their UTC beside them in the newer JSON; in XML they are local to the place of the activity.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from carriers import ups_xml
from carriers._bodies import json_of, looks_like, xml_of
from carriers._countries import country, zone_at
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches
from carriers._tables import Meaning, codes_of, folded
from carriers._times import Moment, end_of_day, moment, placed
from carriers._values import first, grams, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "ups"
CODES = codes_of(NAME)
TYPES = codes_of(NAME, "types")
ACTIVITIES = codes_of(NAME, "activities")
HEADER = "credential"


def read(push: Push, received_at: datetime) -> Reading:
    """Read an alert, or an answer in JSON or XML."""
    collected = Collected()
    if looks_like(push.body, b"<"):
        parcels = ups_xml.parcels(xml_of(push.body))
    else:
        parcels = _parcels(json_of(push.body))
    for parcel in parcels:
        with collected.part(parcel):
            _parcel(collected, parcel, received_at)
    return collected.reading()


def _parcels(document: object) -> list[Mapping[str, object]]:
    found = mapping(document)
    if mapping(found.get("response")).get("errors"):
        raise Rejected(Reason.ERROR_ANSWER, "UPS answers with an error")
    if answer := mapping(found.get("trackResponse")):
        shipments = [mapping(shipment) for shipment in items(answer.get("shipment"))]
        return [
            {"service": shipment.get("service"), **mapping(package)}
            for shipment in shipments
            for package in items(shipment.get("package"))
        ]
    alerts = [mapping(alert) for alert in items(document) if "activityStatus" in mapping(alert)]
    if not alerts:
        raise shapeless("neither a track alert nor a trackResponse")
    return [
        {
            "trackingNumber": alert.get("trackingNumber") or alert.get("trackNumber"),
            "activity": [{**alert, "status": alert.get("activityStatus")}],
            "scheduledDeliveryDate": alert.get("scheduledDeliveryDate"),
        }
        for alert in alerts
    ]


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("trackingNumber"))
    weight = mapping(parcel.get("weight"))
    at_door = text(mapping(parcel.get("deliveryInformation")).get("location"), 80)
    activities = items(parcel.get("activity"))
    if not activities:
        collected.nothing_new()
    promised_at = end_of_day(_promise(parcel), zone_of(NAME))
    service = text(mapping(parcel.get("service")).get("description"), 80)
    weight_g = grams(weight.get("weight"), weight.get("unitOfMeasurement"))
    for nth, item in enumerate(activities):
        with collected.part(item):
            activity = need_mapping(item, "an activity")
            status = mapping(activity.get("status"))
            address = mapping(mapping(activity.get("location")).get("address")) or mapping(
                activity.get("activityLocation")
            )
            where = country(first(address, "countryCode", "country", limit=3))
            state = first(address, "stateProvince", "stateProvinceCode", limit=20)
            kind, code = text(status.get("type")), text(status.get("code"))
            number = first(status, "statusCode", "descriptionCode")
            words = text(status.get("description"))
            left_at = text(activity.get("left_at"), 80) or (at_door if kind == "D" else None)
            collected.add(
                scan_of(
                    NAME,
                    NAME,
                    waybill,
                    _moment(activity, zone_at(where, state, zone_of(NAME)), received_at),
                    refine(_coded(kind, code, number), joined(words, left_at, by=" - ")),
                    code=joined(kind, code, number, by="."),
                    text=joined(words, left_at, by=" - ") if left_at else words,
                    place=joined(address.get("city"), state),
                    country=where,
                    service=service,
                    weight_g=weight_g,
                    promised_at=promised_at if nth == 0 else None,
                )
            )


def _coded(kind: str | None, code: str | None, number: str | None) -> Meaning | None:
    known = ACTIVITIES.get(folded(f"{kind}.{code}"))
    numbered = CODES.get(folded(number.lstrip("0") or "0")) if number else None
    typed = TYPES.get(folded(kind)) if kind else None
    # Delivered is delivered, whatever finer code a carrier puts beside it.
    return typed if kind == "D" else known or numbered or typed


def _promise(parcel: Mapping[str, object]) -> str | None:
    for date in items(parcel.get("deliveryDate")):
        if text(mapping(date).get("type")) in ("RDD", "SDD"):
            return text(mapping(date).get("date"))
    return text(parcel.get("scheduledDeliveryDate"))


def _moment(activity: Mapping[str, object], zone: str, received_at: datetime) -> Moment:
    local = _stamp(first(activity, "localActivityDate", "date"), first(activity, "localActivityTime", "time"))
    world = _stamp(first(activity, "gmtActivityDate", "gmtDate"), first(activity, "gmtActivityTime", "gmtTime"))
    if world is None or local is None or len(world) != 14 or len(local) != 14:
        told = first(activity, "gmtOffset", limit=6)
        return moment(_with(local, told) if local and len(local) == 14 and told else local or world, zone, received_at)
    here, there = moment(local, "UTC", received_at), moment(world, "UTC", received_at)
    offset = here.at - there.at
    if abs(offset) > timedelta(hours=15):
        return moment(local, zone, received_at)
    return placed(there.at.astimezone(timezone(offset)), "UTC", received_at)


def _with(local: str, offset: str) -> str:
    return f"{local[:4]}-{local[4:6]}-{local[6:8]}T{local[8:10]}:{local[10:12]}:{local[12:14]}{offset}"


def _stamp(date: str | None, time: str | None) -> str | None:
    written = f"{date or ''}{time or ''}"
    return written if written.isdigit() else "".join(filter(str.isdigit, written)) or None


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check the header `credential`, which is the secret itself; None where there is none."""
    given = push.headers.get(HEADER, "")
    return matches(given, secrets, lambda secret: secret) if given else None


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Put the subscriber's secret beside a body."""
    kind = "application/xml" if looks_like(body, b"<") else "application/json"
    return Push(body, {"content-type": kind, HEADER: secret}, {}, kind)


FORMAT = Format(NAME, read, verify, sign)
