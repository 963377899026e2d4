"""Writes what a batch of one partition brought, in the caller's transaction.

Invariant: a write is a set, never a row; writing the same thing twice changes nothing; nothing is written before the
partition's progress was compared and set. May import: core, store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.container import Mates, Name
from core.effect import (
    CaseWanted,
    Effect,
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRetracted,
    ExceptionUpdated,
    NoticeWanted,
)
from core.event import Registration, Report
from core.finding import Kind
from core.incident.pulse import Counter
from core.scan import Scan
from core.verdict import Judged
from store import case_effect, odd_scans, pulse, verdicts
from store.statements import load

_SQL = load("sink")
_FEED = load("feed")
_json = msgspec.json.Encoder()


class ParcelRow(msgspec.Struct, frozen=True, gc=False):
    """A parcel as its row shows it; `state` is the encoded `Watched`.

    `facility` is where it lies or which it left, `ahead` the hub where it lies or to which it goes.
    """

    parcel_id: str
    carrier: str
    waybill: str
    milestone: str
    active: bool
    due_at: datetime | None
    promised_at: datetime | None
    expected_at: datetime | None
    expected_by: datetime | None
    last_scan_at: datetime | None
    place: str | None
    facility: str | None
    ahead: str | None
    state: bytes


class DeadEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that could not be understood or thought about."""

    offset: int
    reason: str
    key: bytes | None
    value: bytes | None


class Rows:
    """Collects the rows of one transaction. A parcel stands in it once."""

    def __init__(self) -> None:
        self.parcels: list[ParcelRow] = []
        self.scans: list[tuple[str, Scan, datetime]] = []
        self.reread: list[tuple[str, Scan]] = []  # stored scans that mean something else now
        self.registrations: list[tuple[str, Registration]] = []
        self.reports: list[tuple[str, Report]] = []
        self.effects: list[tuple[str, Effect]] = []
        self.dead: list[DeadEvent] = []
        self.judged: list[tuple[str, str, Judged]] = []  # with parcel and carrier
        self.withdrawn: list[str] = []  # verdicts on troubles that were none
        self.outcomes: list[verdicts.Outcome] = []
        self.moved: list[str] = []
        self.shown: list[str] = []  # open exceptions of parcels that moved
        self.beats = Counter()
        self.mates: dict[Name, Mates] = {}

    def __bool__(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(
            self.parcels
            or self.scans
            or self.reread
            or self.registrations
            or self.reports
            or self.effects
            or self.dead
            or self.moved
        )


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


def _text(value: object) -> str:
    return _json.encode(value).decode()


async def write(connection: Any, topic: str, partition: int, log_id: str, now: datetime, rows: Rows) -> None:
    """Write the rows inside the caller's transaction, after `store.progress.advance`."""
    await _write_parcels(connection, partition, now, rows)
    if rows.dead:
        columns = _columns(((d.offset, d.reason, d.key, d.value) for d in rows.dead), 4)
        await connection.execute(_SQL["insert_dead_events"], topic, partition, log_id, now, *columns)
    if rows.beats or rows.mates:
        await pulse.add(connection, rows.beats, rows.mates)
    changed = await _write_effects(connection, now, rows) if rows.effects else _Changed()
    if rows.judged or rows.withdrawn:
        await verdicts.give(connection, rows.judged, rows.withdrawn)
    if rows.outcomes:
        await verdicts.count(connection, partition, now, rows.outcomes)
    await _publish(connection, rows, changed)


async def _write_parcels(connection: Any, partition: int, now: datetime, rows: Rows) -> None:
    if rows.scans:
        encode = _json.encode
        columns = _columns(
            (
                (parcel_id, s.scan_id, s.happened_at, received_at, s.milestone.value, encode(s))
                for parcel_id, s, received_at in rows.scans
            ),
            6,
        )
        await connection.execute(_SQL["insert_scans"], *columns)
        await odd_scans.note(connection, ((parcel_id, s) for parcel_id, s, _ in rows.scans))
    if rows.reread:
        columns = _columns(((i, s.scan_id, s.milestone.value, _json.encode(s)) for i, s in rows.reread), 4)
        await connection.execute(_SQL["update_scans"], *columns)
        await odd_scans.note(connection, rows.reread)
        await odd_scans.forget(connection, rows.reread)
    if rows.parcels:
        columns = _columns(
            (
                (
                    p.parcel_id,
                    p.carrier,
                    p.waybill,
                    p.milestone,
                    p.active,
                    p.due_at,
                    p.promised_at,
                    p.expected_at,
                    p.expected_by,
                    p.last_scan_at,
                    p.place,
                    p.facility,
                    p.ahead,
                    p.state,
                )
                for p in rows.parcels
            ),
            14,
        )
        await connection.execute(_SQL["upsert_parcels"], *columns, partition, now)
    if rows.registrations:
        await connection.execute(
            _SQL["upsert_registrations"], *_columns((_registration(i, r) for i, r in rows.registrations), 17)
        )
    if rows.reports:
        columns = _columns(((r.report_id, i, r.kind.value, r.note, r.at) for i, r in rows.reports), 5)
        await connection.execute(_SQL["insert_reports"], *columns)


def _registration(parcel_id: str, r: Registration) -> tuple[Any, ...]:
    return (
        parcel_id,
        r.shop,
        r.order,
        r.service,
        r.promised_at,
        r.declared_minor,
        r.insured_minor,
        r.currency,
        r.category,
        r.origin,
        r.destination,
        r.language,
        r.tier.value,
        _text(r.contact) if r.contact is not None else "{}",
        r.link,
        r.at,
        _text(r.consent) if r.consent is not None else None,
    )


class _Changed:
    def __init__(self) -> None:
        self.exceptions: set[str] = set()
        self.cases: set[str] = set()
        self.shared: list[str] = []  # parcels that got under an incident, or out of it


async def _write_effects(connection: Any, now: datetime, rows: Rows) -> _Changed:
    opened: list[tuple[Any, ...]] = []
    updated: list[tuple[Any, ...]] = []
    closed: list[tuple[Any, ...]] = []
    retracted: list[str] = []
    notices: list[tuple[Any, ...]] = []
    wanted: list[tuple[str, CaseWanted]] = []
    changed = _Changed()
    for parcel_id, effect in rows.effects:
        match effect:
            case ExceptionOpened(record=r, finding=f):
                opened.append(
                    (r.exception_id, parcel_id, r.kind.value, int(r.severity), r.since, r.opened_at, _text(f.evidence))
                )
                changed.exceptions.add(r.exception_id)
                if r.kind is Kind.JAMMED:
                    changed.shared.append(parcel_id)
            case ExceptionUpdated(record=r, finding=f):
                updated.append((r.exception_id, int(r.severity), r.since, _text(f.evidence), now))
                changed.exceptions.add(r.exception_id)
            case ExceptionCleared(record=r, reason=reason) | ExceptionRetracted(record=r, reason=reason):
                closed.append((r.exception_id, r.state.value, r.closed_at or now, reason, now))
                changed.exceptions.add(r.exception_id)
                if isinstance(effect, ExceptionRetracted):
                    retracted.append(r.exception_id)
                if r.kind is Kind.JAMMED:
                    changed.shared.append(parcel_id)
            case CaseWanted():
                wanted.append((parcel_id, effect))
            case NoticeWanted() as n:
                notices.append((n.notice_id, parcel_id, n.exception_id, n.template, _text(n.data), n.at))
    if opened:
        await connection.execute(_SQL["open_exceptions"], *_columns(opened, 7))
    if updated:
        await connection.execute(_SQL["update_exceptions"], *_columns(updated, 5))
    if closed:
        await connection.execute(_SQL["close_exceptions"], *_columns(closed, 5))
    if wanted:
        changed.cases |= await case_effect.want(connection, wanted)
        changed.exceptions.update(w.exception_id for _, w in wanted)
    if closed:
        # After `want`, so that a case which just got another finding is not taken for finished.
        changed.cases |= await case_effect.follow_up(connection, [row[0] for row in closed], now)
    if retracted:
        # Before the new notices: the correction hangs on the same exception and must be told.
        await connection.execute(_SQL["cancel_notices"], retracted)
    if notices:
        await connection.execute(_SQL["insert_notices"], *_columns(notices, 6))
    return changed


async def _publish(connection: Any, rows: Rows, changed: _Changed) -> None:
    changed.exceptions.update(rows.shown)
    if rows.moved or changed.exceptions:
        parcels = rows.moved + changed.shared
        for row in await connection.fetch(_SQL["cases_on_the_board"], parcels, list(changed.exceptions)):
            changed.cases.add(row[0])
    if changed.exceptions:
        await connection.execute(_FEED["publish_exceptions"], sorted(changed.exceptions))
    if changed.cases:
        await connection.execute(_FEED["publish_cases"], sorted(changed.cases))
    if changed.exceptions or changed.cases:
        await connection.execute(_FEED["wake"])
