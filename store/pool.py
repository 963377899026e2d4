"""The connection pool.

Invariant: jsonb goes in and comes out as Python values; the session speaks UTC. May import: asyncpg, msgspec.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.json.decode(raw[1:]),
        format="binary",
    )


async def open_pool(url: str, size: int = 8, name: str = "waywarden", **options: Any) -> asyncpg.Pool:
    """Open a pool of at most `size` connections that show up in pg_stat_activity under `name`."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=_prepare,
        server_settings={"application_name": name, "timezone": "UTC"},
        **options,
    )
