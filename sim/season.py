"""The year of the made-up network: days of rest, Spring Festival, the sales of 18 June and 11 November.

Invariant: days are counted from 1970-01-01; a day outside the table counts as its nearest edge.
May import: the standard library, holidays, numpy, sim.hubs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from sim.hubs import HUBS

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTRIES = tuple(sorted({hub.country for hub in HUBS}))
DAY_S = 86_400.0
_EPOCH = date(1970, 1, 1)
_SALES = (  # month, first and last day, factor on orders
    (6, 1, 3, 1.5),
    (6, 16, 18, 1.9),
    (6, 19, 20, 1.4),
    (11, 1, 3, 1.6),
    (11, 10, 10, 1.8),
    (11, 11, 12, 3.0),
    (11, 13, 15, 1.9),
    (12, 12, 12, 1.4),
)


def day_of(moment: date) -> int:
    """Give the number of a day."""
    return (date(moment.year, moment.month, moment.day) - _EPOCH).days


class Season:
    """What each day is like, from `start` on for `days`.

    `rest[country, day]`; `feast[day]` in China's Spring Festival; `orders[day]`, the factor on new parcels;
    `load[day]`, what is in the network against usual; `offset_s[hub, day]`, local time east of UTC in seconds.
    """

    def __init__(self, start: date, days: int) -> None:
        before = 30
        self.first = day_of(start) - before
        count = days + before
        dates = [_EPOCH + timedelta(days=self.first + n) for n in range(count)]
        years = range(dates[0].year, dates[-1].year + 1)
        self.rest: NDArray[np.bool_] = np.zeros((len(COUNTRIES), count), bool)
        for row, country in enumerate(COUNTRIES):
            free = holidays.country_holidays(country, years=years, language="en_US" if country == "CN" else None)
            extra = getattr(free, "weekend_workdays", ())
            self.rest[row] = [day in free or (day.weekday() >= 5 and day not in extra) for day in dates]
            if country == "CN":
                eves = {day for day, name in free.items() if "Chinese New Year's Eve" in name}
        self.feast: NDArray[np.bool_] = np.array([any(0 <= (day - eve).days <= 7 for eve in eves) for day in dates])
        self.orders: NDArray[np.float64] = np.array([_orders(day, eves) for day in dates])
        window = np.array([0.2, 0.35, 0.3, 0.15])  # yesterday's orders are in the hubs today
        self.load: NDArray[np.float64] = np.convolve(self.orders, window)[:count]
        self.load[:3] = 1.0
        zones = {zone: _offsets(zone, dates) for zone in {hub.zone for hub in HUBS}}
        self.offset_s: NDArray[np.float64] = np.array([zones[hub.zone] for hub in HUBS])
        self.last = count - 1

    def index(self, at: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the place in the tables of moments, seconds since the epoch (of UTC or of a local clock)."""
        return np.clip((at // 86_400).astype(np.int64) - self.first, 0, self.last)


def _orders(day: date, eves: set[date]) -> float:
    factor = (1.05, 1.08, 1.05, 1.02, 1.0, 0.9, 0.9)[day.weekday()]
    for month, first, last, sale in _SALES:
        if day.month == month and first <= day.day <= last:
            factor *= sale
    for eve in eves:
        since = (day - eve).days
        if -22 <= since < -6:
            factor *= 1.3
        elif -6 <= since < 0:
            factor *= 0.5
        elif 0 <= since <= 7:
            factor *= 0.2
        elif 7 < since <= 14:
            factor *= 0.6
    return factor


def _offsets(zone: str, dates: list[date]) -> list[float]:
    info = ZoneInfo(zone)
    found = []
    for day in dates:
        offset = datetime(day.year, day.month, day.day, 12, tzinfo=info).utcoffset()
        found.append(offset.total_seconds() if offset is not None else 0.0)
    return found
