"""Incidents as staff read them: the list, one with what is under it, those of a parcel.

Invariant: reads only; the stream alone writes incidents. May import: asyncpg, msgspec, store.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from store.statements import load

_SQL = load("incidents")


class IncidentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents a list holds; None is any. `open`: those that last, or those that are over."""

    kinds: tuple[str, ...] | None = None
    carriers: tuple[str, ...] | None = None
    open: bool | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: when its last row was found or opened, and its id."""

    at: datetime
    key: str


async def list_incidents(
    connection: asyncpg.Connection, wanted: IncidentFilter, after: Place | None, limit: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Give board rows, newest first, at most `limit`, and where the next page begins (None: this is the last)."""
    at, key = (after.at, after.key) if after else (None, None)
    rows = await connection.fetch(
        _SQL["list_incidents"], wanted.kinds, wanted.carriers, wanted.open, at, key, limit + 1
    )
    last = rows[limit - 1] if len(rows) > limit else None
    place = Place(last["found_at"], last["incident_id"]) if last else None
    return [row["body"] for row in rows[:limit]], place


async def one(connection: asyncpg.Connection, incident_id: str) -> dict[str, Any] | None:
    """Give an incident's board row, None when there is none."""
    body: dict[str, Any] | None = await connection.fetchval(_SQL["one"], incident_id)
    return body


async def children(
    connection: asyncpg.Connection, incident_id: str, only_open: bool, after: Place | None, limit: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Give the board rows of what is under an incident, in the order of coming, and where the next page begins."""
    at, key = (after.at, after.key) if after else (None, None)
    rows = await connection.fetch(_SQL["children"], incident_id, only_open, at, key, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    place = Place(last["opened_at"], last["exception_id"]) if last else None
    return [row["body"] for row in rows[:limit]], place


async def cases(connection: asyncpg.Connection, incident_id: str, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Give the board rows of the cases under an incident, the most urgent first, and how many there are."""
    rows = await connection.fetch(_SQL["cases"], incident_id, limit)
    return [row["body"] for row in rows], rows[0]["total"] if rows else 0


async def of_parcel(connection: asyncpg.Connection, parcel_id: str) -> list[dict[str, Any]]:
    """Give the board rows of the incidents that a parcel is in now."""
    return [row["body"] for row in await connection.fetch(_SQL["of_parcel"], parcel_id)]
