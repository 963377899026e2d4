"""UPS's tracking answer (JSON): the package with its activities, newest first."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey, Step
from sim.wire.words import en, local

_STATUS = {
    Step.ANNOUNCED: ("M", "MP"),
    Step.PICKED_UP: ("P", "OR"),
    Step.DEPARTED: ("I", "DP"),
    Step.ARRIVED: ("I", "AR"),
    Step.OUT: ("I", "OT"),
    Step.ABSENT: ("X", "48"),
    Step.DAMAGED: ("X", "DA"),
    Step.LOST: ("X", "LX"),
    Step.REFUSED: ("X", "RF"),
    Step.RETURNING: ("RS", "RS"),
    Step.RETURNED: ("RS", "RD"),
    Step.AVAILABLE: ("I", "ZP"),
    Step.DELIVERED: ("D", "FS"),
}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    activity = [
        {
            "location": {"address": {"city": event.hub.en.upper(), "countryCode": event.hub.country}},
            "status": {
                "type": _STATUS[event.step][0],
                "description": en(event),
                "code": _STATUS[event.step][1],
            },
            "date": local(event).strftime("%Y%m%d"),
            "time": local(event).strftime("%H%M%S"),
            "gmtDate": event.at.strftime("%Y%m%d"),
            "gmtTime": event.at.strftime("%H:%M:%S"),
            "gmtOffset": local(event).strftime("%z")[:3] + ":" + local(event).strftime("%z")[3:],
        }
        for event in reversed(history)
    ]
    package = {"trackingNumber": journey.waybill, "activity": activity}
    shipment = {"inquiryNumber": journey.waybill, "package": [package]}
    return json.dumps({"trackResponse": {"shipment": [shipment]}}).encode(), "application/json"
