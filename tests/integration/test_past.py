"""A range of the database is a log like any other: what was received in it, in order, pushes whole."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from backtest.database import read_range
from backtest.log import LogError, moment_of
from core.event import Registered, Reported, Scanned
from core.scan import Milestone, Scan

pytestmark = pytest.mark.integration

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)


def hour(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def scan(waybill: str, hours: float) -> Scan:
    return Scan(
        scan_id=f"{waybill}{hours}",
        carrier="yto",
        waybill=waybill,
        happened_at=hour(hours),
        milestone=Milestone.IN_TRANSIT,
        source="canonical",
    )


async def put(pool: Any, one: Scan, heard: float) -> None:
    await pool.execute(
        "INSERT INTO scan (parcel_id, scan_id, happened_at, received_at, milestone, body)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        f"yto:{one.waybill}",
        one.scan_id,
        one.happened_at,
        hour(heard),
        one.milestone.value,
        msgspec.json.encode(one),
    )


async def test_a_range_is_read_in_the_order_of_reception(pool: Any, database_url: str) -> None:
    for waybill, happened, heard in (("A", 1, 5), ("A", 2, 5), ("B", 3, 4), ("A", 6, 6), ("A", 30, 30)):
        await put(pool, scan(waybill, happened), heard)
    await pool.execute(
        "INSERT INTO registration (parcel_id, shop_id, currency, language, tier, promised_at, registered_at)"
        " VALUES ('yto:A', 's', 'CNY', 'zh-CN', 'vip', $1, $2)",
        hour(48),
        hour(0),
    )
    await pool.execute(
        "INSERT INTO report (report_id, parcel_id, kind, at) VALUES ('r', 'yto:A', 'damaged', $1)", hour(5.5)
    )
    events = await asyncio.to_thread(lambda: list(read_range(database_url, hour(0), hour(24))))
    assert [moment_of(event) for event in events] == [hour(h) for h in (0, 4, 5, 5.5, 6)]
    first, _, push, said, _ = events
    assert isinstance(first, Registered) and first.registration.promised_at == hour(48)
    assert isinstance(push, Scanned) and [one.happened_at for one in push.scans] == [hour(1), hour(2)]
    assert isinstance(said, Reported)


def test_a_database_that_is_not_there_is_said(tmp_path: Any) -> None:
    with pytest.raises(LogError, match="cannot be reached"):
        list(read_range(f"postgresql://nobody@/none?host={tmp_path}", hour(0), hour(1)))
