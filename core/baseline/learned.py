"""What has been learned, ready to be asked: how long silence may last, and how likely a parcel is late.

Limits. The silence that parcels on this leg (carrier, from, to, service, kind of day) rarely exceed; where a leg has
few parcels it is filled up by its lane, that by its carrier (`PRIOR` parcels' worth), and with less than `least` of the
carrier policy alone decides. The hour of the scan stretches or shrinks it, as it does for all of the carrier.

Odds. A parcel that was last heard `e` seconds ago waits for its next scan (gap) and then for delivery (rest). Its
chance to miss a moment `d` seconds after that last scan is

    P(gap + rest > d | gap > e) = sum over gaps g > e of P(g) * P(rest > d - g) / P(gap > e)

and is then corrected by how often such a prediction came true before (isotonic, per carrier).

Invariant: read-only once made; equal sums give equal answers; memory is bounded by `MEMORY` answers.
May import: numpy, msgspec, core.baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec
import numpy as np

from core.baseline.lessons import GAP_HOUR, ODDS, REST_HOUR, REST_WAY, Group, Way
from core.baseline.sketch import BINS, EDGES, MIDDLES, Counts, beyond, pooled, quantile

PRIOR = 40.0
"""A wider group counts like this many parcels of the narrower one."""
MEMORY = 50_000
"""Answers kept of each sort; when full they are forgotten all at once (policy: clear)."""
STRETCH = 2.0
"""The hour changes a limit by this factor at most."""
STEP_S = 3_600
"""Deadlines are told apart by the hour."""
LEVELS = ("leg", "lane", "carrier")
"""Whose parcels a limit was learned from, the most exact first."""
_SURE = 1e-9


class Usual(msgspec.Struct, frozen=True):
    """How long silence usually lasts at most on a leg.

    `seconds` is the limit that `share` of the parcels stay below, `level` whose parcels those are (leg, lane or
    carrier), `count` how many they are.
    """

    seconds: int
    share: float
    level: str
    count: int


class Odds(msgspec.Struct, frozen=True):
    """How a parcel's delivery stands against its deadline.

    `chance` of missing it, `raw` the same before it was corrected by experience; `median_s` and `nine_s` the seconds
    from the last scan by which half and nine in ten of such parcels are delivered; `turns_s` the silence, from the last
    scan, at which the chance reaches what policy warns at (None: never before the deadline).
    """

    chance: float
    raw: float
    median_s: int
    nine_s: int
    turns_s: int | None


class Asked(msgspec.Struct, frozen=True):
    """What the learned is asked for, out of policy. `share` of parcels below a limit, times `margin`, at least `floor`.

    `least` parcels of a carrier's stage before it is believed; `warn` the chance at which a parcel is called likely
    late.
    """

    stalled_share: float
    stalled_margin: float
    stalled_floor: int
    lost_share: float
    lost_margin: float
    lost_floor: int
    least: int
    warn: float


class Baselines:
    """The learned, from sums of lessons by group (each an array of `BINS` counts, old ones weighed down)."""

    def __init__(self, sums: Mapping[Group, Counts], asked: Asked) -> None:
        self.asked = asked
        self._sums = sums
        self._wide: dict[Group, Counts] = {}
        for group, counts in sums.items():
            for wider in _wider(group):
                known = self._wide.get(wider)
                self._wide[wider] = counts.astype(np.float64) if known is None else known + counts
        self._limits: dict[Group, tuple[Usual, Usual] | None] = {}
        self._stretches: dict[Group, tuple[float, float]] = {}
        self._spreads: dict[Group, _Spread | None] = {}
        self._odds: dict[tuple[Group, int], Odds | None] = {}
        self._belief: dict[str, _Belief] = {}

    def __bool__(self) -> bool:
        """Say whether anything was learned."""
        return bool(self._sums)

    # limits ------------------------------------------------------------------------------------------------------

    def usual(self, leg: Group, hour: Group) -> tuple[Usual, Usual] | None:
        """Give the silence beyond which a parcel is stalled, and that beyond which it may be lost; None: too few."""
        limits = self._limits.get(leg, 0)
        if limits == 0:
            limits = self._limit(leg)
            if len(self._limits) >= MEMORY:
                self._limits.clear()
            self._limits[leg] = limits
        if not isinstance(limits, tuple):
            return None
        stretch = self._stretches.get(hour)
        if stretch is None:
            stretch = self._stretches[hour] = self._stretch(hour)
        stalled, lost = limits
        return (
            _stretched(stalled, stretch[0], self.asked.stalled_floor),
            _stretched(lost, stretch[1], self.asked.lost_floor),
        )

    def _limit(self, leg: Group) -> tuple[Usual, Usual] | None:
        asked = self.asked
        stage = self._wide.get(leg[:3])
        if stage is None or stage.sum() < asked.least:
            return None
        own = self._sums.get(leg, _NOTHING)
        lane = self._wide.get(leg[:5], _NOTHING)
        if (count := int(own.sum())) >= PRIOR:
            level = "leg"
        elif (count := int(lane.sum())) >= PRIOR:
            level = "lane"
        else:
            count, level = int(stage.sum()), "carrier"
        counts = pooled(own, pooled(lane, stage, PRIOR), PRIOR)
        return (
            Usual(int(quantile(counts, asked.stalled_share) * asked.stalled_margin), asked.stalled_share, level, count),
            Usual(int(quantile(counts, asked.lost_share) * asked.lost_margin), asked.lost_share, level, count),
        )

    def _stretch(self, hour: Group) -> tuple[float, float]:
        """Give how much longer the silence after a scan at this hour lasts than after any scan of the stage."""
        stage = self._wide.get(hour[:3])
        if stage is None:
            return 1.0, 1.0
        counts = pooled(self._sums.get(hour, _NOTHING), self._wide.get(hour[:4], stage), PRIOR)
        return tuple(
            min(STRETCH, max(1 / STRETCH, quantile(counts, share) / max(1.0, quantile(stage, share))))
            for share in (self.asked.stalled_share, self.asked.lost_share)
        )  # type: ignore[return-value]

    def beats(self, leg: Group, shares: Iterable[float]) -> list[int] | None:
        """Give the seconds after which each of `shares` of a leg's parcels were heard again; None: too few of them."""
        counts = pooled(self._sums.get(leg, _NOTHING), self._wide.get(leg[:5], _NOTHING), PRIOR)
        if counts.sum() < 2 * PRIOR:
            return None
        return [int(quantile(counts, share)) for share in shares]

    # odds --------------------------------------------------------------------------------------------------------

    def odds(self, way: Way, stage: str, position: int, day: int, part: int, deadline_s: float) -> Odds | None:
        """Give how a parcel stands that was heard just now; `deadline_s` seconds from then. None: nothing learned."""
        group = (way.carrier, stage, position, day, part, way.service, way.span)
        key = (group, int(deadline_s // STEP_S))
        found = self._odds.get(key, 0)
        if found == 0:
            found = self._judge(group, key[1] * STEP_S + STEP_S / 2)
            if len(self._odds) >= MEMORY:
                self._odds.clear()
            self._odds[key] = found
        return found if isinstance(found, Odds) else None

    def chance(
        self, way: Way, stage: str, position: int, day: int, part: int, deadline_s: float, silent_s: float
    ) -> Odds | None:
        """Give how a parcel stands that has been silent for `silent_s` since its last scan."""
        group = (way.carrier, stage, position, day, part, way.service, way.span)
        return self._judge(group, deadline_s, silent_s)

    def _judge(self, group: Group, deadline_s: float, silent_s: float = 0.0) -> Odds | None:
        spread = self._spread(group)
        if spread is None:
            return None
        left, median_s, nine_s = spread.gap, spread.median_s, spread.nine_s
        if silent_s > 0:
            left = left.copy()
            left[MIDDLES <= silent_s] = 0.0
            if left.sum() <= _SURE:
                left[-1] = 1.0  # silent for longer than any parcel before
            median_s, nine_s = _by(left, spread.rest, 0.5), _by(left, spread.rest, 0.9)
        total = float(left.sum())
        belief = self._believed(str(group[0]))
        late = left * np.interp(deadline_s - MIDDLES, EDGES, spread.rest, left=1.0)
        raw = float(late.sum()) / total
        # The chance after a silence e: both sums over the gaps beyond e, for every e at once.
        mass = np.cumsum(left[::-1])[::-1]
        after = np.cumsum(late[::-1])[::-1] / np.maximum(mass, _SURE)
        turns = np.flatnonzero((after >= belief.raw(self.asked.warn)) & (mass > _SURE))
        turns_s = int(max(silent_s, EDGES[turns[0]])) if turns.size else None
        if turns_s is not None and turns_s >= deadline_s:
            turns_s = None
        return Odds(belief.true(raw), raw, median_s, nine_s, turns_s)

    def _spread(self, group: Group) -> _Spread | None:
        if group in self._spreads:
            return self._spreads[group]
        mixed = self._mix(group)
        spread = None
        if mixed is not None:
            gap, rest = mixed
            spread = _Spread(gap, rest, _by(gap, rest, 0.5), _by(gap, rest, 0.9))
        if len(self._spreads) >= MEMORY:
            self._spreads.clear()
        self._spreads[group] = spread
        return spread

    def _mix(self, group: Group) -> tuple[Counts, Counts] | None:
        carrier, stage, position, day, part, service, span = group
        gap = self._by_hour((GAP_HOUR, carrier, stage, position, day, part))
        hour = self._by_hour((REST_HOUR, carrier, stage, position, day, part))
        if gap is None or hour is None:
            return None
        base = self._wide[REST_HOUR, carrier, stage]
        spot = self._wide.get((REST_WAY, carrier, stage, position), _NOTHING)
        as_far = self._wide.get((REST_WAY, carrier, stage, position, span), _NOTHING)
        far = pooled(as_far, pooled(spot, base, PRIOR), PRIOR)
        way = pooled(self._sums.get((REST_WAY, carrier, stage, position, service, span), _NOTHING), far, PRIOR)
        wide = pooled(self._wide.get((REST_HOUR, carrier, stage, position), base), base, PRIOR)
        # Two experts who look at different things: the way's answer, bent as the hour bends all ways of the place.
        rest = way * (hour + _SURE) / (wide / wide.sum() + _SURE)
        return gap, beyond(rest)

    def _by_hour(self, hour: Group) -> Counts | None:
        """Give the shares of an hour's group, filled up by its position's and its stage's."""
        stage = self._wide.get(hour[:3])
        if stage is None or stage.sum() < self.asked.least:
            return None
        wide = pooled(self._wide.get(hour[:4], _NOTHING), stage, PRIOR)
        counts = pooled(self._sums.get(hour, _NOTHING), wide, PRIOR)
        shares: Counts = counts / counts.sum() * (1 - _TAIL) + _BEYOND * _TAIL
        return shares

    # belief ------------------------------------------------------------------------------------------------------

    def _believed(self, carrier: str) -> _Belief:
        belief = self._belief.get(carrier)
        if belief is None:
            right, wrong = (self._sums.get((ODDS, carrier, late), _NOTHING) for late in (1, 0))
            belief = self._belief[carrier] = _Belief(right, wrong)
        return belief


_NOTHING: Counts = np.zeros(BINS)
_TAIL = 0.001
"""Share of parcels that last longer than any seen before, so that a silence never heard of says something too."""
_BEYOND: Counts = np.where(MIDDLES > 12 * 3_600, 1.0, 0.0) / np.count_nonzero(MIDDLES > 12 * 3_600)


class _Spread(msgspec.Struct, frozen=True, eq=False):
    """The chances of each gap, those that the rest lasts beyond each edge, and by when half and nine in ten arrive."""

    gap: Counts
    rest: Counts
    median_s: int
    nine_s: int


def _by(gap: Counts, rest: Counts, share: float) -> int:
    """Give the seconds from the last scan by which this share is delivered: a search over the bins' edges."""
    total = float(gap.sum())
    low, high = 0, BINS
    while low < high:
        middle = (low + high) // 2
        open_yet = float((gap * np.interp(EDGES[middle] - MIDDLES, EDGES, rest, left=1.0)).sum()) / total
        if open_yet <= 1 - share:
            high = middle
        else:
            low = middle + 1
    return int(EDGES[low])


def _stretched(usual: Usual, factor: float, floor: int) -> Usual:
    return Usual(max(floor, int(usual.seconds * factor)), usual.share, usual.level, usual.count)


def _wider(group: Group) -> Iterable[Group]:
    """Give the wider groups that a group's counts belong to as well."""
    match group[0]:
        case "leg":
            yield group[:3]
            yield group[:5]
        case "hour" | "rest":
            yield group[:3]
            yield group[:4]
        case "way":
            yield group[:4]
            yield (*group[:4], group[5])


class _Belief:
    """How often what was predicted came true: predicted to true chance, rising, by pooling neighbours that do not."""

    _BUCKETS = 20
    _PRIOR = 25.0

    def __init__(self, late: Counts, kept: Counts) -> None:
        width = 100 // self._BUCKETS
        middles = (np.arange(self._BUCKETS) + 0.5) / self._BUCKETS
        places = np.minimum(np.arange(101) // width, self._BUCKETS - 1)
        hit = np.bincount(places, late[:101], self._BUCKETS) + middles * self._PRIOR
        seen = hit + np.bincount(places, kept[:101], self._BUCKETS) + (1 - middles) * self._PRIOR
        blocks: list[tuple[float, float, int]] = []
        for h, n in zip(hit, seen, strict=True):
            blocks.append((float(h), float(n), 1))
            while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
                (h1, n1, w1), (h2, n2, w2) = blocks[-2:]
                blocks[-2:] = [(h1 + h2, n1 + n2, w1 + w2)]
        steps = [h / n for h, n, width in blocks for _ in range(width)]
        self._x = [0.0, *(float(m) for m in middles), 1.0]
        self._y = [0.0, *steps, 1.0]

    def true(self, raw: float) -> float:
        """Give the chance that a predicted one stands for."""
        return float(np.interp(raw, self._x, self._y))

    def raw(self, true: float) -> float:
        """Give the least predicted chance that stands for at least `true`."""
        steps = pairwise(zip(self._x, self._y, strict=True))
        (x0, y0), (x1, y1) = next(step for step in steps if step[1][1] >= true)
        return x0 if y0 >= true else x0 + (x1 - x0) * (true - y0) / (y1 - y0)
