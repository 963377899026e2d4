"""A fact: something a scan said that matters beyond the scan.

Invariant: a value derived from one scan; its words hide personal numbers. May import: msgspec, core.scan, core.words.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.scan import Culprit, Detail, Scan
from core.words import hide_numbers, read_words


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something a scan said that matters beyond the scan."""

    at: datetime
    scan_id: str
    detail: Detail | None = None
    culprit: Culprit | None = None
    words: str | None = None
    suspected: bool = False
    """Of a loss: the carrier fears it and has not said that it is so."""


def fact_of(scan: Scan) -> Fact:
    """Give the fact of a scan, with the words that say it."""
    words = None
    suspected = False
    if scan.text:
        said = read_words(scan.text)
        words = said.words if said else hide_numbers(scan.text)
        suspected = said is not None and said.suspected
    return Fact(scan.happened_at, scan.scan_id, scan.detail, scan.culprit, words, suspected)
