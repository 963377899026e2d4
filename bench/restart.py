"""A worker killed with a million active parcels in the database: how soon it works again, and its memory.

Invariant: the parcels are real ones, made by the core and loaded before the clock starts; times come from the worker's
own log lines and from `progress`. May import: anything; imported by runtime.cli.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
import msgspec
import psutil
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from bench import report
from bench.stack import Stack
from core.event import TOPIC, Scanned, encode
from core.scan import Detail, Milestone, Scan, parcel_id_of, scan_id_of
from core.watch import Advance, advance, encode_watched
from runtime.policy import read_policy
from store.pool import open_pool

PARTITIONS = 8
_CHUNK = 20_000


def _scan(waybill: str, at: datetime, milestone: Milestone, detail: Detail | None, number: int) -> Scan:
    text = f"快件已到达【杭州转运中心】，车次 ZH{number:06d}"
    return Scan(
        scan_id=scan_id_of("sf", waybill, at, milestone.value, text, "杭州转运中心"),
        carrier="sf",
        waybill=waybill,
        happened_at=at,
        milestone=milestone,
        source="sf",
        detail=detail,
        facility="杭州转运中心",
        place="杭州",
        country="CN",
        offset_s=28_800,
        code=milestone.value,
        text=text,
    )


def _parcels(count: int, now: datetime) -> Iterator[tuple[tuple[object, ...], list[tuple[object, ...]]]]:
    """Give rows of `parcel` and `scan`: picked up and moving since a few hours, nothing wrong."""
    policy = read_policy()
    random = Random(1)  # noqa: S311 - repeatable, not secret
    for number in range(count):
        waybill = f"SF{9_000_000_000_000 + number}"
        parcel_id = parcel_id_of("sf", waybill)
        picked_up = now - timedelta(hours=random.uniform(2, 12))
        scans = (
            _scan(waybill, picked_up, Milestone.PICKED_UP, None, number),
            _scan(waybill, picked_up + timedelta(hours=1), Milestone.IN_TRANSIT, Detail.DEPARTED, number),
        )
        done = advance(parcel_id, None, [Scanned(parcel_id=parcel_id, received_at=now, scans=scans)], now, policy, ())
        if not isinstance(done, Advance):
            raise RuntimeError(f"a new parcel wants a history: {done.reason}")
        watched = done.watched
        # As Kafka's own partitioner: the sign bit cleared, then modulo.
        partition = (murmur2(parcel_id.encode()) & 0x7FFFFFFF) % PARTITIONS
        parcel = (
            parcel_id,
            partition,
            "sf",
            waybill,
            watched.parcel.milestone.value,
            True,
            watched.due_at,
            None,
            watched.expected_at,
            scans[1].happened_at,
            "杭州",
            encode_watched(watched),
            now,
        )
        rows: list[tuple[object, ...]] = [
            (parcel_id, scan.scan_id, scan.happened_at, now, scan.milestone.value, msgspec.json.encode(scan))
            for scan in scans
        ]
        yield parcel, rows


async def _fill(database_url: str, count: int, say: Callable[[str], None]) -> None:
    now = datetime.now(UTC)
    columns = (
        "parcel_id partition carrier waybill milestone active due_at promised_at expected_at last_scan_at place state "
        "updated_at"
    ).split()
    pool = await open_pool(database_url, 2, "bench-fill")
    source = _parcels(count, now)
    try:
        for start in range(0, count, _CHUNK):
            pairs = [pair for _, pair in zip(range(min(_CHUNK, count - start)), source, strict=False)]
            await pool.copy_records_to_table("parcel", records=[parcel for parcel, _ in pairs], columns=columns)
            await pool.copy_records_to_table(
                "scan",
                records=[row for _, rows in pairs for row in rows],
                columns=["parcel_id", "scan_id", "happened_at", "received_at", "milestone", "body"],
            )
            if start % (10 * _CHUNK) == 0:
                say(f"{start + len(pairs)} parcels in the database")
        await pool.execute("ANALYZE parcel")
    finally:
        await pool.close()


async def _feed(broker: str, count: int, rate: float, stop: asyncio.Event) -> None:
    """Send one scan after another for parcels drawn at random, until stopped."""
    random = Random(2)  # noqa: S311 - repeatable, not secret
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", linger_ms=10)
    await producer.start()
    try:
        sent = 0
        began = time.monotonic()
        while not stop.is_set():
            for _ in range(max(1, int(rate / 20))):
                number = random.randrange(count)
                waybill = f"SF{9_000_000_000_000 + number}"
                parcel_id = parcel_id_of("sf", waybill)
                scan = _scan(waybill, datetime.now(UTC), Milestone.IN_TRANSIT, Detail.ARRIVED, sent)
                event = Scanned(parcel_id=parcel_id, received_at=scan.happened_at, scans=(scan,))
                await producer.send(TOPIC, encode(event), key=parcel_id.encode())
                sent += 1
            await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))
    finally:
        await producer.stop()


def _log_time(folder: Path, event: str, after: float) -> float | None:
    """Give when the worker first logged an event after a moment, seconds since the epoch."""
    for line in (folder / "worker.log").read_text(errors="replace").splitlines():
        if not line.startswith("{"):
            continue
        found = json.loads(line)
        if found.get("event") == event:
            at = datetime.fromisoformat(found["timestamp"]).timestamp()
            if at > after:
                return at
    return None


async def _offsets(connection: asyncpg.Connection) -> dict[int, int]:
    return {row[0]: row[1] for row in await connection.fetch("SELECT partition, next_offset FROM progress")}


async def _until_moving(connection: asyncpg.Connection, before: dict[int, int]) -> float:
    """Wait until every partition has committed beyond `before`; give when that was seen."""
    async with asyncio.timeout(180):
        while True:
            now = await _offsets(connection)
            if before and all(now.get(partition, 0) > offset for partition, offset in before.items()):
                return time.time()
            await asyncio.sleep(0.05)


async def measure(parcels: int, rate: float, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    """Fill, run, kill, restart, run on; give the figures."""
    async with Stack(()) as stack:
        began = time.monotonic()
        await _fill(stack.database_url, parcels, say)
        say(f"filled in {time.monotonic() - began:.0f} s")
        connection = await asyncpg.connect(stack.database_url)
        stop = asyncio.Event()
        peak = 0

        async def watch_memory() -> None:
            nonlocal peak
            while not stop.is_set():
                try:
                    peak = max(peak, psutil.Process(stack.pid("worker")).memory_info().rss)
                except psutil.NoSuchProcess:
                    say("the worker is between two lives")
                await asyncio.sleep(0.2)

        try:
            stack.start("worker")
            await stack.ready("worker", 120)
            feeding = asyncio.create_task(_feed(stack.broker_address, parcels, rate, stop))
            watching = asyncio.create_task(watch_memory())
            await _until_moving(connection, dict.fromkeys(range(PARTITIONS), 0))
            await asyncio.sleep(seconds)
            before = await _offsets(connection)
            say(f"killing the worker after {sum(before.values())} scans")
            killed_at = time.time()
            stack.kill("worker")
            before = await _offsets(connection)
            stack.start("worker")
            moving_at = await _until_moving(connection, before)
            await asyncio.sleep(seconds)
            total = sum((await _offsets(connection)).values())
            stop.set()
            await asyncio.gather(feeding, watching)
        finally:
            stop.set()
            await connection.close()
        assigned_at = _log_time(stack.folder, "partitions_assigned", killed_at)
        if assigned_at is None:
            raise RuntimeError("the worker never logged that it got its partitions")
        return {
            "parcels": parcels,
            "kill_to_all_partitions_working_s": round(moving_at - killed_at, 2),
            "kill_to_group_rejoined_s": round(assigned_at - killed_at, 2),
            "rejoined_to_all_partitions_working_s": round(moving_at - assigned_at, 2),
            "worker_peak_rss_mib": round(peak / 2**20),
            "scans_processed": total,
        }


def main() -> None:
    """Read the options, measure, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parcels", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=1_500, help="scans a second while it runs")
    parser.add_argument("--seconds", type=float, default=60, help="how long before and after the kill")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.parcels, options.rate, options.seconds, print))
    print(json.dumps(figures, indent=2))
    report.write(
        "restart",
        command=f"waywarden bench restart --parcels {options.parcels} --rate {options.rate:g}",
        method=(
            f"{options.parcels} active parcels with two scans each in PostgreSQL; {options.rate:g} scans/s for parcels "
            "drawn at random; kill -9 of the one worker, started again at once; times from its log and from progress; "
            "memory is the highest resident size seen in both lives"
        ),
        figures=figures,
        target="processing again <= 15 s after the group has rejoined; worker memory <= 600 MB",
    )


if __name__ == "__main__":
    main()
