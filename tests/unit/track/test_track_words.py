"""The page's words: complete in every language, and every value of the model has its word."""

from __future__ import annotations

import re

import pytest

from api.track.render import phrases
from api.track.view import STAFF_ONLY
from api.track.wording import CATALOGUES, LANGUAGES, Words, accepted_language, known_language
from core.case import CaseKind, CaseState, WaitingOn
from core.event import ReportKind
from core.finding import Kind
from core.scan import Detail, Milestone, Signer


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return CATALOGUES[request.param]


def test_every_language_has_the_same_keys_and_fields(words: Words) -> None:
    assert words.keys() == CATALOGUES["en"].keys()


def test_every_value_of_the_model_has_its_word(words: Words) -> None:
    keys = words.keys()
    wanted = [
        *(f"{section}.{milestone}" for milestone in Milestone for section in ("milestone", "headline", "story")),
        *(
            f"{section}.{kind}"
            for kind in Kind
            if kind not in STAFF_ONLY
            for section in ("trouble", "trouble_headline", "trouble_story", "why")
        ),
        *(f"detail.{detail}" for detail in Detail),
        *(f"fact.signer_{signer}" for signer in Signer),
        *(f"case_kind.{kind}" for kind in CaseKind),
        *(
            f"{section}.{state}"
            for state in CaseState
            if state != "waiting"
            for section in ("case_state", "case_story")
        ),
        *(f"{section}.waiting_{on}" for on in WaitingOn for section in ("case_state", "case_story")),
        *(f"report.{part}{kind}" for kind in ReportKind for part in ("", "note_", "send_", "sent_")),
    ]
    assert [key for key in wanted if key not in keys] == []


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_a_headline_can_break_before_it_meets_the_edge(language: str) -> None:
    """Without a place to break, a browser breaks anywhere: a full stop stood alone on its line. 9 fit at 320 px."""
    words = CATALOGUES[language]
    headlines = {key: words(key) for key in words.keys() if "headline" in key}
    assert len(headlines) > 25
    pieces = {key: re.findall(r"[^|，。？：]+[，。？：]?", text) for key, text in headlines.items()}
    assert {key: piece for key, piece in pieces.items() if max(map(len, piece)) > 9} == {}


def test_the_breaks_are_no_letters() -> None:
    assert phrases("您的包裹|已退回<b>") == "您的包裹<wbr>已退回&lt;b&gt;"


def test_taiwan_reads_its_own_words() -> None:
    def text(language: str) -> str:
        words = CATALOGUES[language]
        return "".join(words(key, **dict.fromkeys(fields, "x")) for key, fields in words.keys().items())

    taiwan, mainland = text("zh-TW"), text("zh-CN")
    for word in ("簽收", "物流", "配送", "回報", "訊息", "連結", "賣家"):
        assert word in taiwan
    # Words of the mainland, and glyphs that only the simplified script has.
    assert not re.search("[签单这为们时过运发现处态应该记录书]", taiwan)
    assert not re.search("承運商|鏈接|郵件發|信息|快遞員|派送|投訴", taiwan)
    assert not re.search("[簽單這為們時過運發現處態應該記錄]", mainland)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-CN", "zh-CN"), ("zh", "zh-CN"), ("zh-Hans-HK", "zh-CN"), ("zh_TW", "zh-TW"), ("zh-Hant", "zh-TW"),
        ("zh-HK", "zh-TW"), ("EN-gb", "en"), ("en", "en"), ("de", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_tags(tag: str | None, language: str | None) -> None:
    assert known_language(tag) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
        ("de,fr;q=0.9,en;q=0.3,zh-CN;q=0.5", "zh-CN"),
        ("en;q=0, zh-CN", "zh-CN"),
        ("en;q=0", None),
        ("en;q=nonsense", "en"),
        ("*", None),
        (None, None),
        ("," * 500, None),
    ],
)
def test_the_browser_s_wish(header: str | None, language: str | None) -> None:
    assert accepted_language(header) == language
