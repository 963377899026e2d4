"""DPD: the parcel life cycle, as the JSON of its tracking and as the SOAP answer getTrackingData (in `dpd_soap`).

JSON: the scans that it lists or, without them, the dated steps of its status bar; SOAP has the steps only. Times are
local to the depot, whose country stands in brackets after its town. A SOAP answer does not repeat the number that was
asked for: the query `?waybill=` of the address names it. No signature.
Wire formats: DPD parcel life cycle service; ParcelLifeCycleService 2.0.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from carriers import dpd_soap
from carriers._bodies import json_of, looks_like, xml_of
from carriers._countries import country, zone_at
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded
from carriers._times import moment
from carriers._values import first, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "dpd"
CODES = codes_of(NAME)
STATUSES = codes_of(NAME, "statuses")
_NUMBER = re.compile(r"(?:^|_)0*(\d{1,3})(?:_|$)")
_COUNTRY = re.compile(r"\(([A-Z]{2})\)\s*$")
_GERMAN = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4}),?\s*(\d{1,2}:\d{2})?")
_AMERICAN = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}:\d{2}) ([AP])M$")


def read(push: Push, received_at: datetime) -> Reading:
    """Read one parcel's life cycle."""
    if looks_like(push.body, b"<"):
        document = dpd_soap.document(xml_of(push.body), push.query.get("waybill"))
    else:
        document = mapping(json_of(push.body))
    answer = mapping(document.get("parcellifecycleResponse")) or document
    if "parcelLifeCycleData" not in answer:
        if document.get("fault") or document.get("error") or document.get("errors"):
            raise Rejected(Reason.ERROR_ANSWER, "DPD answers with an error")
        raise shapeless("no parcelLifeCycleData")
    collected = Collected()
    for cycle in items(answer.get("parcelLifeCycleData")):  # it is null for a number that is not known yet
        with collected.part(cycle):
            parcel = mapping(mapping(cycle).get("shipmentInfo"))
            waybill = need_waybill(parcel.get("parcelLabelNumber"))
            events = list(_events(mapping(cycle)))
            if not events:
                collected.nothing_new()
            for event in events:
                with collected.part(event):
                    _event(collected, waybill, parcel, need_mapping(event, "an event"), received_at)
    return collected.reading()


def _events(cycle: Mapping[str, object]) -> Iterator[object]:
    scans = items(mapping(cycle.get("scanInfo")).get("scan"))
    yield from scans or [step for step in items(cycle.get("statusInfo")) if mapping(step).get("date")]


def _event(
    collected: Collected, waybill: str, parcel: Mapping[str, object], event: Mapping[str, object], received_at: datetime
) -> None:
    data = mapping(event.get("scanData"))
    kind = mapping(data.get("scanType"))
    status = first(event, "status", limit=40)
    code = first(kind, "name", "code", limit=60) or status
    told = mapping(event.get("scanDescription")) or mapping(event.get("description"))
    words = joined(*_lines(told.get("content")), by=" ") or first(event, "label")
    spot = first(data, "location", limit=120) or first(event, "location", limit=120)
    where = country(text(data.get("country"), 3)) or (found[1] if spot and (found := _COUNTRY.search(spot)) else None)
    collected.add(
        scan_of(
            NAME,
            NAME,
            waybill,
            moment(_iso(first(event, "date", limit=40)), zone_at(where, None, zone_of(NAME)), received_at),
            refine(_coded(kind, status), words),
            code=code,
            text=words,
            place=_COUNTRY.sub("", spot).strip() or None if spot else None,
            country=where,
            service=first(parcel, "productName", limit=80),
        )
    )


def _coded(kind: Mapping[str, object], status: str | None) -> Meaning | None:
    number = first(kind, "code", limit=8) or (found[1] if (found := _NUMBER.search(first(kind, "name") or "")) else "")
    return CODES.get(number.lstrip("0")) or STATUSES.get(folded(status or ""))


def _lines(content: object) -> list[str]:
    return (
        [content]
        if isinstance(content, str)
        else [line for line in content if isinstance(line, str)][:4]
        if isinstance(content, list)
        else []
    )


def _iso(date: str | None) -> str | None:
    if date and (found := _AMERICAN.match(date)):
        hour = int(found[4]) % 12 + (12 if found[6] == "P" else 0)
        return f"{found[3]}-{found[1]}-{found[2]} {hour}:{found[5]}"
    if date and (found := _GERMAN.match(date)):
        return f"{found[3]}-{found[2]}-{found[1]} {found[4] or '00:00'}"
    return date.replace(", ", " ") if date else None


FORMAT = Format(NAME, read)
