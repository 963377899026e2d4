"""SF Express's route push (JSON): only what is new, one node an operation."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey
from sim.step import Step
from sim.wire.words import beijing, zh

_OPCODE = {
    Step.ANNOUNCED: "647",
    Step.PICKED_UP: "50",
    Step.DEPARTED: "30",
    Step.ARRIVED: "31",
    Step.SORTED: "75",
    Step.FLIGHT: "105",
    Step.CUSTOMS: "604",
    Step.CUSTOMS_HELD: "17",
    Step.CUSTOMS_CLEARED: "606",
    Step.CHECKED: "3036",
    Step.DAMAGED: "72",
    Step.DAMAGED_TEXT: "3036",
    Step.REPACKED: "3036",
    Step.HELD: "77",
    Step.DELAYED: "72",
    Step.MISROUTED: "72",
    Step.LOST: "72",
    Step.OUT: "44",
    Step.ABSENT: "33",
    Step.REFUSED: "70",
    Step.BAD_ADDRESS: "33",
    Step.AVAILABLE_LOCKER: "125",
    Step.AVAILABLE_STATION: "678",
    Step.REDIRECTED: "3036",
    Step.DELIVERED: "80",
    Step.DELIVERED_DESK: "80",
    Step.COLLECTED: "80",
    Step.LEFT_AGREED: "80",
    Step.LEFT_UNASKED: "80",
    Step.UNCLAIMED: "833",
    Step.RETURNING: "631",
    Step.RETURNED: "660",
}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the JSON body."""
    routes = [
        {
            "mailno": journey.waybill,
            "acceptTime": beijing(event).strftime("%Y-%m-%d %H:%M:%S"),
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
