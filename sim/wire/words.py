"""The words that carriers write beside their codes.

Invariant: one text a step and language. May import: sim.journey, sim.small.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sim.journey import Event, Step

_ZH = {
    Step.ANNOUNCED: "【{hub}市】商家已下单，等待揽收",
    Step.PICKED_UP: "【{hub}市】快件已被【{hub}城东网点】揽收",
    Step.DEPARTED: "【{hub}转运中心】已发出，正发往【{to}转运中心】",
    Step.ARRIVED: "快件已到达【{hub}转运中心】",
    Step.CUSTOMS: "【{hub}】快件清关中",
    Step.CUSTOMS_CLEARED: "【{hub}】快件清关完成",
    Step.OUT: "【{hub}市】【{hub}城西网点】派件员正在派件",
    Step.ABSENT: "【{hub}市】派送不成功，收件人不在家，将再次派送",
    Step.DAMAGED: "【{hub}转运中心】快件外包装破损，已重新加固，请留意",
    Step.LOST: "【{hub}转运中心】快件已确认遗失，将为您办理理赔",
    Step.REFUSED: "【{hub}市】收件人拒收，快件将退回",
    Step.RETURNING: "【{hub}市】快件退回中",
    Step.RETURNED: "【{hub}市】退回件已由寄件人签收",
    Step.AVAILABLE: "【{hub}市】快件已存放至丰巢智能柜，请凭取件码取件",
    Step.DELIVERED: "【{hub}市】已签收，签收人：本人",
}
_EN = {
    Step.ANNOUNCED: "Shipment information received",
    Step.PICKED_UP: "Picked up by carrier",
    Step.DEPARTED: "Departed {hub} facility",
    Step.ARRIVED: "Arrived at {hub} facility",
    Step.CUSTOMS: "Clearance processing at {hub}",
    Step.CUSTOMS_CLEARED: "Customs clearance completed",
    Step.OUT: "Out for delivery",
    Step.ABSENT: "Delivery attempted, recipient not available",
    Step.DAMAGED: "Package damaged in transit, contents being inspected",
    Step.LOST: "The package could not be located and is reported lost",
    Step.REFUSED: "Delivery refused by the recipient",
    Step.RETURNING: "Returning to sender",
    Step.RETURNED: "Returned to sender",
    Step.AVAILABLE: "Available for pickup",
    Step.DELIVERED: "Delivered, signed by recipient",
}


def zh(event: Event) -> str:
    """Give the text that a Chinese courier writes."""
    return _ZH[event.step].format(hub=event.hub.zh, to=event.to.zh if event.to else "")


def en(event: Event) -> str:
    """Give the text that an international carrier writes."""
    return _EN[event.step].format(hub=event.hub.en)


def local(event: Event) -> datetime:
    """Give the event's time on the clock at its hub."""
    return event.at.astimezone(timezone(timedelta(seconds=event.hub.offset_s)))
