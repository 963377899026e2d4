"""`waywarden replay`: what is kept goes through today's program again: stored scans, quarantine, dead events.

Invariant: one pool, one producer, bounded memory; every one of them may be stopped and started again. May import:
core, store, runtime, api.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import msgspec
import structlog
from prometheus_client import CollectorRegistry

from api import quarantine, reread
from api.accept import Accept
from api.broker import Broker
from api.metrics import ApiMetrics
from api.producer import Intake
from carriers.registry import add_mappings
from core.event import Event, decode
from runtime.sealing import Sealer
from runtime.settings import Settings
from store import dead_events
from store.dead_events import DeadKey
from store.mappings import Which
from store.pool import open_pool

log = structlog.get_logger()

Tell = Callable[[str], None]
_PAGE = 200


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[tuple[asyncpg.Pool, Intake]]:
    """Open what a replay needs. Raises OSError and PostgresError; without a broker events go to the inbox."""
    if settings.csv_mappings:
        add_mappings(settings.csv_mappings)
    async with await open_pool(settings.database_url, 2, "waywarden-replay", command_timeout=30) as pool:
        broker = Broker(settings)
        intake = Intake(broker, pool, ApiMetrics(CollectorRegistry()))
        try:
            await intake.tend_once()
            yield pool, intake
        finally:
            await broker.close()


async def replay_scans(
    settings: Settings, which: Which, *, everything: bool, rate: float, tell: Tell = print
) -> reread.Step:
    """Read stored scans again. Raises Unavailable, OSError, PostgresError."""
    async with _open(settings) as (pool, intake):
        return await reread.look_at_all(
            pool, intake, intake.book.mappings, which, everything=everything, rate=rate, tell=tell
        )


async def replay_quarantine(
    settings: Settings,
    format_name: str | None = None,
    since: datetime | None = None,
    tell: Tell = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> quarantine.Outcome:
    """Read what is held in quarantine again. Raises Unavailable, OSError, PostgresError."""
    sealer = Sealer(settings.keys.get_secret_value())
    async with _open(settings) as (pool, intake):
        return await quarantine.replay_all(pool, intake, sealer, now, format_name, tell, since)


class Revived(msgspec.Struct, frozen=True):
    """What a replay of dead events came to."""

    replayed: int = 0
    still_dead: int = 0


async def replay_dead(
    settings: Settings,
    since: datetime | None = None,
    tell: Tell = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Revived:
    """Give dead events to the stream again. Raises Unavailable, OSError, PostgresError."""
    async with _open(settings) as (pool, intake):
        return await revive(pool, intake, now, since, tell)


async def revive(
    pool: asyncpg.Pool,
    intake: Accept,
    now: Callable[[], datetime],
    since: datetime | None = None,
    tell: Tell = lambda line: None,
) -> Revived:
    """Give the dead events that died before this to the stream again, in the order of their log.

    One that dies again is a dead event of its own; it is not tried twice in one run. Raises Unavailable.
    """
    started, place, total = now(), DeadKey(), Revived()
    while page := await dead_events.after(pool, place, started, since, _PAGE):
        place = page[-1].key
        readable: list[tuple[DeadKey, Event]] = []
        for dead in page:
            try:
                readable.append((dead.key, decode(dead.value or b"")))
            except msgspec.DecodeError as error:
                log.warning("event_still_dead", offset=dead.key.offset, error=str(error)[:200])
        if readable:
            await intake.accept([event for _, event in readable])
            await dead_events.mark_replayed(pool, [key for key, _ in readable], now())
        total = Revived(total.replayed + len(readable), total.still_dead + len(page) - len(readable))
        tell(f"{total.replayed} dead events given to the stream again, {total.still_dead} still no event")
    return total
