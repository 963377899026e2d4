"""Reading a stored scan again: what its code and text mean by the mappings and code tables of today.

A stored scan has what its format kept: the raw code (parts joined by "."), the text, the source. Not kept is what else
a format may look at (the state of the whole parcel, a second code). So a scan that was understood is left alone, unless
its format reads nothing but code and text (`WHOLE`) and that is asked for; what nobody could read, or what a mapping
read, is read by mapping, code table and words. How that was decided: docs/decisions/unknown.md.

Invariant: pure; reading again what was read again changes nothing; an understood scan never becomes unknown, but for
one whose mapping was taken back. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from carriers._meanings import refine
from carriers._tables import Codes, Meaning, codes_of, folded, read_toml
from carriers.mappings import Mappings, meant_by
from carriers.registry import FORMATS
from core.event import Meant
from core.scan import Milestone, Scan

WHOLE = frozenset({"sf", "cainiao", "17track", "usps", "canada_post"})
"""Formats whose reading of an event depends on its code and text alone, as kept; a test holds them to it."""

SECTIONS = (
    "codes", "unified", "activities", "details", "reasons", "dispositions", "words", "milestones", "statuses", "groups",
    "types", "older",
)  # fmt: skip
"""The code tables that the formats' files have, the finer ones first."""


def read_again(scan: Scan, mappings: Mappings, understood: bool = False) -> Meant | None:
    """Say what a stored scan means today, None when that is what it meant before.

    `understood`: also look at scans that were understood, where the format allows it.
    """
    if scan.retracts is not None:
        return None
    meant = mappings.meant(scan)
    if meant is None:
        unread = scan.milestone is Milestone.UNKNOWN
        if not (unread or scan.mapped is not None or (understood and scan.source in WHOLE)):
            return None
        meaning = meaning_of(scan.source, scan.code, scan.text)
        if meaning.milestone is Milestone.UNKNOWN and scan.mapped is None:
            return None
        meant = meant_by(scan, meaning)
    return None if meant.of(scan) == scan else meant


def meaning_of(source: str, code: str | None, text: str | None) -> Meaning:
    """Say what a stored code and text mean by the tables of their source, else by the words."""
    tables = _tables(source)
    if code and source == "x12_214":
        code = code.partition(".")[0]  # the reason behind it may have a code's letters
    found = (table[part] for part in _parts(code) for table in tables if part in table)
    return refine(next((known for known in found if known.milestone is not Milestone.UNKNOWN), None), text)


def _parts(code: str | None) -> Iterator[str]:
    """Give what a table may have of a stored code: all of it, its parts from the finest, its main word."""
    whole = folded(code or "")
    for part in (whole, *reversed(whole.split("."))) if "." in whole else (whole,):
        yield part
        if part.isdecimal():
            yield part.lstrip("0")
            yield part.zfill(4)
    yield whole.partition("_")[0]


@cache
def _tables(source: str) -> tuple[Codes, ...]:
    """Give the code tables of a source: the one of a mapping file, else those in its own file."""
    known = FORMATS.get(source)
    if known is None:
        return ()
    if known.codes is not None:
        return (known.codes,)
    try:
        sections = read_toml(source)
    except FileNotFoundError:
        return ()
    return tuple(codes_of(source, name) for name in SECTIONS if name in sections)
