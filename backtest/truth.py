"""What really happened to each parcel: by the log's labels where it has them, else by the log's own future.

Invariant: nothing a detector said is used. What the future cannot tell is unknown (None), not false.
May import: core, msgspec, backtest.log, backtest.shelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from backtest.log import LogError, lines
from backtest.shelf import Shelf
from core.fate import Outcome, arrived_at, outcome
from core.parcel import OVER
from core.scan import Milestone


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was wrong, from `since` until `until` (None: it never ended)."""

    kind: str
    since: datetime = msgspec.field(name="from")
    until: datetime | None = None
    how: str | None = None
    incident: int | None = None
    facility: str | None = None


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a parcel. `arrived_at`: delivered or ready for collection, whichever came first.

    `known`: whether it came late is known.
    """

    parcel_id: str
    registered_at: datetime
    promised_at: datetime | None = None
    arrived_at: datetime | None = None
    returned_at: datetime | None = None
    labels: tuple[Label, ...] = ()
    known: bool = True

    @property
    def late(self) -> bool | None:
        """Say whether the promise was missed; None when there was none, or nobody knows."""
        if self.promised_at is None or not self.known:
            return None
        return self.arrived_at is None or self.arrived_at > self.promised_at


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A true incident."""

    kind: str
    index: int
    since: datetime
    until: datetime
    parcels: int
    carrier: str = ""
    facility: str = ""
    to: str = ""
    strength: float = 0.0
    whole: bool = True


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The truth about a log. `labelled`: it comes from labels; parcels registered until `until` are judged."""

    labelled: bool
    since: datetime
    until: datetime
    fates: dict[str, Fate]
    troubles: tuple[Trouble, ...] = ()
    seed: int | None = None
    network: int | None = None


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    log: int | None = None
    incident: str | None = None
    index: int = 0
    parcel_id: str | None = None
    since: datetime | None = msgspec.field(name="from", default=None)
    until: datetime | None = None
    parcels: int = 0
    seed: int | None = None
    network: int | None = None
    registered_at: datetime | None = None
    promised_at: datetime | None = None
    delivered_at: datetime | None = None
    available_at: datetime | None = None
    returned_at: datetime | None = None
    reused_at: datetime | None = None
    labels: tuple[Label, ...] = ()
    carrier: str = ""
    facility: str | None = None
    lane: tuple[str, str] | None = None
    facilities: tuple[str, ...] = ()
    strength: float = 0.0
    whole: bool = True


def read_truth(path: Path, note: Callable[[str], None]) -> Truth:
    """Read the labels of a log. Raises LogError."""
    return _truth(lines(path, _Line, note), str(path))


def truth_told(structs: Iterable[msgspec.Struct]) -> Truth:
    """Make the truth of what a simulated log told, one struct a line. Raises LogError."""
    told = (msgspec.convert(msgspec.to_builtins(struct), _Line) for struct in structs)
    return _truth(enumerate(told, start=1), "the truth that was told")


def _truth(numbered: Iterable[tuple[int, _Line]], path: str) -> Truth:
    fates: dict[str, Fate] = {}
    troubles: list[Trouble] = []
    head: _Line | None = None
    for number, line in numbered:
        if line.log is not None:
            head = line
        elif line.incident is not None:
            if line.since is None or line.until is None:
                raise LogError(f"{path}:{number}: an incident needs from and until")
            place, to = line.lane or (line.facility or "", "")
            troubles.append(
                Trouble(
                    kind=line.incident,
                    index=line.index,
                    since=line.since,
                    until=line.until,
                    parcels=line.parcels,
                    carrier=line.carrier,
                    facility=place,
                    to=to,
                    strength=line.strength,
                    whole=line.whole,
                )
            )
        elif line.parcel_id is not None and line.registered_at is not None:
            there = [at for at in (line.delivered_at, line.available_at) if at is not None]
            fates[line.parcel_id] = Fate(
                parcel_id=line.parcel_id,
                registered_at=line.registered_at,
                promised_at=line.promised_at,
                arrived_at=min(there, default=None),
                returned_at=line.returned_at,
                labels=line.labels + _went_back(line),
                # A parcel that turned back has no promise to keep any more.
                known=bool(there) or line.returned_at is None,
            )
        else:
            raise LogError(f"{path}:{number}: is neither a log's, nor an incident's, nor a parcel's truth")
    if head is None or head.since is None or head.until is None:
        raise LogError(f"{path}: has no line of the log (log, from, until)")
    return Truth(
        labelled=True,
        since=head.since,
        until=head.until,
        fates=fates,
        troubles=tuple(troubles),
        seed=head.seed,
        network=head.network,
    )


def _went_back(line: _Line) -> tuple[Label, ...]:
    """Give a label to every return, also one that somebody asked for: an alert that tells of it is right."""
    if line.returned_at is None or line.registered_at is None:
        return ()
    return (Label("went_back", line.registered_at, line.returned_at),)


def foretold(shelf: Shelf, since: datetime, end: datetime, lost_after: timedelta) -> Truth:
    """Make the truth of the log's own future: what had come of each parcel by the end of the log.

    Lost is what was under way, was not delivered, and was silent for `lost_after` when the log ended.
    """
    fates: dict[str, Fate] = {}
    for parcel_id, watched in shelf:
        parcel = watched.parcel
        silent = parcel.heard_at is not None and parcel.started and end - parcel.heard_at >= lost_after
        lost = silent and parcel.milestone not in OVER and parcel.milestone is not Milestone.AVAILABLE
        came = outcome(parcel, parcel.promised_at, end) if parcel.promised_at is not None else None
        registered_at = parcel.registration.at if parcel.registration else parcel.first_scan_at or since
        fates[parcel_id] = Fate(
            parcel_id=parcel_id,
            registered_at=registered_at,
            promised_at=parcel.promised_at,
            arrived_at=arrived_at(parcel),
            labels=(Label("lost", parcel.heard_at),) if lost and parcel.heard_at is not None else (),
            known=came in (Outcome.KEPT, Outcome.MISSED),
        )
    return Truth(labelled=False, since=since, until=end, fates=fates)
