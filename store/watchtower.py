"""Incidents in PostgreSQL: who looks for them, what was found, and the parcels that they touch.

Invariant: one connection at a time leads, and everything the leader writes goes through that connection, so that one
who lost the lead cannot write. Writing a change twice changes nothing. May import: core, store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.finding import Severity
from core.incident import FEED, Incident, IncidentKind
from core.incident.known import Measured
from core.incident.tower import Change, Verb
from store.statements import load

_SQL = load("watchtower")
_FEED = load("feed")
_LEAD = 0x57_41_59_54  # "WAYT"
_GRAVE = frozenset({IncidentKind.HUB_JAM, IncidentKind.FEED_SILENT})
_encode = msgspec.json.encode
_measured = msgspec.json.Decoder(Measured)


class News(msgspec.Struct, frozen=True):
    """An incident and when it last changed so that its parcels have to be looked at."""

    incident: Incident
    news_at: datetime


async def lead(connection: Any) -> bool:
    """Try to become the leader, until this connection ends."""
    if not await connection.fetchval(_SQL["lead"], _LEAD):
        return False
    await connection.execute(_SQL["keep_alive"])
    return True


async def known_to(connection: Any, topic: str) -> datetime | None:
    """Give the moment up to which everything that came in is counted; None while nobody knows."""
    moment: datetime | None = await connection.fetchval(_SQL["known_to"], topic)
    return moment


async def judged_to(connection: Any) -> datetime | None:
    """Give the moment up to which the network was judged."""
    moment: datetime | None = await connection.fetchval(_SQL["judged_to"])
    return moment


async def write(connection: Any, changes: Sequence[Change], judged: datetime, now: datetime) -> None:
    """Write what was judged up to a moment, with the board's rows. Call it in a transaction."""
    await connection.execute(_SQL["set_judged_to"], judged)
    if changes:
        # A leader whose clock is behind that of the one before must not write news that workers have heard already.
        newest = await connection.fetchval(_SQL["newest"])
        now = now if newest is None else max(now, newest + timedelta(microseconds=1))
    last: dict[str, Change] = {}
    why: dict[str, str] = {}
    for change in changes:
        last[change.incident.incident_id] = change
        if change.verb is Verb.OPENED:
            why[change.incident.incident_id] = change.reason
    over = [change for change in last.values() if change.verb is Verb.CLOSED]
    touched: set[str] = set()
    if over:
        columns = _columns((c.incident.incident_id, c.incident.until, _text(c.incident), c.reason) for c in over)
        touched |= {row[0] for row in await connection.fetch(_SQL["close"], *columns, now)}
    fresh = [change for key, change in last.items() if change.verb is not Verb.CLOSED or key in why]
    if fresh:
        columns = _columns(_row(change, why.get(change.incident.incident_id, "")) for change in fresh)
        touched |= {row[0] for row in await connection.fetch(_SQL["put"], *columns, now)}
    feeds = [key for key, change in last.items() if change.incident.kind in FEED]
    if feeds:
        await connection.execute(_SQL["count_feed"], feeds, now)
    touched |= {row[0] for row in await connection.fetch(_SQL["count_parcels"], now)}
    if touched:
        await connection.execute(_FEED["publish_incidents"], sorted(touched))
        await connection.execute(_FEED["wake"])


async def open_ones(connection: Any) -> list[tuple[str, str]]:
    """Give kind and carrier of every open incident."""
    return [(row[0], row[1]) for row in await connection.fetch(_SQL["open_ones"])]


def _text(incident: Incident) -> str | None:
    return None if incident.measured is None else _encode(incident.measured).decode()


def _row(change: Change, why: str) -> tuple[Any, ...]:
    incident = change.incident
    return (
        incident.incident_id,
        incident.kind.value,
        incident.carrier,
        incident.facility,
        incident.to,
        int(Severity.MAJOR if incident.kind in _GRAVE else Severity.MINOR),
        incident.since,
        incident.until,
        incident.expected_at,
        incident.found_at or incident.since,
        _text(incident),
        why,
        change.reason if change.verb is Verb.CLOSED else None,
    )


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def since(connection: Any, moment: datetime) -> list[News]:
    """Give the incidents that are open or ended after a moment."""
    return [
        News(
            Incident(
                incident_id=row["incident_id"],
                kind=IncidentKind(row["kind"]),
                carrier=row["carrier"],
                facility=row["facility"],
                to=row["facility_to"],
                since=row["since"],
                until=row["until"],
                expected_at=row["expected_at"],
                found_at=row["found_at"],
                measured=None if row["measured"] is None else _measured.decode(row["measured"]),
            ),
            row["news_at"],
        )
        for row in await connection.fetch(_SQL["since"], moment)
    ]


async def recalled_to(connection: Any, topic: str, partition: int) -> datetime | None:
    """Give the change of an incident up to which the parcels of a partition were called to be looked at."""
    moment: datetime | None = await connection.fetchval(_SQL["recalled_to"], topic, partition)
    return moment


async def recall(
    connection: Any,
    topic: str,
    partition: int,
    worker: str,
    incidents: Sequence[Incident],
    upto: datetime,
    now: datetime,
    spread_s: int,
) -> int:
    """Make the parcels of a partition that incidents touch due within `spread_s`, and give how many that were."""
    places = [(one.carrier, one.facility, one.to) for one in incidents if one.facility]
    called = 0
    async with connection.transaction():
        if places:
            answer = await connection.execute(_SQL["recall"], partition, *_columns(places), now, spread_s)
            called = int(answer.rpartition(" ")[2])
        await connection.execute(_SQL["set_recalled_to"], topic, partition, worker, upto)
    return called
