"""What `waywarden up`, `demo` and `doctor` ask the database.

Invariant: reads only, but for making the empty database itself. May import: asyncpg, msgspec.
"""

from __future__ import annotations

import asyncpg
import msgspec

from store.statements import load

_SQL = load("running")


async def ensure_database(connection: asyncpg.Connection) -> None:
    """Make the database `waywarden` when the server has none."""
    if not await connection.fetchval(_SQL["database_exists"]):
        await connection.execute(_SQL["create_database"])


async def progress(connection: asyncpg.Connection) -> int:
    """Give the sum of all partitions' next offsets: it rests when the workers have nothing left to do."""
    return int(await connection.fetchval(_SQL["progress"]))


class Example(msgspec.Struct, frozen=True):
    """A parcel to show, and whether its consumer has been sent something."""

    parcel_id: str
    told: bool


async def parcel_to_show(connection: asyncpg.Connection) -> Example | None:
    """Give a registered parcel whose consumer's page has as much as possible on it."""
    row = await connection.fetchrow(_SQL["parcel_to_show"])
    return None if row is None else Example(row["parcel_id"], row["told"])


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    """Give a few figures on how much there is."""
    row = await connection.fetchrow(_SQL["counts"])
    return {} if row is None else dict(row)
