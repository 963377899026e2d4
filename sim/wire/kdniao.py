"""KdNiao's push: a form whose RequestData holds parcels with their whole history, oldest first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from sim.journey import Event, Journey, Step
from sim.wire.words import local, zh

_ACTION = {
    Step.PICKED_UP: "1",
    Step.DEPARTED: "204",
    Step.ARRIVED: "204",
    Step.OUT: "202",
    Step.ABSENT: "416",
    Step.DAMAGED: "414",
    Step.LOST: "4",
    Step.REFUSED: "404",
    Step.RETURNING: "407",
    Step.RETURNED: "406",
    Step.AVAILABLE: "211",
    Step.DELIVERED: "301",
}
_SHIPPER = {"zto": "ZTO", "sto": "STO", "yto": "YTO", "sf": "SF", "yunda": "YD"}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the form; the signature is added by the sender."""
    traces = [
        {
            "AcceptTime": local(event).strftime("%Y-%m-%d %H:%M:%S"),
            "AcceptStation": zh(event),
            "Action": _ACTION.get(event.step, ""),
            "Location": event.hub.zh,
        }
        for event in history
    ]
    last = history[-1].step
    state = {Step.DELIVERED: "3", Step.RETURNED: "4", Step.ABSENT: "4", Step.DAMAGED: "414", Step.LOST: "4"}.get(
        last, "2"
    )
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
