"""How much there is to do right now: open exceptions, cases and their clocks, counted for the metrics.

Invariant: reads only what is open, by partial indexes; never grows with what is past. May import: asyncpg, store.
"""

from __future__ import annotations

import asyncpg
import msgspec

from store.statements import load

_SQL = load("census")


class Census(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by (kind, severity), (kind, state) and (clock, state)."""

    exceptions: dict[tuple[str, int], int]
    cases: dict[tuple[str, str], int]
    clocks: dict[tuple[str, str], int]


async def take(connection: asyncpg.Connection) -> Census:
    """Count what is open."""
    exceptions = await connection.fetch(_SQL["exceptions"])
    cases = await connection.fetch(_SQL["cases"])
    clocks = await connection.fetch(_SQL["clocks"])
    return Census(
        exceptions={(row["kind"], row["severity"]): row["n"] for row in exceptions},
        cases={(row["kind"], row["state"]): row["n"] for row in cases},
        clocks={(row["clock"], row["state"]): row["n"] for row in clocks},
    )
