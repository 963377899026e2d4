"""What the product says of its own alerts, as it does live, beside what the truth says of them.

The live product has no labels: it judges by what the parcels then did. Where a log has labels, the two can be compared,
which shows how far the live figures are to be believed; where it has none, these are all there is for most kinds.

Invariant: pure; the same parcels are counted as by `backtest.judge`. May import: core, msgspec, backtest.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from backtest.judge import Judge
from backtest.tape import Tape
from core.figures import Share, share
from core.verdict import MISSABLE, STATED, Verdict


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """The product's own verdicts on a kind. `precision` and `recall` are empty where it can know neither."""

    kind: str
    right: int
    wrong: int
    unknown: int
    missed: int
    precision: Share
    recall: Share


def own(tape: Tape, judge: Judge) -> tuple[Own, ...]:
    """Count the verdicts by kind."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for parcel_id, judged in tape.verdicts.values():
        if judge.counts(parcel_id) is not None:
            counts[judged.kind.value][judged.verdict.value] += 1
            counts[judged.kind.value]["found"] += judged.found
    made = []
    for kind, of in sorted(counts.items()):
        right, wrong = (of[verdict.value] for verdict in (Verdict.RIGHT, Verdict.WRONG))
        missed = of[Verdict.MISSED.value]
        made.append(
            Own(
                kind=kind,
                right=right,
                wrong=wrong,
                unknown=of[Verdict.UNKNOWN.value],
                missed=missed,
                precision=share(right, right + wrong) if kind not in STATED else share(0, 0),
                recall=share(of["found"], of["found"] + missed) if kind in MISSABLE else share(0, 0),
            )
        )
    return tuple(made)
