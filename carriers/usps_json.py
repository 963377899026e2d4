"""USPS's JSON answers (Tracking API v3) and its pushed events, as the parcels that `carriers.usps` reads from XML.

Invariant: raises `Rejected` for an answer that is an error or another document. May import: carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from carriers._scans import shapeless
from carriers._values import first, items, mapping, text
from carriers.format import Reason, Rejected

_TAG = re.compile(r"<[^<>]{0,20}>")

Parcel = tuple[Mapping[str, object], Sequence[object]]
"""Facts of the parcel, and its events as they came."""


def parcels(document: object) -> list[Parcel]:
    """Give the parcels of one answer, a list of them, or a subscription's push."""
    outer = mapping(document)
    if "error" in outer and "trackingNumber" not in outer:
        detail = mapping(outer.get("error")).get("code") or outer.get("error")
        raise Rejected(Reason.ERROR_ANSWER, f"USPS answers with error {(text(detail, 40) or '')}")
    found = [mapping(one) for one in items(outer.get("payload")) or items(document) if "trackingNumber" in mapping(one)]
    if not found:
        raise shapeless("no trackingNumber")
    return [(_facts(one), items(one.get("trackingEvents") or one.get("eventSummaries"))) for one in found]


def _facts(parcel: Mapping[str, object]) -> Mapping[str, object]:
    expectation = mapping(parcel.get("deliveryDateExpectation"))
    promised = first(parcel, "expectedDeliveryTimeStamp", "expectedDeliveryDate", "predictedDeliveryDate") or first(
        expectation, "expectedDeliveryDate", "predictedDeliveryDate", "guaranteedDeliveryDate"
    )
    # The class comes with HTML in it: "Ground Advantage<SUP>&#153;</SUP>".
    named = _TAG.sub("", unescape(first(parcel, "mailClass") or "")).strip()[:80] or None
    return {"waybill": parcel.get("trackingNumber"), "service": named, "promised": promised}
