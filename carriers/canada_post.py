"""Canada Post: the tracking-detail XML, in English and French.

Wire format: Canada Post tracking web service (get tracking details). Times carry a zone abbreviation. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element

from carriers._bodies import xml_of
from carriers._countries import offset_of, zone_at
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of
from carriers._times import end_of_day, moment
from carriers._values import joined, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "canada_post"
CODES = codes_of(NAME)
# "No Pin History": the number is right, and nothing is known of it yet.
_UNKNOWN_YET = "004"
_ROOTS = ("tracking-detail", "messages")


def read(push: Push, received_at: datetime) -> Reading:
    """Read tracking details, or the messages sent in their place."""
    root = xml_of(push.body)
    if root.tag not in _ROOTS:  # a client's own wrapper around the one document
        root = next((found for tag in _ROOTS if (found := root.find(tag)) is not None), root)
    if root.tag == "messages":
        code = text(root.findtext("message/code"), 20)
        if code == _UNKNOWN_YET:
            return Reading(())
        raise Rejected(Reason.ERROR_ANSWER, f"Canada Post answers with error {code}")
    if root.tag != "tracking-detail":
        raise shapeless("no tracking-detail")
    collected = Collected()
    events = list(root.iter("occurrence"))
    with collected.part({"pin": root.findtext("pin")}):
        waybill = need_waybill(root.findtext("pin"), root.findtext("dnc"))
        for event in events:
            with collected.part({child.tag: child.text for child in event}):
                _event(collected, root, waybill, event, event is events[0], received_at)
    return collected.reading()


def _event(
    collected: Collected, parcel: Element, waybill: str, event: Element, newest: bool, received_at: datetime
) -> None:
    code = text(event.findtext("event-identifier"), 20)
    words = " ".join((event.findtext("event-description") or "").split()) or None
    province = text(event.findtext("event-province"), 20)
    zone = zone_at("CA", province, zone_of(NAME))
    when = joined(event.findtext("event-date"), event.findtext("event-time") or "00:00:00", by=" ")
    offset = offset_of(event.findtext("event-time-zone"))
    promised = parcel.findtext("changed-expected-date") or parcel.findtext("expected-delivery-date")
    collected.add(
        scan_of(
            NAME,
            NAME,
            waybill,
            moment(f"{when}{offset}" if when and offset else when, zone, received_at),
            decide(CODES, code.zfill(4) if code else None, words),
            code=code,
            text=text(words),
            facility=text(event.findtext("event-retail-name"), 120),
            place=joined(event.findtext("event-site"), province),
            country="CA" if province else None,
            service=text(parcel.findtext("service-name"), 80),
            promised_at=end_of_day(promised, zone) if newest else None,
        )
    )


FORMAT = Format(NAME, read)
