"""Parcels as staff and shops read them: one with all that hangs on it, and the search by waybill or order.

Invariant: reads only, but for the log of reveals; contact fields stay sealed here. May import: core, store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core.scan import Scan
from store.statements import load

_SQL = load("parcels")
_scan = msgspec.json.Decoder(Scan)


async def one(connection: asyncpg.Connection, parcel_id: str) -> asyncpg.Record | None:
    """Give a parcel with its registration."""
    return await connection.fetchrow(_SQL["one"], parcel_id)


async def scans(connection: asyncpg.Connection, parcel_id: str, limit: int) -> list[tuple[Scan, datetime]]:
    """Give the newest scans with when they were received, newest first."""
    rows = await connection.fetch(_SQL["scans"], parcel_id, limit)
    return [(_scan.decode(row["body"]), row["received_at"]) for row in rows]


async def reports(connection: asyncpg.Connection, parcel_id: str) -> list[asyncpg.Record]:
    """Give the consumer's reports, newest first; notes sealed."""
    return list(await connection.fetch(_SQL["reports"], parcel_id))


async def deliveries(connection: asyncpg.Connection, parcel_id: str) -> list[asyncpg.Record]:
    """Give the messages about a parcel, newest first; recipients sealed, or the shop's id; webhooks without body."""
    return list(await connection.fetch(_SQL["deliveries"], parcel_id))


async def brief(connection: asyncpg.Connection, parcel_ids: Sequence[str], shop: str | None) -> list[dict[str, Any]]:
    """Give short rows of those of the parcels that exist, of one shop when it is given."""
    return [dict(row) for row in await connection.fetch(_SQL["brief"], list(parcel_ids), shop)]


async def ids_of_order(connection: asyncpg.Connection, order: str, shop: str | None, limit: int) -> list[str]:
    """Give the parcels of an order."""
    return [row["parcel_id"] for row in await connection.fetch(_SQL["ids_of_order"], order, shop, limit)]


async def contact(connection: asyncpg.Connection, parcel_id: str) -> asyncpg.Record | None:
    """Give the sealed contact, the shop, and whether a case of the parcel is being worked on."""
    return await connection.fetchrow(_SQL["contact"], parcel_id)


async def log_reveal(
    connection: asyncpg.Connection, at: datetime, staff_id: UUID, parcel_id: str, field: str, reason: str
) -> None:
    """Log who looked at a contact field in clear, and why."""
    await connection.execute(_SQL["log_reveal"], at, staff_id, parcel_id, field, reason)
