"""Exceptions as staff and shops read them.

Invariant: reads only; the stream alone writes exceptions. May import: core, store.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from store.statements import load

_SQL = load("exceptions")


class ExceptionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which exceptions a list holds; None is any, but for `states`: None is the open ones."""

    states: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    severities: tuple[int, ...] | None = None
    carriers: tuple[str, ...] | None = None
    shop: str | None = None
    parcel_ids: tuple[str, ...] | None = None


class ExceptionPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the sort keys of its last row."""

    severity: int
    opened_at: datetime
    exception_id: str


async def list_exceptions(
    connection: asyncpg.Connection, wanted: ExceptionFilter, after: ExceptionPlace | None, limit: int
) -> tuple[list[dict[str, Any]], ExceptionPlace | None]:
    """Give board rows, worst and oldest first, at most `limit`, and where the next page begins (None: the last)."""
    values: list[Any] = [
        wanted.kinds,
        wanted.severities,
        wanted.carriers,
        wanted.shop,
        wanted.parcel_ids,
        after.severity if after else None,
        after.opened_at if after else None,
        after.exception_id if after else None,
        limit + 1,
    ]
    if wanted.states is None or set(wanted.states) == {"open"}:
        rows = await connection.fetch(_SQL["list_open"], *values)
    else:
        rows = await connection.fetch(_SQL["list_past"], *values, wanted.states)
    last = rows[limit - 1] if len(rows) > limit else None
    place = ExceptionPlace(last["severity"], last["opened_at"], last["exception_id"]) if last else None
    return [row["body"] for row in rows[:limit]], place


async def of_parcel(connection: asyncpg.Connection, parcel_id: str) -> list[dict[str, Any]]:
    """Give the board rows of a parcel's exceptions, newest first."""
    return [row["body"] for row in await connection.fetch(_SQL["of_parcel"], parcel_id)]


async def summary(connection: asyncpg.Connection, shop: str | None) -> list[asyncpg.Record]:
    """Give the counts of open exceptions by kind, severity and carrier."""
    return list(await connection.fetch(_SQL["summary"], shop))
