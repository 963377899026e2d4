"""Calibration of the chances that were given, and the comparison with what anybody can write in two lines.

Invariant: pure. May import: core, numpy, backtest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from backtest.judge import TROUBLED, Judge
from backtest.tape import Alert, Tape
from backtest.truth import Fate
from core.figures import Share, share

BUCKETS = 10
_WANTED = frozenset({"held", "lost", "lost_reported"})
_OURS_SILENT = frozenset({"stalled", "left_behind", "loss_suspected"})
"""Left behind takes the place of stalled."""
_OURS_LATE = frozenset({"predicted_late", "late"})


class Bucket(msgspec.Struct, frozen=True):
    """Chances from `low` to `high`: how many were given, what they said on average, what came true."""

    low: float
    high: float
    given: int
    said: float | None
    came: Share


class Calibration(msgspec.Struct, frozen=True):
    """`error` is the expected calibration error; None when no chance was given or the future is unknown."""

    given: int
    error: float | None
    buckets: tuple[Bucket, ...]


def calibration(tape: Tape, judge: Judge) -> Calibration:
    """Compare every chance that was given at a scan, before the promise, with what came of the parcel."""
    said: list[float] = []
    came: list[bool] = []
    for chance, parcel_id, promised_at in zip(tape.chances, tape.chance_of, tape.promises, strict=True):
        fate = judge.counts(parcel_id)
        if fate is None or fate.late is None or fate.promised_at is None:
            continue
        said.append(chance)
        came.append(fate.arrived_at is None or fate.arrived_at > promised_at)
    chances, truths = np.array(said), np.array(came, dtype=bool)
    places = np.minimum((chances * BUCKETS).astype(int), BUCKETS - 1)
    buckets: list[Bucket] = []
    error = 0.0
    for place in range(BUCKETS):
        mine = places == place
        count, late = int(mine.sum()), int(truths[mine].sum())
        mean = float(chances[mine].mean()) if count else None
        if mean is not None:
            error += abs(mean * count - late)
        buckets.append(Bucket(place / BUCKETS, (place + 1) / BUCKETS, count, mean, share(late, count)))
    return Calibration(len(said), error / len(said) if said else None, tuple(buckets))


class Duel(msgspec.Struct, frozen=True, kw_only=True):
    """A naive rule against ours, by parcel. `wanted`: parcels that should be found."""

    rule: str
    ours: str
    wanted: str
    naive_false: int
    naive_recall: Share
    our_false: int
    our_recall: Share


def duels(tape: Tape, judge: Judge) -> list[Duel]:
    """Compare with "no scan for 48 h", with "promise passed", and with the two together."""
    alerts = [alert for alert in tape.alerts if judge.counts(alert.parcel_id) is not None]
    silent = {parcel_id for parcel_id, _ in tape.silences if judge.counts(parcel_id) is not None}
    fates = [fate for fate in judge.truth.fates.values() if judge.counts(fate.parcel_id) is not None]
    passed = {fate.parcel_id for fate in fates if _passed(tape, fate)}
    found = []
    if judge.truth.labelled:
        mine = _parcels(alerts, _OURS_SILENT)
        found.append(
            _duel("no scan for 48 h", silent, "stalled, loss suspected", mine, "held or lost", fates, _stuck, _wanted)
        )
    mine = _parcels(alerts, _OURS_LATE)
    found.append(
        _duel("promise passed", passed, "predicted late, late", mine, "missed its promise", fates, _late, _late)
    )
    mine = _parcels(alerts, _OURS_SILENT | _OURS_LATE)
    trouble = "missed its promise, held or lost"
    found.append(_duel("either of the two", silent | passed, "all four", mine, trouble, fates, _any, _all))
    return found


def _parcels(alerts: Iterable[Alert], kinds: frozenset[str]) -> set[str]:
    return {alert.parcel_id for alert in alerts if alert.kind.value in kinds}


def _passed(tape: Tape, fate: Fate) -> bool:
    """Say whether a promise passed with nobody having heard of the parcel's arrival."""
    heard_at = tape.arrived.get(fate.parcel_id)
    return fate.promised_at is not None and fate.known and (heard_at is None or heard_at > fate.promised_at)


def _stuck(fate: Fate) -> bool:
    return any(label.kind in TROUBLED for label in fate.labels)


def _wanted(fate: Fate) -> bool:
    return any(label.kind in _WANTED for label in fate.labels)


def _late(fate: Fate) -> bool:
    return bool(fate.late)


def _any(fate: Fate) -> bool:
    return _late(fate) or _stuck(fate)


def _all(fate: Fate) -> bool:
    return _late(fate) or _wanted(fate)


def _duel(
    rule: str,
    naive: set[str],
    ours: str,
    mine: set[str],
    wanted: str,
    fates: list[Fate],
    right: Callable[[Fate], bool],
    want: Callable[[Fate], bool],
) -> Duel:
    well = {fate.parcel_id for fate in fates if not right(fate)}
    ill = {fate.parcel_id for fate in fates if want(fate)}
    return Duel(
        rule=rule,
        ours=ours,
        wanted=wanted,
        naive_false=len(naive & well),
        naive_recall=share(len(naive & ill), len(ill)),
        our_false=len(mine & well),
        our_recall=share(len(mine & ill), len(ill)),
    )
