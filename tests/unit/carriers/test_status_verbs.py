"""Sentences as carriers write them, and what a person takes them to mean. Written for this project, judged by hand."""

from __future__ import annotations

import pytest

from carriers._hubs import hubs_of
from carriers._meanings import UNKNOWN, by_text, decide, of_newest, refine
from carriers._tables import Meaning
from core.scan import Detail, Milestone, Signer
from core.words import skeleton

SENTENCES = [
    ("【义乌市】已下单，等待揽收", "announced"),
    ("快件电子面单已打印，待揽收", "announced"),
    ("【无锡新区公司】的王某(138****0000)已揽收", "picked_up"),
    ("顺丰速运 已收取快件", "picked_up"),
    ("已攬收", "picked_up"),
    ("上门揽件成功", "picked_up"),
    ("快件已发车", "in_transit departed"),
    ("【无锡转运中心】已发出，下一站【郑州转运中心】", "in_transit departed"),
    ("快件離開【桃園轉運中心】，正發往【台南營業所】", "in_transit departed"),
    ("快件到达【郑州转运中心】", "in_transit arrived"),
    ("貨件已抵達【高雄轉運中心】", "in_transit arrived"),
    ("快件在【郑州转运中心】完成分拣", "in_transit sorted"),
    ("【郑州金水区网点】的李师傅正在派件，请保持电话畅通", "out_for_delivery"),
    ("正在派送途中,请您准备签收(派件人:张,电话:13800000000)", "out_for_delivery"),
    ("快递员已开始派送，预计今日送达", "out_for_delivery"),
    ("包裹配送中，請留意收件", "out_for_delivery"),
    ("快件已暂存至XX小区菜鸟驿站，请凭取件码1-2-3456取件", "available"),
    ("已放入丰巢快递柜，请及时取件", "available"),
    ("包裹已送達門市，請盡快取件", "available"),
    ("您的快件已签收，签收人：本人签收", "delivered"),
    ("已簽收，感謝您使用本公司服務", "delivered"),
    ("客户签收人: 前台 已签收 如有疑问请联系网点", "delivered"),
    ("快件已由驿站代收，已签收", "delivered"),
    ("已妥投", "delivered"),
    ("派送不成功，原因：收件人不在家，改日再派", "attempt_failed absent"),
    ("收件人拒收，快件将退回", "attempt_failed refused"),
    ("快件外包装破损，已登记", "exception damaged"),
    ("快件在运输中丢失，正在核实", "exception lost"),
    ("因台风影响，派送延误", "exception delayed"),
    ("地址不详，无法派送", "exception bad_address"),
    ("快件已退回寄件人", "returned"),
    ("退回件，正发往【无锡转运中心】", "returning"),
    ("订单取消", "cancelled"),
    ("清关完成，已放行", "customs customs_cleared"),
    ("快件正在清关", "customs"),
    ("航班已起飞", "in_transit flight"),
    ("Shipment information received", "announced"),
    ("Shipping label created, USPS awaiting item", "announced"),
    ("Origin scan", "picked_up"),
    ("Picked up", "picked_up"),
    ("Departed facility in LEIPZIG", "in_transit departed"),
    ("Arrived at USPS regional facility", "in_transit arrived"),
    ("Out for Delivery", "out_for_delivery"),
    ("On FedEx vehicle for delivery", "out_for_delivery"),
    ("Ready for customer pickup at the access point", "available"),
    ("Delivered, front porch", "delivered"),
    ("Your item was delivered to an individual at the address", "delivered"),
    ("Delivery attempted; no one was home", "attempt_failed absent"),
    ("The package could not be delivered", "attempt_failed"),
    ("Refused by recipient", "attempt_failed refused"),
    ("Package damaged in transit", "exception damaged"),
    ("Returned to sender", "returned"),
    ("Return to sender in progress", "returning"),
    ("Held in customs, documents required", "customs customs_held"),
    ("Customs clearance completed", "customs customs_cleared"),
    ("Weather delay", "exception delayed"),
    ("No damage found, delivered", "delivered"),
    ("外包装无破损，已签收", "delivered"),
    ("zzz", "unknown"),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_what_a_sentence_means(text: str, expected: str) -> None:
    found = by_text(skeleton(text))
    assert " ".join(str(word) for word in (found.milestone, found.detail) if word) == expected


@pytest.mark.parametrize(
    ("text", "here", "there"),
    [
        ("【青岛转运中心】，正发往【广州转运中心】", "青岛转运中心", "广州转运中心"),
        ("快件离开【一号集散中心】,正发往 【二号营业点】", "一号集散中心", "二号营业点"),
        ("【甲市转运中心】 已发出 下一站 【乙市公司】", "甲市转运中心", "乙市公司"),
        ("到【丙市转运中心】", "丙市转运中心", None),
        ("【快递员/138****0000】正在派件，【丁区二部/网点电话138****0000】", "丁区二部", None),
        ("快件已到达戊超市妈妈驿站联系电话138****0000", "戊超市妈妈驿站", None),
        ("【深圳市】快件已揽收", "深圳市", None),
        ("快件已到达13800001234退货中心，已到达己市公司", "己市公司", None),
        ("Departed [HUB 7]", "HUB 7", None),
        ("已签收", None, None),
        ("【】【【】", None, None),
    ],
)
def test_hubs(text: str, here: str | None, there: str | None) -> None:
    assert (hubs_of(text).facility, hubs_of(text).onward) == (here, there)


@pytest.mark.parametrize(
    ("text", "signer"),
    [
        ("已签收，签收人：前台", Signer.FRONT_DESK),
        ("快递柜签收", Signer.LOCKER),
        ("驿站代收，已签收", Signer.STATION),
        ("邻居代收，已签收", Signer.NEIGHBOUR),
        ("已签收，放置在家门口", Signer.SAFE_PLACE),
        ("本人签收", Signer.PERSON),
        ("Delivered, In/At Mailbox", Signer.SAFE_PLACE),
        ("Delivered", None),
    ],
)
def test_signers(text: str, signer: Signer | None) -> None:
    assert refine(Meaning(Milestone.DELIVERED), text).signer is signer


def test_the_code_decides_and_the_text_only_refines() -> None:
    transit = Meaning(Milestone.IN_TRANSIT)
    assert refine(transit, "Delivered to local partner").milestone is Milestone.IN_TRANSIT
    assert refine(transit, "外箱破损").detail is Detail.DAMAGED
    assert refine(Meaning(Milestone.DELIVERED), "已签收，外箱破损").detail is Detail.DAMAGED
    assert refine(Meaning(Milestone.DELIVERED), "已签收，因天气延误敬请谅解").detail is None
    assert refine(Meaning(Milestone.RETURNING), "已签收").milestone is Milestone.RETURNING
    assert decide({}, "x", None) is UNKNOWN


def test_the_state_of_a_parcel_tells_what_its_newest_event_means() -> None:
    spoken = Meaning(Milestone.DELIVERED, signer=Signer.PERSON)
    assert of_newest(Meaning(Milestone.RETURNED), spoken, "已签收").milestone is Milestone.RETURNED
    assert of_newest(Meaning(Milestone.DELIVERED), spoken, "已签收") is spoken
    assert of_newest(Meaning(Milestone.IN_TRANSIT), spoken, "已签收") is spoken
    assert of_newest(Meaning(Milestone.IN_TRANSIT), UNKNOWN, "zzz").milestone is Milestone.IN_TRANSIT
    assert of_newest(None, spoken, None) is spoken


@pytest.mark.parametrize(
    ("coded", "text", "expected"),
    [
        (Milestone.ATTEMPT_FAILED, "疑似遗失", "attempt_failed lost carrier"),
        (Milestone.ATTEMPT_FAILED, "派送不成功，快件疑似丢失，正在核实", "attempt_failed lost carrier"),
        (Milestone.ATTEMPT_FAILED, "delivery failed, parcel lost", "attempt_failed lost carrier"),
        (Milestone.ATTEMPT_FAILED, "外包装破损，客户不在", "attempt_failed damaged"),
        (Milestone.RETURNING, "退回途中丢失", "returning lost carrier"),
        (Milestone.CUSTOMS, "快件在海关遗失", "customs lost carrier"),
        (Milestone.EXCEPTION, "疑似遗失", "exception lost carrier"),
        # Small print of texts that tell the ordinary course.
        (Milestone.DELIVERED, "已签收，如包裹遗失请联系客服", "delivered"),
        (Milestone.DELIVERED, "Delivered. Lost? Call us", "delivered"),
        (Milestone.OUT_FOR_DELIVERY, "正在派送，遗失赔付规则见官网", "out_for_delivery"),
        (Milestone.AVAILABLE, "已放入快递柜，遗失不负责", "available"),
        (Milestone.ATTEMPT_FAILED, "未丢失，改日再派", "attempt_failed"),
        (Milestone.ATTEMPT_FAILED, "丢失件已找回，明日派送", "attempt_failed"),
    ],
)
def test_loss_in_a_coded_text_is_believed_but_for_small_print(coded: Milestone, text: str, expected: str) -> None:
    found = refine(Meaning(coded), text)
    words = (found.milestone, found.detail, found.detail and found.culprit)
    assert " ".join(str(word) for word in words if word) == expected
