"""What the api does beside answering: watch the database, count what waits, sweep what has run out, close old cases.

Invariant: no failure here ends the process; readiness tells of it. May import: store, runtime.lifecycle.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import structlog

from api.auth import ATTEMPT_WINDOW, IDLE
from api.census import CensusMetrics
from api.services import Services
from runtime.lifecycle import pause
from store import accounts, cases, census, intake

log = structlog.get_logger()

_EVERY_S = 5.0
_SWEEP_EVERY = 60  # rounds: five minutes
_COUNT_EVERY = 3  # rounds: one scrape interval
_CLOSE_SLICE = 200  # cases closed a round; the rest waits five seconds
KEEP_ANSWERS = timedelta(hours=48)
_DATABASE_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Health:
    """Ready while the database answers. A broker that is away leaves it ready: the inbox takes the events."""

    def __init__(self) -> None:
        self._reason: str | None = "the database has not been asked yet"

    def reason(self) -> str | None:
        """Give None when ready, else why not."""
        return self._reason

    def set(self, reason: str | None) -> None:
        """Note what the last look found."""
        self._reason = reason


async def keep_house(services: Services, health: Health, stop: asyncio.Event) -> None:
    """Look after the database every five seconds until `stop` is set."""
    rounds = 0
    open_now = CensusMetrics(services.registry)
    while not stop.is_set():
        try:
            async with asyncio.timeout(4), services.pool.acquire() as connection:
                services.metrics.quarantine_held.set(await intake.held_count(connection))
                closed = await cases.close_resolved(
                    connection, services.now() - services.policy.close_after, services.now(), _CLOSE_SLICE
                )
                if closed:
                    log.info("cases_closed", n=len(closed))
                if rounds % _COUNT_EVERY == 0:
                    open_now.show(await census.take(connection))
                if rounds % _SWEEP_EVERY == 0:
                    now = services.now()
                    await accounts.sweep_sessions(connection, now, now - IDLE, now - ATTEMPT_WINDOW)
                    await intake.sweep_answers(connection, now - KEEP_ANSWERS)
            health.set(None)
            rounds += 1
        except _DATABASE_AWAY as error:
            log.warning("database_away", error=repr(error))
            health.set("the database is away")
        await pause(stop, _EVERY_S)
