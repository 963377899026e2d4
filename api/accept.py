"""How an event gets in: into the log, or into the inbox table while the broker is away.

Invariant: `accept` returns only when every event is durable in one of the two; it raises `Unavailable` when neither
takes them. May import: core.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from core.event import Event, Scanned
from core.scan import Scan, parcel_id_of


class Accepted(msgspec.Struct, frozen=True):
    """Where the events are durable now."""

    where: Literal["log", "inbox"]
    events: int


class Unavailable(Exception):
    """Broker and database are both away, or too much is in flight. Come back after `retry_after_s`."""

    def __init__(self, reason: str, retry_after_s: int = 5) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class Accept(Protocol):
    """The one entry for events; `api.producer.Intake` is the real one, tests may bring their own."""

    async def accept(self, events: Sequence[Event]) -> Accepted:
        """Make the events durable, in their order per parcel. Raises Unavailable."""
        ...


def scanned(scans: Iterable[Scan], received_at: datetime) -> list[Event]:
    """Give one event a parcel for the scans of one push, in the order of the parcels' first scan."""
    by_parcel: dict[str, list[Scan]] = {}
    for scan in scans:
        by_parcel.setdefault(parcel_id_of(scan.carrier, scan.waybill), []).append(scan)
    return [
        Scanned(parcel_id=parcel_id, received_at=received_at, scans=tuple(found))
        for parcel_id, found in by_parcel.items()
    ]
