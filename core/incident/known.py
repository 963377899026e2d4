"""Incidents: one trouble that many parcels share: a jammed hub, a degraded lane, a feed that is silent or late.

Invariant: an incident is a value; those of the last weeks are remembered, because a silence that fell into one does not
count. May import: the standard library, msgspec.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec


class IncidentKind(StrEnum):
    """What is shared."""

    HUB_JAM = "hub_jam"
    LANE_DEGRADED = "lane_degraded"
    FEED_SILENT = "feed_silent"
    FEED_LATE = "feed_late"


_NEVER = datetime.max.replace(tzinfo=UTC)
FEED = frozenset({IncidentKind.FEED_SILENT, IncidentKind.FEED_LATE})


class Measured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an incident holds.

    Of a hub or a silent feed: how many were `heard` within `window_s` seconds and how many were `expected`. Of a lane
    or a late feed: the seconds that it takes, `measured_s`, and those that it usually does, `usual_s`, by `heard`
    parcels or scans.
    """

    heard: int
    expected: int | None = None
    window_s: int | None = None
    measured_s: int | None = None
    usual_s: int | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as the engines know it.

    `facility` is the hub, or where a lane begins, `to` where it ends; both empty for a feed, which is the carrier's.
    `since` is when it began, `until` when it ended (None: it lasts), `expected_at` when it is likely over, `found_at`
    when it was found.
    """

    incident_id: str
    kind: IncidentKind
    carrier: str
    facility: str = ""
    to: str = ""
    since: datetime
    until: datetime | None = None
    expected_at: datetime | None = None
    found_at: datetime | None = None
    measured: Measured | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it lasts."""
        return self.until is None


class Incidents:
    """The incidents that an engine judges by, found by what they are about."""

    __slots__ = ("_by", "all")

    def __init__(self, incidents: Iterable[Incident] = ()) -> None:
        self.all = tuple(sorted(incidents, key=lambda incident: (incident.since, incident.incident_id)))
        by: dict[tuple[str, str, str], list[Incident]] = {}
        for incident in sorted(self.all, key=_end):
            by.setdefault((incident.carrier, incident.facility, incident.to), []).append(incident)
        self._by = {key: ([_end(one) for one in found], tuple(found)) for key, found in by.items()}

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.all)

    def about(
        self, carrier: str, facility: str = "", to: str = "", left: bool = False, after: datetime | None = None
    ) -> tuple[Incident, ...]:
        """Give the incidents that touch a parcel of the carrier which lies at `facility`, or `left` it to go `to`.

        A hub that is jammed up to its gate holds up what is on its way there too. `after`: only those that are open or
        ended after it; so the many that are long over cost nothing.
        """
        if not self._by:
            return ()
        found = self._of((carrier, "", ""), after)
        if left:
            if to:
                found += self._of((carrier, facility, to), after) + self._of((carrier, to, ""), after)
        elif facility:
            found += self._of((carrier, facility, ""), after)
        return found

    def _of(self, key: tuple[str, str, str], after: datetime | None) -> tuple[Incident, ...]:
        known = self._by.get(key)
        if known is None:
            return ()
        ends, found = known
        return found if after is None else found[bisect_right(ends, after) :]


def _end(incident: Incident) -> datetime:
    return incident.until or _NEVER


def passes_at(start: datetime, limit: timedelta, incidents: Iterable[Incident]) -> datetime | None:
    """Give when `limit` has passed since `start` on a clock that stands while one of the incidents lasts.

    None while it stands and nobody knows how long.
    """
    end = start + limit
    for incident in sorted(incidents, key=lambda one: one.since):
        until = incident.until
        if incident.since >= end:
            break
        if until is None:
            return None
        begin = max(start, incident.since)
        if until > begin:
            end += until - begin
            start = until  # what overlaps with the next one counts once
    return end
