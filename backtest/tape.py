"""What a replay said: every alert with its beginning and end, every chance that was given, what naive rules would say.

Invariant: written in the order of the virtual clock; the same log and policy give the same tape. May import: core.
"""

from __future__ import annotations

from array import array
from collections import Counter
from datetime import datetime, timedelta

import msgspec

from core.baseline.odds import Odds
from core.effect import (
    Effect,
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRetracted,
    ExceptionState,
    NoticeWanted,
)
from core.finding import Evidence, Kind
from core.parcel import OVER, Parcel
from core.scan import Milestone
from core.score import Score
from core.verdict import Judged

SILENT = timedelta(hours=48)
"""The naive rule: no scan for so long."""
_THERE = OVER | {Milestone.AVAILABLE, Milestone.RETURNING}


class Alert(msgspec.Struct, kw_only=True):
    """An exception that was raised. `state` and `ended_at` are as they came to be."""

    parcel_id: str
    kind: Kind
    opened_at: datetime
    since: datetime
    evidence: Evidence
    state: ExceptionState = ExceptionState.OPEN
    ended_at: datetime | None = None
    told: bool = False


class Tape:
    """Takes down what follows from each event."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []
        self._open: dict[str, Alert] = {}
        self.notices: Counter[str] = Counter()
        self.verdicts: dict[str, tuple[str, Judged]] = {}
        self.chances = array("d")
        self.chance_of: list[str] = []
        self.promises: list[datetime] = []
        self.silences: list[tuple[str, datetime]] = []
        self.arrived: dict[str, datetime] = {}

    def effects(self, parcel_id: str, effects: tuple[Effect, ...]) -> None:
        """Take down what changed."""
        for effect in effects:
            match effect:
                case ExceptionOpened(record=record, finding=finding):
                    alert = Alert(
                        parcel_id=parcel_id,
                        kind=record.kind,
                        opened_at=record.opened_at,
                        since=record.since,
                        evidence=finding.evidence,
                    )
                    self._open[record.exception_id] = alert
                    self.alerts.append(alert)
                case ExceptionCleared(record=record) | ExceptionRetracted(record=record):
                    ended = self._open.get(record.exception_id)
                    if ended is not None:
                        ended.state, ended.ended_at = record.state, record.closed_at
                case NoticeWanted(template=template, exception_id=exception_id):
                    self.notices[template] += 1
                    told = self._open.get(exception_id) if exception_id else None
                    if told is not None:
                        told.told = True
                case _:
                    pass

    def score(self, parcel_id: str, found: Score) -> None:
        """Take down what the product says of its own alerts; the last word counts."""
        for judged in found.judged:
            self.verdicts[judged.verdict_id] = (parcel_id, judged)
        for verdict_id in found.withdrawn:
            self.verdicts.pop(verdict_id, None)

    def chance(self, parcel: Parcel, odds: Odds) -> None:
        """Take down the chance to miss its promise that a parcel was given at a scan."""
        if parcel.promised_at is not None:
            self.chances.append(odds.chance)
            self.chance_of.append(parcel.parcel_id)
            self.promises.append(parcel.promised_at)

    def heard(self, before: Parcel | None, after: Parcel, now: datetime) -> None:
        """Take down what the naive rules see: scans as they are received."""
        heard_at = before.heard_at if before is not None else None
        if (
            before is not None
            and heard_at is not None
            and now - heard_at > SILENT
            and before.started
            and before.milestone not in _THERE
        ):
            self.silences.append((after.parcel_id, heard_at + SILENT))
        if after.milestone in _THERE and after.parcel_id not in self.arrived:
            self.arrived[after.parcel_id] = now

    def last(self, parcel: Parcel, end: datetime) -> None:
        """Take down at the end what the naive rules still see of a parcel."""
        heard_at = parcel.heard_at
        if heard_at is not None and end - heard_at > SILENT and parcel.started and parcel.milestone not in _THERE:
            self.silences.append((parcel.parcel_id, heard_at + SILENT))
