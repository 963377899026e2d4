"""Parcel states as they come from the database; one that cannot be read is made anew from what else is stored.

Invariant: no event is put aside because of a state; a version of this program that knows another form of the state
reads the parcels one by one, as their events and their time come. May import: core, store, stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

import msgspec
import structlog

from core.rebuild import rebuild
from core.watch import Watched, decode_watched
from store.remains import remains
from stream.ledger import Ledger
from stream.metrics import StreamMetrics

log = structlog.get_logger()
_SLICE = 200


async def read_states(
    stored: Mapping[str, bytes], ledger: Ledger, metrics: StreamMetrics, now: datetime
) -> dict[str, Watched]:
    """Decode states. Raises Stopped, and what the tables' rows cannot be read for."""
    states: dict[str, Watched] = {}
    broken: list[str] = []
    for parcel_id, raw in stored.items():
        try:
            states[parcel_id] = decode_watched(raw)
        except msgspec.DecodeError as error:
            if not broken:
                log.warning("parcel_states_made_anew", parcel_id=parcel_id, error=str(error)[:200])
            broken.append(parcel_id)
    for start in range(0, len(broken), _SLICE):
        some = broken[start : start + _SLICE]
        found = await ledger.ask(lambda c, some=some: remains(c, some))  # type: ignore[misc]
        for parcel_id in some:
            states[parcel_id] = rebuild(parcel_id, found[parcel_id], now)
        metrics.rebuilt.inc(len(some))
        await asyncio.sleep(0)
    return states
