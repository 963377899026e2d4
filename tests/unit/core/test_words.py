from __future__ import annotations

import pytest

from core.scan import Culprit, Detail, Milestone
from core.words import read_words

SAID = [
    ("快件外包装破损，已联系发件人", Detail.DAMAGED, None),
    ("包裹外箱破損，內件待確認", Detail.DAMAGED, None),
    ("因破损无法派送", Detail.DAMAGED, None),
    ("未妥投因破损", Detail.DAMAGED, None),
    ("包裹內物損壞", Detail.DAMAGED, None),
    ("液体渗漏污染其他快件", Detail.DAMAGED, None),
    ("受颱風影響貨物浸濕", Detail.DAMAGED, Culprit.WEATHER),
    ("The package was damaged in transit.", Detail.DAMAGED, None),
    ("Could not be delivered due to damage", Detail.DAMAGED, None),
    ("No signature obtained, contents damaged", Detail.DAMAGED, None),
    ("Box is crushed", Detail.DAMAGED, None),
    ("Your parcel arrived wet", Detail.DAMAGED, None),
    ("快件已重新包装继续运输", Detail.REPACKED, None),
    ("Item repacked at hub", Detail.REPACKED, None),
    ("快件在运输途中丢失", Detail.LOST, Culprit.CARRIER),
    ("包裹遺失，正在查找", Detail.LOST, Culprit.CARRIER),
    ("货物被盗，未找到", Detail.LOST, Culprit.CARRIER),
    ("The shipment is lost", Detail.LOST, Culprit.CARRIER),
    ("Package is missing", Detail.LOST, Culprit.CARRIER),
    ("We are unable to locate the package", Detail.LOST, Culprit.CARRIER),
    ("Lost in flood", Detail.LOST, Culprit.WEATHER),
    ("收件人拒收", Detail.REFUSED, Culprit.CONSIGNEE),
    ("客戶拒簽，退回", Detail.REFUSED, Culprit.CONSIGNEE),
    ("Delivery refused by recipient", Detail.REFUSED, Culprit.CONSIGNEE),
    ("收件地址不詳", Detail.BAD_ADDRESS, None),
    ("查无此人", Detail.BAD_ADDRESS, None),
    ("Incorrect or incomplete address", Detail.BAD_ADDRESS, None),
    ("Address is incorrect", Detail.BAD_ADDRESS, None),
    ("收件人不在家，約定明日再送", Detail.ABSENT, Culprit.CONSIGNEE),
    ("无人签收，联系电话13812345678", Detail.ABSENT, Culprit.CONSIGNEE),
    ("電話無人接聽", Detail.ABSENT, Culprit.CONSIGNEE),
    ("Nobody at home", Detail.ABSENT, Culprit.CONSIGNEE),
    ("The receiver was not available", Detail.ABSENT, Culprit.CONSIGNEE),
    ("Business closed", Detail.ABSENT, Culprit.CONSIGNEE),
    ("清關延誤", Detail.CUSTOMS_HELD, Culprit.CUSTOMS),
    ("Held by customs", Detail.CUSTOMS_HELD, Culprit.CUSTOMS),
    ("Customs hold", Detail.CUSTOMS_HELD, Culprit.CUSTOMS),
    ("因颱風影響，班機延誤", Detail.DELAYED, Culprit.WEATHER),
    ("Delayed due to severe weather", Detail.DELAYED, Culprit.WEATHER),
    ("Returned, refused by recipient. Will be sent again if paid", Detail.REFUSED, Culprit.CONSIGNEE),
    ("快件滞留", Detail.DELAYED, None),
    ("A delay has occurred", Detail.DELAYED, None),
    ("Truck has broken down", Detail.DELAYED, None),
]


@pytest.mark.parametrize(("text", "detail", "culprit"), SAID)
def test_says(text: str, detail: Detail, culprit: Culprit | None) -> None:
    words = read_words(text)
    assert words is not None
    assert (words.detail, words.culprit) == (detail, culprit)


@pytest.mark.parametrize("text", ["快件退回中", "包裹已退件", "Returning to sender", "Return package to sender"])
def test_says_a_return(text: str) -> None:
    words = read_words(text)
    assert words is not None
    assert (words.detail, words.milestone) == (None, Milestone.RETURNING)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "快件到达【青岛转运中心】",
        "Departed FedEx location",
        "no damage found",
        "Inspected: no visible damage or loss",
        "Package was not damaged",
        "Parcel isn't damaged",
        "undamaged",
        "Damage: none",
        "damage not found",
        "delivered damage-free",
        "Barcode label damaged",
        "Shipment exception - Barcode label unreadable and replaced",
        "If the parcel is damaged, please refuse it",
        "Please check for damage",
        "There are no delays",
        "The lost parcel was found",
        "包裹无破损",
        "包裹無破損",
        "外包装未破损",
        "外包裝未破損",
        "没有发现破损",
        "未见明显破损",
        "外包装完好",
        "外包裝完好",
        "破损：无",
        "破損情況：無",
        "破损已排除",
        "面单破损，已补打",
        "如有破损请拒收",
        "请检查外包装是否破损",
        "如有破損，請拒收。",
        "丢失件已找回",
        "遺失包裹已尋回",
        "快件未丢失",
        "无延误",
        "面单信息遗失无法正常投递",
        "Final Notice; Item will be returned to sender if not collected within 10 days",
    ],
)
def test_says_nothing(text: str) -> None:
    assert read_words(text) is None


def test_a_later_sentence_counts_on_its_own() -> None:
    words = read_words("外包装未破损。内件丢失。")
    assert words is not None
    assert (words.detail, words.words) == (Detail.LOST, "内件丢失")


def test_a_condition_ends_with_its_sentence() -> None:
    words = read_words("如有问题请联系。外箱破损")
    assert words is not None
    assert words.detail is Detail.DAMAGED


def test_telephone_numbers_are_hidden() -> None:
    words = read_words("包裹破损请致电13812345678")
    assert words is not None
    assert words.words == "包裹破损请致电***"


def test_an_endless_text_is_cut() -> None:
    words = read_words("破损" + "长" * 10_000)
    assert words is not None
    assert len(words.words) == 80
