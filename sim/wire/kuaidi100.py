"""Kuaidi100's push: the whole history each time, newest first, local times without zone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from sim.journey import Event, Journey
from sim.step import DELIVERIES, Step
from sim.wire.words import local, zh

_STATE = {
    Step.ANNOUNCED: ("101", "已下单"),
    Step.PICKED_UP: ("1", "揽收"),
    Step.CUSTOMS: ("8", "清关"),
    Step.CUSTOMS_HELD: ("13", "清关异常"),
    Step.CUSTOMS_CLEARED: ("12", "已清关"),
    Step.DAMAGED: ("2", "疑难"),
    Step.HELD: ("208", "滞留"),
    Step.DELAYED: ("2", "疑难"),
    Step.MISROUTED: ("2", "疑难"),
    Step.LOST: ("2", "疑难"),
    Step.OUT: ("5", "派件"),
    Step.ABSENT: ("2", "疑难"),
    Step.REFUSED: ("14", "拒签"),
    Step.BAD_ADDRESS: ("204", "派件异常"),
    Step.AVAILABLE_LOCKER: ("501", "投柜或驿站"),
    Step.AVAILABLE_STATION: ("501", "投柜或驿站"),
    Step.REDIRECTED: ("7", "转投"),
    Step.DELIVERED: ("3", "签收"),
    Step.DELIVERED_DESK: ("303", "代签"),
    Step.COLLECTED: ("3", "签收"),
    Step.LEFT_AGREED: ("304", "投柜或站签收"),
    Step.LEFT_UNASKED: ("304", "投柜或站签收"),
    Step.UNCLAIMED: ("205", "柜或驿站超时未取"),
    Step.RETURNING: ("6", "退回"),
    Step.RETURNED: ("4", "退签"),
}
_OVER = DELIVERIES | {Step.RETURNED}
_COMPANY = {"yto": "yuantong", "sto": "shentong", "zto": "zhongtong", "yunda": "yunda", "sf": "shunfeng"}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give the form with `param`; the signature is added by the sender."""
    rows = []
    for event in reversed(history):
        code, status = _STATE.get(event.step, ("0", "在途"))
        time = local(event).strftime("%Y-%m-%d %H:%M:%S")
        rows.append(
            {
                "time": time,
                "ftime": time,
                "context": zh(event),
                "status": status,
                "statusCode": code,
                "location": event.hub.zh,
            }
        )
    state = rows[0]["statusCode"][:1] if rows else "0"
    param = {
        "status": "shutdown" if history[-1].step in _OVER else "polling",
        "message": "",
        "lastResult": {
            "message": "ok",
            "nu": journey.waybill,
            "ischeck": "1" if state == "3" else "0",
            "com": _COMPANY[journey.carrier.slug],
            "status": "200",
            "state": state,
            "data": rows,
        },
    }
    return urlencode({"param": json.dumps(param, ensure_ascii=False)}).encode(), "application/x-www-form-urlencoded"
