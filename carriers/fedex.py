"""FedEx: the Track API's answer (JSON, v1) and the older TrackReply (XML, web services v4 to v18).

Wire formats: FedEx developer documentation. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from carriers._bodies import json_of, looks_like, xml_of
from carriers._countries import country, zone_at
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of
from carriers._times import end_of_day, moment
from carriers._values import Unreadable, first, grams, items, joined, mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "fedex"
CODES = codes_of(NAME)
# "Nothing received yet" and "not found" are no errors of a question: the parcel is only unknown so far.
_UNKNOWN_YET = ("9040", "9041", "TRACKING.TRACKINGNUMBER.NOTFOUND")

Parcel = tuple[Mapping[str, object], list[Mapping[str, object]]]


def read(push: Push, received_at: datetime) -> Reading:
    """Read an answer in JSON or XML."""
    collected = Collected()
    parcels = _of_xml(xml_of(push.body)) if looks_like(push.body, b"<") else _of_json(mapping(json_of(push.body)))
    for parcel, events in parcels:
        with collected.part(parcel):
            if (error := first(parcel, "error")) and not events:
                if error not in _UNKNOWN_YET:
                    raise Unreadable(Reason.ERROR_ANSWER, f"FedEx answers with error {error[:40]}")
                collected.nothing_new()
            elif not events:
                collected.nothing_new()
            else:
                waybill = need_waybill(parcel.get("waybill"))
                for event in events:
                    with collected.part(event):
                        _event(collected, parcel, waybill, event, event is events[0], received_at)
    return collected.reading()


def _event(
    collected: Collected,
    parcel: Mapping[str, object],
    waybill: str,
    event: Mapping[str, object],
    newest: bool,
    received_at: datetime,
) -> None:
    where, state = country(first(event, "country")), first(event, "state", limit=20)
    zone = zone_at(where, state, zone_of(NAME))
    words = joined(event.get("description"), event.get("exception"), by=" - ")
    code = joined(event.get("type"), event.get("exception_code"), by=".")
    collected.add(
        scan_of(
            NAME,
            NAME,
            waybill,
            moment(event.get("time"), zone, received_at),
            decide(CODES, first(event, "type"), words),
            code=code,
            text=words,
            place=joined(event.get("city"), state),
            country=where,
            service=first(parcel, "service", limit=80),
            weight_g=grams(parcel.get("weight"), parcel.get("unit")),
            promised_at=end_of_day(parcel.get("promised"), zone) if newest else None,
        )
    )


def _of_xml(root: Element) -> Iterator[Parcel]:
    if root.tag == "Envelope" and (inner := root.find("Body/TrackReply")) is not None:
        root = inner
    if root.tag != "TrackReply":
        raise shapeless("no TrackReply")
    if root.findtext("HighestSeverity") in ("ERROR", "FAILURE") and root.find(".//TrackDetails") is None:
        raise Rejected(Reason.ERROR_ANSWER, f"FedEx answers with error {root.findtext('Notifications/Code')}")
    for batch in root.iter("CompletedTrackDetails"):
        if batch.find("TrackDetails") is None and batch.findtext("HighestSeverity") in ("ERROR", "FAILURE"):
            yield {"error": batch.findtext("Notifications/Code")}, []
    for parcel in root.iter("TrackDetails"):
        severity, code = parcel.findtext("Notification/Severity"), parcel.findtext("Notification/Code")
        latest = parcel.find("StatusDetail")
        events = [_xml_event(event) for event in parcel.findall("Events")]
        if not events and latest is not None and latest.findtext("Code"):
            events = [_xml_event(latest)]
        elif not events and parcel.findtext("StatusCode") and parcel.findtext("ActualDeliveryTimestamp"):
            events = [_xml_event(parcel)]
        yield (
            {
                "waybill": parcel.findtext("TrackingNumber"),
                "error": code if severity in ("ERROR", "FAILURE") else None,
                "service": parcel.findtext("Service/Description") or parcel.findtext("ServiceInfo"),
                "weight": parcel.findtext("PackageWeight/Value"),
                "unit": parcel.findtext("PackageWeight/Units"),
                "promised": parcel.findtext("EstimatedDeliveryTimestamp"),
            },
            events,
        )


def _xml_event(event: Element) -> Mapping[str, object]:
    found = event.find("Address")
    address = found if found is not None else event.find("Location")
    return {
        "time": event.findtext("Timestamp")
        or event.findtext("CreationTime")
        or event.findtext("ActualDeliveryTimestamp"),
        "type": event.findtext("EventType") or event.findtext("Code") or event.findtext("StatusCode"),
        "description": event.findtext("EventDescription")
        or event.findtext("Description")
        or event.findtext("StatusDescription"),
        "exception": event.findtext("StatusExceptionDescription")
        or event.findtext("AncillaryDetails/ReasonDescription"),
        "exception_code": event.findtext("StatusExceptionCode") or event.findtext("AncillaryDetails/Reason"),
        "city": None if address is None else address.findtext("City"),
        "state": None if address is None else address.findtext("StateOrProvinceCode"),
        "country": None if address is None else address.findtext("CountryCode"),
    }


def _of_json(document: Mapping[str, object]) -> Iterator[Parcel]:
    output = mapping(document.get("output"))
    if not output and items(document.get("errors")):
        error = text(mapping(items(document.get("errors"))[0]).get("code"), 40)
        raise Rejected(Reason.ERROR_ANSWER, f"FedEx answers with error {error}")
    if "completeTrackResults" not in output:
        raise shapeless("no completeTrackResults")
    for complete in items(output.get("completeTrackResults")):
        for result in items(mapping(complete).get("trackResults")):
            parcel = mapping(result)
            number = mapping(parcel.get("trackingNumberInfo")).get("trackingNumber")
            weights = items(mapping(mapping(parcel.get("packageDetails")).get("weightAndDimensions")).get("weight"))
            weight = mapping(weights[0]) if weights else {}
            dates = {
                text(mapping(date).get("type")): mapping(date).get("dateTime")
                for date in items(parcel.get("dateAndTimes"))
            }
            yield (
                {
                    "waybill": number or mapping(complete).get("trackingNumber"),
                    "error": mapping(parcel.get("error")).get("code"),
                    "service": mapping(parcel.get("serviceDetail")).get("description"),
                    "weight": weight.get("value"),
                    "unit": weight.get("unit"),
                    "promised": dates.get("ESTIMATED_DELIVERY"),
                },
                [_json_event(mapping(event)) for event in items(parcel.get("scanEvents"))],
            )


def _json_event(event: Mapping[str, object]) -> Mapping[str, object]:
    address = mapping(event.get("scanLocation"))
    return {
        "time": event.get("date"),
        "type": event.get("eventType") or event.get("derivedStatusCode"),
        "description": event.get("eventDescription") or event.get("derivedStatus"),
        "exception": event.get("exceptionDescription"),
        "exception_code": event.get("exceptionCode"),
        "city": address.get("city"),
        "state": address.get("stateOrProvinceCode"),
        "country": address.get("countryCode"),
    }


FORMAT = Format(NAME, read)
