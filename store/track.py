"""What the consumer's page reads of one parcel, the memory of reports accepted a moment ago, and the wish for silence.

Invariant: everything hangs on the digest of the link; nothing here takes a parcel id from outside.
May import: core, store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from core.finding import Evidence
from core.fold import standing
from core.scan import Scan
from store.statements import load

_SQL = load("track")
_SCANS = load("parcels")["scans"]
_scan = msgspec.json.Decoder(Scan)

CONSUMER_CHANNELS = ("email", "sms")
"""Channels whose deliveries are messages to the consumer; webhooks go to the shop."""


class Trouble(msgspec.Struct, frozen=True):
    """An open exception."""

    kind: str
    severity: int
    since: datetime
    evidence: Evidence
    case_id: str | None = None


class ClockRow(msgspec.Struct, frozen=True):
    """A clock of a case."""

    clock: str
    state: str
    due_at: datetime
    met_at: datetime | None


class TrackedCase(msgspec.Struct, frozen=True):
    """A case as its consumer sees it. `ask` is what they should do; `noticed`: we opened it before they said a word."""

    case_id: str
    kind: str
    state: str
    opened_at: datetime
    waiting_on: str | None
    resolution: str | None
    resolved_at: datetime | None
    closed_at: datetime | None
    clocks: tuple[ClockRow, ...]
    ask: str | None = None
    noticed: bool = False


class Message(msgspec.Struct, frozen=True):
    """A message that went out to the consumer."""

    channel: str
    language: str
    subject: str | None
    body: str | None
    sent_at: datetime | None


class ReportRow(msgspec.Struct, frozen=True):
    """A report of the consumer; not `handled` while the stream has not seen it yet."""

    kind: str
    at: datetime
    handled: bool


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows of a parcel.

    `mailed`: there is an address that messages go to. `stopped_at`: since when the consumer wants none. `feed`: the
    incident of its carrier's feed (`feed_silent`, `feed_late`) and `feed_since` its beginning, while there is one.
    """

    parcel_id: str
    shop_name: str | None
    order_ref: str | None
    language: str
    service: str | None
    carrier: str
    waybill: str
    milestone: str
    promised_at: datetime | None
    expected_at: datetime | None
    last_scan_at: datetime | None
    place: str | None
    scans: tuple[Scan, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    cases: tuple[TrackedCase, ...] = ()
    messages: tuple[Message, ...] = ()
    reports: tuple[ReportRow, ...] = ()
    mailed: bool = False
    stopped_at: datetime | None = None
    feed: str | None = None
    feed_since: datetime | None = None


def report_owner(parcel_id: str) -> str:
    """Give the owner under which accepted reports of a parcel are remembered."""
    return f"track:{parcel_id}"


async def find(connection: asyncpg.Connection, link: str) -> tuple[str, str] | None:
    """Give the parcel id and language behind a link's digest."""
    row = await connection.fetchrow(_SQL["by_link"], link)
    return (row["parcel_id"], row["language"]) if row else None


async def tracked(connection: asyncpg.Connection, link: str, scans: int) -> Tracked | None:
    """Give what the page shows, with at most `scans` newest scans, in one snapshot; None for an unknown link."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(_SQL["by_link"], link)
        if row is None:
            return None
        parcel_id = row["parcel_id"]
        return Tracked(
            parcel_id=parcel_id,
            shop_name=row["shop_name"],
            order_ref=row["order_ref"],
            language=row["language"],
            service=row["service"],
            carrier=row["carrier"],
            waybill=row["waybill"],
            milestone=row["milestone"],
            promised_at=row["promised_at"] or row["shop_promised_at"],
            expected_at=row["expected_at"],
            last_scan_at=row["last_scan_at"],
            place=row["place"],
            mailed=row["mailed"],
            feed=row["feed"],
            feed_since=row["feed_since"],
            stopped_at=row["stopped_at"],
            scans=_that_stand(await connection.fetch(_SCANS, parcel_id, scans)),
            troubles=_rows(await connection.fetch(_SQL["exceptions"], parcel_id), Trouble),
            cases=_rows(await connection.fetch(_SQL["cases"], parcel_id), TrackedCase),
            messages=_rows(await connection.fetch(_SQL["messages"], parcel_id, list(CONSUMER_CHANNELS)), Message),
            reports=_rows(await connection.fetch(_SQL["reports"], parcel_id, report_owner(parcel_id)), ReportRow),
        )


async def remember_report(
    connection: asyncpg.Connection, parcel_id: str, report_id: str, kind: str, at: datetime
) -> bool:
    """Remember that a report is in the log; False when it was remembered before."""
    key = await connection.fetchval(_SQL["remember_report"], report_owner(parcel_id), report_id, kind, at)
    return key is not None


async def stop_messages(connection: asyncpg.Connection, parcel_id: str, at: datetime) -> None:
    """Stop the messages to a parcel's consumer; the notifier looks here before it routes and before it sends."""
    await connection.execute(_SQL["stop_messages"], parcel_id, at)


async def resume_messages(connection: asyncpg.Connection, parcel_id: str) -> None:
    """Send messages again from now on; what was held back meanwhile stays untold."""
    await connection.execute(_SQL["resume_messages"], parcel_id)


def _that_stand(records: Sequence[asyncpg.Record]) -> tuple[Scan, ...]:
    """Give the scans in the order of the rows, without what the carrier took back."""
    found = [_scan.decode(record["body"]) for record in records]
    stand = {scan.scan_id for scan in standing(found)}
    return tuple(scan for scan in found if scan.scan_id in stand)


def _rows(records: Sequence[asyncpg.Record], kind: Any) -> tuple[Any, ...]:
    return tuple(msgspec.convert(dict(record), kind) for record in records)
