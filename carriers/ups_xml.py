"""UPS's XML answers (Track, Quantum View) as the parcels that `carriers.ups` reads from JSON.

Invariant: raises `Rejected` for an answer that is an error or another document. May import: carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from carriers._scans import shapeless
from carriers.format import Reason, Rejected

# Quantum View tells what happened by the element's name, not by a status.
_EVENTS = {"Manifest": "M", "Origin": "O", "Exception": "X", "Delivery": "D", "Generic": "NA"}


def parcels(root: Element) -> list[Mapping[str, object]]:
    """Give the parcels of a Track or Quantum View answer."""
    if root.findtext("Response/ResponseStatusCode") == "0":
        raise Rejected(Reason.ERROR_ANSWER, f"UPS answers with error {root.findtext('Response/Error/ErrorCode')}")
    if root.tag == "TrackResponse":
        return [
            _tracked(shipment, package) for shipment in root.iter("Shipment") for package in shipment.iter("Package")
        ]
    if root.tag == "QuantumViewResponse":
        return [_viewed(event) for file in root.iter("SubscriptionFile") for event in file if event.tag in _EVENTS]
    raise shapeless("neither TrackResponse nor QuantumViewResponse")


def _tracked(shipment: Element, package: Element) -> Mapping[str, object]:
    return {
        "trackingNumber": package.findtext("TrackingNumber") or shipment.findtext("ShipmentIdentificationNumber"),
        "service": {"description": shipment.findtext("Service/Description")},
        "weight": {
            "weight": package.findtext("PackageWeight/Weight"),
            "unitOfMeasurement": package.findtext("PackageWeight/UnitOfMeasurement/Code"),
        },
        "scheduledDeliveryDate": package.findtext("RescheduledDeliveryDate")
        or shipment.findtext("ScheduledDeliveryDate"),
        "activity": [_activity(activity) for activity in package.iter("Activity")],
    }


def _activity(activity: Element) -> Mapping[str, object]:
    address = activity.find("ActivityLocation/Address")
    return {
        "date": activity.findtext("Date"),
        "time": activity.findtext("Time"),
        "status": {
            "type": activity.findtext("Status/StatusType/Code"),
            "code": activity.findtext("Status/StatusCode/Code"),
            "description": activity.findtext("Status/StatusType/Description"),
        },
        "activityLocation": {} if address is None else _address(address),
        "left_at": activity.findtext("ActivityLocation/Description"),
    }


def _address(address: Element) -> Mapping[str, object]:
    return {
        "city": address.findtext("City") or address.findtext("PoliticalDivision2"),
        "stateProvince": address.findtext("StateProvinceCode") or address.findtext("PoliticalDivision1"),
        "country": address.findtext("CountryCode"),
    }


def _viewed(event: Element) -> Mapping[str, object]:
    address = event.find("ActivityLocation/AddressArtifactFormat")
    if address is None:
        address = event.find("ActivityLocation/Address")
    status = event.findtext("StatusDescription") or event.findtext("ReasonDescription") or event.tag
    return {
        "trackingNumber": event.findtext("TrackingNumber") or event.findtext("Package/TrackingNumber"),
        "scheduledDeliveryDate": event.findtext("RescheduledDeliveryDate") or event.findtext("ScheduledDeliveryDate"),
        "activity": [
            {
                "date": event.findtext("Date"),
                "time": event.findtext("Time"),
                "status": {"type": _EVENTS[event.tag], "code": event.findtext("StatusCode"), "description": status},
                "activityLocation": {} if address is None else _address(address),
                "left_at": event.findtext("DeliveryLocation/Description"),
            }
        ],
    }
