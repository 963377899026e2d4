"""EasyPost: the webhook Event that carries a Tracker, and Tracker objects and lists of its API.

Signature: header `x-hmac-signature` = `hmac-sha256-hex=` + hex HMAC-SHA256 of the body, keyed by the NFKD-normalised
secret (EasyPost client libraries, `validate_webhook`). Expected answer: 200. Weights are ounces.
Claims name no carrier, so they can be put to no parcel: they are understood and bring no scan.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches
from carriers._tables import Meaning, codes_of, folded
from carriers._times import maybe, moment
from carriers._values import first, grams, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "easypost"
CODES = codes_of(NAME)
DETAILS = codes_of(NAME, "details")
HEADER = "x-hmac-signature"


def read(push: Push, received_at: datetime) -> Reading:
    """Read a webhook or an API answer."""
    document = mapping(json_of(push.body))
    if "error" in document:
        raise Rejected(Reason.ERROR_ANSWER, "EasyPost answers with an error")
    result = document.get("result") if document.get("object") == "Event" else document
    listed = mapping(result).get("trackers")
    trackers = [one for one in (items(listed) if listed is not None else items(result)) if _is_tracker(mapping(one))]
    if not trackers and document.get("object") not in ("Event", "Claim") and not {"claims", "events"} & document.keys():
        raise shapeless("no tracker")
    collected = Collected()
    for tracker in trackers:
        with collected.part(tracker):
            _tracker(collected, mapping(tracker), received_at)
    return collected.reading()


def _is_tracker(found: Mapping[str, object]) -> bool:
    return "tracking_code" in found and found.get("object", "Tracker") == "Tracker"


def _tracker(collected: Collected, tracker: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(tracker.get("tracking_code"))
    carrier = slug_of(NAME, first(tracker, "carrier") or "unknown")
    details = items(tracker.get("tracking_details"))
    newest = max((first(mapping(detail), "datetime") or "" for detail in details), default="")
    for detail in details:
        with collected.part(detail):
            entry = need_mapping(detail, "a tracking detail")
            place = mapping(entry.get("tracking_location"))
            status, finer = text(entry.get("status")), text(entry.get("status_detail"))
            words = first(entry, "message", "description")
            when = first(entry, "datetime")
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(when, zone_of(carrier), received_at),
                    refine(_coded(status, finer), words),
                    code=joined(status, finer, by="."),
                    text=words,
                    place=joined(place.get("city"), place.get("state")),
                    country=country(text(place.get("country"), 3)),
                    service=text(mapping(tracker.get("carrier_detail")).get("service"), 80),
                    weight_g=grams(tracker.get("weight"), "oz"),
                    promised_at=maybe(tracker.get("est_delivery_date"), zone_of(carrier)) if when == newest else None,
                )
            )


def _coded(status: str | None, finer: str | None) -> Meaning | None:
    coarse = CODES.get(folded(status)) if status else None
    known = DETAILS.get(folded(finer)) if finer else None
    # A final status is not undone by a detail that tells of the way there ("delivered", "arrived_at_destination").
    return coarse if known is None or status in ("delivered", "available_for_pickup") else known


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check `x-hmac-signature`."""
    return matches(push.headers.get(HEADER, ""), secrets, lambda secret: _signature(push.body, secret))


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Sign a webhook body."""
    headers = {"content-type": "application/json", HEADER: _signature(body, secret)}
    return Push(body, headers, {}, "application/json")


def _signature(body: bytes, secret: str) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return f"hmac-sha256-hex={hmac.digest(key, body, 'sha256').hex()}"


FORMAT = Format(NAME, read, verify, sign)
