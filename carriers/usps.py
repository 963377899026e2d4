"""USPS: the Tracking API's JSON (v3), and TrackV2 XML with events in fields and with events as sentences.

Wire formats: USPS developer portal; Track & Confirm API. Times are local to the place of the event, in JSON with their
UTC beside them. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from datetime import time as clock
from functools import lru_cache
from xml.etree.ElementTree import Element

from carriers import usps_json
from carriers._bodies import json_of, looks_like, xml_of
from carriers._countries import country_named, state_in, zone_at
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of
from carriers._times import Moment, end_of_day, moment, placed, with_local
from carriers._values import Unreadable, first, joined, need_mapping, need_waybill
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of
from carriers.usps_json import Parcel

NAME = "usps"
CODES = codes_of(NAME)
_DATE = r"[A-Z][a-z]{2,8} \d{1,2}, \d{4}"
_TIME = r"\d{1,2}:\d{2} ?[ap]m"
_DETAIL = re.compile(rf"^(?P<event>.{{1,200}}?), (?P<date>{_DATE})(?:, (?P<time>{_TIME}))?(?:, (?P<place>.{{1,80}}))?$")
_SUMMARY = re.compile(
    rf"^(?P<event>.{{1,200}}?) at (?P<time>{_TIME}) on (?P<date>{_DATE})(?: in (?P<place>[^.]{{1,80}}))?\.?"
)
_STATE = re.compile(r"\b([A-Z]{2}) \d{5}\b")
_NO_RECORD = re.compile(r"\bno record of\b|could not locate|not (?:yet )?available", re.IGNORECASE)


def read(push: Push, received_at: datetime) -> Reading:
    """Read an answer in JSON or XML."""
    collected = Collected()
    parcels: Iterable[Parcel] = (
        _of_xml(xml_of(push.body)) if looks_like(push.body, b"<") else usps_json.parcels(json_of(push.body))
    )
    for parcel, events in parcels:
        with collected.part({"waybill": parcel["waybill"]}):
            waybill = need_waybill(parcel["waybill"])
            if not events:
                collected.nothing_new()  # an Error in a TrackInfo says that nothing is known yet
            for event in events:
                with collected.part(event):
                    _event(collected, parcel, waybill, need_mapping(event, "an event"), event is events[0], received_at)
    return collected.reading()


def _of_xml(root: Element) -> Iterable[Parcel]:
    if root.tag == "Error":
        raise Rejected(Reason.ERROR_ANSWER, f"USPS answers with error {root.findtext('Number')}")
    if root.tag != "TrackResponse":
        raise shapeless("no TrackResponse")
    return (
        (
            {
                "waybill": parcel.get("ID"),
                "service": parcel.findtext("Class"),
                "promised": _iso(parcel.findtext("ExpectedDeliveryDate") or parcel.findtext("PredictedDeliveryDate")),
            },
            [_entry(event) for event in parcel if event.tag in ("TrackSummary", "TrackDetail") and _is_event(event)],
        )
        for parcel in root.iter("TrackInfo")
    )


def _is_event(event: Element) -> bool:
    """Say whether an entry tells of the parcel, and not that nothing is known of it."""
    return len(event) > 0 or not _NO_RECORD.search(event.text or "")


def _entry(event: Element) -> Mapping[str, object]:
    if len(event):
        return {child.tag: child.text for child in event}
    sentence = " ".join((event.text or "").split())[:400]
    found = _SUMMARY.match(sentence) or _DETAIL.match(sentence)
    parts = found.groupdict() if found else {}
    state = _STATE.search(parts.get("place") or "")
    return {
        "Event": parts.get("event") or sentence,
        "EventDate": parts.get("date"),
        "EventTime": parts.get("time"),
        "EventCity": (parts.get("place") or "").partition(",")[0],
        "EventState": state[1] if state else None,
    }


def _event(
    collected: Collected,
    parcel: Mapping[str, object],
    waybill: str,
    event: Mapping[str, object],
    newest: bool,
    received_at: datetime,
) -> None:
    state = first(event, "EventState", "eventState", limit=20)
    abroad = first(event, "EventCountry", "eventCountry", limit=60)
    abroad = None if abroad in ("US", "USA", "UNITED STATES") else abroad
    where = country_named(abroad) if abroad else "US"
    # The great facilities carry their state in their name.
    zone = zone_at(where, state or (None if abroad else state_in(_city(event))), zone_of(NAME))
    code, words = first(event, "EventCode", "eventCode", limit=20), first(event, "Event", "eventType")
    collected.add(
        scan_of(
            NAME,
            NAME,
            waybill,
            _moment(event, zone, received_at),
            decide(CODES, code, words),
            code=code,
            text=words,
            place=joined(_city(event), state) or abroad,
            country=where,
            service=first(parcel, "service", limit=80),
            promised_at=end_of_day(parcel["promised"], zone) if newest else None,
        )
    )


def _city(event: Mapping[str, object]) -> str | None:
    return first(event, "EventCity", "eventCity", limit=80)


def _moment(event: Mapping[str, object], zone: str, received_at: datetime) -> Moment:
    if world := event.get("GMTTimestamp"):
        return with_local(world, event.get("eventTimestamp"), "UTC", received_at)
    if "eventTimestamp" in event:
        return moment(event["eventTimestamp"], zone, received_at)
    return placed(_time(event), zone, received_at)


def _time(event: Mapping[str, object]) -> datetime:
    day, time = first(event, "EventDate", limit=40) or "", first(event, "EventTime", limit=20) or "12:00 am"
    try:
        return datetime.combine(_day(day), _clock(time.replace(" ", "").upper()))
    except ValueError as failure:
        raise Unreadable(Reason.BAD_TIME, "the time is missing or unreadable") from failure


@lru_cache(maxsize=1024)
def _day(written: str) -> date:
    return datetime.strptime(written, "%B %d, %Y").date()  # noqa: DTZ007  a day has no zone


@lru_cache(maxsize=2048)
def _clock(written: str) -> clock:
    return datetime.strptime(written, "%I:%M%p").time()  # noqa: DTZ007  the caller places it


def _iso(written: str | None) -> str | None:
    try:
        return _day(written or "").isoformat()
    except ValueError:
        return None


FORMAT = Format(NAME, read)
