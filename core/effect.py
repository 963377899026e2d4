"""What follows from a change of a parcel: the effects that one transaction writes.

Invariant: ids are deterministic (a digest of what caused them), so writing an effect twice changes nothing.
May import: core.finding, core.case, core.verdict, msgspec.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

import msgspec

from core.case import CaseKind, ClockDue
from core.finding import Finding, Kind, Severity
from core.verdict import Verdict


class ExceptionState(StrEnum):
    """Open; cleared = it was true and is over; retracted = it never was."""

    OPEN = "open"
    CLEARED = "cleared"
    RETRACTED = "retracted"


class ExceptionRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An exception of a parcel as it is remembered with the parcel. `nth` counts those of its kind, from 1.

    `rule` and `mark` (a digest of the evidence's scans and reports) tell a change worth telling from the mere passing
    of time. `told`: a message about it was wanted, so it is corrected if the exception is retracted. `known_until` is
    the time of the last event known at the opening, where a wrong zone had put that after the opening. `given_at`: the
    date that an incident gave; until it has passed a broken promise is no news. `retold`: people were told that the
    date moved, which is told once. `tells_of`: the moment ahead that it tells of (the promise of a late one, the
    standard's limit of a loss), by which it is judged. `verdict`: whether it was right, once that is known.
    """

    exception_id: str
    kind: Kind
    nth: int
    severity: Severity
    state: ExceptionState
    since: datetime
    opened_at: datetime
    closed_at: datetime | None = None
    rule: str = ""
    mark: str = ""
    told: bool = False
    known_until: datetime | None = None
    given_at: datetime | None = None
    retold: bool = False
    tells_of: datetime | None = None
    verdict: Verdict | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it still holds."""
        return self.state is ExceptionState.OPEN

    @property
    def horizon(self) -> datetime:
        """Give the moment until which events count when the opening is judged."""
        return self.known_until or self.opened_at


class ExceptionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A finding holds that did not hold before."""

    record: ExceptionRecord
    finding: Finding


class ExceptionUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """An open exception still holds, with other severity or evidence. `graver`: its severity rose."""

    record: ExceptionRecord
    finding: Finding
    graver: bool = False


class ExceptionCleared(msgspec.Struct, frozen=True, kw_only=True):
    """An exception was true and is over."""

    record: ExceptionRecord
    reason: str


class ExceptionRetracted(msgspec.Struct, frozen=True, kw_only=True):
    """A late scan shows that an exception never was."""

    record: ExceptionRecord
    reason: str


class CaseWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Policy wants a case for an exception: attach it to the parcel's open case of that kind, or open this one.

    Without `opens` the case was wanted before, and only its priority rises: a registration came that says what the
    parcel is worth.
    """

    case_id: str
    kind: CaseKind
    severity: Severity
    priority: int
    opened_at: datetime
    opened_by: str
    reason: str
    exception_id: str
    clocks: tuple[ClockDue, ...]
    opens: bool = True


class NoticeWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer or shop should hear of something. `data` is what the template needs: strings, numbers, ISO times."""

    notice_id: str
    template: str
    at: datetime
    exception_id: str | None
    data: dict[str, str | int | None]


Effect = ExceptionOpened | ExceptionUpdated | ExceptionCleared | ExceptionRetracted | CaseWanted | NoticeWanted


def digest(*parts: str, size: int = 10) -> str:
    """Give a deterministic id of `2 * size` hexadecimal digits for what the parts name."""
    return blake2b("\x1f".join(parts).encode(), digest_size=size).hexdigest()


def mark_of(scans: Sequence[str], reports: Sequence[str] = ()) -> str:
    """Give a short digest of what a finding rests on, by which a change worth telling is known."""
    return digest(*scans, "", *reports, size=4)
