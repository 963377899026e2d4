"""DHL: its JSON answers (in `dhl_json`), Express's XML TrackingResponse, and the older ECommerce answer.

Wire formats: DHL developer portal; DHL XML Services, tracking. Times in XML are local to the service area, which is
named with its country ("Milan - Italy", "HONG KONG-HKG", "VAN NUYS,CA-USA"). No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from carriers import dhl_json
from carriers._bodies import json_of, looks_like, xml_of
from carriers._countries import country_named, zone_at
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Codes, codes_of
from carriers._times import moment
from carriers._values import grams, joined, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of
from core.scan import Scan

NAME = "dhl"
CODES = codes_of(NAME)
OLDER = {**CODES, **codes_of(NAME, "older")}
_AREA = re.compile(r"^(?P<city>.*?)(?:,\s?(?P<state>[A-Z]{2}))?(?: - |-)(?P<country>[^-]+)$")
_NOT_FOUND = "no shipments found"

Parcel = tuple[str | None, int | None, Sequence[Mapping[str, str | None]], Codes]
"""Waybill, grams, events, and what their codes mean."""


def read(push: Push, received_at: datetime) -> Reading:
    """Read an answer in JSON or XML."""
    if not looks_like(push.body, b"<"):
        return dhl_json.read(json_of(push.body), received_at)
    root = xml_of(push.body)
    if root.tag not in ("TrackingResponse", "ECommerce", "ShipmentTrackingErrorResponse", "ErrorResponse"):
        raise shapeless("no TrackingResponse")
    if root.find(".//AWBInfo") is None and root.find(".//Shipment") is None:
        code = text(root.findtext(".//ConditionCode") or root.findtext(".//Code"), 40)
        raise Rejected(Reason.ERROR_ANSWER, f"DHL answers with error {code}")
    collected = Collected()
    parcels = itertools.chain(map(_of_awb, root.iter("AWBInfo")), map(_of_track, root.iter("Shipment")))
    for waybill, weight_g, events, codes in parcels:
        with collected.part({"waybill": waybill}):
            if not waybill and not events and _NOT_FOUND in (root.findtext(".//ActionStatus") or "").lower():
                collected.nothing_new()  # the number that was asked for is not even repeated
                continue
            found = need_waybill(waybill)
            if not events:
                collected.nothing_new()
            for event in events:
                with collected.part(event):
                    collected.add(_scan(found, weight_g, event, codes, received_at))
    return collected.reading()


def _scan(
    waybill: str, weight_g: int | None, event: Mapping[str, str | None], codes: Codes, received_at: datetime
) -> Scan:
    code, words = text(event["code"], 20), text(event["words"])
    where = country_named(event["country"]) or ("US" if event["state"] else None)
    return scan_of(
        NAME,
        NAME,
        waybill,
        moment(
            joined(event["date"], event["time"], by=" "), zone_at(where, event["state"], zone_of(NAME)), received_at
        ),
        decide(codes, code, words),
        code=code,
        text=words,
        facility=text(event["station"], 20),
        place=joined(event["city"], event["state"]),
        country=where,
        weight_g=weight_g,
    )


def _of_awb(parcel: Element) -> Parcel:
    events: list[Mapping[str, str | None]] = []
    for event in parcel.iter("ShipmentEvent"):
        area = _line(event, "ServiceArea/Description") or ""
        place = found.groupdict() if (found := _AREA.match(area)) else {"city": area}
        events.append(
            {
                "date": event.findtext("Date"),
                "time": event.findtext("Time"),
                "code": event.findtext("ServiceEvent/EventCode"),
                "words": _line(event, "ServiceEvent/Description"),
                "station": event.findtext("ServiceArea/ServiceAreaCode"),
                "city": place["city"],
                "state": place.get("state"),
                "country": place.get("country"),
            }
        )
    weight = grams(parcel.findtext("ShipmentInfo/Weight"), parcel.findtext("ShipmentInfo/WeightUnit"))
    return parcel.findtext("AWBNumber"), weight, events, CODES


def _of_track(parcel: Element) -> Parcel:
    events: list[Mapping[str, str | None]] = []
    for event in parcel.iter("Status"):
        place = event.find("Location")
        events.append(
            {
                "date": event.findtext("Date"),
                "time": event.findtext("Time"),
                "code": event.findtext("Disposition"),
                "words": _line(event, "StatusDesc"),
                "station": None if place is None else place.get("abf_station_id"),
                "city": _line(event, "Location/City"),
                "state": _line(event, "Location/State"),
                "country": _line(event, "Location/Country"),
            }
        )
    return parcel.findtext("TrackingNbr"), None, events, OLDER


def _line(event: Element, path: str) -> str | None:
    return " ".join((event.findtext(path) or "").split()) or None


FORMAT = Format(NAME, read)
