"""Times and durations as people of each language write them.

Invariant: every time is shown in a zone that the page names. May import: babel, api.track.wording.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from babel import Locale
from babel.dates import format_datetime, format_skeleton

from api.track.wording import Words

_LOCALES = {"zh-CN": Locale("zh", "CN", "Hans"), "zh-TW": Locale("zh", "TW", "Hant"), "en": Locale("en", "GB")}
_USUAL_OFFSET_S = 8 * 3600  # both of the languages that most readers have; used until a scan says where the parcel is


def zone_of(offset_s: int | None) -> timezone:
    """Give the zone of an offset in seconds east of UTC; without one, that of most readers (UTC+8)."""
    return timezone(timedelta(seconds=_USUAL_OFFSET_S if offset_s is None else offset_s))


def zone_name(zone: timezone) -> str:
    """Give a zone as `UTC+8` or `UTC−3:30`."""
    minutes = round(zone.utcoffset(None).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


class Times:
    """Writes times in one language, in one zone, seen from one moment."""

    def __init__(self, words: Words, zone: timezone, now: datetime) -> None:
        self._words = words
        self._locale = _LOCALES[words.language]
        self.zone = zone
        self._now = now

    def date(self, at: datetime, zone: timezone | None = None) -> str:
        """Give the day with its weekday; the year only when it is another one."""
        local = at.astimezone(zone or self.zone)
        same_year = local.year == self._now.astimezone(local.tzinfo).year
        if self._words.language == "zh-CN":  # CLDR writes day and weekday without a gap, which reads as one word
            pattern = "M月d日 EEE" if same_year else "y年M月d日 EEE"
            return str(format_datetime(local, pattern, locale=self._locale))
        return str(format_skeleton("MMMEd" if same_year else "yMMMEd", local, locale=self._locale))

    def day(self, at: datetime, zone: timezone | None = None) -> str:
        """Give the day without its weekday; the year only when it is another one."""
        local = at.astimezone(zone or self.zone)
        same_year = local.year == self._now.astimezone(local.tzinfo).year
        return str(format_skeleton("MMMd" if same_year else "yMMMd", local, locale=self._locale))

    def near_date(self, at: datetime) -> str:
        """Give the day, with today, tomorrow or yesterday in front where it is one of them."""
        days = (at.astimezone(self.zone).date() - self._now.astimezone(self.zone).date()).days
        word = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
        return self._words("day.near", word=self._words(f"day.{word}"), date=self.date(at)) if word else self.date(at)

    def clock(self, at: datetime, zone: timezone | None = None) -> str:
        """Give hours and minutes."""
        return at.astimezone(zone or self.zone).strftime("%H:%M")

    def moment(self, at: datetime, zone: timezone | None = None) -> str:
        """Give the day and the time; the day is always said, a bare time would be mistaken."""
        local = at.astimezone(zone or self.zone)
        days = (local.date() - self._now.astimezone(zone or self.zone).date()).days
        word = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
        day = self._words(f"day.{word}") if word else self.date(at, zone)
        return self._words("day.at", date=day, time=self.clock(at, zone))

    def duration(self, seconds: float) -> str:
        """Give a span of time in its one fitting unit: days from three on, then hours, then minutes."""
        minutes = max(1, round(seconds / 60))
        if minutes >= 72 * 60:
            return self._count("day", minutes // (24 * 60))
        if minutes >= 60:
            return self._count("hour", minutes // 60)
        return self._count("minute", minutes)

    def _count(self, unit: str, n: int) -> str:
        return self._words(f"duration.{unit}") if n == 1 else self._words(f"duration.{unit}s", n=n)
