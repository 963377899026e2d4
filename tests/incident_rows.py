"""Writes incidents as the leader of the workers does: the row, and what the board is told of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from store.statements import load

FEED = load("feed")
HUB = "杭州转运中心"


async def put_incident(
    connection: asyncpg.Connection | asyncpg.Pool,
    incident_id: str,
    now: datetime,
    kind: str = "hub_jam",
    *,
    carrier: str = "sf",
    facility: str | None = None,
    facility_to: str = "",
    severity: int | None = None,
    hours: float = 3,
    until: datetime | None = None,
    expected_at: datetime | None = None,
    parcels: int = 0,
    total: int | None = None,
    measured: dict[str, Any] | None = None,
    publish: bool = True,
) -> str:
    """Open, change or (with `until`) close an incident that began so many hours ago, found half an hour later."""
    since = now - timedelta(hours=hours)
    feed = kind.startswith("feed")
    if measured is None:
        slow = kind in ("lane_degraded", "feed_late")
        measured = (
            {"heard": 31, "measured_s": 41 * 3600, "usual_s": 14 * 3600}
            if slow
            else {"heard": 3, "expected": 412, "window_s": 3600}
        )
    await connection.execute(
        """INSERT INTO incident (incident_id, kind, carrier, facility, facility_to, severity, since, until, expected_at,
                                 found_at, measured, why, close_reason, parcels, parcels_total, news_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'test', $12, $13, $14, $15, $15)
           ON CONFLICT (incident_id) DO UPDATE SET until = excluded.until, expected_at = excluded.expected_at,
               measured = excluded.measured, parcels = excluded.parcels, parcels_total = excluded.parcels_total,
               close_reason = excluded.close_reason, news_at = excluded.news_at, updated_at = excluded.updated_at""",
        incident_id, kind, carrier, ("" if feed else HUB) if facility is None else facility, facility_to,
        severity or (3 if kind in ("hub_jam", "feed_silent") else 2), since, until,
        None if until else expected_at or since + timedelta(hours=24), since + timedelta(minutes=30), measured,
        "as many as usual are heard again" if until else None, parcels, parcels if total is None else total, now,
    )  # fmt: skip
    if publish:
        await connection.execute(FEED["publish_incidents"], [incident_id])
        await connection.execute(FEED["wake"])
    return incident_id
