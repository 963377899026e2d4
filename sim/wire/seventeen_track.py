"""17TRACK's webhook (v2.4): the whole history, newest first, with stages and sub-statuses."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey
from sim.step import Step
from sim.wire.words import en, local

_STATUS = {
    Step.ANNOUNCED: ("InfoReceived", "InfoReceived"),
    Step.PICKED_UP: ("InTransit", "InTransit_PickedUp"),
    Step.DEPARTED: ("InTransit", "InTransit_Departure"),
    Step.ARRIVED: ("InTransit", "InTransit_Arrival"),
    Step.CUSTOMS: ("InTransit", "InTransit_CustomsProcessing"),
    Step.CUSTOMS_HELD: ("InTransit", "InTransit_CustomsRequiringInformation"),
    Step.CUSTOMS_CLEARED: ("InTransit", "InTransit_CustomsReleased"),
    Step.DAMAGED: ("Exception", "Exception_Damage"),
    Step.HELD: ("Exception", "Exception_Delayed"),
    Step.DELAYED: ("Exception", "Exception_Delayed"),
    Step.MISROUTED: ("Exception", "Exception_Other"),
    Step.LOST: ("Exception", "Exception_Lost"),
    Step.OUT: ("OutForDelivery", "OutForDelivery_Other"),
    Step.ABSENT: ("DeliveryFailure", "DeliveryFailure_NoBody"),
    Step.REFUSED: ("DeliveryFailure", "DeliveryFailure_Rejected"),
    Step.BAD_ADDRESS: ("DeliveryFailure", "DeliveryFailure_InvalidAddress"),
    Step.AVAILABLE_LOCKER: ("AvailableForPickup", "AvailableForPickup_Other"),
    Step.AVAILABLE_STATION: ("AvailableForPickup", "AvailableForPickup_Other"),
    Step.DELIVERED: ("Delivered", "Delivered_Other"),
    Step.DELIVERED_DESK: ("Delivered", "Delivered_Other"),
    Step.COLLECTED: ("Delivered", "Delivered_Other"),
    Step.LEFT_AGREED: ("Delivered", "Delivered_Other"),
    Step.LEFT_UNASKED: ("Delivered", "Delivered_Other"),
    Step.UNCLAIMED: ("Exception", "Exception_Other"),
    Step.RETURNING: ("Exception", "Exception_Returning"),
    Step.RETURNED: ("Exception", "Exception_Returned"),
}
_CARRIER = {"yanwen": 190012}
_MOVES = ("InTransit", "InTransit_Other")


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
            "sub_status": _STATUS.get(event.step, _MOVES)[1],
            "address": {"country": event.hub.country, "city": event.hub.en},
        }
        for event in reversed(history)
    ]
    status, sub_status = _STATUS.get(history[-1].step, _MOVES)
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
