"""What kind of day it is where a parcel is: weekday, weekend, public holiday, make-up workday.

Invariant: never raises: a country or a year of which nothing is known has plain weekdays, and `known` says so.
May import: the standard library and holidays.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

HOLIDAY = 7
"""The class of a day on which a country rests although its weekday is a workday; 0 to 6 are Monday to Sunday."""
_EPOCH = date(1970, 1, 1)
_EPOCH_WEEKDAY = 3  # a Thursday
DAY_S = 86_400


@lru_cache(maxsize=512)
def _rests(country: str, year: int) -> tuple[frozenset[date], frozenset[date]] | None:
    """Give the holidays and the weekend days on which people work; None where nobody says."""
    try:
        calendar = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
    if not calendar:
        return None
    worked = getattr(calendar, "weekend_workdays", None) or ()
    return frozenset(calendar), frozenset(worked)


def known(country: str, year: int) -> bool:
    """Say whether the calendar of a country's year is known, so that a warning can be given where it is not."""
    return _rests(country, year) is not None


@lru_cache(maxsize=16_384)
def day_class(country: str, day: int) -> int:
    """Give the class of a day: 0 to 6 for Monday to Sunday, `HOLIDAY` for a public holiday.

    A weekend day that is worked to make up for a holiday counts as a Monday. `day` counts from 1970-01-01, local.
    """
    weekday = (day + _EPOCH_WEEKDAY) % 7
    try:
        local = _EPOCH + timedelta(days=day)
    except OverflowError:
        return weekday
    calendar = _rests(country, local.year)
    if calendar is None:
        return weekday
    rests, worked = calendar
    if local in worked:
        return 0
    return HOLIDAY if local in rests else weekday


def slot_of(local_s: int, country: str) -> tuple[int, int]:
    """Give the class of the day and the part of the day (0 to 3, six hours each); seconds since 1970, local."""
    return day_class(country, local_s // DAY_S), local_s % DAY_S // 21_600
