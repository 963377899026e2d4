"""The queries that run all the time have an index: they cost what they give, not what the tables hold.

With sequential scans made dear, one still in the plan means that no index can serve; a sort means that an order is not
an index's, so that everything is read for the first few rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from store.statements import load

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SMALL = {"staff", "shop"}  # a few rows for ever

#: File, statement, arguments, and whether it must come in an index's order.
HOT: tuple[tuple[str, str, tuple[Any, ...], bool], ...] = (
    ("watched", "states", (["sf:1"],), False),
    ("watched", "histories", (["sf:1"],), False),
    ("watched", "due", (3, NOW, 500), True),
    ("watched", "next_due", (3,), True),
    ("watched", "postpone", (["sf:1"], [NOW]), False),
    ("sink", "update_scans", (["sf:1"], ["s"], ["unknown"], [b"{}"]), False),
    ("odd_scans", "note", (["sf:1"], ["s"], ["x"], ["sf"], ["c"], ["t"], [None]), False),
    ("odd_scans", "forget", (["sf:1"], ["s"]), False),
    ("mappings", "all_after", ("sf:", "", "sf;", 500), True),
    ("mappings", "odd_after", ("sf:1", "s", None, None, None, None, None, None, 500), False),
    ("sink", "cases_on_the_board", (["sf:1"], ["e1"]), False),
    ("sink", "cancel_notices", (["e1"],), False),
    ("case_effect", "lock_of_exceptions", (["e1"],), False),
    ("case_effect", "follow_up", (["e1"], NOW), False),
    ("pulse", "waiting", (500,), True),
    ("pulse", "move", ([1], NOW), False),
    ("pulse", "counters", (NOW, NOW), False),
    ("pulse", "containers_since", (NOW, 0, 2), False),
    ("watchtower", "recall", (3, ["sf"], ["hub"], [""], NOW, 300), False),
    ("feed", "publish_incidents", (["i1"],), False),
    ("clocks", "breach_due", (NOW, 200), False),
    ("clocks", "next_due", (), True),
    ("feed", "publish_exceptions", (["e1"],), False),
    ("feed", "publish_cases", (["c1"],), False),
    ("feed", "read_after", (1, 0, 2000), True),
    ("feed", "seen_above", (1,), False),
    ("feed", "touched_between", (1, 0, 2, 0, 10), False),
    ("feed", "prune", (NOW, 100), False),
    ("intake", "inbox_head", (2000,), True),
    ("intake", "others_parcels", (["sf:1"], "shop"), False),
    ("intake", "sweep_answers", (NOW,), False),
    ("outbox", "claim_notices", (100, [], None), False),
    ("outbox", "told_of_incidents", (["k"], ["i"], "email"), False),
    ("outbox", "told", (["sf:1"], NOW), False),
    ("outbox", "told_since", (["k"], NOW), False),
    ("outbox", "lease", ("email", NOW, NOW, "me", 10, []), False),
    ("pull", "lease", ("ups", NOW, NOW, "me", 40), False),
    ("pull", "lease_these", ("ups", NOW, NOW, "me", 40, ["sf:1"]), False),
    ("pull", "facts", (["sf:1"],), False),
    ("pull", "enrol", (NOW, NOW, ["sf"], ["kuaidi100"]), False),
    ("pull", "take_slot", ("ups:1", 0.25, 0), False),
    ("cases", "close_resolved", (NOW, NOW, 100), False),
    ("parcels", "one", ("sf:1",), False),
    ("track", "by_link", ("x",), False),
    ("incidents", "of_parcel", ("sf:1",), False),
    ("incidents", "children", ("i1", True, None, None, 51), False),
    ("incidents", "cases", ("i1", 50), False),
    ("track", "cases", ("sf:1",), False),
    ("verdicts", "withdraw", (["v"],), False),
    ("kpi", "verdicts", (NOW, NOW, "sf", ["late"]), False),
    ("kpi", "leads", (NOW, NOW, "sf", ["late"]), False),
    ("kpi", "alerts", (NOW, NOW, None, ["late"]), False),
    ("kpi", "clocks", (NOW, NOW, None), False),
    ("kpi", "cases", (NOW, NOW, None), False),
    ("kpi", "tallies", (NOW.date(), NOW.date(), "sf"), False),
    ("kpi", "examples", (NOW, NOW, None, None, 20), True),
)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@pytest.mark.parametrize(("file", "name", "arguments", "ordered"), HOT, ids=[f"{f}.{n}" for f, n, *_ in HOT])
async def test_a_query_that_runs_all_the_time_has_an_index(pool, file, name, arguments, ordered) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        if not ordered:  # the merge joins of tiny tables sort too
            await connection.execute("SET LOCAL enable_bitmapscan = on")
        raw = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {load(file)[name]}", *arguments)
    nodes = list(_nodes(json.loads(raw)[0]["Plan"]))
    scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} - SMALL
    assert not scanned, f"no index for {scanned}"
    if ordered:
        assert not [node for node in nodes if "Sort" in node["Node Type"]], "sorts all to give some"
