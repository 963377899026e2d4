"""What people said that codes and texts mean, and the scans that wait for it.

Invariant: a mapping is never changed, another one of its key takes its place; pages are by key, never by offset.
May import: core, store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from core.scan import Scan
from store.statements import load

_SQL = load("mappings")
_scan = msgspec.json.Decoder(Scan)


class NewMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping to add. `text` is a skeleton; `carrier` None is all carriers of the source."""

    source: str
    milestone: str
    carrier: str | None = None
    code: str | None = None
    text: str | None = None
    detail: str | None = None
    culprit: str | None = None
    note: str | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of unread groups ends: the sort keys of its last one."""

    scans: int
    source: str
    carrier: str
    code: str | None
    said: str | None


class Place(msgspec.Struct, frozen=True):
    """Where a walk over stored scans stands: behind this scan."""

    parcel_id: str = ""
    scan_id: str = ""


class Stored(msgspec.Struct, frozen=True):
    """A stored scan."""

    parcel_id: str
    received_at: datetime
    scan: Scan


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """Which odd scans a walk looks at; what is None does not matter. `mapping_id`: read by that mapping."""

    source: str | None = None
    carrier: str | None = None
    code: str | None = None
    said: str | None = None
    since: datetime | None = None
    mapping_id: int | None = None


async def in_force(connection: Any) -> list[asyncpg.Record]:
    """Give the mappings in force, oldest first."""
    return list(await connection.fetch(_SQL["in_force"]))


async def page(connection: Any, before: int, limit: int, source: str | None, retired: bool) -> list[asyncpg.Record]:
    """Give mappings with how many stored scans each reads, newest first."""
    return list(await connection.fetch(_SQL["page"], before, limit, source, retired))


async def one(connection: Any, mapping_id: int) -> asyncpg.Record | None:
    """Give a mapping."""
    row: asyncpg.Record | None = await connection.fetchrow(_SQL["one"], mapping_id)
    return row


async def add(connection: asyncpg.Connection, new: NewMapping, now: datetime, by: str) -> int:
    """Add a mapping in place of the one of its key, if there is one. Gives its number."""
    key = (new.source, new.carrier, new.code, new.text)
    async with connection.transaction():
        # Two at once of one key follow one another; the later one is in force.
        await connection.execute(_SQL["lock"])
        await connection.execute(_SQL["retire_key"], *key, now, by)
        return int(
            await connection.fetchval(_SQL["add"], *key, new.milestone, new.detail, new.culprit, new.note, now, by)
        )


async def retire(connection: Any, mapping_id: int, now: datetime, by: str) -> bool:
    """Take a mapping back; False when it was not in force."""
    return await connection.fetchval(_SQL["retire"], mapping_id, now, by) is not None


async def unread(
    connection: Any, after: Group | None, limit: int, source: str | None, carrier: str | None, words: str | None
) -> list[asyncpg.Record]:
    """Give groups of scans that nobody can read, the biggest first, each with its latest scan as example."""
    place = (after.scans, after.source, after.carrier, after.code, after.said) if after else (None,) * 5
    return list(await connection.fetch(_SQL["unread"], *place, limit, source, carrier, words))


async def unread_count(connection: Any) -> dict[str, int]:
    """Give how many scans of each source nobody can read."""
    return {row["source"]: row["n"] for row in await connection.fetch(_SQL["unread_count"])}


async def texts(
    connection: Any, source: str, carrier: str | None, code: str | None, said: str | None, limit: int
) -> list[asyncpg.Record]:
    """Give the texts of a group with their counts, each with its latest scan as example, the commonest first."""
    return list(await connection.fetch(_SQL["texts"], source, carrier, code, said, limit))


async def odd_after(connection: Any, which: Which, after: Place, limit: int) -> list[Stored]:
    """Give odd scans behind a place, by parcel and scan."""
    rows = await connection.fetch(
        _SQL["odd_after"],
        after.parcel_id,
        after.scan_id,
        which.source,
        which.carrier,
        which.code,
        which.said,
        which.since,
        which.mapping_id,
        limit,
    )
    return _stored(rows)


async def all_after(connection: Any, carrier: str | None, after: Place, limit: int) -> list[Stored]:
    """Give stored scans of a carrier, or of all, behind a place, by parcel and scan."""
    start = max(after.parcel_id, f"{carrier}:") if carrier else after.parcel_id
    scan_id = after.scan_id if start == after.parcel_id else ""
    rows = await connection.fetch(_SQL["all_after"], start, scan_id, f"{carrier};" if carrier else None, limit)
    return _stored(rows)


def _stored(rows: Sequence[asyncpg.Record]) -> list[Stored]:
    return [Stored(row["parcel_id"], row["received_at"], _scan.decode(row["body"])) for row in rows]
