"""A carrier that speaks our own canonical form: NDJSON, one scan a line."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.journey import Event, Journey, Step
from sim.wire.words import local, zh

_CANONICAL: dict[Step, tuple[str, str | None]] = {
    Step.ANNOUNCED: ("announced", None),
    Step.PICKED_UP: ("picked_up", None),
    Step.DEPARTED: ("in_transit", "departed"),
    Step.ARRIVED: ("in_transit", "arrived"),
    Step.CUSTOMS: ("customs", None),
    Step.CUSTOMS_CLEARED: ("customs", "customs_cleared"),
    Step.OUT: ("out_for_delivery", None),
    Step.ABSENT: ("attempt_failed", "absent"),
    Step.DAMAGED: ("exception", "damaged"),
    Step.LOST: ("exception", "lost"),
    Step.REFUSED: ("attempt_failed", "refused"),
    Step.RETURNING: ("returning", None),
    Step.RETURNED: ("returned", None),
    Step.AVAILABLE: ("available", None),
    Step.DELIVERED: ("delivered", None),
}


def encode(journey: Journey, history: Sequence[Event], new: Sequence[Event]) -> tuple[bytes, str]:
    """Give one line a scan."""
    lines = []
    for event in new:
        milestone, detail = _CANONICAL[event.step]
        line = {
            "carrier": journey.carrier.slug,
            "waybill": journey.waybill,
            "happened_at": local(event).isoformat(),
            "milestone": milestone,
            "facility": f"{event.hub.zh}转运中心",
            "place": event.hub.zh,
            "country": event.hub.country,
            "code": event.step.value,
            "text": zh(event),
        }
        if detail:
            line["detail"] = detail
        if event.to:
            line["facility_to"] = f"{event.to.zh}转运中心"
        lines.append(json.dumps(line, ensure_ascii=False))
    return "\n".join(lines).encode(), "application/x-ndjson"
