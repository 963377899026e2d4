"""The truth about a log: what really happened to each parcel, and the incidents that explain many of them.

Invariant: written from the walk, never from the scans. May import: msgspec, numpy, sim.batch,
sim.habits, sim.hubs, sim.incident, sim.network, sim.walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np

from sim.batch import Batch
from sim.habits import Receptions
from sim.hubs import HUBS
from sim.incident import Incident, IncidentKind
from sim.network import Network
from sim.walk import Walk


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


def of_batch(walk: Walk, heard: Receptions, ids: Sequence[str], counts: np.ndarray) -> Iterator[ParcelTruth]:
    """Give the truth of every parcel of a batch; `counts[incident]` is raised by the parcels that carry its label."""
    batch: Batch = walk.batch
    labels: dict[int, list[LabelTruth]] = {}
    under: list[set[int]] = [set() for _ in counts]
    _outages(walk, heard)
    for label in walk.ledger.labels:
        keep = label.since <= walk.cut[label.parcel]
        if label.incident >= 0:
            under[label.incident].update(label.parcel[keep].tolist())
        hubs = np.full(len(label.parcel), -1) if label.hub is None else label.hub
        for parcel, since, until, hub in zip(
            label.parcel[keep].tolist(),
            label.since[keep].tolist(),
            np.where(label.until > walk.cut[label.parcel], np.nan, label.until)[keep].tolist()
            if label.kind != "lost_reported"
            else label.until[keep].tolist(),
            hubs[keep].tolist(),
            strict=True,
        ):
            labels.setdefault(parcel, []).append(
                LabelTruth(
                    kind=label.kind,
                    since=moment(since),
                    until=_maybe(until),
                    how=label.how,
                    incident=label.incident if label.incident >= 0 else None,
                    facility=HUBS[hub].code if hub >= 0 else None,
                )
            )
    for incident, hit in enumerate(under):
        counts[incident] += len(hit)
    for place, (identity, registered, promised, delivered, available, returned, again) in enumerate(
        zip(
            ids,
            batch.registered.tolist(),
            batch.promised.tolist(),
            walk.delivered.tolist(),
            walk.available.tolist(),
            walk.returned.tolist(),
            walk.again.tolist(),
            strict=True,
        )
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


def _outages(walk: Walk, heard: Receptions) -> None:
    held = np.flatnonzero(heard.silent >= 0)
    for nth in np.unique(heard.silent[held]).tolist():
        on = held[heard.silent[held] == nth]
        who, place = np.unique(heard.rows.parcel[on], return_inverse=True)
        since, until = np.full(len(who), np.inf), np.full(len(who), -np.inf)
        np.minimum.at(since, place, heard.rows.at[on])
        np.maximum.at(until, place, heard.heard[on])
        walk.ledger.label("outage", who, since, until, incident=nth)


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
