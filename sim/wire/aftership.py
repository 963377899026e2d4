"""AfterShip's webhook: the tracking object with all checkpoints, oldest first."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey
from sim.step import Step
from sim.wire.words import en, local

_TAG = {
    Step.ANNOUNCED: ("InfoReceived", "InfoReceived_001"),
    Step.PICKED_UP: ("InTransit", "InTransit_002"),
    Step.DEPARTED: ("InTransit", "InTransit_007"),
    Step.ARRIVED: ("InTransit", "InTransit_003"),
    Step.CUSTOMS: ("InTransit", "InTransit_006"),
    Step.CUSTOMS_HELD: ("Exception", "Exception_004"),
    Step.CUSTOMS_CLEARED: ("InTransit", "InTransit_005"),
    Step.DAMAGED: ("Exception", "Exception_012"),
    Step.HELD: ("Exception", "Exception_016"),
    Step.DELAYED: ("Exception", "Exception_017"),
    Step.MISROUTED: ("Exception", "Exception_001"),
    Step.LOST: ("Exception", "Exception_013"),
    Step.OUT: ("OutForDelivery", "OutForDelivery_001"),
    Step.ABSENT: ("AttemptFail", "AttemptFail_002"),
    Step.REFUSED: ("Exception", "Exception_003"),
    Step.BAD_ADDRESS: ("AttemptFail", "AttemptFail_001"),
    Step.AVAILABLE_LOCKER: ("AvailableForPickup", "AvailableForPickup_001"),
    Step.AVAILABLE_STATION: ("AvailableForPickup", "AvailableForPickup_001"),
    Step.REDIRECTED: ("InTransit", "InTransit_009"),
    Step.DELIVERED: ("Delivered", "Delivered_001"),
    Step.DELIVERED_DESK: ("Delivered", "Delivered_001"),
    Step.COLLECTED: ("Delivered", "Delivered_002"),
    Step.LEFT_AGREED: ("Delivered", "Delivered_001"),
    Step.LEFT_UNASKED: ("Delivered", "Delivered_001"),
    Step.UNCLAIMED: ("Exception", "Exception_008"),
    Step.RETURNING: ("Exception", "Exception_010"),
    Step.RETURNED: ("Exception", "Exception_011"),
}
_MOVES = ("InTransit", "InTransit_001")
_COUNTRY = {
    "AU": "AUS",
    "CN": "CHN",
    "DE": "DEU",
    "GB": "GBR",
    "HK": "HKG",
    "JP": "JPN",
    "KR": "KOR",
    "MY": "MYS",
    "SG": "SGP",
    "TH": "THA",
    "TW": "TWN",
    "US": "USA",
}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    checkpoints = [
        {
            "slug": journey.carrier.slug,
            "city": event.hub.en,
            "location": event.hub.en,
            "country_iso3": _COUNTRY[event.hub.country],
            "message": en(event),
            "tag": _TAG.get(event.step, _MOVES)[0],
            "subtag": _TAG.get(event.step, _MOVES)[1],
            "checkpoint_time": local(event).isoformat(),
            "created_at": event.at.isoformat(),
        }
        for event in history
    ]
    body = {
        "event": "tracking_update",
        "ts": int(history[-1].at.timestamp()),
        "msg": {
            "id": f"trk{journey.waybill.lower()}",
            "tracking_number": journey.waybill,
            "slug": journey.carrier.slug,
            "tag": checkpoints[-1]["tag"],
            "subtag": checkpoints[-1]["subtag"],
            "checkpoints": checkpoints,
        },
    }
    return json.dumps(body).encode(), "application/json"
