"""USPS: TrackV2 XML, with events in fields and with events as sentences.

Wire format: USPS Track & Confirm API. Times are local to the place of the event. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from carriers._bodies import xml_of
from carriers._countries import zone_at
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of
from carriers._times import end_of_day, placed
from carriers._values import Unreadable, first, joined, need_waybill
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "usps"
CODES = codes_of(NAME)
_DATE = r"[A-Z][a-z]{2,8} \d{1,2}, \d{4}"
_TIME = r"\d{1,2}:\d{2} ?[ap]m"
_DETAIL = re.compile(rf"^(?P<event>.{{1,200}}?), (?P<date>{_DATE})(?:, (?P<time>{_TIME}))?(?:, (?P<place>.{{1,80}}))?$")
_SUMMARY = re.compile(
    rf"^(?P<event>.{{1,200}}?) at (?P<time>{_TIME}) on (?P<date>{_DATE})(?: in (?P<place>[^.]{{1,80}}))?\.?"
)
_STATE = re.compile(r"\b([A-Z]{2}) \d{5}\b")


def read(push: Push, received_at: datetime) -> Reading:
    """Read a TrackResponse."""
    root = xml_of(push.body)
    if root.tag == "Error":
        raise Rejected(Reason.ERROR_ANSWER, f"USPS answers with error {root.findtext('Number')}")
    if root.tag != "TrackResponse":
        raise shapeless("no TrackResponse")
    collected = Collected()
    for parcel in root.iter("TrackInfo"):
        with collected.part({"ID": parcel.get("ID")}):
            waybill = need_waybill(parcel.get("ID"))
            events = [event for event in parcel if event.tag in ("TrackSummary", "TrackDetail")]
            if not events:
                collected.nothing_new()  # an Error in a TrackInfo says that nothing is known yet
            for event in events:
                entry = _entry(event)
                with collected.part(entry):
                    _event(collected, parcel, waybill, entry, event is events[0], received_at)
    return collected.reading()


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
    parcel: Element,
    waybill: str,
    event: Mapping[str, object],
    newest: bool,
    received_at: datetime,
) -> None:
    state, abroad = first(event, "EventState", limit=20), first(event, "EventCountry", limit=60)
    # USPS names foreign countries in full; their zone is not known to it either.
    zone = zone_of(NAME) if abroad else zone_at("US", state, zone_of(NAME))
    code, words = first(event, "EventCode", limit=20), first(event, "Event")
    promised = parcel.findtext("ExpectedDeliveryDate") or parcel.findtext("PredictedDeliveryDate")
    collected.add(
        scan_of(
            NAME,
            NAME,
            waybill,
            placed(_time(event), zone, received_at),
            decide(CODES, code, words),
            code=code,
            text=words,
            place=joined(event.get("EventCity"), state) or abroad,
            country=None if abroad else "US",
            service=(parcel.findtext("Class") or "")[:80] or None,
            promised_at=end_of_day(_iso(promised), zone) if newest else None,
        )
    )


def _time(event: Mapping[str, object]) -> datetime:
    date, time = first(event, "EventDate", limit=40) or "", first(event, "EventTime", limit=20) or "12:00 am"
    try:
        return datetime.strptime(f"{date} {time.replace(' ', '').upper()}", "%B %d, %Y %I:%M%p")  # noqa: DTZ007
    except ValueError as failure:
        raise Unreadable(Reason.BAD_TIME, "the time is missing or unreadable") from failure


def _iso(date: str | None) -> str | None:
    try:
        return datetime.strptime(date or "", "%B %d, %Y").date().isoformat()  # noqa: DTZ007
    except ValueError:
        return None


FORMAT = Format(NAME, read)
