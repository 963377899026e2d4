"""DPD's SOAP answer (ParcelLifeCycleService 2.0, getTrackingData) as the document that `carriers.dpd` reads from JSON.

Invariant: raises `Rejected` for a fault or another document. May import: carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from carriers._scans import shapeless
from carriers.format import Reason, Rejected


def document(root: Element, waybill: str | None) -> Mapping[str, object]:
    """Give the life cycles of an answer. `waybill` is the number that was asked for, where the answer has none."""
    if (fault := root.find(".//Fault")) is not None:
        code = fault.findtext(".//errorCode") or fault.findtext("faultcode") or ""
        raise Rejected(Reason.ERROR_ANSWER, f"DPD answers with error {code[:40]}")
    results = list(root.iter("trackingresult"))
    if not results and root.find(".//getTrackingDataResponse") is None:
        raise shapeless("no getTrackingDataResponse")
    asked = root.findtext(".//parcelLabelNumber") or waybill
    return {"parcelLifeCycleData": [_cycle(result, asked) for result in results]}


def _cycle(result: Element, asked: str | None) -> Mapping[str, object]:
    return {
        "shipmentInfo": {
            "parcelLabelNumber": result.findtext("shipmentInfo/parcelLabelNumber") or asked,
            "productName": result.findtext("shipmentInfo/serviceDescription/content/content"),
        },
        "statusInfo": [
            {
                "status": step.findtext("status"),
                "label": step.findtext("label/content"),
                "description": {"content": [line.text or "" for line in step.findall("description/content/content")]},
                "location": step.findtext("location/content"),
                "date": step.findtext("date/content"),
            }
            for step in result.iter("statusInfo")
            if step.findtext("statusHasBeenReached") != "false"
        ],
    }
