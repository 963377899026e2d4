"""Every template in every language, with all that may be known and with nothing at all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifier.notice import Notice
from notifier.render import Renderer, TemplateMissingError
from notifier.rules import LANGUAGES, read_rules

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
RULES = read_rules()
ROOT = Path(__file__).resolve().parents[3]
FULL: dict[str, Any] = {
    "expected_at": (NOW + timedelta(days=2)).isoformat(),
    "promised_at": (NOW - timedelta(days=1)).isoformat(),
    "before": NOW.isoformat(),
    "place": "杭州转运中心",
    "words": "外包装破损",
    "kind": "stalled",
    "still": "late",
    "measured_s": 61 * 3600,
    "measured": 2,
    "resolution": "补发",
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def notice(template: str, data: dict[str, Any], **more: Any) -> Notice:
    return Notice(
        notice_id="n",
        parcel_id="sf:SF123",
        exception_id="e",
        case_id=None,
        template=template,
        data=data,
        at=NOW,
        **more,
    )


def _wanted() -> Iterator[str]:
    yield from RULES.templates
    policy = ROOT / "policy" / "default.toml"
    if policy.exists():
        kinds = tomllib.loads(policy.read_text(encoding="utf-8"))["kinds"]
        yield from (rule["notice"] for rule in kinds.values() if "notice" in rule)
    from core import notice as core_notice

    yield from (core_notice.CORRECTED, core_notice.PROMISE_CHANGED)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted(set(_wanted())))
@pytest.mark.parametrize("known", [{}, FULL], ids=["bare", "full"])
@pytest.mark.parametrize("milestone", [None, "delivered"])
def test_every_template_in_every_language(
    renderer: Renderer, template: str, language: str, known: dict[str, Any], milestone: str | None
) -> None:
    assert template in RULES.templates
    parts = renderer.parts([notice(template, known, milestone=milestone)], language, ZONE)
    text, html = renderer.text(parts, "https://w.example/t/x"), renderer.html(parts, "https://w.example/t/x")
    for words in (parts.subject, text, html):
        assert "None" not in words
        assert "{{" not in words and "{%" not in words
        assert "  " not in parts.subject
    assert 5 < len(parts.subject) < 100
    assert "https://w.example/t/x" in text
    assert len(html) < 12_000
    if language != "en":
        assert not any(ending in text for ending in ("。。", "，。", "，，"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_for_what_is_being_done(renderer: Renderer, language: str) -> None:
    kinds = tomllib.loads((ROOT / "policy" / "default.toml").read_text(encoding="utf-8"))["kinds"]
    for rule in (rule for rule in kinds.values() if "notice" in rule):
        own = renderer.parts([notice(rule["notice"], {})], language, ZONE).sections[0].doing
        said = renderer.parts([notice(rule["notice"], {"doing": rule["doing"]})], language, ZONE).sections[0].doing
        assert said == own, f"{rule['notice']}: the policy does {rule['doing']}, the template says something else"
    other = renderer.parts([notice("late", {"doing": "searching"})], language, ZONE).sections[0].doing
    assert other != renderer.parts([notice("late", {})], language, ZONE).sections[0].doing


def test_languages_have_the_same_keys() -> None:
    tables = [
        tomllib.loads((ROOT / "notifier" / "templates" / f"{name}.toml").read_text(encoding="utf-8"))
        for name in LANGUAGES
    ]
    shapes = [{key: sorted(table) for key, table in one.items()} for one in tables]
    assert shapes[0] == shapes[1] == shapes[2]


def test_traditional_chinese_is_not_simplified() -> None:
    text = (ROOT / "notifier" / "templates" / "zh-TW.toml").read_text(encoding="utf-8")
    assert not set("们这没说时长应递单务签现实际达诉产问题谢请处还间货") & set(text)


def test_dates_are_the_consumers_own(renderer: Renderer) -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    data = {"expected_at": late.isoformat()}
    assert renderer.parts([notice("late", data)], "zh-CN", ZONE).expected == "11月24日（周二）"
    assert renderer.parts([notice("late", data)], "zh-TW", ZoneInfo("Asia/Taipei")).expected == "11月24日（週二）"
    assert renderer.parts([notice("late", data)], "en", ZoneInfo("Europe/London")).expected == "Mon 23 Nov"


def test_a_date_that_has_passed_is_not_promised(renderer: Renderer) -> None:
    data = {"expected_at": (NOW - timedelta(hours=1)).isoformat()}
    assert renderer.parts([notice("late", data)], "en", ZONE).expected is None


def test_a_parcel_that_may_be_lost_is_not_given_a_date(renderer: Renderer) -> None:
    parts = renderer.parts([notice("loss_suspected", FULL), notice("late", FULL)], "en", ZONE)
    assert parts.expected is None


def test_the_newest_estimate_is_taken_where_the_notice_has_none(renderer: Renderer) -> None:
    known = notice("case_accepted", {}, expected_at=NOW + timedelta(days=1))
    assert renderer.parts([known], "en", ZONE).expected == "Sun 22 Nov"


@pytest.mark.parametrize(
    ("seconds", "words"), [(3599, None), (7_300, "2 hours"), (61 * 3600, "61 hours"), (7 * 86_400, "7 days")]
)
def test_silence_is_never_overstated(renderer: Renderer, seconds: int, words: str | None) -> None:
    parts = renderer.parts([notice("stalled", {"kind": "stalled", "measured_s": seconds})], "en", ZONE)
    assert (words or "some time") in parts.sections[0].happened


def test_what_carriers_and_shops_write_is_escaped_in_html(renderer: Renderer) -> None:
    bad = notice("damage_reported", {"words": "<script>alert(1)</script>"}, shop_name="<b>shop</b>", order_ref="<i>")
    parts = renderer.parts([bad], "en", ZONE)
    html = renderer.html(parts, 'https://w.example/"><script>')
    assert "<script>" not in html and "<b>shop" not in html and "<i>" not in html
    assert "<b>shop</b>" in renderer.text(parts, "x")


def test_a_merged_message_tells_everything(renderer: Renderer) -> None:
    parts = renderer.parts([notice("damage_reported", {}), notice("late", FULL)], "en", ZONE)
    assert len(parts.sections) == 2
    assert "damaged" in parts.subject
    assert parts.expected == "Mon 23 Nov"
    assert parts.sections[1].title in renderer.body(parts)


def test_an_unknown_template_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(TemplateMissingError, match="no_such"):
        renderer.parts([notice("no_such", {})], "en", ZONE)


def test_data_that_makes_no_sense_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(ValueError):
        renderer.parts([notice("late", {"expected_at": "tomorrow"})], "en", ZONE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_reported_damage_is_not_told_that_a_scan_said_so(renderer: Renderer, language: str) -> None:
    by_scan = renderer.parts([notice("damage_reported", {"kind": "damage_reported"})], language, ZONE)
    own = renderer.parts([notice("damage_reported", {"kind": "damage_reported", "reported": 1})], language, ZONE)
    assert by_scan.subject != own.subject
    assert by_scan.sections[0].happened != own.sections[0].happened
    assert by_scan.sections[0].doing != own.sections[0].doing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ["jammed", "jam_lasts"])
@pytest.mark.parametrize("lane", [False, True])
def test_several_parcels_in_one_incident(renderer: Renderer, template: str, language: str, lane: bool) -> None:
    def held(n: int) -> Notice:
        date = (NOW + timedelta(days=n)).isoformat()
        data = FULL | {"expected_at": date, "facility": "杭州", "facility_to": "成都" if lane else None}
        return Notice(
            notice_id=f"n{n}", parcel_id=f"sf:SF{n}", exception_id=f"e{n}", case_id=None, template=template,
            data=data, at=NOW, waybill=f"SF{n}",
        )  # fmt: skip

    pages = ("https://w.example/t/1", "https://w.example/t/2")
    parts = renderer.parts([held(1), held(2)], language, ZONE)
    assert "2" in parts.subject and len(parts.sections) == 1
    assert parts.expected == renderer.parts([held(2)], language, ZONE).expected, "by the latest date"
    for words in (renderer.text(parts, pages[0], pages), renderer.html(parts, pages[0], pages)):
        for page, waybill in zip(pages, ("SF1", "SF2"), strict=True):
            assert page in words and f"{page}/stop" in words and waybill in words
        assert "None" not in words and "{" not in words.partition("<body")[2]
        assert ("成都" in words) is lane
    assert "SF2" not in renderer.body(parts), "the page of one parcel says nothing of the others"
