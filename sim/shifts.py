"""When people work: couriers by day, sorting centres by night, less at weekends and on holidays.

Invariant: `next_open` never goes back in time and always gives a moment inside a shift.
May import: the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from random import Random


@dataclass(frozen=True)
class Shift:
    """Local working hours, `start` to `end`; over midnight when `end` is smaller.

    `weekend` is the share of weekend and holiday work that is done on its day; the rest waits for the next working day.
    """

    start: int
    end: int
    weekend: float = 1.0

    def is_open(self, local: datetime) -> bool:
        """Say whether people work at this local moment."""
        if self.start <= self.end:
            return self.start <= local.hour < self.end
        return local.hour >= self.start or local.hour < self.end


COURIER = Shift(8, 20, weekend=0.6)
SORTING = Shift(17, 10)
CUSTOMS = Shift(9, 18, weekend=0.1)

# Days on which China rests, make-up days left out: enough to make a dent in the flow.
HOLIDAYS = frozenset(
    {date(2026, 10, day) for day in range(1, 8)}
    | {date(2026, 2, day) for day in range(15, 24)}
    | {date(2027, 1, 1)}
    | {date(2027, 2, day) for day in range(5, 12)}
)


def rests(day: date) -> bool:
    """Say whether it is a weekend or a holiday."""
    return day.weekday() >= 5 or day in HOLIDAYS


def next_open(at: datetime, offset_s: int, shift: Shift, random: Random) -> datetime:
    """Give the moment at or after `at` at which the work is done: in the shift, on a day that is worked on."""
    zone = timezone(timedelta(seconds=offset_s))
    local = at.astimezone(zone)
    if not shift.is_open(local):
        local = _opening(local, shift) + timedelta(minutes=random.uniform(0, 60))
    while rests(local.date()) and random.random() >= shift.weekend:
        morning = datetime(local.year, local.month, local.day, shift.start, tzinfo=zone) + timedelta(days=1)
        local = morning + timedelta(minutes=random.uniform(0, 60))
    return local.astimezone(at.tzinfo)


def _opening(local: datetime, shift: Shift) -> datetime:
    today = local.replace(hour=shift.start, minute=0, second=0, microsecond=0)
    return today if today >= local else today + timedelta(days=1)
