"""The words that carriers write beside their codes, and what is meant by them.

Invariant: every step has a meaning and texts in Chinese and English. May import: core, sim.hubs, sim.step.
"""

from __future__ import annotations

from core.scan import Culprit, Detail, Milestone, Signer
from sim.hubs import Hub
from sim.step import Place, Step

Meant = tuple[Milestone, Detail | None, Culprit | None, Signer | None, str]
"""Milestone, detail, culprit, signer, the carrier's code."""

MEANT: dict[Step, Meant] = {
    Step.ANNOUNCED: (Milestone.ANNOUNCED, None, None, None, "10"),
    Step.PICKED_UP: (Milestone.PICKED_UP, None, None, None, "20"),
    Step.DEPARTED: (Milestone.IN_TRANSIT, Detail.DEPARTED, None, None, "30"),
    Step.ARRIVED: (Milestone.IN_TRANSIT, Detail.ARRIVED, None, None, "31"),
    Step.SORTED: (Milestone.IN_TRANSIT, Detail.SORTED, None, None, "32"),
    Step.FLIGHT: (Milestone.IN_TRANSIT, Detail.FLIGHT, None, None, "33"),
    Step.CUSTOMS: (Milestone.CUSTOMS, None, None, None, "40"),
    Step.CUSTOMS_HELD: (Milestone.CUSTOMS, Detail.CUSTOMS_HELD, Culprit.CUSTOMS, None, "41"),
    Step.CUSTOMS_CLEARED: (Milestone.CUSTOMS, Detail.CUSTOMS_CLEARED, None, None, "42"),
    Step.CHECKED: (Milestone.IN_TRANSIT, None, None, None, "34"),
    Step.DAMAGED: (Milestone.EXCEPTION, Detail.DAMAGED, None, None, "71"),
    Step.DAMAGED_TEXT: (Milestone.IN_TRANSIT, None, None, None, "34"),
    Step.REPACKED: (Milestone.IN_TRANSIT, Detail.REPACKED, None, None, "72"),
    Step.HELD: (Milestone.EXCEPTION, Detail.HELD, Culprit.CARRIER, None, "73"),
    Step.DELAYED: (Milestone.EXCEPTION, Detail.DELAYED, Culprit.WEATHER, None, "74"),
    Step.MISROUTED: (Milestone.EXCEPTION, Detail.MISROUTED, Culprit.CARRIER, None, "75"),
    Step.LOST: (Milestone.EXCEPTION, Detail.LOST, Culprit.CARRIER, None, "79"),
    Step.OUT: (Milestone.OUT_FOR_DELIVERY, None, None, None, "50"),
    Step.ABSENT: (Milestone.ATTEMPT_FAILED, Detail.ABSENT, Culprit.CONSIGNEE, None, "61"),
    Step.REFUSED: (Milestone.ATTEMPT_FAILED, Detail.REFUSED, Culprit.CONSIGNEE, None, "62"),
    Step.BAD_ADDRESS: (Milestone.ATTEMPT_FAILED, Detail.BAD_ADDRESS, None, None, "63"),
    Step.AVAILABLE_LOCKER: (Milestone.AVAILABLE, None, None, None, "55"),
    Step.AVAILABLE_STATION: (Milestone.AVAILABLE, None, None, None, "56"),
    Step.REDIRECTED: (Milestone.IN_TRANSIT, Detail.REDIRECTED, Culprit.CONSIGNEE, None, "35"),
    Step.DELIVERED: (Milestone.DELIVERED, None, None, Signer.PERSON, "80"),
    Step.DELIVERED_DESK: (Milestone.DELIVERED, None, None, Signer.FRONT_DESK, "81"),
    Step.COLLECTED: (Milestone.DELIVERED, None, None, Signer.PERSON, "82"),
    Step.LEFT_AGREED: (Milestone.DELIVERED, None, None, Signer.LOCKER, "83"),
    Step.LEFT_UNASKED: (Milestone.DELIVERED, None, None, Signer.LOCKER, "83"),
    Step.UNCLAIMED: (Milestone.EXCEPTION, Detail.UNCLAIMED, Culprit.CONSIGNEE, None, "64"),
    Step.RETURNING: (Milestone.RETURNING, None, None, None, "90"),
    Step.RETURNED: (Milestone.RETURNED, None, None, None, "91"),
}

ZH: dict[Step, tuple[str, ...]] = {
    Step.ANNOUNCED: ("商家已下单，等待揽收",),
    Step.PICKED_UP: ("【{at}】快件已被揽收", "【{city}市】快递员已揽收"),
    Step.DEPARTED: ("快件离开【{at}】，已发往【{to}】", "【{at}】已发出，下一站【{to}】"),
    Step.ARRIVED: ("快件已到达【{at}】", "【{city}市】快件到达【{at}】"),
    Step.SORTED: ("快件在【{at}】完成分拣",),
    Step.FLIGHT: ("【{city}】航班已起飞",),
    Step.CUSTOMS: ("【{city}】快件清关中",),
    Step.CUSTOMS_HELD: ("【{city}】快件被海关扣留查验，等待补充资料",),
    Step.CUSTOMS_CLEARED: ("【{city}】快件清关完成",),
    Step.CHECKED: ("【{at}】复称检查，外包装无破损", "【{at}】快件已检查，包装完好"),
    Step.DAMAGED: ("【{at}】快件外包装破损，已登记", "【{at}】快件破损，待处理"),
    Step.DAMAGED_TEXT: (
        "【{at}】快件外包装破损，已拍照留存",
        "【{at}】抽检发现包装破裂、内件外露",
        "【{at}】快件受潮变形，已通知发件网点",
    ),
    Step.REPACKED: ("【{at}】快件已重新包装，继续转运",),
    Step.HELD: ("【{at}】快件滞留，暂存待处理",),
    Step.DELAYED: ("【{at}】受恶劣天气影响，快件运输延误",),
    Step.MISROUTED: ("【{at}】快件错发，将转往正确的转运中心",),
    Step.LOST: ("【{at}】快件已确认遗失，将为您办理理赔",),
    Step.OUT: ("【{at}】派件员正在派件，请保持电话畅通", "【{city}市】快件交给快递员派送"),
    Step.ABSENT: ("【{city}市】派送不成功，收件人不在家，将再次派送",),
    Step.REFUSED: ("【{city}市】收件人拒收，快件将退回",),
    Step.BAD_ADDRESS: ("【{city}市】派送不成功，地址不详，正在联系收件人",),
    Step.AVAILABLE_LOCKER: ("【{city}市】快件已存放至丰巢智能柜，请凭取件码取件",),
    Step.AVAILABLE_STATION: ("【{city}市】快件已到达菜鸟驿站，请凭取件码领取",),
    Step.REDIRECTED: ("【{at}】应收件人要求更改地址，快件将转寄",),
    Step.DELIVERED: ("【{city}市】已签收，签收人：本人",),
    Step.DELIVERED_DESK: ("【{city}市】已签收，签收人：前台代收",),
    Step.COLLECTED: ("【{city}市】已签收，签收人凭取件码取件",),
    Step.LEFT_AGREED: ("【{city}市】已签收，经收件人同意投放丰巢柜", "【{city}市】已按收件人要求放入快递柜，已签收"),
    Step.LEFT_UNASKED: ("【{city}市】已签收，签收人：丰巢柜", "【{city}市】快件已签收，快递柜代收"),
    Step.UNCLAIMED: ("【{at}】快件逾期未取，将退回",),
    Step.RETURNING: ("【{at}】快件退回中",),
    Step.RETURNED: ("【{city}市】退回件已由寄件人签收",),
}
EN: dict[Step, tuple[str, ...]] = {
    Step.ANNOUNCED: ("Shipment information received",),
    Step.PICKED_UP: ("Picked up by carrier",),
    Step.DEPARTED: ("Departed {at}", "Shipment has departed from {at}"),
    Step.ARRIVED: ("Arrived at {at}", "Arrived at facility {at}"),
    Step.SORTED: ("Processed at {at}",),
    Step.FLIGHT: ("Flight departed from {city}",),
    Step.CUSTOMS: ("Clearance processing at {city}",),
    Step.CUSTOMS_HELD: ("Held by customs at {city}, documents requested",),
    Step.CUSTOMS_CLEARED: ("Customs clearance completed",),
    Step.CHECKED: ("Checked at {at}, no damage found",),
    Step.DAMAGED: ("Package damaged in transit, contents being inspected",),
    Step.DAMAGED_TEXT: ("Outer box found crushed at {at}", "Package arrived wet and torn at {at}"),
    Step.REPACKED: ("Package was repacked at {at}",),
    Step.HELD: ("Shipment on hold at {at}",),
    Step.DELAYED: ("Delayed by severe weather",),
    Step.MISROUTED: ("Missorted at {at}, will be forwarded to the right facility",),
    Step.LOST: ("The package could not be located and is reported lost",),
    Step.OUT: ("Out for delivery",),
    Step.ABSENT: ("Delivery attempted, recipient not available",),
    Step.REFUSED: ("Delivery refused by the recipient",),
    Step.BAD_ADDRESS: ("Delivery attempted, address incorrect",),
    Step.AVAILABLE_LOCKER: ("Available for pickup at parcel locker",),
    Step.AVAILABLE_STATION: ("Available for pickup",),
    Step.REDIRECTED: ("Redirected to a new address at the recipient's request",),
    Step.DELIVERED: ("Delivered, signed by recipient",),
    Step.DELIVERED_DESK: ("Delivered, left at front desk",),
    Step.COLLECTED: ("Delivered, collected by recipient",),
    Step.LEFT_AGREED: ("Delivered to parcel locker as requested by the recipient",),
    Step.LEFT_UNASKED: ("Delivered to parcel locker",),
    Step.UNCLAIMED: ("Not collected in time, will be returned",),
    Step.RETURNING: ("Returning to sender",),
    Step.RETURNED: ("Returned to sender",),
}


def facility(hub: Hub, place: Place, chinese: bool) -> str | None:
    """Give the name of the place where a scan is made, None for the sender's own door."""
    if place is Place.HUB:
        return hub.facility if chinese or hub.country != "CN" else f"{hub.en} Hub"
    if chinese:
        return f"{hub.zh}{'城东' if place is Place.ORIGIN else '城西'}营业点"
    return f"{hub.en} {'East' if place is Place.ORIGIN else 'West'} Station"


def next_facility(hub: Hub, place: Place, to: Hub, chinese: bool) -> str | None:
    """Give where a departure goes: to the hub of the town, to the station of the town, or to another hub."""
    if to is hub and place is Place.HUB:
        return facility(hub, Place.DESTINATION, chinese)
    return facility(to, Place.HUB, chinese)


def text(step: Step, hub: Hub, to: Hub | None, place: Place, variant: int, chinese: bool) -> str:
    """Give what a carrier writes."""
    choices = (ZH if chinese else EN)[step]
    at = facility(hub, place, chinese) or (hub.zh if chinese else hub.en)
    onward = next_facility(hub, place, to, chinese) if to is not None else ""
    return choices[variant % len(choices)].format(at=at, to=onward, city=hub.zh if chinese else hub.en)
