"""ShipEngine (ShipStation API): the tracking webhook and the tracking objects of its API.

Webhooks are signed with RSA keys that ShipEngine publishes and changes, which this side would have to fetch; let it
send an API key of ours as a custom header instead. `occurred_at` is UTC, `carrier_occurred_at` the local time.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country, zone_at
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded
from carriers._times import Moment, end_of_day, moment, with_local
from carriers._values import first, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "shipengine"
CODES = codes_of(NAME)
STATUSES = codes_of(NAME, "statuses")
_IN_ADDRESS = re.compile(r"/tracking(?:/|\?(?:[^#]*&)?carrier_code=)([a-z0-9_]+)")
_TIMES = ("occurred_at", "event_date")  # the second in answers of older versions


def read(push: Push, received_at: datetime) -> Reading:
    """Read a webhook or a tracking object."""
    document = mapping(json_of(push.body))
    if items(document.get("errors")):
        raise Rejected(Reason.ERROR_ANSWER, "ShipEngine answers with an error")
    parcel = mapping(document.get("data")) or document
    if "tracking_number" not in parcel:
        if "resource_type" in document:
            return Reading(())  # a webhook of labels, batches or rates
        raise shapeless("no tracking_number")
    collected = Collected()
    with collected.part(parcel):
        _parcel(collected, parcel, _carrier_of(document, parcel), received_at)
    return collected.reading()


def _carrier_of(document: Mapping[str, object], parcel: Mapping[str, object]) -> str:
    """Name the carrier; older webhooks have it in the address of the parcel alone."""
    asked = _IN_ADDRESS.search(first(document, "resource_url") or "")
    return slug_of(NAME, first(parcel, "carrier_code") or (asked[1] if asked else "unknown"))


def _parcel(collected: Collected, parcel: Mapping[str, object], carrier: str, received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("tracking_number"))
    events = items(parcel.get("events"))
    if not events:
        collected.nothing_new()
    newest = max((first(mapping(event), *_TIMES) or "" for event in events), default="")
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            where, state = country(text(entry.get("country_code"), 3)), first(entry, "state_province", limit=40)
            zone = zone_at(where, state, zone_of(carrier))
            code, words = first(entry, "event_code", "carrier_status_code", limit=80), first(entry, "description")
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    _moment(entry, zone, received_at),
                    refine(_coded(entry), words),
                    code=joined(first(entry, "status_detail_code", "status_code"), code, by="."),
                    text=words,
                    place=joined(entry.get("city_locality"), state),
                    country=where,
                    promised_at=end_of_day(parcel.get("estimated_delivery_date"), zone)
                    if first(entry, *_TIMES) == newest
                    else None,
                )
            )


def _coded(event: Mapping[str, object]) -> Meaning | None:
    finer, coarse = first(event, "status_detail_code", limit=80), first(event, "status_code", limit=80)
    return next(
        (
            known
            for code in (finer, coarse)
            if code and (known := CODES.get(folded(code)) or STATUSES.get(folded(code)))
        ),
        None,
    )


def _moment(event: Mapping[str, object], zone: str, received_at: datetime) -> Moment:
    world, local = first(event, *_TIMES), event.get("carrier_occurred_at")
    return with_local(world, local, zone, received_at) if world else moment(local, zone, received_at)


FORMAT = Format(NAME, read)
