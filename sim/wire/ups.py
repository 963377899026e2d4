"""UPS's tracking answer (JSON): the package with its activities, newest first."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey
from sim.step import Step
from sim.wire.words import en, local

_STATUS = {
    Step.ANNOUNCED: ("M", "MP"),
    Step.PICKED_UP: ("P", "OR"),
    Step.DEPARTED: ("I", "DP"),
    Step.ARRIVED: ("I", "AR"),
    Step.DAMAGED: ("X", "DA"),
    Step.HELD: ("X", "F8"),
    Step.DELAYED: ("X", "DJ"),
    Step.LOST: ("X", "LX"),
    Step.OUT: ("I", "OT"),
    Step.ABSENT: ("X", "48"),
    Step.REFUSED: ("X", "RF"),
    Step.RETURNING: ("RS", "RS"),
    Step.RETURNED: ("D", "FS"),
    Step.AVAILABLE_LOCKER: ("I", "ZP"),
    Step.AVAILABLE_STATION: ("I", "ZP"),
    Step.DELIVERED: ("D", "FS"),
    Step.DELIVERED_DESK: ("D", "FS"),
    Step.COLLECTED: ("D", "FS"),
    Step.LEFT_AGREED: ("D", "FS"),
    Step.LEFT_UNASKED: ("D", "FS"),
    Step.MISROUTED: ("X", "UN"),
    Step.BAD_ADDRESS: ("X", "UN"),
    Step.UNCLAIMED: ("X", "UN"),
}
_MOVES = ("I", "IP")
"""What has no code of its own: it moves, and the words say how."""


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    activity = [
        {
            "location": {"address": {"city": event.hub.en.upper(), "countryCode": event.hub.country}},
            "status": {
                "type": _STATUS.get(event.step, _MOVES)[0],
                "description": en(event),
                "code": _STATUS.get(event.step, _MOVES)[1],
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
