"""GS1 identifiers: EPC URNs and Digital Links as the bare numbers under which people know a parcel.

Invariant: raises `Unreadable` where the name says waybill and nothing else; linear in the identifier, which is short.
May import: carriers.
"""

from __future__ import annotations

import re

from carriers._tables import folded
from carriers._values import mapping, need_waybill, text

_URN = re.compile(r"^urn:epc:(?:id|class|idpat):([a-z]+):(.+)$")
_LINK = re.compile(r"^https?://[^/]+/(?:.*/)?(00|401|402|414|253|255|8003|8004|8006|8017|8018|01)/([^/?#]+)(?:[/?#]|$)")
_SPLIT = re.compile(r"[/:#]")
_KINDS = re.compile(r"^(?:bizstep|disp|er|btt|sdt)-")
_LEADING = {"sscc": 1, "gsin": 0, "ginc": 0}
"""Digits of the serial part that stand before the company prefix, for the kinds that are known by their digits."""


def waybill_of(identifier: str) -> str:
    """Give the number of a logistic unit or consignment, else the identifier without scheme. Raises `Unreadable`."""
    if urn := _URN.match(identifier):
        kind, value = urn.groups()
        prefix, _, serial = value.partition(".")
        if kind in _LEADING and serial.isdigit() and prefix.isdigit():
            lead = _LEADING[kind]
            digits = f"{serial[:lead]}{prefix}{serial[lead:]}"
            return digits if kind == "ginc" else f"{digits}{_check_digit(digits)}"
        return need_waybill(value)
    if link := _LINK.match(identifier):
        rest = identifier[link.end(2) :].partition("?")[0].split("/")
        return need_waybill("-".join([link[2], *rest[2::2]]))
    return need_waybill(identifier.rpartition("/")[2].rpartition(":")[2])


def _check_digit(digits: str) -> int:
    """Give the GS1 check digit: weights 3 and 1 from the right."""
    return -sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits))) % 10


def word_of(value: object) -> str:
    """Give a word of the GS1 vocabulary, which is written bare, as a URN, as a web address or with a prefix."""
    return _KINDS.sub("", folded(_SPLIT.split(text(value, 200) or "")[-1]))


def place_of(value: object) -> str | None:
    """Give the number of a location, given bare or as `{"id": …}`."""
    identifier = text(mapping(value).get("id"), 400) or text(value, 400)
    if identifier is None:
        return None
    if link := _LINK.match(identifier):
        return link[2][:120]
    return identifier.rpartition("/")[2].rpartition(":")[2][:120] or None
