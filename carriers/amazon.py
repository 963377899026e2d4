"""Amazon Shipping: the answer of getTracking, v1 and v2 (Selling Partner API, JSON).

Events have codes and no words (a code that is not known is read by the words that it is made of); the summary's detail
codes say why the newest of them happened. Times are UTC. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country
from carriers._meanings import by_text
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded
from carriers._times import maybe, moment
from carriers._values import first, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from core.scan import Milestone

NAME = "amazon"
CODES = codes_of(NAME)
DETAILS = codes_of(NAME, "details")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read(push: Push, received_at: datetime) -> Reading:
    """Read an answer, bare or in `payload`."""
    document = mapping(json_of(push.body))
    parcels = [one for one in items(document.get("payload")) or [document] if "trackingId" in mapping(one)]
    if not parcels:
        if items(document.get("errors")):
            code = text(mapping(items(document.get("errors"))[0]).get("code"), 40)
            raise Rejected(Reason.ERROR_ANSWER, f"Amazon answers with error {code}")
        raise shapeless("no trackingId")
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            _parcel(collected, mapping(parcel), received_at)
    return collected.reading()


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("trackingId"))
    events = items(parcel.get("eventHistory"))
    if not events:
        collected.nothing_new()
    newest = max(events, key=lambda event: first(mapping(event), "eventTime") or "", default=None)
    reasons = [text(code, 80) for code in _details(mapping(parcel.get("summary")))]
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            place = mapping(entry.get("location"))
            code = first(entry, "eventCode", limit=80)
            finer = reasons if event is newest else []
            collected.add(
                scan_of(
                    NAME,
                    NAME,
                    waybill,
                    moment(entry.get("eventTime"), "UTC", received_at),
                    _meaning(code, finer),
                    code=joined(code, *finer[:3], by="."),
                    place=joined(place.get("city"), place.get("stateOrRegion")),
                    country=country(text(place.get("countryCode"), 3)),
                    promised_at=maybe(parcel.get("promisedDeliveryDate"), "UTC") if event is newest else None,
                )
            )


def _details(summary: Mapping[str, object]) -> list[object]:
    codes = mapping(summary.get("trackingDetailCodes"))
    forward, back = codes.get("forward"), codes.get("returns")
    return [*(forward if isinstance(forward, list) else []), *(back if isinstance(back, list) else [])][:8]


def _meaning(code: str | None, reasons: list[str | None]) -> Meaning:
    coded = CODES.get(folded(code or "")) or by_text(_WORD.sub(" ", code or ""))
    for reason in reasons:
        known = DETAILS.get(folded(reason or ""))
        if known and (
            known.milestone is coded.milestone or coded.milestone in (Milestone.UNKNOWN, Milestone.EXCEPTION)
        ):
            return known
        if known and known.detail and coded.milestone is Milestone.ATTEMPT_FAILED:
            return Meaning(coded.milestone, known.detail, known.culprit)
    return coded


FORMAT = Format(NAME, read)
