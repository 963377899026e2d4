"""The stages as tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifier import stages
from notifier.notice import Notice, Told
from notifier.rules import Budget, Quiet, RulesError, Stale, parse_rules, read_rules
from notifier.stages import Follow

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
RULES = read_rules()


def notice(notice_id: str = "n1", template: str = "late", about: str | None = "e1", **more: Any) -> Notice:
    return Notice(
        **{
            "notice_id": notice_id,
            "parcel_id": "sf:1",
            "exception_id": about,
            "case_id": None,
            "template": template,
            "data": {},
            "at": NOW,
            **more,
        }
    )


def told(**more: Any) -> Told:
    return Told(
        **{
            "delivery_id": "d",
            "parcel_id": "sf:1",
            "channel": "email",
            "state": "sent",
            "templates": ("late",),
            "notices": ("n0",),
            "exceptions": ("e1",),
            "subject": "s",
            "body": "b",
            "created_at": NOW,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (None, "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh_Hant_TW", "zh-TW"),
        ("zh-HK", "zh-TW"),
        ("ZH-tw", "zh-TW"),
        ("en-GB", "en"),
        ("fr", "en"),
    ],
)
def test_the_nearest_language(wanted: str | None, language: str) -> None:
    assert stages.language_of(wanted) == language


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-11-21T21:59", None),
        ("2026-11-21T22:00", "2026-11-22T08:00"),
        ("2026-11-21T23:59", "2026-11-22T08:00"),
        ("2026-11-22T00:00", "2026-11-22T08:00"),
        ("2026-11-22T07:59", "2026-11-22T08:00"),
        ("2026-11-22T08:00", None),
    ],
)
def test_the_night_ends_in_the_morning(local: str, until: str | None) -> None:
    zone = ZoneInfo("Asia/Taipei")
    now = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    expected = until and datetime.fromisoformat(until).replace(tzinfo=zone)
    assert stages.quiet_until(now, zone, Quiet(22, 8)) == expected


def test_the_night_in_a_zone_that_changes_its_clocks() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 24, 21, 0, tzinfo=UTC)  # 23:00 in summer time, the morning is in winter time
    assert stages.quiet_until(now, zone, Quiet(22, 8)) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_a_night_inside_one_day_and_none_at_all() -> None:
    zone = ZoneInfo("UTC")
    assert stages.quiet_until(NOW, zone, Quiet(1, 5)) == NOW.replace(hour=5)
    assert stages.quiet_until(NOW, zone, Quiet(3, 5)) is None
    assert stages.quiet_until(NOW, zone, Quiet(0, 0)) is None


@pytest.mark.parametrize(
    ("had", "urgent", "over"),
    [(4, False, False), (5, False, True), (5, True, False), (7, True, False), (8, True, True)],
)
def test_the_budget_has_a_reserve_for_what_is_urgent(had: int, urgent: bool, over: bool) -> None:
    assert stages.over_budget(had, urgent, Budget(5, 3)) is over


def test_old_news_is_no_news() -> None:
    assert not stages.is_stale(notice(), NOW + timedelta(seconds=60), Stale(60))
    assert stages.is_stale(notice(), NOW + timedelta(seconds=61), Stale(60))


@pytest.mark.parametrize(
    ("before", "step", "overtaken"),
    [
        ([], Follow.DROP, 0),
        ([told()], Follow.TELL, 0),
        ([told(exceptions=("e2",))], Follow.DROP, 0),
        ([told(channel="webhook")], Follow.DROP, 0),
        ([told(state="pending")], Follow.DROP, 1),
        ([told(state="pending", doubtful=True, under_way=True)], Follow.WAIT, 0),
        ([told(state="pending", doubtful=True)], Follow.TELL, 0),
        ([told(state="cancelled", doubtful=True)], Follow.TELL, 0),
        ([told(), told(state="pending")], Follow.TELL, 1),
        ([told(notices=("n1",))], Follow.DROP, 0),
    ],
)
def test_a_correction_goes_to_whom_the_mistake_went(before: list[Told], step: Follow, overtaken: int) -> None:
    got, dropped = stages.follow(notice(template="corrected"), "email", before)
    assert (got, len(dropped)) == (step, overtaken)


@pytest.mark.parametrize(
    ("before", "same"),
    [
        ([], False),
        ([told()], True),
        ([told(body="other")], False),
        ([told(body="other"), told()], True),
        ([told(body="over", templates=("cleared",)), told()], False),
        ([told(state="cancelled", doubtful=True)], False),
        ([told(channel="webhook")], False),
        ([told(created_at=NOW - timedelta(hours=12))], True),
        ([told(created_at=NOW - timedelta(hours=12, seconds=1))], False),
    ],
)
def test_the_same_words_are_not_said_twice(before: list[Told], same: bool) -> None:
    assert stages.already_told("s", "b", "email", before, frozenset({"cleared"}), NOW - timedelta(hours=12)) is same


def test_notices_of_one_parcel_are_one_message_led_by_the_gravest() -> None:
    groups = stages.merge(
        [
            notice("a", "late"),
            notice("b", "late", parcel_id="sf:2"),
            notice("c", "damage_reported"),
        ],
        RULES,
    )
    assert [[one.notice_id for one in group] for group in groups] == [["c", "a"], ["b"]]


def test_what_ended_before_it_was_told_is_not_told() -> None:
    notices = [
        notice("a", "late", "e1"),
        notice("b", "corrected", "e1", at=NOW + timedelta(seconds=1)),
        notice("c", "stalled", "e2"),
        notice("d", "late", "e1", at=NOW + timedelta(seconds=2)),
        notice("e", "promise_changed", None),
        notice("f", "no_such_template", "e1"),
    ]
    assert stages.overtaken_within(notices, RULES) == {"a"}


def test_zones_by_country_then_by_language() -> None:
    assert RULES.zones.of("zh-CN", "JP").key == "Asia/Tokyo"
    assert RULES.zones.of("zh-TW", "桃園市").key == "Asia/Taipei"
    assert RULES.zones.of("zh-CN", None).key == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("from_hour = 22", "from_hour = 24"), "quiet hours"),
        (("from_hour = 22", "from_hour = 'x'"), "from_hour"),
        (('"Asia/Taipei"', '"Asia/Nowhere"'), "Nowhere"),
        (('"zh-TW" = "Asia/Taipei", ', ""), "lacks zh-TW"),
        (('to = ["consumer", "shop"]', 'to = ["consumer", "neighbour"]'), "neighbour"),
        (("per_day", "per_dya"), "per_dya"),
        (("[quiet]", "[quiet"), "messages.toml"),
    ],
)
def test_wrong_rules_are_refused_by_name(change: tuple[str, str], words: str) -> None:
    from notifier import rules

    text = rules._FILE.read_text(encoding="utf-8")
    assert change[0] in text
    with pytest.raises(RulesError, match=words):
        parse_rules(text.replace(*change, 1))
