"""KdNiao's push: a form whose RequestData holds parcels with their whole history, oldest first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from sim.journey import Event, Journey
from sim.step import Step
from sim.wire.words import local, zh

_ACTION = {
    Step.ANNOUNCED: "10",
    Step.PICKED_UP: "1",
    Step.DEPARTED: "206",
    Step.ARRIVED: "204",
    Step.CUSTOMS: "602",
    Step.CUSTOMS_HELD: "604",
    Step.CUSTOMS_CLEARED: "603",
    Step.DAMAGED: "414",
    Step.HELD: "413",
    Step.DELAYED: "417",
    Step.MISROUTED: "422",
    Step.LOST: "4",
    Step.OUT: "202",
    Step.ABSENT: "416",
    Step.REFUSED: "404",
    Step.BAD_ADDRESS: "405",
    Step.AVAILABLE_LOCKER: "211",
    Step.AVAILABLE_STATION: "211",
    Step.REDIRECTED: "5",
    Step.DELIVERED: "301",
    Step.DELIVERED_DESK: "304",
    Step.COLLECTED: "301",
    Step.LEFT_AGREED: "311",
    Step.LEFT_UNASKED: "311",
    Step.UNCLAIMED: "412",
    Step.RETURNING: "407",
    Step.RETURNED: "406",
}
_STATE = {
    Step.DELIVERED: "3",
    Step.DELIVERED_DESK: "3",
    Step.COLLECTED: "3",
    Step.LEFT_AGREED: "3",
    Step.LEFT_UNASKED: "3",
    Step.RETURNED: "4",
    Step.ABSENT: "4",
    Step.DAMAGED: "4",
    Step.LOST: "4",
}
_SHIPPER = {"zto": "ZTO", "sto": "STO", "yto": "YTO", "sf": "SF", "yunda": "YD"}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the form; the signature is added by the sender."""
    traces = [
        {
            "AcceptTime": local(event).strftime("%Y-%m-%d %H:%M:%S"),
            "AcceptStation": zh(event),
            "Action": _ACTION.get(event.step, "2"),
            "Location": event.hub.zh,
        }
        for event in history
    ]
    state = _STATE.get(history[-1].step, "2")
    data = {
        "PushTime": local(history[-1]).strftime("%Y-%m-%d %H:%M:%S"),
        "EBusinessID": "1234567",
        "Count": "1",
        "Data": [
            {
                "EBusinessID": "1234567",
                "ShipperCode": _SHIPPER[journey.carrier.slug],
                "LogisticCode": journey.waybill,
                "Success": True,
                "State": state,
                "StateEx": traces[-1]["Action"],
                "Traces": traces,
            }
        ],
    }
    form = {"RequestData": json.dumps(data, ensure_ascii=False), "RequestType": "102"}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"
