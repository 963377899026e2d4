"""The mappings in force, as this process knows them: read at the start and again every few seconds.

Invariant: intake never waits for the database because of a mapping; while it is away the last ones known stay in
force. May import: carriers, core, store.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
import structlog

from carriers.mappings import Mapping, Mappings
from core.event import Event, Scanned
from core.scan import Milestone
from store import mappings as store

log = structlog.get_logger()

_DATABASE_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Book:
    """Holds the mappings and lays them over events."""

    def __init__(self) -> None:
        self._numbers: tuple[int, ...] = ()
        self.mappings = Mappings()

    async def refresh(self, pool: asyncpg.Pool) -> None:
        """Read the mappings; without a database those that are known stay."""
        try:
            async with pool.acquire(timeout=3) as connection:
                await self.read(connection)
        except _DATABASE_AWAY as error:
            log.warning("mappings_not_read", error=repr(error))

    async def read(self, connection: Any) -> None:
        """Read the mappings. Raises what the database raises."""
        rows = await store.in_force(connection)
        # A mapping is never changed, so the numbers say whether anything is new.
        numbers = tuple(row["mapping_id"] for row in rows)
        if numbers != self._numbers:
            self.mappings = Mappings(msgspec.convert(dict(row), Mapping) for row in rows)
            self._numbers = numbers
            log.info("mappings_read", mappings=len(self.mappings))

    def lay_over(self, event: Event) -> Event:
        """Give an event with its scans read by the mappings."""
        if not self._numbers or not isinstance(event, Scanned):
            return event
        scans = self.mappings.read(event.scans)
        return event if scans == event.scans else msgspec.structs.replace(event, scans=scans)


def unknown_of(event: Event) -> list[str]:
    """Give the sources of the scans that nobody can read, one for each."""
    if not isinstance(event, Scanned):
        return []
    return [scan.source for scan in event.scans if scan.milestone is Milestone.UNKNOWN]
