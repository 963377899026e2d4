"""The truth about a log: what really happened to each parcel, and the incidents that explain many of them.

Invariant: written from the walk, never from the scans. May import: msgspec, numpy, sim.hubs, sim.incident, sim.network,
sim.walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from sim.hubs import HUBS
from sim.incident import Incident, IncidentKind
from sim.network import Network
from sim.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LabelTruth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was wrong. `until` is absent while it never ended; `incident` is the place of its incident."""

    kind: str
    since: datetime = msgspec.field(name="from")
    until: datetime | None = None
    how: str | None = None
    incident: int | None = None
    facility: str | None = None


class ParcelTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a parcel. `reused_at`: when the same waybill sets out again, back to the shop."""

    parcel_id: str
    registered_at: datetime
    promised_at: datetime
    delivered_at: datetime | None
    available_at: datetime | None
    returned_at: datetime | None
    reused_at: datetime | None
    labels: tuple[LabelTruth, ...]


class IncidentTruth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident. `parcels` is how many carry its label; `facilities` is what the weather hit."""

    incident: IncidentKind
    index: int
    since: datetime = msgspec.field(name="from")
    until: datetime
    parcels: int
    carrier: str | None = None
    facility: str | None = None
    lane: tuple[str, str] | None = None
    facilities: tuple[str, ...] = ()
    strength: float = 0.0
    whole: bool = True


class LogTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What the log is: parcels are registered from `since` to `until`; after that it only runs out."""

    log: int
    since: datetime = msgspec.field(name="from")
    until: datetime
    parcels: int
    seed: int
    network: int


Truth = ParcelTruth | IncidentTruth | LogTruth


def moment(seconds: float) -> datetime:
    """Give a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: float) -> datetime | None:
    return None if seconds != seconds else datetime.fromtimestamp(seconds, UTC)


def of_batch(walk: Walk, which: NDArray[np.int64], ids: Sequence[str]) -> Iterator[ParcelTruth]:
    """Give the truth of some parcels of a batch (ascending places), whose ids are given in the same order."""
    batch = walk.batch
    labels = _labels(walk, which)
    columns = (batch.registered, batch.promised, walk.delivered, walk.available, walk.returned, walk.again)
    for place, identity, registered, promised, delivered, available, returned, again in zip(
        which.tolist(), ids, *(column[which].tolist() for column in columns), strict=True
    ):
        yield ParcelTruth(
            parcel_id=identity,
            registered_at=moment(registered),
            promised_at=moment(promised),
            delivered_at=_maybe(delivered),
            available_at=_maybe(available),
            returned_at=_maybe(returned),
            reused_at=_maybe(again),
            labels=tuple(sorted(labels.get(place, ()), key=lambda one: (one.since, one.kind))),
        )


def _labels(walk: Walk, which: NDArray[np.int64]) -> dict[int, list[LabelTruth]]:
    wanted = np.zeros(len(walk.batch), bool)
    wanted[which] = True
    found: dict[int, list[LabelTruth]] = {}
    for label in walk.ledger.labels:
        cut = walk.cut[label.parcel]
        keep = wanted[label.parcel] & (label.since <= cut)
        # What a lost parcel would have done later has not happened; the carrier's word of its loss has.
        until = label.until if label.kind == "lost_reported" else np.where(label.until > cut, np.nan, label.until)
        hubs = np.full(len(cut), -1) if label.hub is None else label.hub
        for parcel, since, end, hub in zip(
            *(column[keep].tolist() for column in (label.parcel, label.since, until, hubs)), strict=True
        ):
            found.setdefault(parcel, []).append(
                LabelTruth(
                    kind=label.kind,
                    since=moment(since),
                    until=_maybe(end),
                    how=label.how,
                    incident=label.incident if label.incident >= 0 else None,
                    facility=HUBS[hub].code if hub >= 0 else None,
                )
            )
    return found


def count(walk: Walk, counts: NDArray[np.int64]) -> None:
    """Add to `counts[incident]` how many parcels of the batch carry its label."""
    under: dict[int, set[int]] = {}
    for label in walk.ledger.labels:
        if label.incident >= 0:
            kept = label.parcel[label.since <= walk.cut[label.parcel]]
            under.setdefault(label.incident, set()).update(kept.tolist())
    for incident, hit in under.items():
        counts[incident] += len(hit)


def of_incident(network: Network, index: int, one: Incident, parcels: int) -> IncidentTruth:
    """Give the truth of an incident."""
    names = tuple(HUBS[hub].code for hub in one.hubs)
    return IncidentTruth(
        incident=one.kind,
        index=index,
        since=moment(one.start),
        until=moment(one.end),
        parcels=parcels,
        carrier=network.carriers[one.carrier].slug if one.carrier is not None else None,
        facility=HUBS[one.hubs[0]].facility if one.kind is IncidentKind.HUB_JAM else None,
        lane=(HUBS[one.hubs[0]].facility, HUBS[one.hubs[1]].facility)
        if one.kind is IncidentKind.LANE_DEGRADED
        else None,
        facilities=names if one.kind is IncidentKind.WEATHER else (),
        strength=round(one.strength, 3),
        whole=one.wide,
    )
