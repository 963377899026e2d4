"""17TRACK v2.4: the webhook (TRACKING_UPDATED, TRACKING_STOPPED) and the answers gettrackinfo and gettracklist.

Wire format and signature: header `sign` = hex SHA-256(body + "/" + key); expected answer: 200 (17TRACK API v2.4).
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._bodies import json_of
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches
from carriers._tables import Meaning, codes_of, folded
from carriers._times import maybe, moment
from carriers._values import Unreadable, first, grams, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "17track"
CODES = codes_of(NAME)


def read(push: Push, received_at: datetime) -> Reading:
    """Read a webhook or an answer."""
    document = mapping(json_of(push.body))
    data = mapping(document.get("data"))
    if (code := text(document.get("code"))) and code != "0":
        raise Rejected(Reason.ERROR_ANSWER, f"17TRACK answers with error {code}")
    parcels = items(data.get("accepted")) if "accepted" in data else [data] if "number" in data else []
    refusals = items(data.get("rejected"))
    if not parcels and not refusals and "accepted" not in data:
        raise shapeless("neither a tracking number nor a list of them")
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            _parcel(collected, need_mapping(parcel, "a parcel"), received_at)
    for refusal in refusals:
        with collected.part(refusal):
            raise Unreadable(Reason.ERROR_ANSWER, "17TRACK does not know or does not take the number")
    return collected.reading()


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("number"))
    carrier = slug_of(NAME, text(parcel.get("carrier")) or "unknown")
    # Some clients hand the parts of `track_info` on beside it.
    info = {**parcel, **mapping(parcel.get("track_info"))}
    events = [
        event
        for provider in items(mapping(info.get("tracking")).get("providers"))
        for event in items(mapping(provider).get("events"))
    ] or items(info.get("latest_event"))
    if not events and parcel.get("latest_event_time"):
        events = [_summary(parcel)]
    if not events:
        collected.nothing_new()
    misc = mapping(info.get("misc_info"))
    estimate = mapping(mapping(info.get("time_metrics")).get("estimated_delivery_date"))
    newest = max(events, key=lambda event: first(mapping(event), "time_utc", "time_iso") or "", default=None)
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            address = mapping(entry.get("address"))
            code = first(entry, "sub_status", "stage")
            words = text(entry.get("description"))
            raw = mapping(entry.get("time_raw"))
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(
                        first(entry, "time_iso", "time_utc") or joined(raw.get("date"), raw.get("time"), by=" "),
                        zone_of(carrier),
                        received_at,
                    ),
                    refine(_coded(code), words),
                    code=code,
                    text=words,
                    place=joined(address.get("city"), address.get("state")) or text(entry.get("location"), 120),
                    country=text(address.get("country"), 2),
                    service=text(misc.get("service_type"), 80),
                    weight_g=grams(misc.get("weight_kg")),
                    promised_at=maybe(first(estimate, "to", "from"), zone_of(carrier)) if event is newest else None,
                    hubs_in_text=True,
                )
            )


def _coded(code: str | None) -> Meaning | None:
    if code is None:
        return None
    # A sub-status of a later version still starts with its main status.
    return CODES.get(folded(code)) or CODES.get(folded(code.partition("_")[0]))


def _summary(parcel: Mapping[str, object]) -> object:
    return {
        "time_iso": parcel.get("latest_event_time"),
        "description": parcel.get("latest_event_info"),
        "sub_status": parcel.get("package_status"),
    }


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check the header `sign`. 17TRACK always signs."""
    return matches(push.headers.get("sign", "").lower(), secrets, lambda key: _signature(push.body, key))


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Sign a webhook body."""
    return Push(body, {"content-type": "application/json", "sign": _signature(body, secret)}, {}, "application/json")


def _signature(body: bytes, key: str) -> str:
    return hashlib.sha256(body + b"/" + key.encode()).hexdigest()


FORMAT = Format(NAME, read, verify, sign)
