"""ANSI X12 214: the transportation carrier shipment status message.

Waybill and carrier: B10 (the carrier's reference and its SCAC). Status, reason and time: AT7; place: the MS1 after it;
promise: DTM 017 (estimated delivery). Times are local to the place, but for a time code (AT707). No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from carriers._countries import country, zone_at
from carriers._edi import Segment, x12_of
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded, words_of
from carriers._times import Moment, end_of_day, moment
from carriers._values import joined, need_waybill, text
from carriers.format import Format, Push, Reading
from carriers.names import slug_of, zone_of

NAME = "x12_214"
CODES = codes_of(NAME)
REASONS = codes_of(NAME, "reasons")
ZONES = words_of(NAME, "zones")


def read(push: Push, received_at: datetime) -> Reading:
    """Read every 214 of an interchange."""
    messages = list(_messages(x12_of(push.body)))
    if not messages:
        raise shapeless("no 214 message")
    collected = Collected()
    for message in messages:
        with collected.part(message):
            _message(collected, message, received_at)
    return collected.reading()


def _messages(segments: list[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] | None = None
    for segment in segments:
        if segment[0] == "ST":
            message = [] if _at(segment, 1) == "214" else None
            if message is not None:
                yield message
        elif message is not None:
            message.append(segment)


def _message(collected: Collected, message: list[Segment], received_at: datetime) -> None:
    head: Segment = ()
    estimate, events = None, []
    for at, segment in enumerate(message):
        match segment[0]:
            case "AT7":
                events.append(at)
            case "B10":
                head = head or segment
            case "DTM" if estimate is None and _at(segment, 1) == "017":
                estimate = _at(segment, 2)
    waybill = need_waybill(_at(head, 1), _at(head, 2))
    carrier = slug_of("scac", _at(head, 3) or "unknown")
    if not events:
        collected.nothing_new()
    for at in events:
        status = message[at]
        with collected.part(status):
            after = {segment[0]: segment for segment in message[at + 1 : at + 3]}
            place = message[at + 1] if "MS1" in after and message[at + 1][0] == "MS1" else ()
            where, state = country(_at(place, 3)), _at(place, 2)
            zone = zone_at(where or ("US" if state else None), state, zone_of(carrier, "America/New_York"))
            # AT703 and AT704 tell of appointments, in place of AT701 and AT702.
            code, reason = _at(status, 1) or _at(status, 3), _at(status, 2) or _at(status, 4)
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    _moment(status, zone, received_at),
                    _meaning(code, reason),
                    code=joined(code, reason, by="."),
                    place=joined(_at(place, 1), state),
                    country=where,
                    container=text(_at(after.get("MS2", ()), 2), 80),
                    promised_at=end_of_day(_iso(estimate), zone),
                )
            )


def _moment(status: Segment, zone: str, received_at: datetime) -> Moment:
    written = (_at(status, 5) or "") + (_at(status, 6) or "0000").ljust(6, "0")[:6]
    stated = ZONES.get((_at(status, 7) or "").upper())
    found = moment(written, stated or zone, received_at)
    return msgspec.structs.replace(found, assumed=False) if stated else found


def _meaning(code: str | None, reason: str | None) -> Meaning:
    said, why = decide(CODES, code, None), REASONS.get(folded(reason)) if reason else None
    if why is None:
        return said
    return msgspec.structs.replace(said, detail=said.detail or why.detail, culprit=why.culprit or said.culprit)


def _at(segment: Segment, at: int) -> str | None:
    """Give an element; None where there is none."""
    return segment[at].strip() or None if at < len(segment) else None


def _iso(date: str | None) -> str | None:
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}" if date and len(date) >= 8 else None


FORMAT = Format(NAME, read)
