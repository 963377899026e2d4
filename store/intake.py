"""Intake's safety nets: the inbox for a broker that is away, quarantine for the unreadable, answers given before.

Invariant: nothing leaves the inbox before the log has it; a payload in quarantine is sealed. May import: asyncpg,
store.statements.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from store.statements import load

_SQL = load("intake")
_DRAIN_LOCK = 0x57_57_49_4E  # "WWIN"
#: From here on the inbox is estimated by its numbers.
COUNTED = 1_000_000


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A payload in quarantine. `body` is sealed; `headers` is what reading it again needs."""

    number: int
    at: datetime
    format: str
    account: str | None
    reason: str
    detail: str | None
    headers: dict[str, Any]
    body: bytes
    times: int
    state: str
    replayed_at: datetime | None


async def put_inbox(connection: asyncpg.Connection, keys: Sequence[str], values: Sequence[bytes]) -> None:
    """Keep events in order until the broker is back."""
    await connection.execute(_SQL["put_inbox"], list(keys), list(values))


async def inbox_head(connection: asyncpg.Connection, limit: int) -> list[tuple[int, str, bytes]]:
    """Give the oldest events as (number, key, value)."""
    rows = await connection.fetch(_SQL["inbox_head"], limit)
    return [(row["seq"], row["key"], row["value"]) for row in rows]


async def drop_inbox(connection: asyncpg.Connection, numbers: Sequence[int]) -> None:
    """Forget events that the log has."""
    await connection.execute(_SQL["drop_inbox"], list(numbers))


async def inbox_depth(connection: asyncpg.Connection, limit: int = COUNTED) -> int:
    """Give how many events wait: counted below `limit`, from there on about."""
    return int(await connection.fetchval(_SQL["inbox_depth"], limit))


@asynccontextmanager
async def drain_lock(connection: asyncpg.Connection) -> AsyncIterator[bool]:
    """Hold the right to drain the inbox, of which there is one among all processes; False when another has it."""
    got = bool(await connection.fetchval(_SQL["lock_drain"], _DRAIN_LOCK))
    try:
        yield got
    finally:
        if got and not connection.is_closed():
            await connection.execute(_SQL["unlock_drain"], _DRAIN_LOCK)


async def hold(
    connection: asyncpg.Connection,
    *,
    now: datetime,
    format_name: str,
    account: str | None,
    reason: str,
    detail: str,
    headers: dict[str, Any],
    body: bytes,
    digest: bytes,
) -> int:
    """Put a sealed payload into quarantine, or count it once more when it is there. Gives its number."""
    return int(
        await connection.fetchval(_SQL["hold"], now, format_name, account, reason, detail, headers, body, digest)
    )


def _held(row: Any) -> Held:
    return Held(
        number=row["quarantine_id"],
        at=row["at"],
        format=row["format"],
        account=row["account"],
        reason=row["reason"],
        detail=row["detail"],
        headers=row["headers"],
        body=row["body"],
        times=row["times"],
        state=row["state"],
        replayed_at=row["replayed_at"],
    )


async def held_after(
    connection: asyncpg.Connection, after: int, limit: int, format_name: str | None = None, state: str | None = "held"
) -> list[Held]:
    """Give payloads in quarantine, oldest first, for replaying."""
    return [_held(row) for row in await connection.fetch(_SQL["held"], after, limit, format_name, state)]


async def held_before(
    connection: asyncpg.Connection, before: int, limit: int, format_name: str | None = None, state: str | None = "held"
) -> list[Held]:
    """Give payloads in quarantine, newest first, for people."""
    return [_held(row) for row in await connection.fetch(_SQL["held_newest"], before, limit, format_name, state)]


async def held_one(connection: asyncpg.Connection, number: int) -> Held | None:
    """Give one payload in quarantine."""
    row = await connection.fetchrow(_SQL["held_one"], number)
    return _held(row) if row else None


async def release(connection: asyncpg.Connection, number: int, state: str, now: datetime) -> bool:
    """Mark a held payload as replayed or dropped; False when it was not held any more."""
    return await connection.fetchval(_SQL["release"], number, state, now) is not None


async def note_still_bad(connection: asyncpg.Connection, number: int, reason: str, detail: str) -> None:
    """Keep what today's reader says of a payload that it cannot read either."""
    await connection.execute(_SQL["note_still_bad"], number, reason, detail)


async def held_count(connection: asyncpg.Connection) -> int:
    """Give how many payloads are held."""
    return int(await connection.fetchval(_SQL["held_count"]))


async def answered_before(connection: asyncpg.Connection, owner: str, key: str) -> tuple[bytes, int, bytes] | None:
    """Give (digest of the request, status, sealed body) of the answer to this idempotency key."""
    row = await connection.fetchrow(_SQL["answered_before"], owner, key)
    return (row["request"], row["status"], row["body"]) if row else None


async def remember_answer(
    connection: asyncpg.Connection, owner: str, key: str, request: bytes, status: int, body: bytes, now: datetime
) -> None:
    """Keep an answer for its idempotency key; the first one stays."""
    await connection.execute(_SQL["remember_answer"], owner, key, request, status, body, now)


async def sweep_answers(connection: asyncpg.Connection, since: datetime) -> None:
    """Forget answers older than `since`."""
    await connection.execute(_SQL["sweep_answers"], since)


async def others_parcels(connection: asyncpg.Connection, parcel_ids: Sequence[str], shop_id: str) -> set[str]:
    """Give those of the parcels that another shop has registered."""
    rows = await connection.fetch(_SQL["others_parcels"], list(parcel_ids), shop_id)
    return {row["parcel_id"] for row in rows}
