"""Reads everything that is stored of parcels but their states, to make these anew.

Invariant: one query a table however many parcels it is for. May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.event import Registration, Report
from core.rebuild import Remains, Remembered
from core.scan import Scan
from store.statements import load

_SQL = load("remains")
_scan = msgspec.json.Decoder(Scan)


async def remains(connection: Any, parcel_ids: Sequence[str]) -> dict[str, Remains]:
    """Give what is stored of each parcel. Raises msgspec.DecodeError or ValidationError for rows that are not ours."""
    scans: dict[str, list[Scan]] = {parcel_id: [] for parcel_id in parcel_ids}
    heard: dict[str, list[datetime]] = {parcel_id: [] for parcel_id in parcel_ids}
    reports: dict[str, list[Report]] = {parcel_id: [] for parcel_id in parcel_ids}
    exceptions: dict[str, list[Remembered]] = {parcel_id: [] for parcel_id in parcel_ids}
    registrations: dict[str, Registration] = {}
    for parcel_id, body, received_at in await connection.fetch(_SQL["scans"], parcel_ids):
        scans[parcel_id].append(_scan.decode(body))
        heard[parcel_id].append(received_at)
    for row in await connection.fetch(_SQL["registrations"], parcel_ids):
        parcel_id, fields = _split(row)
        registrations[parcel_id] = msgspec.convert(fields, Registration)
        heard[parcel_id].append(fields["at"])
    for row in await connection.fetch(_SQL["reports"], parcel_ids):
        parcel_id, fields = _split(row)
        reports[parcel_id].append(msgspec.convert(fields, Report))
        heard[parcel_id].append(fields["at"])
    for row in await connection.fetch(_SQL["exceptions"], parcel_ids):
        parcel_id, fields = _split(row)
        exceptions[parcel_id].append(msgspec.convert(fields, Remembered))
    told = dict(await connection.fetch(_SQL["told"], parcel_ids))
    return {
        parcel_id: Remains(
            scans=scans[parcel_id],
            registration=registrations.get(parcel_id),
            reports=reports[parcel_id],
            exceptions=exceptions[parcel_id],
            heard_at=min(heard[parcel_id], default=None),
            told_at=told.get(parcel_id),
        )
        for parcel_id in parcel_ids
    }


def _split(row: Any) -> tuple[str, dict[str, Any]]:
    fields = dict(row)
    return fields.pop("parcel_id"), fields
