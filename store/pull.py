"""Whose turn it is to be asked for, and what each account was asked and said.

Invariant: a parcel is leased by one process at a time; a process that dies leaves a lease that runs out. An account's
requests are spaced in one row for all processes. May import: asyncpg, store.statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from store.statements import load

_SQL = load("pull")
Carriers = Sequence[tuple[str, str]]


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel whose turn it is, since `turn_at`. `carrier` None: the parcel is gone. `phone` is sealed."""

    parcel_id: str
    turn_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    unknown: int
    failures: int
    retry_at: datetime | None
    digest: bytes | None
    carrier: str | None
    waybill: str | None
    milestone: str | None
    active: bool | None
    due_at: datetime | None
    promised_at: datetime | None
    last_scan_at: datetime | None
    updated_at: datetime | None
    registered_at: datetime | None
    phone: str | None
    heard_at: datetime | None


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a question came to. `digest` None leaves the one that is there."""

    parcel_id: str
    look_at: datetime
    answered_at: datetime | None
    unknown: int
    failures: int
    retry_at: datetime | None
    outcome: str
    detail: str
    digest: bytes | None = None


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account's record. `times` counts the verdicts of this state in a row, `asked` the requests of `day` (UTC)."""

    account: str
    provider: str
    state: str
    reason: str
    times: int
    since: datetime
    paused_until: datetime | None
    day: date
    asked: int


class Waiting(msgspec.Struct, frozen=True):
    """How many parcels of a provider there are, how many are due, and since when the longest."""

    provider: str
    parcels: int
    due: int
    oldest: datetime


async def enrol(connection: asyncpg.Connection, since: datetime | None, now: datetime, carriers: Carriers) -> None:
    """Give a turn to active registered parcels that can be asked for and have none; `since`: only to new ones."""
    await connection.execute(_SQL["enrol"], since, now, *_columns(carriers))


async def enrol_these(
    connection: asyncpg.Connection, parcel_ids: Sequence[str], now: datetime, carriers: Carriers
) -> dict[str, str]:
    """Give a turn to these parcels. Gives those that we know and can ask for, with their providers."""
    rows = await connection.fetch(_SQL["enrol_these"], list(parcel_ids), now, *_columns(carriers))
    return {row["parcel_id"]: row["provider"] for row in rows}


def _columns(carriers: Carriers) -> tuple[list[str], list[str]]:
    return [carrier for carrier, _ in carriers], [provider for _, provider in carriers]


async def lease(
    connection: asyncpg.Connection,
    provider: str,
    now: datetime,
    until: datetime,
    worker: str,
    limit: int,
    only: Sequence[str] | None = None,
) -> list[Leased]:
    """Take at most `limit` parcels whose turn it is, or those of `only` that nobody else has taken."""
    async with connection.transaction():
        if only is None:
            taken = await connection.fetch(_SQL["lease"], provider, now, until, worker, limit)
        else:
            taken = await connection.fetch(_SQL["lease_these"], provider, now, until, worker, limit, list(only))
        if not taken:
            return []
        turns = {row["parcel_id"]: row["look_at"] for row in taken}
        rows = await connection.fetch(_SQL["facts"], list(turns))
    leased = [Leased(**row, turn_at=turns[row["parcel_id"]]) for row in rows]
    return sorted(leased, key=lambda one: (one.turn_at, one.parcel_id))


async def asking(connection: asyncpg.Connection, parcel_ids: Sequence[str], worker: str, now: datetime) -> None:
    """Note that parcels are asked for, before the question leaves."""
    await connection.execute(_SQL["asking"], list(parcel_ids), worker, now)


async def settle(connection: asyncpg.Connection, worker: str, settled: Sequence[Settled]) -> None:
    """Write what questions came to, and give the parcels back."""
    columns = zip(*(msgspec.structs.astuple(one) for one in settled), strict=True)
    await connection.execute(_SQL["settle"], worker, *(list(column) for column in columns))


async def postpone(
    connection: asyncpg.Connection, worker: str, turns: Sequence[tuple[str, datetime, datetime | None]]
) -> None:
    """Give parcels back that got no answer: (parcel, its turn, when it was asked for before)."""
    await connection.execute(_SQL["postpone"], worker, *(list(column) for column in zip(*turns, strict=True)))


async def forget(connection: asyncpg.Connection, worker: str, parcel_ids: Sequence[str]) -> None:
    """Drop parcels that are over."""
    await connection.execute(_SQL["forget"], worker, list(parcel_ids))


async def waiting(connection: asyncpg.Connection, now: datetime) -> list[Waiting]:
    """Give what waits, by provider."""
    return [Waiting(**row) for row in await connection.fetch(_SQL["waiting"], now)]


async def of_carrier(connection: asyncpg.Connection, carrier: str, limit: int) -> list[str]:
    """Give active registered parcels of a carrier, those longest not asked for first."""
    return [row["parcel_id"] for row in await connection.fetch(_SQL["of_carrier"], carrier, limit)]


async def ensure_account(connection: asyncpg.Connection, account: str, provider: str, now: datetime) -> None:
    """Make an account's record when there is none, and note that it is in use."""
    await connection.execute(_SQL["ensure_account"], account, provider, now)


async def account(connection: asyncpg.Connection, name: str) -> AccountRow | None:
    """Give an account's record."""
    row = await connection.fetchrow(_SQL["account"], name)
    return AccountRow(**row) if row else None


async def accounts(connection: asyncpg.Connection) -> list[AccountRow]:
    """Give all accounts' records, those of former credentials too."""
    return [AccountRow(**row) for row in await connection.fetch(_SQL["accounts"])]


async def take_slot(connection: asyncpg.Connection, name: str, between_s: float, daily: int) -> float | None:
    """Take the next place in an account's row of requests. Gives the seconds until then; None: not to be asked now."""
    seconds: float | None = await connection.fetchval(_SQL["take_slot"], name, between_s, daily)
    return seconds


async def set_account(
    connection: asyncpg.Connection,
    name: str,
    state: str,
    reason: str,
    times: int,
    now: datetime,
    paused_until: datetime | None,
) -> None:
    """Write what an account's last answer says of it."""
    await connection.execute(_SQL["set_account"], name, state, reason, times, now, paused_until)


async def unpause(connection: asyncpg.Connection, name: str) -> None:
    """Let an account be tried again at once."""
    await connection.execute(_SQL["unpause"], name)
