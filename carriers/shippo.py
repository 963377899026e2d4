"""Shippo: the webhook `track_updated` and the tracking objects of its API.

Signature, for accounts that agreed on one: header `shippo-auth-signature` = `t=seconds,v1=` + hex HMAC-SHA256 of
`seconds.body` (Shippo webhook security). Times are UTC. Expected answer: 200.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import fresh, matches
from carriers._tables import Meaning, codes_of, folded
from carriers._times import maybe, moment
from carriers._values import first, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of
from core.scan import Milestone

NAME = "shippo"
CODES = codes_of(NAME)
STATUSES = codes_of(NAME, "statuses")
HEADER = "shippo-auth-signature"
_FINAL = (Milestone.DELIVERED, Milestone.RETURNED)


def read(push: Push, received_at: datetime) -> Reading:
    """Read a webhook, a tracking object, or a list of them."""
    document = json_of(push.body)
    outer = mapping(document)
    event = text(outer.get("event"))
    if "tracking_number" not in outer and "detail" in outer:
        raise Rejected(Reason.ERROR_ANSWER, "Shippo answers with an error")
    found = items(outer.get("data")) or items(outer.get("results")) or items(document)
    parcels = [one for one in found if "tracking_number" in mapping(one)]
    if event not in (None, "track_updated"):
        return Reading(())  # a webhook of labels or batches, which tells nothing of a parcel's way
    if not parcels and "results" not in outer:
        raise shapeless("no tracking_number")
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            _parcel(collected, mapping(parcel), received_at)
    return collected.reading()


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("tracking_number"))
    carrier = slug_of(NAME, first(parcel, "carrier") or "unknown")
    events = items(parcel.get("tracking_history"))
    # The state is the newest event told again, but for parcels whose history is not kept or lags behind.
    known = {None, *(first(mapping(event), "status_date") for event in events)}
    events += [one for one in items(parcel.get("tracking_status")) if first(mapping(one), "status_date") not in known]
    if not events:
        collected.nothing_new()
    newest = max((first(mapping(event), "status_date") or "" for event in events), default="")
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            place, substatus = mapping(entry.get("location")), mapping(entry.get("substatus"))
            status, finer = first(entry, "status", limit=40), first(substatus, "code", limit=80)
            words = first(entry, "status_details") or first(substatus, "text")
            when = first(entry, "status_date")
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(when, "UTC", received_at),
                    refine(_coded(status, finer), words),
                    code=joined(status, finer, by="."),
                    text=words,
                    place=joined(place.get("city"), place.get("state")),
                    country=country(text(place.get("country"), 3)),
                    service=first(mapping(parcel.get("servicelevel")), "name", "token", limit=80),
                    promised_at=maybe(parcel.get("eta"), zone_of(carrier)) if when == newest else None,
                )
            )


def _coded(status: str | None, finer: str | None) -> Meaning | None:
    coarse, fine = STATUSES.get(folded(status or "")), CODES.get(folded(finer or ""))
    # A final status is not undone by a finer word that tells of the way there.
    if coarse is not None and coarse.milestone in _FINAL and (fine is None or fine.milestone is not coarse.milestone):
        return coarse
    return fine or coarse


def verify(push: Push, secrets: Sequence[str], now: datetime) -> bool | None:
    """Check `shippo-auth-signature` and its timestamp; None where there is none."""
    parts = dict(part.strip().partition("=")[::2] for part in push.headers.get(HEADER, "").split(",", 8))
    if not (given := parts.get("v1")):
        return None
    stamp = parts.get("t", "")
    return fresh(stamp, now) and matches(given.lower(), secrets, lambda secret: _signature(push.body, stamp, secret))


def sign(body: bytes, secret: str, now: datetime) -> Push:
    """Sign a webhook body."""
    stamp = str(int(now.timestamp()))
    headers = {"content-type": "application/json", HEADER: f"t={stamp},v1={_signature(body, stamp, secret)}"}
    return Push(body, headers, {}, "application/json")


def _signature(body: bytes, stamp: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"{stamp}.".encode("utf-8", "surrogatepass") + body, "sha256").hex()


FORMAT = Format(NAME, read, verify, sign)
