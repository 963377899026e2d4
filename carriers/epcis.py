"""GS1 EPCIS 2.0 in JSON-LD: captured documents, query answers, and single events.

An event names what it saw by EPC URN or GS1 Digital Link; each of these becomes a waybill, logistic units and
consignments by their bare number. EPCIS knows no carriers: the query `?carrier=` of the address names one, else it is
`gs1`. An event with an error declaration says that the event with its id never happened: the scan made of it retracts
that one. No signature. Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from carriers._bodies import json_of
from carriers._gs1 import place_of, waybill_of, word_of
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of
from carriers._times import Moment, moment, offset_zone, placed
from carriers._values import Unreadable, first, items, mapping, need_mapping, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import carrier_slug, zone_of
from core.scan import Milestone, Scan, scan_id_of

NAME = "epcis"
CODES = codes_of(NAME)
DISPOSITIONS = codes_of(NAME, "dispositions")
_UNITS = ("epcList", "childEPCs", "outputEPCList", "inputEPCList")
_CLASSES = ("quantityList", "childQuantityList", "outputQuantityList", "inputQuantityList")


def read(push: Push, received_at: datetime) -> Reading:
    """Read a document, the answer to a query, or one event."""
    raw = json_of(push.body)
    document = mapping(raw)
    if word_of(document.get("type")).endswith("exception"):
        raise Rejected(Reason.ERROR_ANSWER, "the EPCIS repository answers with an error")
    body = mapping(document.get("epcisBody"))
    results = mapping(mapping(body.get("queryResults")).get("resultsBody"))
    lists = [one for one in (body.get("eventList"), body.get("event"), results.get("eventList")) if one is not None]
    events = [event for one in lists for event in items(one)] or [
        one for one in items(raw) if "eventTime" in mapping(one)
    ]
    if not events and not lists:
        raise shapeless("neither epcisBody with events nor an event")
    carrier = carrier_slug(push.query.get("carrier", "")) or "gs1"
    collected = Collected()
    for event in events:
        with collected.part(event):
            for scan in _event(carrier, need_mapping(event, "an event"), received_at):
                collected.add(scan)
    return collected.reading()


def _event(carrier: str, event: Mapping[str, object], received_at: datetime) -> Iterator[Scan]:
    seen = list(dict.fromkeys(waybill_of(one) for one in dict.fromkeys(_identifiers(event))))
    if not seen:
        raise Unreadable(Reason.NO_WAYBILL, "the event names no object")
    when = _moment(event.get("eventTime"), event, carrier, received_at)
    step, disposition = word_of(event.get("bizStep")), word_of(event.get("disposition"))
    meaning = DISPOSITIONS.get(disposition) or CODES.get(step) or Meaning(Milestone.UNKNOWN)
    code = ".".join(word for word in (step, disposition) if word) or None
    here = place_of(event.get("readPoint")) or place_of(event.get("bizLocation"))
    identity = first(event, "eventID", limit=200)
    error = mapping(event.get("errorDeclaration"))
    box = _container(event)
    for waybill in seen:
        scan = scan_of(
            NAME,
            carrier,
            waybill,
            when,
            meaning,
            code=code,
            facility=here,
            facility_to=_destination(event),
            container=None if waybill == box else box,
        )
        # Only its id tells an event from the corrected one, which may differ in what no scan holds.
        scan_id = scan_id_of(carrier, waybill, when.at, code, identity, here)
        if not error:
            yield msgspec.structs.replace(scan, scan_id=scan_id)
            continue
        declared = _moment(error.get("declarationTime") or event.get("eventTime"), event, carrier, received_at)
        reason = f"retracted.{word_of(error.get('reason')) or 'error'}"
        # "Pending" says nothing of the parcel, so that a reader who knows no retractions is not misled.
        gone = scan_of(NAME, carrier, waybill, declared, Meaning(Milestone.PENDING), code=reason, text=identity)
        yield msgspec.structs.replace(
            gone, scan_id=scan_id_of(carrier, waybill, declared.at, reason, scan_id, None), retracts=scan_id
        )


def _identifiers(event: Mapping[str, object]) -> Iterator[str]:
    units = [found for name in _UNITS for found in _list(event.get(name))]
    if parent := text(event.get("parentID"), 400):
        units.append(parent)
    for one in units or [mapping(part).get("epcClass") for name in _CLASSES for part in items(event.get(name))]:
        if found := text(one, 400):
            yield found


def _container(event: Mapping[str, object]) -> str | None:
    """Give what the children travel in; nothing, where they are taken out of it."""
    parent = text(event.get("parentID"), 400)
    return waybill_of(parent) if parent and event.get("action") != "DELETE" else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _destination(event: Mapping[str, object]) -> str | None:
    ends = [mapping(one) for one in items(event.get("destinationList"))]
    return next(
        (place_of(end.get("destination")) for end in ends if word_of(end.get("type")).endswith("location")), None
    )


def _moment(value: object, event: Mapping[str, object], carrier: str, received_at: datetime) -> Moment:
    when = moment(value, zone_of(carrier), received_at)
    offset = text(event.get("eventTimeZoneOffset"), 6)
    try:
        return placed(when.at.astimezone(offset_zone(offset or "")), "UTC", received_at)
    except (ValueError, OverflowError):
        return when


FORMAT = Format(NAME, read)
