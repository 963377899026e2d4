"""EDI syntax: X12 and EDIFACT interchanges as lists of segments, each a list of elements.

Invariant: raises `Rejected` and nothing else; linear in the bytes. May import: carriers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from carriers._bodies import checked, utf8
from carriers.format import Reason, Rejected

MAX_SEGMENTS = 50_000

Segment = Sequence[str]


def x12_of(raw: bytes) -> list[Segment]:
    """Split an X12 interchange; its separators stand at fixed places of ISA. Raises `Rejected`."""
    text = _text(raw)
    if not text.startswith("ISA") or len(text) < 106:
        raise Rejected(Reason.SHAPE, "no ISA segment")
    element, terminator = text[3], text[105]
    if element.isalnum() or terminator.isalnum() or element == terminator:
        raise Rejected(Reason.SYNTAX, "the separators of ISA are broken")
    return [[part.strip() for part in segment.strip().split(element)] for segment in _limited(text.split(terminator))]


def edifact_of(raw: bytes) -> list[Segment]:
    """Split an EDIFACT interchange; elements keep their components joined by `:`. Raises `Rejected`."""
    text = _text(raw)
    marks = text[3:9] if text.startswith("UNA") and len(text) >= 9 else ":+.? '"
    if any(mark.isalnum() for mark in marks) or len({marks[0], marks[1], marks[5]}) < 3:
        raise Rejected(Reason.SYNTAX, "the separators of UNA are broken")
    if text.startswith("UNA"):
        text = text[9:]
    component, element, release, terminator = (re.escape(marks[at]) for at in (0, 1, 3, 5))
    # A separator after the release character is text. The pattern can not fail, so it never goes back over the text.
    parts = re.compile(rf"((?:{release}.?|[^{release}{element}{terminator}])*)([{element}{terminator}]|$)", re.DOTALL)
    segments: list[list[str]] = [[]]
    for found in parts.finditer(text):
        value = _released(found[1], marks[3])
        segments[-1].append(value if marks[0] == ":" else re.sub(component, ":", value))
        if found[2] != marks[1]:
            segments.append([])
        if len(segments) > MAX_SEGMENTS:
            raise Rejected(Reason.TOO_LARGE, f"more than {MAX_SEGMENTS} segments")
    return [segment for segment in segments if segment and segment[0]]


def part(segment: Segment, at: int, component: int | None = None) -> str | None:
    """Give an element, or a component of it, counted from 0; None where there is none."""
    if at >= len(segment):
        return None
    if component is None:
        return segment[at] or None
    parts = segment[at].split(":")
    return parts[component] or None if component < len(parts) else None


def _released(value: str, release: str) -> str:
    if release not in value:
        return value.strip()
    return re.sub(rf"{re.escape(release)}(.)", r"\1", value, flags=re.DOTALL).strip()


def _text(raw: bytes) -> str:
    return utf8(checked(raw)).decode("utf-8", "replace").lstrip("\ufeff \t\r\n").replace("\0", "")


def _limited(segments: list[str]) -> list[str]:
    if len(segments) > MAX_SEGMENTS:
        raise Rejected(Reason.TOO_LARGE, f"more than {MAX_SEGMENTS} segments")
    return [segment for segment in segments if segment.strip()]
