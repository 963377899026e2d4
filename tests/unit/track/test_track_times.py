"""Times as people write them, and the allowance of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from api.track.limit import Limit
from api.track.times import Times, zone_name, zone_of
from api.track.wording import CATALOGUES

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def times(language: str, hours: float = 8) -> Times:
    return Times(CATALOGUES[language], timezone(timedelta(hours=hours)), NOW)


@pytest.mark.parametrize(
    ("language", "date", "near", "moment"),
    [
        ("zh-CN", "11月20日 周五", "明天（11月19日 周四）", "今天 23:59"),
        ("zh-TW", "11月20日 週五", "明天（11月19日 週四）", "今天 23:59"),
        ("en", "Fri 20 Nov", "tomorrow, Thu 19 Nov", "today, 23:59"),
    ],
)
def test_each_language_its_own_way(language: str, date: str, near: str, moment: str) -> None:
    t = times(language)
    assert t.date(NOW + timedelta(days=2)) == date
    assert t.near_date(NOW + timedelta(days=1)) == near
    assert t.moment(datetime(2026, 11, 18, 15, 59, tzinfo=UTC)) == moment


def test_the_day_is_that_of_the_place() -> None:
    at = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
    assert times("en").moment(at) == "tomorrow, 00:00"
    assert times("en", -5).moment(at) == "today, 11:00"
    assert times("en").moment(at, timezone(timedelta(hours=-5))) == "today, 11:00"


def test_another_year_is_said() -> None:
    assert "2025" in times("en").date(NOW - timedelta(days=365))
    assert times("zh-CN").day(NOW - timedelta(days=365)) == "2025年11月18日"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (5, "1 minute", "1 分钟"), (600, "10 minutes", "10 分钟"), (3600, "1 hour", "1 小时"),
        (61 * 3600, "61 hours", "61 小时"), (72 * 3600, "3 days", "3 天"), (9.9 * 86400, "9 days", "9 天"),
    ],
)  # fmt: skip
def test_spans(seconds: float, english: str, chinese: str) -> None:
    assert times("en").duration(seconds) == english
    assert times("zh-CN").duration(seconds) == chinese


@pytest.mark.parametrize(
    ("offset", "name"), [(None, "UTC+8"), (0, "UTC"), (-12600, "UTC−3:30"), (20700, "UTC+5:45"), (-18000, "UTC−5")]
)
def test_zones_have_names(offset: int | None, name: str) -> None:
    assert zone_name(zone_of(offset)) == name


def test_an_allowance_runs_dry_and_fills_again() -> None:
    limit = Limit(burst=3, per_minute=60)
    assert [limit.take("a", NOW) for _ in range(4)] == [0, 0, 0, 1 + 1]
    assert limit.take("b", NOW) == 0
    assert limit.take("a", NOW + timedelta(seconds=1)) == 0
    assert limit.take("a", NOW + timedelta(hours=1), 3) == 0
    assert limit.take("a", NOW, 1) > 0, "a clock that goes back gives nothing"


def test_old_addresses_are_forgotten() -> None:
    limit = Limit(burst=1, per_minute=1, addresses=2)
    assert limit.take("a", NOW) == limit.take("b", NOW) == limit.take("c", NOW) == 0
    assert limit.take("c", NOW) > 0
    assert limit.take("a", NOW) == 0
