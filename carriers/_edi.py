"""EDI syntax: X12 and EDIFACT interchanges as lists of segments, each a list of elements.

Invariant: raises `Rejected` and nothing else; linear in the bytes. May import: carriers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from carriers._bodies import checked, utf8
from carriers.format import Reason, Rejected

MAX_SEGMENTS = 50_000
_SHORTEST_SEGMENT = 6  # characters, on average; the shortest that say anything have more
# What stands in place of released marks while the text is split: release, component, element, terminator.
_ASIDE = "\x01\x02\x03\x04"
_COLON = "\x05"  # a colon that is no separator
_HEADLESS = ("GS*", "GS|", "GS^", "ST*", "ST|", "ST^")
_NO_MARKS = {ord(aside): None for aside in (*_ASIDE, _COLON)}
_COLONS = {ord(_ASIDE[1]): ":", ord(_COLON): ":"}
_HAS_MARKS = re.compile("[\x01-\x05]").search

Segment = Sequence[str]


def x12_of(raw: bytes) -> list[Segment]:
    """Split an X12 interchange; its separators stand at fixed places of ISA. Raises `Rejected`."""
    text = _text(raw)
    if text.startswith(_HEADLESS) and len(text) > 6:
        # Some gateways take the envelope off; what ends the first segment is then the first of the usual marks.
        element, terminator = text[2], next((mark for mark in "~\n'" if mark in text[:400]), "~")
    elif not text.startswith("ISA") or len(text) < 106:
        raise Rejected(Reason.SHAPE, "no ISA segment")
    else:
        element, terminator = text[3], text[105]
    if element.isalnum() or terminator.isalnum() or element == terminator:
        raise Rejected(Reason.SYNTAX, "the separators of ISA are broken")
    return [_split(segment.strip(), element) for segment in _limited(text.split(terminator), len(text))]


def edifact_of(raw: bytes) -> list[Segment]:
    """Split an EDIFACT interchange; elements keep their components joined by `:`. Raises `Rejected`."""
    text = _text(raw).translate(_NO_MARKS)
    marks = text[3:9] if text.startswith("UNA") and len(text) >= 9 else ":+.? '"
    component, element, release, terminator = (marks[at] for at in (0, 1, 3, 5))
    if any(mark.isalnum() for mark in marks) or len({component, element, release, terminator}) < 4:
        raise Rejected(Reason.SYNTAX, "the separators of UNA are broken")
    if text.startswith("UNA"):
        text = text[9:]
    back = {}
    if release != " " and release in text:  # a blank says that there is none
        # A separator after the release character is text: it is put aside, the release character itself first.
        aside = zip((release, component, element, terminator), _ASIDE, strict=True)
        for mark, place in aside:
            text = text.replace(release + mark, place)
            back[ord(place)] = mark
        text = text.replace(release, "")
        if component == ":":
            del back[ord(_ASIDE[1])]  # `part` takes it back, after it has split the components
    if component != ":":
        text = text.replace(":", _COLON).replace(component, ":")
    segments = []
    for written in _limited(text.split(terminator), len(text)):
        segment = _split(written.lstrip(), element)
        if back and _HAS_MARKS(written):
            segment = [value.translate(back) for value in segment]
        segments.append(segment)
    return [segment for segment in segments if segment[0]]


def part(segment: Segment, at: int, component: int | None = None) -> str | None:
    """Give an element, or a component of it, counted from 0; None where there is none."""
    if at >= len(segment):
        return None
    value = segment[at]
    if component is not None and ":" in value:
        parts = value.split(":", component + 1)
        if component >= len(parts):
            return None
        value = parts[component]
    elif component:
        return None
    return (value if value.isprintable() else value.translate(_COLONS)).strip() or None


def _split(segment: str, element: str) -> list[str]:
    values = segment.split(element)
    values[0] = values[0].rstrip()
    return values


def _text(raw: bytes) -> str:
    return utf8(checked(raw)).decode("utf-8", "replace").lstrip("\ufeff \t\r\n").replace("\0", "")


def _limited(segments: list[str], length: int) -> list[str]:
    if len(segments) > MAX_SEGMENTS:
        raise Rejected(Reason.TOO_LARGE, f"more than {MAX_SEGMENTS} segments")
    if len(segments) > 100 + length // _SHORTEST_SEGMENT:
        raise Rejected(Reason.SYNTAX, "nothing but segment marks")
    return [segment for segment in segments if segment.strip()]
