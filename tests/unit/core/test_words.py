from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.scan import Culprit, Detail, Milestone
from core.words import LONGEST, Topic, read_words
from core.words.marks import MARKS
from core.words.plain import composed, plain
from core.words.reading import _CHARACTERS, _LETTERS, _RULES, LANGUAGES, _candidates, _spoken

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


FOREIGN = [
    # German, umlauts in both spellings
    ("Die Sendung wurde beschädigt und wird nachverpackt.", Topic.DAMAGE),
    ("Sendung wurde beschaedigt", Topic.DAMAGE),
    ("Paket ist verloren gegangen", Topic.LOSS),
    ("Der Empfänger hat die Annahme verweigert", Topic.REFUSAL),
    ("Empfaenger nicht angetroffen", Topic.ABSENCE),
    ("Zustellung nicht möglich wegen falscher Anschrift", Topic.ADDRESS),
    ("Sendung vom Zoll angehalten", Topic.CUSTOMS),
    ("Rücksendung an den Absender", Topic.RETURN),
    ("Zustellung wegen Hochwasser ausgesetzt", Topic.WEATHER),
    ("Die Zustellung verzögert sich", Topic.DELAY),
    ("Paket wird umgepackt", Topic.REPACK),
    # French
    ("Colis endommagé pendant le transport", Topic.DAMAGE),
    ("Votre colis est déclaré perdu", Topic.LOSS),
    ("Refusé par le destinataire", Topic.REFUSAL),
    ("Destinataire absent, avis de passage", Topic.ABSENCE),
    ("L’adresse est incomplète", Topic.ADDRESS),
    ("Envoi retenu en douane", Topic.CUSTOMS),
    ("Retour à l'expéditeur", Topic.RETURN),
    ("Intempéries sur le secteur", Topic.WEATHER),
    ("Votre colis a pris du retard", Topic.DELAY),
    # Spanish
    ("El paquete ha sufrido daños", Topic.DAMAGE),
    ("Envío extraviado", Topic.LOSS),
    ("Rehusado por el destinatario", Topic.REFUSAL),
    ("Destinatario ausente", Topic.ABSENCE),
    ("Dirección incorrecta", Topic.ADDRESS),
    ("Retenido en aduana", Topic.CUSTOMS),
    ("Devuelto al remitente", Topic.RETURN),
    ("Reparto suspendido por nevadas", Topic.WEATHER),
    ("Entrega con retraso", Topic.DELAY),
    # Portuguese
    ("Objeto avariado", Topic.DAMAGE),
    ("Objeto extraviado", Topic.LOSS),
    ("Cliente recusou-se a receber", Topic.REFUSAL),
    ("Carteiro não atendido", Topic.ABSENCE),
    ("Morada insuficiente", Topic.ADDRESS),
    ("Declaração aduaneira ausente ou incorreta", Topic.CUSTOMS),
    ("Objeto em devolução ao remetente", Topic.RETURN),
    ("Entrega suspensa por enchentes", Topic.WEATHER),
    ("Objeto com atraso na entrega", Topic.DELAY),
    # one language inside another
    ("Delivery exception: destinataire absent", Topic.ABSENCE),
    ("Delivery may be delayed due to labour disruption", Topic.DELAY),
]


@pytest.mark.parametrize(("text", "topic"), FOREIGN)
def test_says_it_in_other_languages(text: str, topic: Topic) -> None:
    words = read_words(text)
    assert words is not None
    assert words.topic is topic


@pytest.mark.parametrize(
    "text",
    [
        "Keine Beschädigung festgestellt",
        "Schaden: keiner",
        "Bei Beschädigung bitte Annahme verweigern",
        "Falls die Sendung beschädigt ist, melden Sie dies",
        "Retourenlabel wurde erstellt",
        "Colis livré sans dommage",
        "En cas de colis endommagé, refusez la livraison",
        "Aucun retard constaté",
        "Entregado sin daños",
        "Si el paquete está dañado, rechácelo",
        "¿No hay nadie en casa?",
        "Devuelto a la oficina de reparto",
        "Entregue sem avarias",
        "Se a embalagem estiver danificada, recuse a entrega",
        "Não foi extraviado",
        "Objeto sujeito a atraso na entrega",
        "Departed LOST HILLS, CA",
        "Arrived at STORM LAKE, IA",
        "Return to FedEx office",
        'Picked up: 1 x "Damaged Goods" vinyl record',
        "Product: Delayed Gratification board game",
        "Description: Tischlampe. Farbe: Sturmgrau. Product: Hurricane Lamp",
        "Held by customs, released on Monday",
        "Incorrect address corrected",
        "Delay resolved",
        "商品：防水破冰锤，已揽收",
        "快件已到达【退件中心】",
    ],
)
def test_says_nothing_in_other_languages(text: str) -> None:
    assert read_words(text) is None


def test_tells_which_words_decided_as_they_were_written() -> None:
    words = read_words("Ihr Paket: Sendung BESCHÄDIGT, bitte warten")
    assert words is not None
    assert (words.matched, words.words) == ("BESCHÄDIGT", "Ihr Paket: Sendung BESCHÄDIGT")
    words = read_words("貨物短少一件，追查中")
    assert words is not None
    assert (words.matched, words.words) == ("短少", "貨物短少一件")


def test_the_gravest_of_several_is_said() -> None:
    words = read_words("Refused by recipient, box damaged, delayed by a storm")
    assert words is not None
    assert (words.topic, words.culprit) == (Topic.DAMAGE, Culprit.WEATHER)


def test_accents_in_two_characters_are_read() -> None:
    words = read_words("Colis endommage\u0301")
    assert words is not None
    assert words.topic is Topic.DAMAGE


def test_nothing_is_read_beyond_the_limit() -> None:
    assert read_words(" " * LONGEST + "破损") is None


@given(st.text(max_size=80))
def test_plain_text_keeps_every_place(text: str) -> None:
    whole = composed(text)
    assert len(plain(whole)) == len(whole)


_SALAD = sorted(
    {text for text, _ in FOREIGN} | {text for text, *_ in SAID} | {"no", "if", "nicht", "sans", "“", "。", "?"}
)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(_SALAD), max_size=6).map(" ".join))
def test_the_answer_is_part_of_the_text(text: str) -> None:
    words = read_words(text)
    assert read_words.__wrapped__(text) == words
    if words is not None:
        assert words.words.partition("***")[0] in composed(text)
        assert words.matched.partition("***")[0] in composed(text)


def test_keys_have_the_length_that_texts_are_cut_to() -> None:
    assert {len(key) for key in _LETTERS} <= {1, 2, 3, 4}
    assert {len(key) for key in _CHARACTERS} == {1}
    assert {name for names in MARKS.values() for name in names} <= {language.name for language in LANGUAGES}


@pytest.mark.parametrize("text", [text for text, _ in FOREIGN] + [text for text, *_ in SAID])
def test_no_key_hides_a_match(text: str) -> None:
    read = plain(composed(text))
    tried, spoken = _candidates(read), _spoken(re.findall("[a-z]+", read))
    hidden = [
        (language.name, rule.topic)
        for bit, (language, rule) in enumerate(_RULES)
        if spoken >> bit & 1 and not tried >> bit & 1 and rule.says.search(read)
    ]
    assert hidden == []


@pytest.mark.parametrize(
    "text",
    [
        "该快件疑似遗失，网点正在排查",
        "包裹疑似遺失",
        "Suspected loss",
        "Parcel presumed lost",
        "Verdacht auf Verlust der Sendung",
        "Sendung vermutlich verloren",
        "Colis présumé perdu",
        "Envío presuntamente extraviado",
        "Posible extravío",
        "Suspeita de extravio",
    ],
)
def test_a_feared_loss_is_a_suspicion(text: str) -> None:
    words = read_words(text)
    assert words is not None
    assert (words.detail, words.suspected) == (Detail.LOST, True)


@pytest.mark.parametrize(
    "text", ["快件遗失", "包裹遺失，進入賠償程序", "Shipment lost", "Totalverlust", "Colis perdu", "Objeto extraviado"]
)
def test_a_stated_loss_is_no_suspicion(text: str) -> None:
    words = read_words(text)
    assert words is not None
    assert (words.detail, words.suspected) == (Detail.LOST, False)


def test_only_a_loss_is_suspected() -> None:
    words = read_words("Package possibly damaged by water, contents broken")
    assert words is not None
    assert (words.topic, words.suspected) == (Topic.DAMAGE, False)


@pytest.mark.parametrize("text", ["Movimiento local en LA TORMENTA", "Arrived at SNOW", "In transit, departed STORM"])
def test_a_place_named_after_the_weather_is_no_weather(text: str) -> None:
    assert read_words(text) is None


@pytest.mark.parametrize("text", ["STORM", "DELAYED BY STORM", "Retraso por TORMENTA", "Delayed by HEAVY SNOW"])
def test_weather_in_capitals_is_weather(text: str) -> None:
    words = read_words(text)
    assert words is not None
    assert words.culprit is Culprit.WEATHER


@pytest.mark.parametrize("text", ["Resumed after weather delay", "Delivery resumed following a storm"])
def test_what_went_on_again_is_not_held_up(text: str) -> None:
    assert read_words(text) is None


def test_what_will_go_on_again_is_held_up() -> None:
    words = read_words("Delivery will be resumed after the storm")
    assert words is not None
    assert words.culprit is Culprit.WEATHER


def test_a_delay_by_others_is_a_delay() -> None:
    words = read_words("Non-carrier delay")
    assert words is not None
    assert words.detail is Detail.DELAYED


def test_a_text_of_nothing_but_denied_words_is_given_up_in_good_time() -> None:
    took = []
    for text in ('Article: "' + "破损, " * 80, "no damage, " * 40, "“lost parcel " * 30):
        began = time.process_time()
        read_words.__wrapped__(text)
        took.append(time.process_time() - began)
    assert max(took) < 0.02
