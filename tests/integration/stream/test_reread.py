"""Stored scans are read anew: state, exception, case and message follow; the row stays the same scan."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from stream_support import NOON, Clock, FakeLog, dump, engine, feed, kit, pid, registered, scan, scanned

from core.event import Meant, Reread
from core.scan import Detail, Milestone, Scan

HOUR = timedelta(hours=1)


def reread(*scans: Scan, mapped: int | None = 7) -> Reread:
    return Reread(
        parcel_id=pid(1),
        scans=tuple(
            Meant(scan_id=each.scan_id, milestone=each.milestone, detail=each.detail, mapped=mapped) for each in scans
        ),
    )


def unread(hours: float, code: str = "X9", text: str = "zz 12") -> Scan:
    return scan(1, hours, Milestone.UNKNOWN, text, code=code)


async def test_a_scan_read_anew_opens_what_it_says_and_a_change_of_mind_takes_it_back(pool) -> None:
    odd = unread(-1)
    broken = msgspec.structs.replace(odd, milestone=Milestone.IN_TRANSIT, detail=Detail.DAMAGED)
    async with engine(kit(pool, clock=Clock(NOON)), FakeLog(end=0)) as running:
        await feed(running, [registered(1, at=NOON - 2 * HOUR), scanned(1, scan(1, -2, Milestone.PICKED_UP), odd)])
        assert await pool.fetch("SELECT source, carrier, code, said, mapping_id FROM odd_scan") == [
            ("canonical", "sf", "X9", "zz 0", None)
        ]
        await feed(running, [reread(broken)])
        assert await pool.fetchval("SELECT kind FROM exception WHERE state = 'open'") == "damage_reported"
        assert await pool.fetchval("SELECT kind FROM cases WHERE state = 'open'") == "damage"
        assert await pool.fetchval("SELECT template FROM outbox") == "damage_reported"
        stored = await pool.fetchrow("SELECT milestone, body FROM scan WHERE scan_id = $1", odd.scan_id)
        assert stored["milestone"] == "in_transit"
        assert msgspec.json.decode(stored["body"], type=Scan) == msgspec.structs.replace(broken, mapped=7)
        assert await pool.fetchval("SELECT mapping_id FROM odd_scan") == 7

        before = await dump(pool)
        await feed(running, [reread(broken)])
        assert await dump(pool) == before

        moved = msgspec.structs.replace(odd, milestone=Milestone.IN_TRANSIT)
        await feed(running, [reread(moved, mapped=None)])
    assert await pool.fetchval("SELECT state FROM exception") == "retracted"
    case = await pool.fetchrow("SELECT state, resolution FROM cases")
    assert (case["state"], case["resolution"]) == ("closed", "mistaken: a scan was read anew")
    assert not await pool.fetchval("SELECT count(*) FROM odd_scan")
    assert await pool.fetchval("SELECT count(*) FROM dead_event") == 0


async def test_a_scan_and_its_new_reading_may_come_in_one_batch(pool) -> None:
    odd = unread(-1)
    delivered = msgspec.structs.replace(odd, milestone=Milestone.DELIVERED)
    async with engine(kit(pool, clock=Clock(NOON)), FakeLog(end=0)) as running:
        await feed(running, [scanned(1, odd), reread(delivered), reread(scan(1, -5))])
        await feed(running, [scanned(1, odd)])
    assert [tuple(row) for row in await pool.fetch("SELECT milestone, active FROM parcel")] == [("delivered", False)]
    assert [tuple(row) for row in await pool.fetch("SELECT milestone FROM scan")] == [("delivered",)]
    assert await pool.fetchval("SELECT mapping_id FROM odd_scan") == 7
