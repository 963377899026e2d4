"""UN/EDIFACT IFTSTA: the multimodal status report.

Waybill: RFF+CW (or CNI); status: STS, DTM+78 (or the message's DTM), LOC, and its words in FTX or STS. The carrier is
the party NAD+CA or the sender of the interchange. Partners agree on their status codes: those of UPS are known, and
beyond them the words decide. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._countries import country, offset_of, zone_at
from carriers._edi import Segment, edifact_of, part
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded
from carriers._times import moment
from carriers._values import joined, need_waybill, text
from carriers.format import Format, Push, Reading
from carriers.names import CARRIERS, slug_of, zone_of

NAME = "iftsta"
CODES = codes_of(NAME)
_EVENT_TIMES = ("78", "334", "7", "137")  # event, status change, effective, message; the first that is there
_SHORT_YEAR = ("101", "201", "202", "301")  # formats of DTM (UN/EDIFACT 2379) without a century
_STAMP = re.compile(r"^(?P<date>\d{8})(?P<clock>\d{4}(?:\d\d)?)?(?P<zone>[A-Z]{3,4}|[+-]\d{2}(?::?\d{2})?)?$")
_REFERENCES = ("CW", "AAM", "AAS", "BM", "CN")


def read(push: Push, received_at: datetime) -> Reading:
    """Read every IFTSTA message of an interchange."""
    sender: Segment = ()
    messages: list[list[Segment]] = []
    for segment in edifact_of(push.body):
        if segment[0] == "UNB":
            sender = segment
        elif segment[0] == "UNH":
            messages.append([segment])
        elif messages:
            messages[-1].append(segment)
    messages = [message for message in messages if part(message[0], 2, 0) == "IFTSTA"]
    if not messages:
        raise shapeless("no IFTSTA message")
    collected = Collected()
    for message in messages:
        with collected.part(message):
            _message(collected, sender, message, received_at)
    return collected.reading()


def _message(collected: Collected, sender: Segment, message: list[Segment], received_at: datetime) -> None:
    starts = [at for at, segment in enumerate(message) if segment[0] == "STS"]
    if not starts:
        collected.nothing_new()
    whole, head = _by_name(message), _by_name(message[: starts[0]] if starts else ())
    carrier = _carrier(sender, whole.get("NAD", ()))
    references = {part(segment, 1, 0): part(segment, 1, 1) for segment in whole.get("RFF", ())}
    numbers = [part(segment, 2, 0) for segment in whole.get("CNI", ())]
    waybill = need_waybill(*(references.get(kind) for kind in _REFERENCES), *numbers)
    sent = _times(head)
    # The place stands before its status in some dialects, after it in others.
    before: Segment = head["LOC"][-1] if "LOC" in head else ()
    for start, end in itertools.pairwise([*starts, len(message)]):
        status, group = message[start], _by_name(message[start:end])
        places = group.get("LOC")
        place = places[0] if places else before
        before = places[-1] if places else before
        with collected.part(message[start:end]):
            box = part(group["EQD"][0], 2, 0) if "EQD" in group else references.get("EQ")
            where = country(part(place, 3, 3) or part(place, 3, 0))
            times = _times(group)
            told = [part(one, 4, 0) for one in group["FTX"]] if "FTX" in group else _said(status)
            words = joined(*told, by=" ")
            code = text((part(status, 2) or part(status, 1) or "").replace(":", "."), 60)
            zone = zone_at(where, None, zone_of(carrier))
            when = next((all_[kind] for all_ in (times, sent) for kind in _EVENT_TIMES if all_.get(kind)), None)
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(when, zone, received_at),
                    refine(_coded(status), words),
                    code=code,
                    text=words,
                    place=text(part(place, 2, 3) or part(place, 2, 0), 80),
                    country=where,
                    container=text(box, 40),
                )
            )


def _by_name(segments: Sequence[Segment]) -> dict[str, list[Segment]]:
    found: dict[str, list[Segment]] = {}
    for segment in segments:
        found.setdefault(segment[0], []).append(segment)
    return found


def _said(status: Segment) -> list[str | None]:
    """Give the words beside the codes of an STS segment."""
    return [part(status, 2, 3), part(status, 3, 3)]


def _times(group: Mapping[str, Sequence[Segment]]) -> Mapping[str | None, str]:
    """Give the times of DTM segments by their kind, written as ISO 8601 where the format says more than its digits."""
    return {part(one, 1, 0): _iso(part(one, 1, 1) or "", part(one, 1, 2)) for one in group.get("DTM", ())}


def _iso(written: str, kind: str | None) -> str:
    found = _STAMP.match(f"20{written}" if kind in _SHORT_YEAR else written)
    if not found:
        return written
    date, clock, zone = found["date"], f"{found['clock'] or ''}000000", found["zone"] or ""
    east = zone.replace(":", "").ljust(5, "0") if zone[:1] in ("+", "-") else (offset_of(zone) or "").replace(":", "")
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:6]}{east}"


def _coded(status: Segment) -> Meaning | None:
    """Give what the codes of an STS segment mean: its reason or event, else its category, else both as one."""
    for at in (2, 3, 1):
        for component in (0, 1, 2):
            one = part(status, at, component)
            if one and (known := CODES.get(folded(one))):
                return known
    return None


def _carrier(sender: Segment, parties_named: Sequence[Segment]) -> str:
    named = [part(segment, 2, 0) for segment in parties_named if part(segment, 1) == "CA"]
    parties = [*named, *(part(sender, 2) or "").split(":")]
    known = next((party.lower() for party in parties if party and party.lower() in CARRIERS), None)
    return known or slug_of(NAME, next((party for party in parties if party), None) or "unknown")


FORMAT = Format(NAME, read)
