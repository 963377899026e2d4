"""A parcel's story, for people who want to see why an alert was wrong or missing.

Invariant: pure; times in UTC. May import: core, backtest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from backtest.shelf import Shelf
from backtest.tape import Alert
from backtest.truth import Fate

LINES = 24


class Line(msgspec.Struct, frozen=True):
    """One line of a story. `what`: scan, alert, end, truth, promise."""

    at: datetime
    what: str
    says: str


class Story(msgspec.Struct, frozen=True):
    """What happened to a parcel, was said of it, and was true."""

    parcel_id: str
    about: str
    lines: tuple[Line, ...]


def story_of(about: str, parcel_id: str, shelf: Shelf, alerts: Iterable[Alert], fate: Fate | None) -> Story:
    """Tell the story of a parcel; a long one without its middle."""
    told = [
        Line(
            scan.happened_at,
            "scan",
            " ".join(
                part
                for part in (
                    scan.milestone.value,
                    scan.detail.value if scan.detail else "",
                    scan.facility or scan.place or "",
                    f"→ {scan.facility_to}" if scan.facility_to else "",
                    f"“{scan.text}”" if scan.text else "",
                )
                if part
            ),
        )
        for scan in shelf.history(parcel_id)
    ]
    for alert in alerts:
        seen = alert.evidence
        why = [seen.rule]
        if seen.chance is not None:
            why.append(f"chance {seen.chance} %")
        if seen.limit_s is not None and seen.measured_s is not None:
            why.append(f"{seen.measured_s / 3600:.1f} h, limit {seen.limit_s / 3600:.1f} h")
        told.append(Line(alert.opened_at, "alert", f"{alert.kind.value} ({', '.join(why)})"))
        if alert.ended_at is not None:
            told.append(Line(alert.ended_at, "end", f"{alert.kind.value} {alert.state.value}"))
    if fate is not None:
        if fate.promised_at is not None:
            told.append(Line(fate.promised_at, "promise", "promised for"))
        if fate.arrived_at is not None:
            told.append(Line(fate.arrived_at, "truth", "arrived"))
        for label in fate.labels:
            how = f" ({label.how})" if label.how else ""
            until = f" until {label.until:%m-%d %H:%M}" if label.until else ""
            told.append(Line(label.since, "truth", f"{label.kind}{how}{until}"))
    told.sort(key=lambda line: (line.at, line.what))
    if len(told) > LINES:
        half = LINES // 2
        told = [*told[:half], Line(told[half].at, "", f"… {len(told) - LINES} more …"), *told[-half:]]
    return Story(parcel_id, about, tuple(told))
