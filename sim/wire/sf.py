"""SF Express's route push (JSON): only what is new, one node an operation."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey, Step
from sim.wire.words import local, zh

_OPCODE = {
    Step.ANNOUNCED: "647",
    Step.PICKED_UP: "50",
    Step.DEPARTED: "30",
    Step.ARRIVED: "31",
    Step.CUSTOMS: "604",
    Step.CUSTOMS_CLEARED: "606",
    Step.OUT: "44",
    Step.ABSENT: "33",
    Step.DAMAGED: "72",
    Step.LOST: "72",
    Step.REFUSED: "70",
    Step.RETURNING: "631",
    Step.RETURNED: "660",
    Step.AVAILABLE: "130",
    Step.DELIVERED: "80",
}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    routes = [
        {
            "mailno": journey.waybill,
            "acceptTime": local(event).strftime("%Y-%m-%d %H:%M:%S"),
            "acceptAddress": f"{event.hub.zh}市",
            "remark": zh(event),
            "opCode": _OPCODE[event.step],
            "id": f"{int(event.at.timestamp())}{_OPCODE[event.step]}",
            "orderid": f"ORD{journey.waybill[-10:]}",
            "reasonName": "",
            "reasonCode": "",
        }
        for event in new
    ]
    return json.dumps({"Body": {"WaybillRoute": routes}}, ensure_ascii=False).encode(), "application/json"
