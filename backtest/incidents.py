"""How incidents are judged: which were found and how soon, which were false, and what became of the parcels in them.

An incident is right when a true one of its kind touches its place (the carrier's feed, the hub, the lane) while it
lasts. A feed that is silent and one that is late are one trouble: either name finds it. A true incident counts when
enough parcels were in it (`LEAST`): a jam of three parcels is no jam. What is found stays open for a while after the
true end (`AFTER`), because it ends only when as much as usual is heard again. The tower judges as soon as it has
learned for policy's `incidents.learn`, so its figures begin there and not after the limits' longer warming up.

Invariant: pure. May import: core, msgspec, backtest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from backtest.judge import Judge
from backtest.tape import Alert
from backtest.truth import Label, Trouble
from core.figures import Middle, Share, middle, share
from core.incident import FEED, Incident, IncidentKind

LEAST = 30
AFTER = timedelta(hours=6)
_SINGLE = frozenset({"stalled", "predicted_late", "late", "loss_suspected", "not_picked_up"})
_LOST = frozenset({"lost", "lost_reported"})
_LABELS = {
    IncidentKind.HUB_JAM: "jam",
    IncidentKind.LANE_DEGRADED: "lane",
    IncidentKind.FEED_SILENT: "outage",
    IncidentKind.FEED_LATE: "outage",
}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one kind of incident.

    `minutes`: from the true beginning until it was found, `took` those of each. `under`: of the parcels that were in
    the found ones while they were open, how many had the incident's finding (hubs and lanes). `told`: messages about
    one parcel alone, its silence or its promise, that went to people from a parcel in a found incident while that was
    open. `losses`: loss alerts on parcels in one, while it was open, that were not lost.
    """

    kind: str
    raised: int
    precision: Share
    recall: Share
    small: Share
    minutes: Middle
    took: tuple[float, ...]
    under: Share
    told: int
    losses: int
    false: tuple[str, ...]
    missed: tuple[str, ...]


def judged(judge: Judge, incidents: Sequence[Incident], alerts: Iterable[Alert], learn: timedelta) -> tuple[Found, ...]:
    """Judge what was found after `learn`; empty where the log has no labels."""
    if not judge.truth.labelled:
        return ()
    by_parcel: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_parcel.setdefault(alert.parcel_id, []).append(alert)
    inside: dict[int, list[tuple[str, Label]]] = {}
    lost: set[str] = set()
    for fate in judge.truth.fates.values():
        for label in fate.labels:
            if label.kind in _LOST:
                lost.add(fate.parcel_id)
            if label.incident is not None:
                inside.setdefault(label.incident, []).append((fate.parcel_id, label))
    since = judge.truth.since + learn
    real = [trouble for trouble in judge.truth.troubles if since <= trouble.since < judge.until]
    seen = [incident for incident in incidents if since <= _found_at(incident) < judge.until]
    return tuple(_kind(kind, real, seen, judge.truth.troubles, inside, by_parcel, lost) for kind in IncidentKind)


def _kind(
    kind: IncidentKind,
    real: Sequence[Trouble],
    seen: Sequence[Incident],
    every: Sequence[Trouble],
    inside: dict[int, list[tuple[str, Label]]],
    by_parcel: dict[str, list[Alert]],
    lost: set[str],
) -> Found:
    mine = [incident for incident in seen if incident.kind is kind]
    false = [incident for incident in mine if not any(_same(incident, trouble) for trouble in every)]
    found: list[tuple[Trouble, Incident]] = []
    missed: list[Trouble] = []
    small: list[bool] = []
    for trouble in real:
        if trouble.kind != kind.value:
            continue
        hits = [incident for incident in seen if _same(incident, trouble)]
        if trouble.parcels < LEAST:
            small.append(bool(hits))
        elif hits:
            found.append((trouble, min(hits, key=_found_at)))
        else:
            missed.append(trouble)
    took = sorted((_found_at(incident) - trouble.since) / timedelta(minutes=1) for trouble, incident in found)
    under: list[bool] = []
    told = losses = 0
    for trouble, incident in found:
        for parcel_id, label in inside.get(trouble.index, ()):
            if label.kind != _LABELS[kind]:
                continue
            start, end = _found_at(incident), min(incident.until or trouble.until, trouble.until)
            if label.since >= end or (label.until is not None and label.until <= start):
                continue
            its = by_parcel.get(parcel_id, ())
            under.append(any(alert.evidence.incident == incident.incident_id for alert in its))
            for alert in its:
                if start < alert.opened_at <= end and alert.opened_at >= label.since:
                    told += alert.told and alert.kind.value in _SINGLE
                    losses += alert.kind.value == "loss_suspected" and parcel_id not in lost
    return Found(
        kind=kind.value,
        raised=len(mine),
        precision=share(len(mine) - len(false), len(mine)),
        recall=share(len(found), len(found) + len(missed)),
        small=share(sum(small), len(small)),
        minutes=middle(took),
        took=tuple(round(minutes, 1) for minutes in took),
        under=share(sum(under), len(under)) if kind not in FEED else share(0, 0),
        told=told,
        losses=losses,
        false=tuple(_words(incident) for incident in false),
        missed=tuple(f"{one.carrier} {one.facility} {one.to}".strip() + f" {one.since:%m-%d %H:%M}" for one in missed),
    )


def _found_at(incident: Incident) -> datetime:
    return incident.found_at or incident.since


def _words(incident: Incident) -> str:
    place = f"{incident.carrier} {incident.facility} {incident.to}".strip()
    return f"{place} {_found_at(incident):%m-%d %H:%M}"


def _same(incident: Incident, trouble: Trouble) -> bool:
    if _found_at(incident) < trouble.since or _found_at(incident) > trouble.until + AFTER:
        return False
    if incident.kind in FEED:
        return trouble.kind in FEED and incident.carrier == trouble.carrier
    place = (incident.carrier, incident.facility, incident.to)
    return incident.kind.value == trouble.kind and place == (trouble.carrier, trouble.facility, trouble.to)
