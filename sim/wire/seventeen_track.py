"""17TRACK's webhook (v2.4): the whole history, newest first, with stages and sub-statuses."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey, Step
from sim.wire.words import en, local

_STATUS = {
    Step.ANNOUNCED: ("InfoReceived", "InfoReceived"),
    Step.PICKED_UP: ("InTransit", "InTransit_PickedUp"),
    Step.DEPARTED: ("InTransit", "InTransit_Departure"),
    Step.ARRIVED: ("InTransit", "InTransit_Arrival"),
    Step.CUSTOMS: ("InTransit", "InTransit_CustomsProcessing"),
    Step.CUSTOMS_CLEARED: ("InTransit", "InTransit_CustomsReleased"),
    Step.OUT: ("OutForDelivery", "OutForDelivery_Other"),
    Step.ABSENT: ("DeliveryFailure", "DeliveryFailure_NoBody"),
    Step.DAMAGED: ("Exception", "Exception_Damage"),
    Step.LOST: ("Exception", "Exception_Lost"),
    Step.REFUSED: ("DeliveryFailure", "DeliveryFailure_Rejected"),
    Step.RETURNING: ("Exception", "Exception_Returning"),
    Step.RETURNED: ("Exception", "Exception_Returned"),
    Step.AVAILABLE: ("AvailableForPickup", "AvailableForPickup_Other"),
    Step.DELIVERED: ("Delivered", "Delivered_Other"),
}
_CARRIER = {"yanwen": 190012}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    carrier = _CARRIER[journey.carrier.slug]
    events = [
        {
            "time_iso": local(event).isoformat(),
            "time_utc": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": en(event),
            "location": event.hub.en,
            "stage": None,
            "sub_status": _STATUS[event.step][1],
            "address": {"country": event.hub.country, "city": event.hub.en},
        }
        for event in reversed(history)
    ]
    status, sub_status = _STATUS[history[-1].step]
    body = {
        "event": "TRACKING_UPDATED",
        "data": {
            "number": journey.waybill,
            "carrier": carrier,
            "tag": "",
            "track_info": {
                "latest_status": {"status": status, "sub_status": sub_status, "sub_status_descr": None},
                "latest_event": events[0],
                "tracking": {
                    "providers_hash": 1,
                    "providers": [{"provider": {"key": carrier, "name": "Yanwen"}, "events": events}],
                },
            },
        },
    }
    return json.dumps(body, ensure_ascii=False).encode(), "application/json"
