"""A carrier that speaks our own canonical form: NDJSON, one scan a line."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey
from sim.phrases import MEANT, facility, next_facility
from sim.step import Place
from sim.wire.words import local, zh


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give one line a scan."""
    lines = []
    for event in new:
        milestone, detail, culprit, signer, code = MEANT[event.step]
        place = Place.DESTINATION if event.place is Place.TOWN else event.place
        line = {
            "carrier": journey.carrier.slug,
            "waybill": journey.waybill,
            "happened_at": local(event).isoformat(),
            "milestone": milestone.value,
            "detail": detail,
            "culprit": culprit,
            "signer": signer,
            "facility": facility(event.hub, place, chinese=True),
            "facility_to": next_facility(event.hub, place, event.to, chinese=True) if event.to else None,
            "place": event.hub.zh,
            "country": event.hub.country,
            "weight_g": event.grams,
            "container": event.container,
            "code": code,
            "text": zh(event),
        }
        lines.append(json.dumps({key: value for key, value in line.items() if value is not None}, ensure_ascii=False))
    return "\n".join(lines).encode(), "application/x-ndjson"
