"""The outbox and its deliveries: what is to be told, to whom, and how that went.

Invariant: a notice becomes deliveries in the transaction that marks it routed; a delivery's result is committed
on its own. A row with `lease_by` set was being sent by a process that has not said how it ended.
May import: asyncpg, core, store.statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from store.statements import load

_SQL = load("outbox")
_LOCK = 0x57_41_59_4E  # "WAYN"


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as the router makes it. `recipient` is sealed, or the shop's id for webhooks.

    `others`: the parcels that it tells of besides `parcel_id`.
    """

    delivery_id: str
    notices: tuple[str, ...]
    parcel_id: str
    channel: str
    recipient: str
    recipient_key: str
    language: str
    subject: str | None
    body: str | None
    parts: Any
    state: str
    reason: str | None
    next_at: datetime
    others: tuple[str, ...] = ()


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery taken for sending. `attempts` counts this one; `due_at` is the end of the lease."""

    delivery_id: str
    parcel_id: str
    several: bool
    recipient: str
    recipient_key: str
    language: str
    subject: str | None
    body: str | None
    parts: Any
    attempts: int
    created_at: datetime
    at: datetime
    webhook_url: str | None
    webhook_secret: str | None
    webhook_disabled_at: datetime | None
    retracted: bool
    over: bool | None
    stopped: bool


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """What waits in the outbox and among the deliveries."""

    notices: int
    oldest_notice: datetime | None
    waiting: int
    due: int
    oldest_due: datetime | None
    parked: int


async def lead(connection: asyncpg.Connection) -> bool:
    """Become the one router until the transaction ends. False when another process is."""
    return bool(await connection.fetchval(_SQL["lead"], _LOCK))


async def claim_notices(
    connection: asyncpg.Connection, limit: int, but: Sequence[str] = (), these: Sequence[str] | None = None
) -> list[asyncpg.Record]:
    """Lock the oldest pending notices, with what is known of their parcels.

    `but` are passed over this time; only `these` when they are given.
    """
    wanted = None if these is None else list(these)
    rows: list[asyncpg.Record] = await connection.fetch(_SQL["claim_notices"], limit, list(but), wanted)
    return rows


async def told(connection: asyncpg.Connection, parcels: Iterable[str], now: datetime) -> list[asyncpg.Record]:
    """Give the messages about these parcels that went out, will go, or may have gone; newest first."""
    rows: list[asyncpg.Record] = await connection.fetch(_SQL["told"], list(parcels), now)
    return rows


async def told_since(connection: asyncpg.Connection, keys: Iterable[str], since: datetime) -> dict[str, int]:
    """Count the messages of each person since a moment."""
    return {row["recipient_key"]: row["n"] for row in await connection.fetch(_SQL["told_since"], list(keys), since)}


async def told_of_incidents(
    connection: asyncpg.Connection, keys: Iterable[str], incidents: Iterable[str], channel: str
) -> list[asyncpg.Record]:
    """Give what people were told of incidents, or will be: message, person, incident, template, when."""
    rows: list[asyncpg.Record] = await connection.fetch(_SQL["told_of_incidents"], list(keys), list(incidents), channel)
    return rows


async def take_back(connection: asyncpg.Connection, deliveries: Sequence[str], reason: str) -> list[asyncpg.Record]:
    """Drop waiting messages and give their notices, locked, to be told in another one."""
    dropped = await connection.fetch(_SQL["drop"], list(deliveries), reason)
    await connection.execute(_SQL["route_again"], [row["delivery_id"] for row in dropped], [])
    notices = [notice for row in dropped for notice in row["notices"]]
    return await claim_notices(connection, len(notices), (), notices) if notices else []


async def insert(connection: asyncpg.Connection, deliveries: Iterable[NewDelivery], now: datetime) -> set[str]:
    """Write deliveries; those that exist are left as they are. Gives the ids of the new ones."""
    new = set()
    for one in deliveries:
        made = await connection.fetchval(
            _SQL["insert_delivery"],
            one.delivery_id,
            one.notices[0],
            list(one.notices),
            one.parcel_id,
            one.channel,
            one.recipient,
            one.recipient_key,
            one.language,
            one.subject,
            one.body,
            one.parts,
            one.state,
            one.reason,
            one.next_at,
            now,
        )
        if made is not None:
            new.add(one.delivery_id)
            if one.others:
                await connection.execute(_SQL["insert_others"], one.delivery_id, list(one.others))
    return new


async def set_routed(connection: asyncpg.Connection, notices: Iterable[str], now: datetime) -> None:
    """Mark notices as routed."""
    await connection.execute(_SQL["set_routed"], list(notices), now)


async def overtake(connection: asyncpg.Connection, deliveries: Sequence[str], exception_id: str, reason: str) -> None:
    """Drop waiting messages because what they tell of one exception is over; what else they tell is routed again."""
    dropped = [row["delivery_id"] for row in await connection.fetch(_SQL["drop"], list(deliveries), reason)]
    over = [row["notice_id"] for row in await connection.fetch(_SQL["notices_over"], dropped, exception_id)]
    await connection.execute(_SQL["route_again"], dropped, over)


async def lease(
    connection: asyncpg.Connection,
    channel: str,
    now: datetime,
    until: datetime,
    by: str,
    limit: int,
    busy: Sequence[str] = (),
) -> list[Leased]:
    """Take due deliveries of a channel for sending, except to recipients that are busy."""
    rows = await connection.fetch(_SQL["lease"], channel, now, until, by, limit, list(busy))
    return [Leased(**{name: row[name] for name in Leased.__struct_fields__}) for row in rows]


async def sent(connection: asyncpg.Connection, delivery_id: str, now: datetime, provider_id: str | None) -> None:
    """Record that a message is out."""
    await connection.execute(_SQL["sent"], delivery_id, now, provider_id)


async def failed(connection: asyncpg.Connection, delivery_id: str, by: str, error: str, next_at: datetime) -> None:
    """Record a failure that will be tried again."""
    await connection.execute(_SQL["failed"], delivery_id, by, error, next_at)


async def park(connection: asyncpg.Connection, delivery_id: str, by: str, reason: str, error: str | None) -> None:
    """Set a message aside for a person to look at."""
    await connection.execute(_SQL["park"], delivery_id, by, reason, error)


async def drop_part(connection: asyncpg.Connection, delivery_id: str, by: str, reason: str) -> None:
    """Drop a leased message part of which must not be told (retracted, stopped); the rest is routed again."""
    async with connection.transaction():
        await connection.execute(_SQL["drop_leased"], delivery_id, by, reason)
        await connection.execute(_SQL["route_again"], [delivery_id], [])


async def drop_unsent(connection: asyncpg.Connection, delivery_id: str, by: str, reason: str) -> None:
    """Drop a leased message that need not go out: all that it tells of is over, or the consumer wants none."""
    await connection.execute(_SQL["drop_leased"], delivery_id, by, reason)


async def disable_webhook(connection: asyncpg.Connection, shop_id: str, now: datetime) -> None:
    """Stop sending to a shop whose server said that the address is gone."""
    await connection.execute(_SQL["disable_webhook"], shop_id, now)


async def depth(connection: asyncpg.Connection, now: datetime) -> Depth:
    """Measure the queues."""
    row = await connection.fetchrow(_SQL["depth"], now)
    return Depth(**dict(row))


async def parked(
    connection: asyncpg.Connection,
    channel: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[asyncpg.Record]:
    """List parked deliveries, newest first, as a keyset page. Recipients are not shown."""
    at, last = after or (None, None)
    rows: list[asyncpg.Record] = await connection.fetch(_SQL["parked"], channel, at, last, limit)
    return rows


async def unpark(connection: asyncpg.Connection, delivery_id: str, now: datetime) -> bool:
    """Send a parked delivery again from the start of its schedule. False when it is not parked or has no content."""
    return await connection.fetchval(_SQL["unpark"], delivery_id, now) is not None
