"""Shopee Xpress: the tracking answer (JSON), one parcel with its records, newest first.

Wire format: as Shopee Xpress answers its tracking pages; times are epoch seconds. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from carriers._bodies import json_of
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of, folded
from carriers._times import maybe, moment
from carriers._values import first, items, joined, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "shopee"
CODES = codes_of(NAME)
MILESTONES = codes_of(NAME, "milestones")


def read(push: Push, received_at: datetime) -> Reading:
    """Read one parcel's answer, bare or in `data`."""
    document = mapping(json_of(push.body))
    parcel = mapping(document.get("data")) or document
    tracking = mapping(parcel.get("sls_tracking_info")) or _older(parcel)
    if not tracking:
        if text(document.get("retcode")) not in (None, "0"):
            raise Rejected(Reason.ERROR_ANSWER, "Shopee answers with an error")
        raise shapeless("neither sls_tracking_info nor tracking_list")
    collected = Collected()
    with collected.part(parcel):
        waybill = need_waybill(tracking.get("sls_tn"), mapping(parcel.get("order_info")).get("spx_tn"))
        records = items(tracking.get("records"))
        promised_at = maybe(mapping(parcel.get("edd_info")).get("edd_max"), zone_of(NAME))
        for record in records:
            with collected.part(record):
                entry = need_mapping(record, "a record")
                code, words = first(entry, "tracking_code", limit=40), _words(entry)
                milestone = MILESTONES.get(first(entry, "milestone_code") or "")
                here, there = mapping(entry.get("current_location")), mapping(entry.get("next_location"))
                scan = scan_of(
                    NAME,
                    NAME,
                    waybill,
                    moment(entry.get("actual_time"), zone_of(NAME), received_at),
                    refine(CODES.get(folded(code or "")) or milestone, words),
                    code=code,
                    text=words,
                    facility=first(here, "location_name", limit=120),
                    facility_to=first(there, "location_name", limit=120),
                    promised_at=promised_at if record is records[0] else None,
                )
                collected.add(scan)
    return collected.reading()


def _older(parcel: Mapping[str, object]) -> Mapping[str, object]:
    """Give the list that its web pages answered with before, in the newer form."""
    if "tracking_list" not in parcel:
        return {}
    return {
        "sls_tn": first(parcel, "sls_tracking_number", "spx_tn", "sls_tn", "tracking_number", limit=256),
        "records": [
            {
                "tracking_code": record.get("status"),
                "tracking_name": record.get("message"),
                "actual_time": record.get("timestamp"),
            }
            for record in map(mapping, items(parcel.get("tracking_list")))
        ],
    }


def _words(entry: Mapping[str, object]) -> str | None:
    name, told = first(entry, "tracking_name"), first(entry, "buyer_description", "description")
    return joined(name, told, by=": ") if told != name else name


FORMAT = Format(NAME, read)
