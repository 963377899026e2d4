"""Incidents on the live board: beside every list, first in every snapshot, and without their parcels."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import asyncpg
import pytest
from incident_rows import put_incident

from api.live.app import Opened
from api.live.board import Filter

from .conftest import FEED, Rows, Viewer, digest

pytestmark = pytest.mark.integration
Start = Callable[..., AbstractAsyncContextManager[Opened]]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


async def child(rows: Rows, number: int, incident: str) -> str:
    """Put a parcel under an incident, as the stream does."""
    key = f"j{number:06d}"
    parcel_id = await rows.parcel(number)
    async with rows.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at,"
            " evidence) VALUES ($1, $2, 'jammed', 1, 'open', $3, $3, $3, $4)",
            key, parcel_id, NOW, {"incident": incident},
        )  # fmt: skip
        await connection.execute(FEED["publish_exceptions"], [key])
        await connection.execute(FEED["wake"])
    return key


async def test_they_stand_beside_every_list_and_their_parcels_do_not(
    rows: Rows, start: Start, pool: asyncpg.Pool
) -> None:
    await put_incident(pool, "jam", NOW, parcels=2)
    await child(rows, 1, "jam")
    await rows.put(2, severity=4)
    async with start() as live:
        board = Viewer(rows, noun="exception", incidents=True)
        cases = Viewer(rows, noun="case", incidents=True, carrier=["zto"])
        plain = Viewer(rows, noun="exception")
        alone = Viewer(rows, noun="incident")
        async with board.at(live.port), cases.at(live.port), plain.at(live.port), alone.at(live.port):
            await board.until(lambda: bool(board.view) and bool(board.counts))
            assert list(board.view) == [("incident", "jam"), ("exception", "x000002")]
            first, _ = live.gateway.board.select(Filter(noun="exception", incidents=True), 1)
            assert first[0].key == "jam", "also where a snapshot is too small for all"
            assert board.counts["incident"]["total"] == 1 and board.counts["exception"]["total"] == 1
            # It grows, another comes, one more parcel is under it: the list of exceptions knows nothing of that.
            await put_incident(pool, "jam", NOW, parcels=412)
            await put_incident(pool, "silent", NOW, "feed_silent", carrier="zto")
            await child(rows, 3, "jam")
            await rows.put(4, severity=2)
            await board.until(lambda: {("incident", "silent"), ("exception", "x000004")} <= set(board.view))
            assert board.view["incident", "jam"]["parcels"] == 412
            await cases.until(lambda: ("incident", "silent") in cases.view)
            assert set(cases.view) == {("incident", "silent")}, "of the carriers that are asked for"
            await plain.until(lambda: ("exception", "x000004") in plain.view)
            assert {noun for noun, _ in plain.view} == {"exception"}
            await alone.until(lambda: set(alone.view) == {("incident", "jam"), ("incident", "silent")})
            # Over: it stays while its backlog is worked off, then goes, and nothing that was under it comes up.
            await put_incident(pool, "jam", NOW, until=NOW, parcels=40)
            await board.until(lambda: board.view["incident", "jam"]["state"] == "closed")
            late = Viewer(rows, noun="incident", kind=["hub_jam"])
            async with late.at(live.port):
                await late.until(lambda: set(late.view) == {("incident", "jam")})
            await put_incident(pool, "jam", NOW, until=NOW)
            await board.until(lambda: ("incident", "jam") not in board.view)
            await board.until(lambda: board.counts["incident"]["total"] == 1)
            assert not any(key.startswith("j") for _, key in board.view)


async def test_an_incident_that_ended_while_a_board_was_away_is_gone(
    rows: Rows, start: Start, pool: asyncpg.Pool
) -> None:
    await put_incident(pool, "jam", NOW)
    await rows.put(1)
    viewer = Viewer(rows, noun="exception", incidents=True)
    async with start() as live:
        async with viewer.at(live.port):
            await viewer.until(lambda: len(viewer.view) == 2)
    await put_incident(pool, "jam", NOW, until=NOW)
    await put_incident(pool, "lane", NOW, "lane_degraded", facility_to="成都")
    async with start() as live:
        async with viewer.at(live.port):
            await viewer.until(lambda: ("incident", "lane") in viewer.view and ("incident", "jam") not in viewer.view)
            assert viewer.answers == ["snapshot", "recovered"]
            assert digest(viewer.view) == digest(await rows.truth())


async def test_words_find_a_hub(rows: Rows, start: Start, pool: asyncpg.Pool) -> None:
    await put_incident(pool, "jam", NOW)
    await put_incident(pool, "lane", NOW, "lane_degraded", facility="武汉", facility_to="成都")
    async with start() as live:
        viewer = Viewer(rows, noun="incident", text="成都")
        async with viewer.at(live.port) as socket:
            await viewer.until(lambda: set(viewer.view) == {("incident", "lane")})
            await socket.send(
                json.dumps({"type": "filter", "id": 1, "filter": {"noun": "incident", "kind": ["hub_jam"]}})
            )
            await viewer.until(lambda: set(viewer.view) == {("incident", "jam")})
