"""EasyPost's webhook: an Event that carries the Tracker with all its details, oldest first."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey
from sim.step import Step
from sim.wire.words import en

_STATUS = {
    Step.ANNOUNCED: ("pre_transit", "label_created"),
    Step.PICKED_UP: ("in_transit", "received_at_origin_facility"),
    Step.DEPARTED: ("in_transit", "departed_facility"),
    Step.ARRIVED: ("in_transit", "arrived_at_facility"),
    Step.DAMAGED: ("failure", "damaged"),
    Step.HELD: ("failure", "held"),
    Step.DELAYED: ("failure", "weather_delay"),
    Step.MISROUTED: ("failure", "missorted"),
    Step.LOST: ("failure", "lost"),
    Step.OUT: ("out_for_delivery", "out_for_delivery"),
    Step.ABSENT: ("failure", "delivery_attempted"),
    Step.REFUSED: ("failure", "refused"),
    Step.BAD_ADDRESS: ("failure", "delivery_exception"),
    Step.AVAILABLE_LOCKER: ("available_for_pickup", "available_for_pickup"),
    Step.AVAILABLE_STATION: ("available_for_pickup", "available_for_pickup"),
    Step.DELIVERED: ("delivered", "arrived_at_destination"),
    Step.DELIVERED_DESK: ("delivered", "arrived_at_destination"),
    Step.COLLECTED: ("delivered", "arrived_at_destination"),
    Step.LEFT_AGREED: ("delivered", "arrived_at_destination"),
    Step.LEFT_UNASKED: ("delivered", "arrived_at_destination"),
    Step.UNCLAIMED: ("failure", "unclaimed"),
    Step.RETURNING: ("return_to_sender", "return"),
    Step.RETURNED: ("return_to_sender", "returned"),
}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    details = [
        {
            "object": "TrackingDetail",
            "message": en(event),
            "description": None,
            "status": _STATUS.get(event.step, ("in_transit", "unknown"))[0],
            "status_detail": _STATUS.get(event.step, ("in_transit", "unknown"))[1],
            "datetime": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "source": journey.carrier.slug.upper(),
            "tracking_location": {"object": "TrackingLocation", "city": event.hub.en, "country": event.hub.country},
        }
        for event in history
    ]
    body = {
        "object": "Event",
        "id": f"evt_{journey.waybill.lower()}_{len(history)}",
        "mode": "production",
        "description": "tracker.updated",
        "result": {
            "object": "Tracker",
            "id": f"trk_{journey.waybill.lower()}",
            "tracking_code": journey.waybill,
            "carrier": journey.carrier.slug.upper(),
            "status": details[-1]["status"],
            "status_detail": details[-1]["status_detail"],
            "est_delivery_date": journey.promised_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tracking_details": details,
        },
    }
    return json.dumps(body).encode(), "application/json"
