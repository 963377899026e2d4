"""What a week of watching leaves behind for the KPI page: verdicts, counts by day, clocks that were kept and missed."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from board_world import BoardWorld

from core.finding import Kind
from core.score import Tally
from core.verdict import MISSABLE, WARNINGS
from store import verdicts
from store.verdicts import Outcome

#: Kind, how many right, wrong, unknown and missed.
WEEK = (
    (Kind.PREDICTED_LATE, 164, 17, 6, 38),
    (Kind.LATE, 196, 3, 5, 4),
    (Kind.STALLED, 88, 9, 0, 0),
    (Kind.LOSS_SUSPECTED, 12, 1, 1, 1),
    (Kind.DAMAGE_REPORTED, 9, 0, 14, 2),
    (Kind.FALSE_SIGNATURE, 4, 1, 9, 3),
    (Kind.ATTEMPT_FAILED, 0, 2, 61, 0),
)
WHY = {
    ("predicted_late", "wrong"): "kept",
    ("loss_suspected", "wrong"): "seen_again",
    ("loss_suspected", "missed"): "reported_lost",
    ("damage_reported", "missed"): "consignee",
    ("false_signature", "missed"): "consignee",
}

USUALLY = {"right": "late", "wrong": "retracted", "missed": "late", "unknown": "stated"}


async def fill(world: BoardWorld) -> None:
    """Write it."""
    random, pool = Random(5), world.pool
    number = 0
    for kind, *counts in WEEK:
        for verdict, count in zip(("right", "wrong", "unknown", "missed"), counts, strict=True):
            for _ in range(count):
                number += 1
                carrier = random.choice(("sf", "yto", "jd", "dhl"))
                at = world.ago(random.uniform(1, 90))
                right = verdict == "right"
                why = WHY.get((kind.value, verdict), USUALLY[verdict])
                await pool.execute(
                    "INSERT INTO verdict (verdict_id, parcel_id, carrier, kind, verdict, why, at, opened_at, lead_s,"
                    " found) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    f"v{number}", f"{carrier}:W{number:09d}", carrier, kind.value, verdict, why, at,
                    None if verdict == "missed" else at - timedelta(hours=20),
                    int(random.lognormvariate(3.2, 0.6) * 3600) if right and kind in WARNINGS else None,
                    right and kind in MISSABLE,
                )  # fmt: skip
                if verdict != "missed":
                    await pool.execute(
                        "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at,"
                        " updated_at, evidence) VALUES ($1, $2, $3, 2, 'cleared', $4, $4, $4, '{}')",
                        f"e{number}", f"{carrier}:W{number:09d}", kind.value, at,
                    )  # fmt: skip
    outcomes = [Outcome("sf", Tally(940, 921, 19), b"", False), Outcome("yto", Tally(411, 391, 20), b"", False)]
    for tenth in range(10):
        told, percent = 400 - 36 * tenth, 10 * tenth + 5
        late = round(told * min(1, percent / 100 * random.uniform(0.86, 1.1)))
        outcomes += [
            Outcome("sf", Tally(), bytes([percent] * late), True),
            Outcome("sf", Tally(), bytes([percent] * (told - late)), False),
        ]
    async with pool.acquire() as connection:
        await verdicts.count(connection, 0, world.now, outcomes)
    await pool.execute("DELETE FROM case_clock")
    for n in range(40):
        _, case_id = await world.exception("stalled", hours=30 + n)
        at = world.ago(25 - n / 2)
        answered = timedelta(minutes=random.lognormvariate(1.9, 0.7))
        limit = timedelta(minutes=15)
        await pool.execute("DELETE FROM case_clock WHERE case_id = $1", case_id)
        await pool.executemany(
            "INSERT INTO case_clock (case_id, clock, state, started_at, due_at, met_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            [
                (case_id, "accept", "met", at, at + timedelta(minutes=2), at),
                (case_id, "first_answer", "met" if answered <= limit else "breached", at, at + limit, at + answered),
                (case_id, "resolve", "running", at, at + timedelta(hours=48), None),
            ],
        )
