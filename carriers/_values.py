"""Reading untrusted JSON values: never the wrong type, never too long, never a NUL.

Invariant: total functions, apart from `Unreadable` where the name says `need`, and `Rejected` for endless lists.
May import: carriers.format.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from carriers.format import Reason, Rejected

MAX_TEXT = 1_000
MAX_WAYBILL = 64
MAX_ITEMS = 10_000
_GRAMS = {"g": 1, "kg": 1000, "kgs": 1000, "lb": 453.59237, "lbs": 453.59237, "oz": 28.349523125, "ozs": 28.349523125}


class Unreadable(Exception):
    """A part of a payload cannot be read; the rest may be."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def mapping(value: object) -> Mapping[str, object]:
    """Give a JSON object, empty when the value is none."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Give a JSON list; a single object counts as a list of one, anything else as an empty one.

    Raises `Rejected` for a list longer than any carrier's: going over it several times is what makes rubbish dear.
    """
    if isinstance(value, list) and len(value) > MAX_ITEMS:
        raise Rejected(Reason.TOO_LARGE, f"a list of {len(value)} items, at most {MAX_ITEMS} are read")
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def need_mapping(value: object, what: str) -> Mapping[str, object]:
    """Give a JSON object. Raises `Unreadable` when the value is none."""
    if not isinstance(value, dict):
        raise Unreadable(Reason.SHAPE, f"{what} is not an object")
    return value


def text(value: object, limit: int = MAX_TEXT) -> str | None:
    """Give a string or number as text without NULs and outer blanks, cut at `limit`; None when there is nothing."""
    if value is None:  # as most fields of most payloads are
        return None
    if isinstance(value, str):
        found = value.strip() if len(value) <= limit else value[:limit].strip()
        return (found if "\0" not in found else found.replace("\0", "")) or None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return str(value) if -(10**18) < value < 10**18 else None


def first(source: Mapping[str, object], *names: str, limit: int = MAX_TEXT) -> str | None:
    """Give the first of the named values that says something."""
    for name in names:
        value = source.get(name)
        if value is not None and (found := text(value, limit)):
            return found
    return None


def joined(*parts: object, by: str = ", ") -> str | None:
    """Join what is there of city, state and the like, cut at the length of a text."""
    return by.join([found for part in parts if part is not None and (found := text(part, 80))])[:MAX_TEXT] or None


@lru_cache(maxsize=8192)
def _normalised(value: str) -> str:
    found = value if value.isascii() else unicodedata.normalize("NFKC", value)
    return "".join(sign for sign in found if sign.isprintable() and not sign.isspace()).upper()


def need_waybill(*values: object) -> str:
    """Give the first value that is a waybill: no blanks, upper case. Raises `Unreadable` when there is none."""
    for value in values:
        if isinstance(value, str) and len(value) <= MAX_WAYBILL and value.isascii() and value.isalnum():
            return value.upper()
        if (raw := text(value, 4 * MAX_WAYBILL)) and 0 < len(found := _normalised(raw)) <= MAX_WAYBILL:
            return found
    raise Unreadable(Reason.NO_WAYBILL, "the waybill number is missing or too long")


def grams(value: object, unit: object = "kg") -> int | None:
    """Give a weight in grams, None when it is missing, zero or beyond 100 t."""
    factor = _GRAMS.get((text(unit, 8) or "kg").lower())
    raw = text(value, 32)
    if raw is None or factor is None:
        return None
    try:
        found = Decimal(raw) * Decimal(str(factor))
        return round(found) if 0 < found < 100_000_000 else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def strings(value: object) -> Iterator[str]:
    """Give the strings of a JSON list."""
    for item in items(value):
        if found := text(item):
            yield found
