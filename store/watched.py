"""Reads what the engines need of the parcels they watch: states, histories, who is due.

Invariant: one query a call however many parcels it is for. May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.statements import load

_SQL = load("watched")


async def states(connection: Any, parcel_ids: Sequence[str]) -> dict[str, bytes]:
    """Give the stored states of those parcels that are known."""
    return {row[0]: row[1] for row in await connection.fetch(_SQL["states"], parcel_ids)}


async def histories(connection: Any, parcel_ids: Sequence[str]) -> dict[str, list[bytes]]:
    """Give every stored scan of the parcels as canonical JSON, in no order; without scans an empty list."""
    found: dict[str, list[bytes]] = {parcel_id: [] for parcel_id in parcel_ids}
    for parcel_id, body in await connection.fetch(_SQL["histories"], parcel_ids):
        found[parcel_id].append(body)
    return found


async def due(connection: Any, partition: int, now: datetime, limit: int) -> list[tuple[str, bytes]]:
    """Give at most `limit` parcels of a partition that are due, longest overdue first, with their states."""
    return [(row[0], row[1]) for row in await connection.fetch(_SQL["due"], partition, now, limit)]


async def next_due(connection: Any, partition: int) -> datetime | None:
    """Give when the next parcel of a partition is due."""
    moment: datetime | None = await connection.fetchval(_SQL["next_due"], partition)
    return moment


async def postpone(connection: Any, until: Mapping[str, datetime | None]) -> None:
    """Look at each parcel again only then (None: never). For those that need no other change, or cannot be judged."""
    await connection.execute(_SQL["postpone"], list(until), list(until.values()))
