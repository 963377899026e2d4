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
from carriers._edi import Segment, part, x12_of
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Meaning, codes_of, folded, words_of
from carriers._times import Moment, end_of_day, moment
from carriers._values import joined, need_waybill
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
        with collected.part({"B10": next((list(segment) for segment in message if segment[0] == "B10"), None)}):
            _message(collected, message, received_at)
    return collected.reading()


def _messages(segments: list[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] | None = None
    for segment in segments:
        if segment[0] == "ST":
            message = [] if part(segment, 1) == "214" else None
            if message is not None:
                yield message
        elif message is not None:
            message.append(segment)


def _message(collected: Collected, message: list[Segment], received_at: datetime) -> None:
    head = next((segment for segment in message if segment[0] == "B10"), ())
    waybill = need_waybill(part(head, 1), part(head, 2))
    carrier = slug_of("scac", part(head, 3) or "unknown")
    estimates = [part(segment, 2) for segment in message if segment[0] == "DTM" and part(segment, 1) == "017"]
    events = [at for at, segment in enumerate(message) if segment[0] == "AT7"]
    if not events:
        collected.nothing_new()
    for at in events:
        status = message[at]
        with collected.part(list(status)):
            place = message[at + 1] if at + 1 < len(message) and message[at + 1][0] == "MS1" else ()
            where, state = country(part(place, 3)), part(place, 2)
            carried = next((one for one in message[at + 1 : at + 3] if one[0] == "MS2"), ())
            zone = zone_at(where or ("US" if state else None), state, zone_of(carrier, "America/New_York"))
            # AT703 and AT704 tell of appointments, in place of AT701 and AT702.
            code, reason = part(status, 1) or part(status, 3), part(status, 2) or part(status, 4)
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    _moment(status, zone, received_at),
                    _meaning(code, reason),
                    code=joined(code, reason, by="."),
                    place=joined(part(place, 1), state),
                    country=where,
                    container=joined(part(carried, 2), by=""),
                    promised_at=end_of_day(_iso(estimates[0]), zone) if estimates else None,
                )
            )


def _moment(status: Segment, zone: str, received_at: datetime) -> Moment:
    written = joined(part(status, 5), (part(status, 6) or "0000").ljust(6, "0")[:6], by="")
    stated = ZONES.get((part(status, 7) or "").upper())
    found = moment(written, stated or zone, received_at)
    return msgspec.structs.replace(found, assumed=False) if stated else found


def _meaning(code: str | None, reason: str | None) -> Meaning:
    said, why = decide(CODES, code, None), REASONS.get(folded(reason)) if reason else None
    if why is None:
        return said
    return msgspec.structs.replace(said, detail=said.detail or why.detail, culprit=why.culprit or said.culprit)


def _iso(date: str | None) -> str | None:
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}" if date and len(date) >= 8 else None


FORMAT = Format(NAME, read)
