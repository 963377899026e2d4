"""Reads what was heard in a range of time, as events in the order of reception. For back-tests.

Invariant: reads only, in one snapshot, a slice of rows at a time; no contact is read. Of a registration that was
changed only the last form is known. May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import msgspec

from core.event import Registered, Registration, Report, Reported, Scanned
from core.scan import Scan
from store.statements import load

_SQL = load("past")
_SLICE = 5_000
_scan = msgspec.json.Decoder(Scan)


async def scanned(connection: asyncpg.Connection, since: datetime, until: datetime) -> AsyncIterator[Scanned]:
    """Give the scans that were received in the range; those of one push together. Needs a transaction."""
    pushed: tuple[str, datetime] | None = None
    held: list[Scan] = []
    async for parcel_id, received_at, body in connection.cursor(_SQL["scans"], since, until, prefetch=_SLICE):
        if pushed is not None and pushed != (parcel_id, received_at):
            yield Scanned(parcel_id=pushed[0], received_at=pushed[1], scans=tuple(held))
            held = []
        pushed = (parcel_id, received_at)
        held.append(_scan.decode(body))
    if pushed is not None:
        yield Scanned(parcel_id=pushed[0], received_at=pushed[1], scans=tuple(held))


async def said(
    connection: asyncpg.Connection, since: datetime, until: datetime
) -> list[tuple[datetime, Registered | Reported]]:
    """Give what shops and consumers said in the range."""
    events: list[tuple[datetime, Registered | Reported]] = []
    for row in await connection.fetch(_SQL["registrations"], since, until):
        fields = dict(row)
        parcel_id = fields.pop("parcel_id")
        registration = msgspec.convert(fields, Registration)
        events.append((registration.at, Registered(parcel_id=parcel_id, registration=registration)))
    for row in await connection.fetch(_SQL["reports"], since, until):
        fields = dict(row)
        parcel_id = fields.pop("parcel_id")
        report = msgspec.convert(fields, Report)
        events.append((report.at, Reported(parcel_id=parcel_id, report=report)))
    events.sort(key=lambda one: one[0])
    return events
