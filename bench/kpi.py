"""The figures of the KPI page, read from a database that holds a month with a million exceptions.

Invariant: the rows are spread like real ones (kinds, carriers, days, verdicts, leads; partitions of the counts); tables
are vacuumed as autovacuum leaves them, and caches are warm. May import: anything; imported by runtime.cli.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import psutil

from bench import report
from core.finding import Kind
from runtime import embedded
from runtime.migrate import migrate
from store import kpi
from store.kpi import Period
from store.pool import open_pool

DAYS = 30
CARRIERS = ("sf", "yto", "zto", "sto", "yunda", "jd", "ems", "dhl")
END = datetime(2026, 11, 1, tzinfo=UTC)
START = END - timedelta(days=DAYS)
_STEP = timedelta(days=DAYS)

FILL = """
INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at, closed_at,
                       evidence)
SELECT md5(n::text), ($4::text[])[1 + n % cardinality($4::text[])] || ':W' || n / 2,
       ($3::text[])[1 + (random() ^ 2 * cardinality($3::text[]))::integer % cardinality($3::text[])],
       2, CASE WHEN n % 20 = 0 THEN 'open' WHEN n % 31 = 0 THEN 'retracted' ELSE 'cleared' END, at, at, at,
       CASE WHEN n % 20 <> 0 THEN at + interval '1 day' END,
       jsonb_build_object('rule', 'stalled.leg', 'source', 'own: the carrier''s parcels of the last weeks',
                          'scans', jsonb_build_array(md5(n::text)), 'limit_s', n % 100000, 'measured_s', n % 200000)
FROM (SELECT n, $1::timestamptz + random() * $2::interval AS at FROM generate_series(1, $5::integer) AS n) AS made;
"""
VERDICTS = """
INSERT INTO verdict (verdict_id, parcel_id, carrier, kind, verdict, why, at, opened_at, lead_s, found)
SELECT exception_id, parcel_id, split_part(parcel_id, ':', 1), kind, v,
       CASE v WHEN 'wrong' THEN 'retracted' ELSE 'late' END, closed_at,
       opened_at, CASE WHEN v = 'right' THEN (random() * 300000 - 50000)::integer END, v = 'right'
FROM (SELECT e.*, CASE WHEN state = 'retracted' THEN 'wrong' WHEN random() < 0.75 THEN 'right'
                       WHEN random() < 0.3 THEN 'missed' ELSE 'unknown' END AS v
      FROM exception e WHERE closed_at IS NOT NULL) AS judged;
"""
CASES = """
INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, reason, resolution,
                   resolved_at, updated_at)
SELECT exception_id, parcel_id, CASE WHEN n % 40 = 0 THEN 'complaint' ELSE 'delay' END,
       CASE WHEN n % 12 = 0 THEN 'open' ELSE 'closed' END, 2, 100, 'system', opened_at, kind, 'found',
       CASE WHEN n % 12 <> 0 THEN opened_at + random() * interval '3 days' END, opened_at
FROM (SELECT e.*, row_number() OVER (ORDER BY exception_id) AS n FROM exception e) AS taken WHERE n % 3 = 0
ON CONFLICT DO NOTHING;
"""
CLOCKS = """
INSERT INTO case_clock (case_id, clock, state, started_at, due_at, met_at)
SELECT case_id, clock, CASE WHEN r < 0.8 THEN 'met' WHEN r < 0.9 THEN 'breached' ELSE 'running' END, opened_at,
       opened_at + span, CASE WHEN r < 0.8 THEN opened_at + random() * span END
FROM (SELECT case_id, opened_at, clock, span, random() AS r FROM cases,
      (VALUES ('accept', interval '2 min'), ('first_answer', interval '15 min'), ('resolve', interval '48 h'))
      AS of(clock, span)) AS made;
INSERT INTO case_event (case_id, version, at, actor, type)
SELECT case_id, 3, opened_at + interval '1 day', 'system',
       CASE WHEN random() < 0.05 THEN 'CaseReopened' ELSE 'CaseResolved' END FROM cases;
INSERT INTO tally (day, carrier, partition, arrived, kept, missed, told, came_late, percents)
SELECT '{start}'::date + d, carrier, p, 500, 450, 50, array_fill(90, ARRAY[10]), array_fill(9, ARRAY[10]),
       array_fill(900, ARRAY[10])
FROM generate_series(0, {days} - 1) d, generate_series(0, 63) p, unnest('{carriers}'::text[]) carrier;
"""


async def _fill(url: str, exceptions: int) -> dict[str, int]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        kinds = [kind.value for kind in Kind]
        await connection.execute(FILL, START, _STEP, kinds, list(CARRIERS), exceptions)
        await connection.execute(VERDICTS)
        await connection.execute(CASES)
        listed = "{" + ",".join(CARRIERS) + "}"
        await connection.execute(CLOCKS.format(start=START.date(), days=DAYS, carriers=listed))
        tables = ("exception", "verdict", "cases", "case_clock", "case_event", "tally")
        await connection.execute(f"VACUUM ANALYZE {', '.join(tables)}")
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608
    finally:
        await connection.close()


def _processor_s(server: psutil.Process) -> float:
    """Give the processor time of the database's processes, those that have ended included."""
    spent = server.cpu_times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in server.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return float(total)


async def _timed(ask: Callable[[], Awaitable[Any]], times: int, server: psutil.Process) -> dict[str, float]:
    took = []
    before = _processor_s(server)
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    spent = (_processor_s(server) - before) / times
    return {"p50_s": round(median(took), 3), "max_s": round(max(took), 3), "processor_s": round(spent, 3)}


async def measure(url: str, exceptions: int, times: int, server: psutil.Process) -> dict[str, object]:
    """Fill the database and ask for the figures."""
    rows = await _fill(url, exceptions)
    pool = await open_pool(url, 2)
    figures: dict[str, object] = {"rows": rows}
    try:
        async with pool.acquire() as connection:
            for name, period in {
                "month": Period(since=START, until=END),
                "month_one_carrier": Period(since=START, until=END, carrier="sf"),
                "month_one_kind": Period(since=START, until=END, kinds=(Kind.PREDICTED_LATE.value,)),
                "week": Period(since=END - timedelta(days=7), until=END),
            }.items():
                await kpi.read(connection, period, 20)
                whole = await _timed(lambda p=period: kpi.read(connection, p, 20), times, server)  # type: ignore[misc]
                figures[name] = whole
    finally:
        await pool.close()
    return figures


def _pid_of(data: Path) -> int:
    """Give the database's first process."""
    return int((data / "postmaster.pid").read_text().split()[0])


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(prog="waywarden bench kpi", description=__doc__)
    parser.add_argument("--exceptions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=10, help="each question")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ww-bench-"))
    folder.chmod(0o755)
    postgres = embedded.Postgres(folder / "pg")
    try:
        url = postgres.start()
        migrate(url)
        server = psutil.Process(_pid_of(folder / "pg"))
        figures = asyncio.run(measure(url, options.exceptions, options.times, server))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    path = report.write(
        "kpi",
        command=f"waywarden bench kpi --exceptions {options.exceptions} --times {options.times}",
        method="Rows of 30 days generated into an embedded PostgreSQL, vacuumed; then what the KPI page asks, warm. "
        "`processor_s` is the database's processor time for one answer, which a busy machine hardly changes; "
        "PostgreSQL spreads most of it over the cores.",
        figures=figures,
        target="a month with a million exceptions is answered in less than 1 s",
    )
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
