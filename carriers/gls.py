"""GLS: the answer of the group's track and trace service (JSON, v1), and that of its web pages (`tuStatus`).

`requested` is the number that was asked for, `unitno` GLS's own; where one request (a reference) found several
parcels, `unitno` tells them apart. No signature. Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country, zone_at
from carriers._meanings import of_newest, refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded
from carriers._times import moment
from carriers._values import Unreadable, first, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "gls"
CODES = codes_of(NAME)
GROUPS = codes_of(NAME, "groups")
STATUSES = codes_of(NAME, "statuses")
_NOT_FOUND = "E_404"
_UNKNOWN_YET = "E206"  # of the web pages


def read(push: Push, received_at: datetime) -> Reading:
    """Read an answer about one or more parcels."""
    document = json_of(push.body)
    told = items(mapping(document).get("tuStatus")) or [one for one in items(document) if "tuNo" in mapping(one)]
    units = [_of_unit(mapping(one)) for one in told]
    parcels = units or [mapping(one) for one in items(mapping(document).get("parcels")) or items(document)]
    if not any({"requested", "unitno"} & one.keys() for one in parcels):
        if text(mapping(document).get("lastError")) == _UNKNOWN_YET:
            return Reading(())
        if items(mapping(document).get("errors")) or {"errorCode", "lastError"} & mapping(document).keys():
            raise Rejected(Reason.ERROR_ANSWER, "GLS answers with an error")
        raise shapeless("no parcels")
    shared = Counter(first(one, "requested") for one in parcels)
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            error = first(parcel, "errorCode", limit=40)
            if error and not error.startswith(_NOT_FOUND):
                raise Unreadable(Reason.ERROR_ANSWER, f"GLS answers with error {error}")
            several = shared[first(parcel, "requested")] > 1
            names = ("unitno", "requested") if several else ("requested", "unitno")
            _parcel(collected, need_waybill(*(parcel.get(name) for name in names)), parcel, received_at)
    return collected.reading()


def _of_unit(unit: Mapping[str, object]) -> Mapping[str, object]:
    """Give a unit of the group's own web pages (rstt) in the form of the tracking API."""
    named = {first(mapping(one), "type"): mapping(one).get("value") for one in items(unit.get("references"))}
    return {
        "requested": named.get("UNITNO") or unit.get("tuNo") or unit.get("referenceNo"),
        "status": mapping(unit.get("progressBar")).get("statusInfo"),
        "events": [
            {
                "code": event.get("evtNo"),
                "description": event.get("evtDscr"),
                "eventDateTime": joined(event.get("date"), event.get("time"), by=" "),
                "city": mapping(event.get("address")).get("city"),
                "country": mapping(event.get("address")).get("countryCode"),
            }
            for event in map(mapping, items(unit.get("history")))
        ],
    }


def _parcel(collected: Collected, waybill: str, parcel: Mapping[str, object], received_at: datetime) -> None:
    status = first(parcel, "status", limit=40)
    state = STATUSES.get(folded(status or ""))
    events = items(parcel.get("events"))
    if not events and status and parcel.get("statusDateTime"):
        events = [{"code": status, "eventDateTime": parcel["statusDateTime"]}]
    if not events:
        collected.nothing_new()
    newest = max(events, key=lambda event: first(mapping(event), "eventDateTime") or "", default=None)
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            where = country(text(entry.get("country"), 3))
            code, words = first(entry, "code", limit=80), first(entry, "description")
            meaning = refine(coded := _coded(code), words)
            if event is newest and coded is None:
                meaning = of_newest(state, meaning, words)
            collected.add(
                scan_of(
                    NAME,
                    NAME,
                    waybill,
                    moment(entry.get("eventDateTime"), zone_at(where, None, zone_of(NAME)), received_at),
                    meaning,
                    code=code,
                    text=words,
                    place=first(entry, "city", limit=120),
                    country=where,
                )
            )


def _coded(code: str | None) -> Meaning | None:
    known = folded(code or "")
    return CODES.get(known) or GROUPS.get(known.partition(".")[0]) or STATUSES.get(known)


FORMAT = Format(NAME, read)
