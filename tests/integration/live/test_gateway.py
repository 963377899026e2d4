"""The live gateway on a real PostgreSQL: nothing missed, nothing kept, nobody held up by a slow neighbour."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from runtime.lifecycle import pause
from store import feed
from store.feed import Position

from .conftest import ORIGIN, Rows, Start, Viewer, digest, eventually

pytestmark = pytest.mark.integration


async def test_snapshot_then_deltas(rows: Rows, start: Start) -> None:
    for number in range(600):
        await rows.put(number, severity=number % 4 + 1, publish=number % 2 == 0)
    async with start() as live:
        viewer = Viewer(rows)
        async with viewer.at(live.port):
            await viewer.until(lambda: len(viewer.view) == 600 and bool(viewer.counts))
            assert viewer.answers == ["snapshot"]
            assert viewer.counts["exception"]["severity"] == {str(level): 150 for level in (1, 2, 3, 4)}
            key = await rows.put(7, severity=1)
            await rows.put(1000, severity=4)
            await rows.put(8, state="cleared")
            await viewer.until(
                lambda: ("exception", "x001000") in viewer.view and ("exception", "x000008") not in viewer.view
            )
            assert viewer.view["exception", key]["severity"] == 1
            assert len(viewer.view) == 600
            await viewer.until(lambda: viewer.counts["exception"]["severity"]["4"] == 150)
            assert viewer.counts["exception"]["severity"]["1"] == 150
            assert digest(viewer.view) == digest(await rows.truth())


async def test_a_lower_transaction_that_commits_later_is_not_skipped(
    rows: Rows, start: Start, pool: asyncpg.Pool
) -> None:
    async with start() as live:
        viewer = Viewer(rows)
        async with viewer.at(live.port):
            await viewer.until(lambda: viewer.feed == "live")
            async with pool.acquire() as low, pool.acquire() as high:
                first = low.transaction()
                await first.start()
                await rows.put(1, connection=low)
                async with high.transaction():
                    await rows.put(2, connection=high)
                # The higher one is committed; a tail by plain sequence would pass the lower one by now.
                await asyncio.sleep(0.3)
                await first.commit()
            await viewer.until(lambda: len(viewer.view) == 2)
    assert digest(viewer.view) == digest(await rows.truth())


async def test_the_last_writer_of_a_row_wins_whatever_its_transaction_number(
    rows: Rows, start: Start, pool: asyncpg.Pool
) -> None:
    async with start() as live:
        viewer = Viewer(rows)
        async with viewer.at(live.port):
            async with pool.acquire() as low, pool.acquire() as high:
                first = low.transaction()
                await first.start()
                await rows.put(50, connection=low)  # takes the lower transaction number
                async with high.transaction():
                    await rows.put(1, severity=2, connection=high)
                await rows.put(1, state="cleared", connection=low)
                await first.commit()
            await viewer.until(lambda: ("exception", "x000050") in viewer.view)
            await rows.put(51)
            await viewer.until(lambda: ("exception", "x000051") in viewer.view)
            assert ("exception", "x000001") not in viewer.view
            assert digest(viewer.view) == digest(await rows.truth())


async def test_no_gap_and_no_step_back_with_random_disconnects_and_disorder(
    rows: Rows, start: Start, pool: asyncpg.Pool
) -> None:
    chance = random.Random(20261121)
    done = asyncio.Event()

    async def write(seed: int) -> None:
        own = random.Random(seed)
        for _ in range(120):
            async with pool.acquire() as connection, connection.transaction():
                for number in sorted(own.sample(range(80), own.randint(1, 4))):
                    state = own.choice(["open", "open", "open", "cleared"])
                    await rows.put(number, severity=own.randint(1, 4), state=state, connection=connection)
                await asyncio.sleep(own.random() * 0.02)

    async def watch(viewer: Viewer, port: int, seed: int) -> None:
        own = random.Random(seed)
        while not done.is_set():
            async with viewer.at(port):
                await pause(done, own.random() * 0.2)

    async with start() as live:
        viewers = [Viewer(rows) for _ in range(4)] + [Viewer(rows, severity=[4]), Viewer(rows, text="SF000000001")]
        watchers = [asyncio.create_task(watch(viewer, live.port, chance.randint(0, 1 << 30))) for viewer in viewers]
        await asyncio.gather(*(write(chance.randint(0, 1 << 30)) for _ in range(3)))
        done.set()
        await asyncio.gather(*watchers)
        await rows.put(999, severity=4)
        await eventually(lambda: live.gateway.board.get(("exception", "x000999")) is not None)
        for viewer in viewers:
            answers = len(viewer.answers)
            async with viewer.at(live.port):
                await viewer.until(lambda viewer=viewer, answers=answers: len(viewer.answers) > answers)
        truth = await rows.truth()
        assert len(truth) > 20
        for viewer in viewers:
            expected = {
                key: body
                for key, body in truth.items()
                if body["severity"] in viewer.wanted.get("severity", (1, 2, 3, 4))
                and viewer.wanted.get("text", "") in body["waybill"]
            }
            assert digest(viewer.view) == digest(expected)
            assert viewer.back_steps == 0
            assert viewer.answers.count("snapshot") == 1
            assert viewer.answers.count("recovered") > 3


async def test_resume_across_a_restart_of_the_gateway(rows: Rows, start: Start) -> None:
    await rows.put(1)
    await rows.put(2)
    viewer = Viewer(rows)
    async with start() as live, viewer.at(live.port):
        await viewer.until(lambda: len(viewer.view) == 2)
    await rows.put(2, state="cleared")
    await rows.put(3)
    async with start() as live, viewer.at(live.port):
        await viewer.until(lambda: len(viewer.answers) == 2)
        assert viewer.answers == ["snapshot", "recovered"]
        assert digest(viewer.view) == digest(await rows.truth())


async def test_what_was_pruned_away_is_answered_by_a_snapshot(rows: Rows, start: Start, pool: asyncpg.Pool) -> None:
    await rows.put(1)
    viewer = Viewer(rows)
    async with start() as live, viewer.at(live.port):
        await viewer.until(lambda: len(viewer.view) == 1)
    await rows.put(2)
    await rows.put(1, state="cleared")
    assert await feed.prune(pool, datetime.now(UTC) + timedelta(minutes=1)) == 3
    assert await feed.prune(pool, datetime.now(UTC) + timedelta(minutes=1)) == 0
    async with start() as live, viewer.at(live.port):
        await viewer.until(lambda: len(viewer.answers) == 2)
        assert viewer.answers == ["snapshot", "snapshot"]
        assert digest(viewer.view) == digest(await rows.truth())


@pytest.mark.parametrize(
    ("epoch", "offset"),
    [("another", None), (None, "99999999999-1"), (None, "1"), (None, "²-1"), (None, "")],
)
async def test_an_offset_that_means_nothing_here_is_answered_by_a_snapshot(
    rows: Rows, start: Start, epoch: str | None, offset: str | None
) -> None:
    await rows.put(1)
    viewer = Viewer(rows)
    async with start() as live:
        async with viewer.at(live.port):
            await viewer.until(lambda: len(viewer.view) == 1)
        viewer.epoch = epoch or viewer.epoch
        viewer.offset = offset if offset is not None else viewer.offset
        async with viewer.at(live.port):
            await viewer.until(lambda: (viewer.feed == "live" and len(viewer.answers) == 2) or not viewer.offset)
            await viewer.until(lambda: len(viewer.answers) == 2)
    assert viewer.answers == ["snapshot", "snapshot"]


async def test_database_away_is_told_and_nothing_is_lost(rows: Rows, start: Start, pool: asyncpg.Pool) -> None:
    async with start() as live:
        viewer = Viewer(rows)
        async with viewer.at(live.port):
            await viewer.until(lambda: viewer.feed == "live")
            name = await pool.fetchval("SELECT current_database()")
            admin = await asyncpg.connect(await _postgres(pool))
            try:
                await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                await rows.put(1)
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = $1 AND application_name = 'waywarden-live-tail'",
                    name,
                )
                await viewer.until(lambda: viewer.feed == "stale")
                assert live.gateway.ready() is not None
                await rows.put(2)
                await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            finally:
                await admin.close()
            await viewer.until(lambda: viewer.feed == "live" and len(viewer.view) == 2)
            assert viewer.answers == ["snapshot"]
            assert digest(viewer.view) == digest(await rows.truth())


async def _postgres(pool: asyncpg.Pool) -> str:
    # The socket folder of this server, with the maintenance database.
    folder = await pool.fetchval("SHOW unix_socket_directories")
    return f"postgresql://postgres:@/postgres?host={folder}"


async def test_a_slow_client_is_conflated_then_closed_and_holds_nobody_up(rows: Rows, start: Start) -> None:
    async with start() as live:
        quick = Viewer(rows)
        slow = Viewer(rows)
        async with (
            quick.at(live.port),
            connect(
                f"ws://127.0.0.1:{live.port}", origin=ORIGIN, compression=None, max_size=None, max_queue=1
            ) as stuck,
        ):
            await stuck.send(slow.hello(await rows.ticket()))
            await eventually(
                lambda: not (len(live.gateway.clients) < 2 or any(c.loading for c in live.gateway.clients))
            )
            held = next(c for c in live.gateway.clients if c.socket.remote_address == stuck.local_address)
            transport = held.socket.transport
            held.waiting_limit = 40
            stuck.transport.pause_reading()
            # What stands in the write buffer of a peer that does not read: as if the kernel's buffers were full.
            size = transport.get_write_buffer_size
            blocked = True
            held.socket.transport = _Congested(transport, lambda: 1 << 30 if blocked else size())
            for round_ in range(3):
                for number in range(10):
                    await rows.put(number, severity=round_ + 1)
            await quick.until(lambda: len(quick.view) == 10 and all(r["severity"] == 3 for r in quick.view.values()))
            assert 0 < len(held.waiting) <= 10, "thirty changes of ten rows wait as ten"
            for number in range(100, 160):
                await rows.put(number)
            await quick.until(lambda: len(quick.view) == 70)
            await eventually(lambda: held not in live.gateway.clients)
            blocked = False
            held.socket.transport = transport
            stuck.transport.resume_reading()
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    slow.take(json.loads(await stuck.recv()))
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 4008
        async with slow.at(live.port):
            await slow.until(lambda: "recovered" in slow.answers)
            assert digest(slow.view) == digest(await rows.truth()) == digest(quick.view)


class _Congested:
    """A transport that reports another fill of its write buffer."""

    def __init__(self, transport: object, size: object) -> None:
        self._transport = transport
        self.get_write_buffer_size = size

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


async def test_a_ticket_is_good_once_and_not_for_the_disabled(rows: Rows, start: Start, pool: asyncpg.Pool) -> None:
    async with start() as live:
        ticket = await rows.ticket()
        message = json.dumps({"type": "hello", "ticket": ticket})
        async with connect(f"ws://127.0.0.1:{live.port}", origin=ORIGIN) as socket:
            await socket.send(message)
            assert json.loads(await socket.recv())["type"] == "snapshot"
        late = await rows.ticket()
        await pool.execute("UPDATE live_ticket SET expires_at = now() - interval '1 s'")
        disabled = await rows.ticket()
        for number, spoilt in enumerate([message, json.dumps({"type": "hello", "ticket": late}), None]):
            if number == 2:
                await pool.execute("UPDATE staff SET disabled_at = now()")
            async with connect(f"ws://127.0.0.1:{live.port}", origin=ORIGIN) as socket:
                await socket.send(spoilt or json.dumps({"type": "hello", "ticket": disabled}))
                await socket.wait_closed()
                assert socket.close_code == 4401


async def test_signing_out_closes_the_socket(rows: Rows, start: Start, pool: asyncpg.Pool) -> None:
    staff_id = await rows.staff()
    await pool.execute(
        "INSERT INTO session (token_hash, staff_id, csrf, expires_at) VALUES ($1, $2, '', now() + interval '1 h')",
        b"session",
        staff_id,
    )
    async with start() as live:
        stop = asyncio.Event()
        check = asyncio.create_task(live.gateway.recheck(stop, every_s=0.05))
        async with connect(f"ws://127.0.0.1:{live.port}", origin=ORIGIN) as socket:
            await socket.send(json.dumps({"type": "hello", "ticket": await rows.ticket(staff_id, b"session")}))
            await socket.recv()
            await pool.execute("DELETE FROM session")
            await socket.wait_closed()
            assert socket.close_code == 4401
        stop.set()
        await check


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_a_foreign_origin_is_refused(start: Start, origin: str | None) -> None:
    async with start() as live:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{live.port}", origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_full_house_refuses_with_503(rows: Rows, start: Start) -> None:
    async with start(live_clients=1) as live:
        viewer = Viewer(rows)
        async with viewer.at(live.port):
            await viewer.until(lambda: viewer.feed == "live")
            with pytest.raises(InvalidStatus) as refused:
                async with connect(f"ws://127.0.0.1:{live.port}", origin=ORIGIN):
                    pass
            assert refused.value.response.status_code == 503


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        b"\xff\xfe",
        '{"type":"nonsense"}',
        '{"type":"hello"}',
        '{"type":"filter","filter":{}}',
        '{"type":"hello","ticket":"x","filter":{"noun":"parcel"}}',
        '{"type":"hello","ticket":"x","filter":{"colour":"red"}}',
        '{"type":"hello","ticket":"x","filter":{"text":"' + "a" * 200 + '"}}',
    ],
)
async def test_a_bad_first_message_is_refused_with_a_reason(start: Start, raw: str | bytes) -> None:
    async with start() as live:
        async with connect(f"ws://127.0.0.1:{live.port}", origin=ORIGIN) as socket:
            await socket.send(raw)
            await socket.wait_closed()
            # Text that is no UTF-8 never gets to us: the library answers it.
            assert socket.close_code in ({4400, 1007} if isinstance(raw, bytes) else {4400})
            assert socket.close_reason


async def test_filters_and_a_flood_of_messages(rows: Rows, start: Start) -> None:
    for number in range(8):
        await rows.put(number, severity=number % 4 + 1, kind="late" if number % 2 else "stalled")
    async with start() as live:
        viewer = Viewer(rows, kind=["late"])
        async with viewer.at(live.port) as socket:
            await viewer.until(lambda: len(viewer.view) == 4)
            await socket.send(json.dumps({"type": "filter", "id": 5, "filter": {"severity": [1], "noun": "exception"}}))
            await viewer.until(lambda: len(viewer.view) == 2)
            await rows.put(0, severity=2)
            await viewer.until(lambda: len(viewer.view) == 1)
            await socket.send(json.dumps({"type": "filter", "filter": {"assignee": "me"}}))
            await viewer.until(lambda: not viewer.view)
            for _ in range(40):
                await socket.send(json.dumps({"type": "filter", "filter": {"noun": "case"}}))
            await socket.wait_closed()
            assert socket.close_code == 4400


async def test_a_row_that_cannot_be_read_is_counted_and_the_next_one_comes(
    rows: Rows, start: Start, pool: asyncpg.Pool
) -> None:
    async with start() as live:
        viewer = Viewer(rows)
        async with viewer.at(live.port):
            await viewer.until(lambda: viewer.feed == "live")
            await pool.execute("INSERT INTO feed (noun, key, body) VALUES ('exception', 'odd', '[]'::jsonb)")
            await rows.put(1)
            await viewer.until(lambda: len(viewer.view) == 1)
    assert live.gateway.metrics.broken_rows._value.get() == 1


def test_positions_read_back() -> None:
    assert Position.parse(str(Position(12, 7))) == Position(12, 7)
    assert Position(2, 1) > Position(1, 9)
