"""Writes what the product learns of its own work, in the transaction of the batch that shows it.

Invariant: a verdict is there once however often it is written; counts are added by the one writer of their partition.
May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.score import Tally
from core.verdict import Judged
from store.statements import load

_SQL = load("verdicts")
TENTHS = 10


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a parcel adds to its carrier's counts. `chances`: percent, told of a promise that was missed or kept."""

    carrier: str
    tally: Tally
    chances: bytes
    missed: bool


async def give(connection: Any, judged: Sequence[tuple[str, str, Judged]], withdrawn: Sequence[str]) -> None:
    """Write verdicts with their parcel and carrier, and take back what was no missed trouble."""
    if withdrawn:
        await connection.execute(_SQL["withdraw"], withdrawn)
    if judged:
        rows = (
            (
                v.verdict_id,
                parcel_id,
                carrier,
                v.kind.value,
                v.verdict.value,
                v.why.value,
                v.at,
                v.opened_at,
                v.lead_s,
                v.found,
            )
            for parcel_id, carrier, v in judged
        )
        await connection.execute(_SQL["give"], *(list(column) for column in zip(*rows, strict=True)))


async def count(connection: Any, partition: int, now: datetime, outcomes: Iterable[Outcome]) -> None:
    """Add outcomes to the counts of the day."""
    counts: dict[str, list[int]] = {}
    told: dict[str, list[int]] = {}
    for one in outcomes:
        sums = counts.setdefault(one.carrier, [0, 0, 0])
        tenths = told.setdefault(one.carrier, [0] * 3 * TENTHS)
        for place, n in enumerate(one.tally):
            sums[place] += n
        for percent in one.chances:
            tenth = min(percent // TENTHS, TENTHS - 1)
            tenths[tenth] += 1
            tenths[TENTHS + tenth] += one.missed
            tenths[2 * TENTHS + tenth] += percent
    carriers = sorted(counts)
    await connection.execute(
        _SQL["count"],
        now.date(),
        partition,
        carriers,
        *([counts[carrier][place] for carrier in carriers] for place in range(3)),
        *([n for carrier in carriers for n in told[carrier][part * TENTHS : (part + 1) * TENTHS]] for part in range(3)),
    )
