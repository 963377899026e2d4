"""Cases as staff and shops read them, and as staff change them.

Invariant: every change is one version and one audit event with the case's row locked, its board row published and the
tails woken in the same transaction. May import: core, store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core.case import CaseClock
from store.statements import load

_SQL = load("cases")
_FEED = load("feed")


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a change sees it."""

    case_id: str
    parcel_id: str
    kind: str
    state: str
    severity: int
    priority: int
    opened_at: datetime
    assignee: UUID | None
    waiting_on: str | None
    reason: str
    resolution: str | None
    resolved_at: datetime | None
    closed_at: datetime | None
    version: int
    shop_id: str | None


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the consumer should hear of a change."""

    notice_id: str
    template: str
    data: dict[str, str | int | None]


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases a list holds; None is any. `parcel_ids` and `case_id` together are one wish: either fits."""

    states: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    severities: tuple[int, ...] | None = None
    carriers: tuple[str, ...] | None = None
    shop: str | None = None
    assignee: UUID | None = None
    unassigned: bool = False
    breached: bool | None = None
    parcel_ids: tuple[str, ...] | None = None
    case_id: str | None = None


class CasePlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the sort keys of its last row."""

    priority: int
    opened_at: datetime
    case_id: str


async def list_cases(
    connection: asyncpg.Connection, wanted: CaseFilter, after: CasePlace | None, limit: int
) -> tuple[list[dict[str, Any]], CasePlace | None]:
    """Give board rows by priority, at most `limit`, and where the next page begins (None: this was the last)."""
    closed = wanted.states is not None and "closed" in wanted.states
    rows = await connection.fetch(
        _SQL["list_all" if closed else "list_live"],
        wanted.states,
        wanted.kinds,
        wanted.severities,
        wanted.carriers,
        wanted.shop,
        wanted.assignee,
        wanted.unassigned,
        wanted.breached,
        wanted.parcel_ids,
        wanted.case_id,
        after.priority if after else None,
        after.opened_at if after else None,
        after.case_id if after else None,
        limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    place = CasePlace(last["priority"], last["opened_at"], last["case_id"]) if last else None
    return [row["body"] for row in rows[:limit]], place


async def board_row(connection: asyncpg.Connection, case_id: str) -> tuple[dict[str, Any], str | None] | None:
    """Give a case's board row and its shop."""
    row = await connection.fetchrow(_SQL["board_row"], case_id)
    return (row["body"], row["shop_id"]) if row else None


async def of_parcel(connection: asyncpg.Connection, parcel_id: str) -> list[dict[str, Any]]:
    """Give the board rows of a parcel's cases, newest first."""
    return [row["body"] for row in await connection.fetch(_SQL["of_parcel"], parcel_id)]


async def trail(connection: asyncpg.Connection, case_id: str) -> list[dict[str, Any]]:
    """Give the audit trail, oldest first."""
    return [dict(row) for row in await connection.fetch(_SQL["trail"], case_id)]


async def clocks(connection: asyncpg.Connection, case_id: str) -> tuple[CaseClock, ...]:
    """Give the clocks of a case."""
    return tuple(msgspec.convert(dict(row), CaseClock) for row in await connection.fetch(_SQL["clocks"], case_id))


async def lock(connection: asyncpg.Connection, case_id: str) -> CaseRow | None:
    """Give a case and hold it until the transaction ends."""
    row = await connection.fetchrow(_SQL["lock"], case_id)
    return msgspec.convert(dict(row), CaseRow) if row else None


async def open_of_kind(connection: asyncpg.Connection, parcel_id: str, kind: str) -> str | None:
    """Give the id of a parcel's open case of a kind."""
    found: str | None = await connection.fetchval(_SQL["open_of_kind"], parcel_id, kind)
    return found


async def parcel_of(connection: asyncpg.Connection, parcel_id: str) -> asyncpg.Record | None:
    """Give what opening a case must know of its parcel."""
    return await connection.fetchrow(_SQL["parcel_of"], parcel_id)


async def staff_exists(connection: asyncpg.Connection, staff_id: UUID) -> bool:
    """Say whether this member of staff is there and not disabled."""
    return bool(await connection.fetchval(_SQL["staff_exists"], staff_id))


async def insert(connection: asyncpg.Connection, case: CaseRow, opened_by: str, data: Mapping[str, Any]) -> bool:
    """Insert a case with its opening event; False when one of that kind is open for the parcel."""
    version = await connection.fetchval(
        _SQL["insert"],
        case.case_id,
        case.parcel_id,
        case.kind,
        case.state,
        case.severity,
        case.priority,
        opened_by,
        case.opened_at,
        case.assignee,
        case.reason,
    )
    if version is None:
        return False
    await connection.execute(
        _SQL["insert_event"], case.case_id, version, case.opened_at, opened_by, "CaseOpened", case.reason, dict(data)
    )
    return True


async def change(
    connection: asyncpg.Connection,
    becomes: CaseRow,
    *,
    at: datetime,
    actor: str,
    type_: str,
    reason: str | None,
    data: Mapping[str, Any],
) -> int | None:
    """Write a case as it becomes, with its audit event; give the new version, None when `becomes.version` is stale."""
    version: int | None = await connection.fetchval(
        _SQL["update"],
        becomes.case_id,
        becomes.version,
        becomes.state,
        becomes.waiting_on,
        becomes.assignee,
        becomes.priority,
        becomes.resolution,
        becomes.resolved_at,
        becomes.closed_at,
        at,
    )
    if version is not None:
        await connection.execute(_SQL["insert_event"], becomes.case_id, version, at, actor, type_, reason, dict(data))
    return version


async def put_clocks(connection: asyncpg.Connection, case_id: str, rows: Sequence[CaseClock]) -> None:
    """Write clocks as they become."""
    for row in rows:
        await connection.execute(
            _SQL["put_clock"],
            case_id,
            row.clock,
            row.state,
            row.started_at,
            row.due_at,
            row.remaining_s,
            row.met_at,
            row.breached_at,
        )


async def notify(connection: asyncpg.Connection, case: CaseRow, notice: NoticeRow, at: datetime) -> None:
    """Put a notice into the outbox, once."""
    await connection.execute(
        _SQL["insert_notice"], notice.notice_id, case.parcel_id, case.case_id, notice.template, notice.data, at
    )


async def publish(connection: asyncpg.Connection, case_ids: Sequence[str]) -> None:
    """Put the cases' board rows into the feed and wake its tails."""
    await connection.execute(_FEED["publish_cases"], list(case_ids))
    await connection.execute(_FEED["wake"])


async def close_resolved(connection: asyncpg.Connection, before: datetime, now: datetime, limit: int) -> list[str]:
    """Close at most `limit` cases that were resolved by then and not reopened, longest ago first; give their ids."""
    async with connection.transaction():
        closed = [row["case_id"] for row in await connection.fetch(_SQL["close_resolved"], before, now, limit)]
        if closed:
            await publish(connection, closed)
        return closed


async def summary(connection: asyncpg.Connection, shop: str | None) -> list[asyncpg.Record]:
    """Give the counts of live cases by kind, state, severity and carrier."""
    return list(await connection.fetch(_SQL["summary"], shop))


async def colleagues(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Give whom a case can be given to: id, name and role."""
    return list(await connection.fetch(_SQL["colleagues"]))
