"""karrio: the tracker of its API, lists of them, and the webhook `tracker_updated`.

Wire format: karrio unified tracking. Date and time are local without zone; the timestamp beside them claims UTC for
the same local time, so it is used only where they are missing. No signature: send an API key of ours.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import zone_in
from carriers._meanings import of_newest, refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of, folded
from carriers._times import end_of_day, moment
from carriers._values import first, items, mapping, need_mapping, need_waybill
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "karrio"
CODES = codes_of(NAME)
REASONS = codes_of(NAME, "reasons")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(AM|PM)?", re.IGNORECASE)


def read(push: Push, received_at: datetime) -> Reading:
    """Read a tracker, a list of them, or a webhook."""
    document = json_of(push.body)
    outer = mapping(document)
    found = items(outer.get("data")) or items(outer.get("results")) or items(document)
    trackers = [one for one in found if "tracking_number" in mapping(one)]
    if not trackers:
        if items(outer.get("errors")) or items(outer.get("messages")):
            raise Rejected(Reason.ERROR_ANSWER, "karrio answers with an error")
        if "event" in outer or "results" in outer:
            return Reading(())  # a webhook of shipments or orders, or an empty list
        raise shapeless("no tracking_number")
    collected = Collected()
    for tracker in trackers:
        with collected.part(tracker):
            _tracker(collected, mapping(tracker), received_at)
    return collected.reading()


def _tracker(collected: Collected, tracker: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(tracker.get("tracking_number"))
    carrier = slug_of(NAME, first(tracker, "carrier_name", "carrier_id") or "unknown")
    zone = zone_of(carrier)
    events = items(tracker.get("events"))
    if not events:
        collected.nothing_new()
    state = CODES.get(folded(first(tracker, "status") or ""))
    newest = max(events, key=lambda event: _when(mapping(event)) or "", default=None)
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            words, code = first(entry, "description"), first(entry, "code", limit=80)
            known = CODES.get(folded(first(entry, "status", limit=40) or ""))
            meaning = refine(REASONS.get(folded(first(entry, "reason", limit=80) or "")) or known, words)
            if event is newest and known is None:
                meaning = of_newest(state, meaning, words)
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(_when(entry), zone_in(first(entry, "location", limit=120), zone), received_at),
                    meaning,
                    code=code,
                    text=words,
                    place=first(entry, "location", limit=120),
                    promised_at=end_of_day(tracker.get("estimated_delivery"), zone) if event is newest else None,
                    hubs_in_text=True,
                )
            )


def _when(event: Mapping[str, object]) -> str | None:
    date, clock = first(event, "date", limit=40), _CLOCK.match(first(event, "time", limit=20) or "")
    if date is None or clock is None or len(date) != 10:
        return first(event, "timestamp", "date", limit=40)
    hour = int(clock[1])
    if clock[4] and hour <= 12:  # some connectors write "13:58 PM"
        hour = hour % 12 + (12 if clock[4].upper() == "PM" else 0)
    return f"{date}T{hour:02d}:{clock[2]}:{clock[3] or '00'}"


FORMAT = Format(NAME, read)
