"""Moments from what carriers write: with and without zone, compact, epoch, .NET; always aware UTC out.

Invariant: raises `Unreadable` and nothing else; a moment without zone takes the carrier's own and says so.
May import: core, carriers.format.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from carriers._values import Unreadable
from carriers.format import Reason

FUTURE = timedelta(days=800)  # nearer ones (a wrong year or zone) are kept: core takes the time of reception for them
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)

_WIDEST = timedelta(hours=15)
_NO_OFFSET = timedelta()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_AT_EPOCH = 621_355_968_000_000_000
_net = re.compile(r"^/Date\((-?\d{1,17})([+-]\d{4})?\)/$")
_loose = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(\d{1,2})(?::(\d{1,2}))?(?::(\d{1,2}))?(?:[.,]\d{1,9})?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?)?$"
)


class Moment(msgspec.Struct, frozen=True):
    """A moment in UTC, the local offset in seconds east, and whether the zone was assumed."""

    at: datetime
    offset_s: int
    assumed: bool = False


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Give a time zone by its IANA name."""
    return ZoneInfo(name)


@lru_cache(maxsize=512)
def offset_zone(written: str) -> tzinfo | None:
    """Give the zone of an offset such as "+08:00" or "Z". Raises ValueError when it is none."""
    return datetime.strptime(written, "%z").tzinfo


def moment(value: object, assumed_zone: str, received_at: datetime) -> Moment:
    """Read one moment. Raises `Unreadable` when it is missing, broken, before 1990 or years after reception."""
    found = _read(value)
    if found is None:
        raise Unreadable(Reason.BAD_TIME, "the time is missing or unreadable")
    return placed(found, assumed_zone, received_at)


def placed(found: datetime, assumed_zone: str, received_at: datetime) -> Moment:
    """Give a naive or aware datetime as a moment. Raises `Unreadable` when it is years off."""
    if found.tzinfo is UTC and OLDEST <= found <= received_at:
        return Moment(found, 0)
    assumed = found.tzinfo is None
    try:
        # The zone is asked once; `astimezone` and `utcoffset` would ask it twice, and that is what a moment costs.
        offset = zone(assumed_zone).utcoffset(found) if assumed else found.utcoffset()
        offset = offset or _NO_OFFSET
        at = found.replace(tzinfo=UTC) - offset
    except (OverflowError, ValueError) as failure:
        raise Unreadable(Reason.BAD_TIME, "the time is out of range") from failure
    if at < OLDEST or (at > received_at and at - received_at > FUTURE):
        raise Unreadable(Reason.BAD_TIME, "the time is years off or in the future")
    return Moment(at, round(offset.total_seconds()), assumed)


def with_local(world: object, local: object, assumed_zone: str, received_at: datetime) -> Moment:
    """Read a moment that is given in UTC and, beside it, in local time: the difference is the offset.

    Raises `Unreadable` like `moment`, for the first of the two.
    """
    at, here = moment(world, assumed_zone, received_at), _read(local)
    if here is None or here.tzinfo is not None:
        return at
    offset = here - at.at.replace(tzinfo=None)
    whole = timedelta(minutes=15 * round(offset / timedelta(minutes=15)))
    return at if abs(whole) > _WIDEST else placed(at.at.astimezone(timezone(whole)), assumed_zone, received_at)


def maybe(value: object, assumed_zone: str) -> datetime | None:
    """Read a moment that may be missing and may lie in the future, such as a promise: aware UTC, or None."""
    found = _read(value)
    if found is None:
        return None
    try:
        local = found.replace(tzinfo=zone(assumed_zone)) if found.tzinfo is None else found
        at = local.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return at if at >= OLDEST else None


def end_of_day(value: object, assumed_zone: str) -> datetime | None:
    """Read a promise: a bare date promises the end of that day, anything finer is taken as it is."""
    found = _read(value)
    if found is None:
        return None
    bare = isinstance(value, str) and len(value.strip()) <= 10 and not (found.hour or found.minute)
    return maybe((found + timedelta(hours=23, minutes=59)).isoformat() if bare else value, assumed_zone)


def _read(value: object) -> datetime | None:
    try:
        if isinstance(value, str):
            return _read_text(value.strip())
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return _read_number(value)
    except (ValueError, OverflowError):
        return None


def _read_text(text: str) -> datetime | None:
    if text.isdigit() and text.isascii():
        return _read_digits(text)
    if 8 < len(text) < 36 and text[4:5] == "-":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # the loose reading below is the second try
    if match := _net.match(text):
        at = _EPOCH + timedelta(milliseconds=int(match[1]))
        return at if not match[2] else at.astimezone(offset_zone(match[2]))
    if match := _loose.match(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        found = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  the zone follows, if there is one
        return found if not match[7] else datetime.fromisoformat(f"{found.isoformat()}{match[7]}")
    return None


def _read_digits(text: str) -> datetime | None:
    match len(text):
        case 8:
            return datetime.fromisoformat(text)
        case 12 | 14:
            return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
        case 10 | 13 | 18:
            return _read_number(int(text))
        case _:
            return None


def _read_number(value: float) -> datetime | None:
    if not 0 < value < 10**19:
        return None
    if value >= 10**17:
        return _EPOCH + timedelta(microseconds=(int(value) - _TICKS_AT_EPOCH) // 10)
    return _EPOCH + timedelta(milliseconds=value) if value >= 10**11 else _EPOCH + timedelta(seconds=value)
