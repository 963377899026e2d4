"""The figures of a period: counted from verdicts, alerts, tallies and clocks, each with its interval."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from api_world import NOW, World

from core.score import Tally
from store import verdicts
from store.verdicts import Outcome

pytestmark = pytest.mark.integration
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def get(client: TestClient, headers: dict[str, str], path: str, status: int = 200) -> dict[str, Any]:
    async with client.get(path, headers=headers) as answer:
        body = await answer.json()
        assert answer.status == status, body
        return dict(body)


class Book:
    """Short words to write verdicts and what they are about."""

    def __init__(self, world: World) -> None:
        self.pool = world.pool
        self.n = 0

    async def alert(self, kind: str, carrier: str, at: datetime) -> None:
        self.n += 1
        await self.pool.execute(
            "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at,"
            " evidence) VALUES ($1, $2, $3, 2, 'open', $4, $4, $4, '{}')",
            f"e{self.n}", f"{carrier}:W{self.n}", kind, at,
        )  # fmt: skip

    async def verdict(
        self,
        kind: str,
        verdict: str,
        carrier: str = "sf",
        at: datetime = NOW,
        lead_s: int | None = None,
        why: str = "late",
    ) -> None:
        self.n += 1
        await self.pool.execute(
            "INSERT INTO verdict (verdict_id, parcel_id, carrier, kind, verdict, why, at, opened_at, lead_s, found)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            f"v{self.n}", f"{carrier}:W{self.n}", carrier, kind, verdict, why, at,
            None if verdict == "missed" else at - DAY, lead_s, lead_s is not None,
        )  # fmt: skip


@pytest.fixture
async def book(world: World) -> Book:
    book = Book(world)
    for hours in (30, 20, 2):
        await book.verdict("predicted_late", "right", lead_s=hours * 3600 + 60)
    await book.verdict("predicted_late", "right", "yto", lead_s=10 * 3600)
    await book.verdict("predicted_late", "wrong", why="kept", at=NOW - HOUR)
    await book.verdict("predicted_late", "unknown", why="turned_back")
    await book.verdict("predicted_late", "missed", "yto", at=NOW - 2 * HOUR)
    await book.verdict("stalled", "wrong", why="retracted", at=NOW - 3 * HOUR)
    await book.verdict("stalled", "right", at=NOW - 8 * DAY, why="stood")
    for _ in range(14):
        await book.alert("predicted_late", "sf", NOW - DAY)
    await book.alert("stalled", "yto", NOW - DAY)
    await book.alert("stalled", "yto", NOW - 9 * DAY)
    return book


def kind_of(body: dict[str, Any], kind: str, carrier: str | None = None) -> dict[str, Any]:
    rows = body["kinds"] if carrier is None else body["by_carrier"]
    (row,) = (row for row in rows if row["kind"] == kind and row["carrier"] == carrier)
    return dict(row)


async def test_precision_recall_and_lead_of_a_week(world: World, client: TestClient, book: Book) -> None:
    _, headers = await world.staff()
    body = await get(client, headers, "/v1/kpi")
    assert (body["since"], body["until"]) == ("2026-11-12", "2026-11-18")
    assert body["days"] == pytest.approx(6 + 9.5 / 24, abs=0.001)
    early = kind_of(body, "predicted_late")
    assert early["alerts"] == 14
    assert early["a_day"] == pytest.approx(14 / body["days"], abs=0.01)
    counts = [early[name] for name in ("right", "wrong", "unknown", "missed", "retracted")]
    assert counts == [4, 1, 1, 1, 0]
    assert (early["precision"]["hits"], early["precision"]["of"], early["precision"]["share"]) == (4, 5, 0.8)
    assert early["precision"]["low"] == pytest.approx(0.3755, abs=1e-3)
    assert early["recall"]["share"] == 0.8
    assert (early["lead_median_s"], early["lead_p10_s"]) == (10 * 3600, 2 * 3600)
    stalled = kind_of(body, "stalled")
    assert (stalled["alerts"], stalled["wrong"], stalled["retracted"], stalled["recall"]) == (1, 1, 1, None)
    assert stalled["lead_median_s"] is None
    assert kind_of(body, "predicted_late", "yto")["recall"]["share"] == 0.5
    assert [(each["kind"], each["verdict"], each["why"]) for each in body["mistakes"]] == [
        ("predicted_late", "wrong", "kept"),
        ("predicted_late", "missed", "late"),
        ("stalled", "wrong", "retracted"),
    ]
    aims = {aim["name"]: aim for aim in body["aims"]}
    assert (aims["early_right"]["reached"], aims["on_time"]["reached"]) == (False, None)


async def test_filters_and_longer_periods(world: World, client: TestClient, book: Book) -> None:
    _, headers = await world.staff()
    body = await get(client, headers, "/v1/kpi?carrier=yto")
    assert {row["carrier"] for row in body["by_carrier"]} == {"yto"}
    assert kind_of(body, "predicted_late")["missed"] == 1
    body = await get(client, headers, "/v1/kpi?kind=stalled&since=2026-11-01&until=2026-11-18")
    assert [row["kind"] for row in body["kinds"]] == ["stalled"]
    assert kind_of(body, "stalled")["precision"]["share"] == 0.5
    assert kind_of(body, "stalled")["alerts"] == 2
    assert (await get(client, headers, "/v1/kpi?until=2026-10-07"))["kinds"] == []
    assert (await get(client, headers, "/v1/kpi?since=2026-11-18"))["until"] == "2026-11-24"


async def test_calibration_promises_and_the_rooms_own_clocks(world: World, client: TestClient) -> None:
    async with world.pool.acquire() as connection:
        outcomes = [
            Outcome("sf", Tally(1, 0, 1), bytes((85, 85)), True),
            Outcome("sf", Tally(1, 1, 0), b"\x05\x52", False),
        ]
        await verdicts.count(connection, 3, NOW, outcomes)
        await verdicts.count(connection, 4, NOW, [Outcome("yto", Tally(2, 2, 0), b"", False)])
        await verdicts.count(connection, 4, NOW - 9 * DAY, [Outcome("yto", Tally(7, 7, 0), b"", False)])
    met = await world.case(await world.parcel("W1"), "complaint")
    late = await world.case(await world.parcel("W2"), "delay")
    await world.pool.execute("DELETE FROM case_clock")
    at = NOW - HOUR
    clocks = [
        (met, "first_answer", "met", at, at + HOUR / 4, at + HOUR / 10),
        (met, "resolve", "running", at, at + 48 * HOUR, None),
        (late, "first_answer", "breached", at, at + HOUR / 4, at + HOUR / 2),
        (late, "resolve", "cancelled", at, at + 48 * HOUR, None),
    ]
    await world.pool.executemany(
        "INSERT INTO case_clock (case_id, clock, state, started_at, due_at, met_at) VALUES ($1, $2, $3, $4, $5, $6)",
        clocks,
    )
    await world.pool.execute(
        "UPDATE cases SET opened_at = $1, resolved_at = $1, state = 'closed', "
        "resolution = CASE case_id WHEN $2 THEN 'mistaken: a late scan' END",
        at,
        late,
    )
    await world.pool.execute(
        "INSERT INTO case_event (case_id, version, at, actor, type) VALUES ($1, 9, $2, 'staff:x', 'CaseReopened')",
        met,
        at,
    )
    _, headers = await world.staff()
    body = await get(client, headers, "/v1/kpi")
    assert body["parcels"] == {"arrived": 4, "kept": 3, "missed": 1}
    assert body["calibration"]["told"] == 4
    eighth = body["calibration"]["tenths"][8]
    assert (eighth["low"], eighth["told"], eighth["came"]["hits"]) == (0.8, 3, 2)
    assert eighth["said"] == pytest.approx(0.84)
    assert body["calibration"]["error"] == pytest.approx((0.05 + abs(2.52 - 2)) / 4)
    answer = next(clock for clock in body["clocks"] if clock["clock"] == "first_answer")
    assert (answer["limit_s"], answer["started"], answer["breached"], answer["median_minutes"]) == (900, 2, 1, 6)
    assert answer["in_time"]["share"] == 0.5
    resolve = next(clock for clock in body["clocks"] if clock["clock"] == "resolve")
    assert (resolve["running"], resolve["cancelled"], resolve["in_time"]["share"]) == (1, 1, None)
    assert body["cases"] == {"opened": 2, "complaints": 1, "resolved": 2, "mistaken": 1, "reopened": 1}
    aims = {aim["name"]: aim for aim in body["aims"]}
    assert (aims["on_time"]["value"]["share"], aims["on_time"]["reached"]) == (0.75, False)
    assert (aims["complaints"]["value"]["share"], aims["complaints"]["reached"]) == (0.25, False)
    assert (aims["first_go"]["value"]["share"], aims["first_go"]["value"]["of"]) == (0, 1)
    other = await get(client, headers, "/v1/kpi?carrier=zto")
    assert other["parcels"]["arrived"] == 0
    assert other["cases"]["opened"] == 0
    assert all(clock["started"] == 0 for clock in other["clocks"])


async def test_who_may_ask_and_what_is_refused(world: World, client: TestClient) -> None:
    _, headers = await world.staff()
    for query in ("since=2026-11-18&until=2026-11-17", "since=2020-01-01&until=2026-11-17", "kind=nothing", "shop=x"):
        await get(client, headers, f"/v1/kpi?{query}", 422)
    await get(client, await world.merchant("shop-1"), "/v1/kpi", 403)
    await get(client, {}, "/v1/kpi", 401)
