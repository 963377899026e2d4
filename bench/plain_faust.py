"""The same job by a plain Faust agent with a table, event by event, for comparison in the same run.

What Faust's own documentation leads to: one agent, `async for` over the events, the parcel's state in a table with its
changelog topic, the same core, and for each event one PostgreSQL transaction with the same rows. `table_only` leaves
PostgreSQL out, which is then not durable in our sense; it shows what Faust alone costs.

Invariant: the same events, broker and database as `bench.throughput`. May import: anything; imported by runtime.cli.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
import faust
import structlog
from prometheus_client import CollectorRegistry

from bench import throughput
from bench.stack import Stack
from bench.workload import SCANS_EACH
from core.watch import NeedsHistory, Watched, advance, decode_watched, encode_watched
from runtime.migrate import migrate
from runtime.policy import read_policy
from store import sink, watched
from store.pool import open_pool
from stream.app import tune_garbage_collection
from stream.metrics import StreamMetrics
from stream.think import Thinker, decode_batch


async def measure(
    stack: Stack, topic: str, limit: int, *, table_only: bool, database: str, seconds: float = 60
) -> dict[str, Any]:
    """Run a plain agent over the start of a filled topic, `limit` events or `seconds` at most; give the figures.

    It writes to an empty database of its own, made when missing.
    """
    pool = await open_pool(await _database(stack.database_url, database), 8, "bench-plain")
    thinker = Thinker(read_policy(), advance, StreamMetrics(CollectorRegistry()))
    app = faust.App(
        f"plain-{secrets.token_hex(4)}",
        broker=f"kafka://{stack.broker_address}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=throughput.PARTITIONS,
        broker_rebalance_timeout=3,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
    )
    source = app.topic(topic, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")
    table = app.Table("parcels", key_type=str, value_type=bytes)
    done = 0
    started = 0.0
    finished = asyncio.Event()

    async def histories(parcel_ids: Any) -> Any:
        async with pool.acquire() as connection:
            return await watched.histories(connection, parcel_ids)

    @app.agent(source)  # type: ignore[untyped-decorator]
    async def events(stream: Any) -> None:
        nonlocal done, started
        async for event in stream.events():
            started = started or time.perf_counter()
            message = event.message
            message.value = event.value
            batch = decode_batch([message])
            parcel_id = next(iter(batch.events))
            raw = table.get(parcel_id)
            states: dict[str, Watched] = {} if raw is None else {parcel_id: decode_watched(raw)}
            now = datetime.fromtimestamp(message.timestamp, UTC)
            if table_only:
                answer = advance(parcel_id, states.get(parcel_id), batch.events[parcel_id], now, read)
                if not isinstance(answer, NeedsHistory):
                    table[parcel_id] = encode_watched(answer.watched)
            else:
                thought = await thinker.about(batch.events, states, now, histories)
                async with pool.acquire() as connection, connection.transaction():
                    await sink.write(connection, topic, message.partition, "plain", now, thought.rows)
                for state in thought.states.values():
                    table[parcel_id] = encode_watched(state)
            done += 1
            if done == limit:
                finished.set()

    read = read_policy()
    tune_garbage_collection()
    await app.start()
    try:
        async with asyncio.timeout(seconds):
            await finished.wait()
    except TimeoutError:
        pass
    spent = time.perf_counter() - started
    figures = {"events": done, "seconds": round(spent, 2), "scans_per_s": round(done / spent)}
    await app.stop()
    await pool.close()
    return figures


async def _database(url: str, name: str) -> str:
    own = url.replace("/waywarden?", f"/{name}?")
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name}")
            await asyncio.to_thread(migrate, own)
    finally:
        await connection.close()
    return own


async def main(scans: int = 20_000) -> dict[str, Any]:
    """Fill a topic, run both variants over it, give the figures."""
    async with Stack(()) as stack:
        topic = f"bench-{secrets.token_hex(4)}"
        total, _ = await throughput.fill(stack.broker_address, topic, scans // SCANS_EACH, 0.02)
        return {
            "agent_table_postgresql": await measure(stack, topic, total, table_only=False, database="plain"),
            "agent_table_only": await measure(stack, topic, total, table_only=True, database="plain"),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=20_000)
    import logging

    import uvloop

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name, figure in uvloop.run(main(parser.parse_args().scans)).items():
        print(f"{name:24} {figure}")
