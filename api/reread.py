"""Stored scans are read again by today's mappings and tables, and what means something else goes to the stream.

Nothing is written here: the new meanings go the way of all events, so that the owner of the parcel's partition rewrites
the scans and lets state, exceptions, cases and messages follow. Invariant: a page of scans in memory at a time; safe to
stop and start again, because reading again what was read again changes nothing. May import: carriers, core, store, api.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import asyncpg
import msgspec
import structlog

from api.accept import Accept
from carriers.again import read_again
from carriers.mappings import Mappings
from core.event import Meant, Reread
from store import mappings as store
from store.mappings import Place, Stored, Which

log = structlog.get_logger()

PAGE = 500
RATE = 1_000
"""Parcels a second, at most: each is folded from its history, and live scans want their turn."""


class Step(msgspec.Struct, frozen=True):
    """What looking at some scans came to. `next` is None at the end."""

    read: int = 0
    reread: int = 0
    parcels: int = 0
    next: Place | None = None


async def look(
    pool: asyncpg.Pool,
    intake: Accept,
    mappings: Mappings,
    which: Which,
    after: Place,
    *,
    everything: bool = False,
) -> Step:
    """Look at one page of scans. Raises Unavailable when the events cannot be made durable now.

    `everything`: at all stored scans of the carrier in place of the odd ones only.
    """
    if everything:
        stored = await store.all_after(pool, which.carrier, after, PAGE)
    else:
        stored = await store.odd_after(pool, which, after, PAGE)
    found: dict[str, list[Meant]] = {}
    for one in stored:
        if everything and not _wanted(one, which):
            continue
        meant = read_again(one.scan, mappings, understood=everything)
        if meant is not None:
            found.setdefault(one.parcel_id, []).append(meant)
    if found:
        await intake.accept([Reread(parcel_id=parcel_id, scans=tuple(scans)) for parcel_id, scans in found.items()])
    last = stored[-1] if len(stored) == PAGE else None
    return Step(
        read=len(stored),
        reread=sum(map(len, found.values())),
        parcels=len(found),
        next=Place(last.parcel_id, last.scan.scan_id) if last else None,
    )


def _wanted(one: Stored, which: Which) -> bool:
    return (which.since is None or one.received_at >= which.since) and which.source in (None, one.scan.source)


async def look_at_all(
    pool: asyncpg.Pool,
    intake: Accept,
    mappings: Mappings,
    which: Which,
    *,
    everything: bool = False,
    rate: float = RATE,
    tell: Callable[[str], None] = lambda line: None,
    every_s: float = 2.0,
) -> Step:
    """Look at all that there is, page by page, at most `rate` parcels a second to the stream. Raises Unavailable."""
    total, place = Step(next=Place()), Place()
    told_at = time.monotonic()
    while total.next is not None:
        started = time.monotonic()
        step = await look(pool, intake, mappings, which, place, everything=everything)
        place = step.next or place
        total = Step(total.read + step.read, total.reread + step.reread, total.parcels + step.parcels, step.next)
        now = time.monotonic()
        if step.next is not None and now - told_at >= every_s:
            told_at = now
            tell(f"{total.read} scans read, {total.reread} mean something else now; at {place.parcel_id}")
        if step.parcels and step.next is not None:
            await asyncio.sleep(max(0.0, step.parcels / rate - (now - started)))
    tell(f"{total.read} scans read, {total.reread} mean something else now, of {total.parcels} parcels")
    return total
