"""What has been learned, ready to be asked: how long silence may last, and how likely a parcel is late.

Limits. The silence that parcels on this leg (carrier, from, to, service, kind of day) rarely exceed; where a leg has
few parcels it is filled up by its lane, that by its carrier (`PRIOR` parcels' worth), and with less than `least` of the
carrier policy alone decides. The hour of the scan stretches or shrinks it, as it does for all of the carrier.

Odds. From how long parcels of this service and promise wait for their next scan and then for the end of their way, at
this place and hour (`core.baseline.odds`), corrected by how often such predictions came true (`core.baseline.belief`).

Invariant: read-only once made; equal sums give equal answers; memory is bounded (`core.baseline.answers`).
May import: numpy, msgspec, core.baseline, core.stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec
import numpy as np

from core.baseline.answers import RENEWED, Answers
from core.baseline.belief import Belief
from core.baseline.lessons import ANYBODY, GAP_HOUR, ODDS, REST_HOUR, REST_WAY, Group, Way, position
from core.baseline.odds import Odds, Table
from core.baseline.sketch import MIDDLES, Counts, beyond, pooled, quantile
from core.baseline.sums import Frozen
from core.stop import Stage, Stop

_LAST = (Stage.OUT, Stage.ARRIVED, Stage.DEPARTED, Stage.MOVING, Stage.PICKED_UP)
PRIOR = 40.0
"""A wider group counts like this many parcels of the narrower one."""
STRETCH = 2.0
"""The hour changes a limit by this factor at most."""
LEVELS = ("leg", "lane", "carrier")
"""Whose parcels a limit was learned from, the most exact first."""
_SURE = 1e-9


class Usual(msgspec.Struct, frozen=True):
    """How long silence usually lasts at most on a leg.

    `usual_s` is what `share` of the parcels stay below, `seconds` (and `delta`) the limit that follows from it;
    `level` says whose parcels those are (leg, lane or carrier), `count` how many they are.
    """

    seconds: int
    usual_s: int
    share: float
    level: str
    count: int
    delta: timedelta


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


class _Memory:
    """What was reckoned already: limits by leg, stretches by hour, both together; tables by way and hour."""

    def __init__(self) -> None:
        self.turn = 0
        self.limits: Answers[tuple[Usual, Usual]] = Answers()
        self.stretches: Answers[tuple[float, float]] = Answers()
        self.usual: Answers[tuple[Usual, Usual]] = Answers()
        self.tables: Answers[Table] = Answers()

    def take_over(self, before: _Memory, sums: Frozen) -> None:
        """Take over what still holds."""
        self.turn = (before.turn + 1) % RENEWED
        self.limits.take_over(before.limits, lambda leg: sums.total(leg[:3]), self.turn)
        self.stretches.take_over(before.stretches, lambda hour: sums.total(hour[:3]), self.turn)
        self.tables.take_over(before.tables, lambda group: sums.total((REST_HOUR, *group[:2])), self.turn)


class Baselines:
    """The learned. Made from `before` it takes over what that reckoned and what has changed little since."""

    def __init__(self, sums: Frozen, asked: Asked, before: Baselines | None = None) -> None:
        self.asked = asked
        self.known = len(sums) > 0
        """Whether anything was learned."""
        self._sums = sums
        self.memory = _Memory()
        self._belief: dict[str, Belief] = {}
        self._unseen: dict[str, float | None] = {}
        if before is not None and before.asked == asked:
            self.memory.take_over(before.memory, sums)

    # limits ------------------------------------------------------------------------------------------------------

    def usual(self, leg: Group, hour: Group) -> tuple[Usual, Usual] | None:
        """Give the silence beyond which a parcel is stalled, and that beyond which it may be lost; None: too few."""
        # Whether a hub is the last one of the way changes how long a parcel lies there, so the place on the way counts.
        key = (*leg, *hour[3:])
        known, usual = self.memory.usual.get(key)
        if not known:
            usual = self._usual(leg, hour)
            self.memory.usual.put(key, usual, self._sums.total(leg[:3]))
        return usual

    def _usual(self, leg: Group, hour: Group) -> tuple[Usual, Usual] | None:
        """Give what is usual on a leg at an hour."""
        place = hour[:4]
        known, limits = self.memory.limits.get((*leg, place[3]))
        if not known:
            limits = self._limit(leg, place)
            self.memory.limits.put((*leg, place[3]), limits, self._sums.total(leg[:3]))
        if limits is None:
            return None
        known, stretch = self.memory.stretches.get(hour)
        if stretch is None:
            stretch = self._stretch(hour)
            self.memory.stretches.put(hour, stretch, self._sums.total(hour[:3]))
        stalled, lost = limits
        return (
            _stretched(stalled, stretch[0], self.asked.stalled_margin, self.asked.stalled_floor),
            _stretched(lost, stretch[1], self.asked.lost_margin, self.asked.lost_floor),
        )

    def _limit(self, leg: Group, place: Group) -> tuple[Usual, Usual] | None:
        """Give what is usual on a leg, before the hour bends it."""
        if self._sums.total(leg[:3]) < self.asked.least:
            return None
        stage = pooled(self._sums.wide(place), self._sums.wide(leg[:3]), PRIOR)
        own, lane = self._sums.own(leg), self._sums.wide(leg[:5])
        if (count := int(own.sum())) >= PRIOR:
            level = "leg"
        elif (count := int(lane.sum())) >= PRIOR:
            level = "lane"
        else:
            count, level = int(stage.sum()), "carrier"
        counts = pooled(own, pooled(lane, stage, PRIOR), PRIOR)
        stalled, lost = (
            Usual(0, int(quantile(counts, share)), share, level, count, timedelta())
            for share in (self.asked.stalled_share, self.asked.lost_share)
        )
        return stalled, lost

    def _stretch(self, hour: Group) -> tuple[float, float]:
        """Give how much longer the silence after a scan at this hour lasts than after any scan at the place."""
        if not self._sums.total(hour[:3]):
            return 1.0, 1.0
        place = pooled(self._sums.wide(hour[:4]), self._sums.wide(hour[:3]), PRIOR)
        counts = pooled(self._sums.own(hour), place, PRIOR)
        stalled, lost = (
            min(STRETCH, max(1 / STRETCH, quantile(counts, share) / max(1.0, quantile(place, share))))
            for share in (self.asked.stalled_share, self.asked.lost_share)
        )
        return stalled, lost

    def unseen(self, carrier: str) -> float | None:
        """Give the share of a carrier's deliveries before which it scanned no "out for delivery".

        The rest after a stop's successor is nothing just where that was the delivery. None: too few were seen.
        """
        if carrier not in self._unseen:
            last = {stage: float(self._sums.wide((REST_HOUR, carrier, stage.value))[0]) for stage in _LAST}
            total = sum(last.values())
            self._unseen[carrier] = 1 - last[Stage.OUT] / total if total >= self.asked.least else None
        return self._unseen[carrier]

    def beats(self, leg: Group, shares: Iterable[float]) -> list[int] | None:
        """Give the seconds after which each of `shares` of a leg's parcels were heard again; None: too few of them."""
        counts = pooled(self._sums.own(leg), self._sums.wide(leg[:5]), PRIOR)
        if counts.sum() < 2 * PRIOR:
            return None
        return [int(quantile(counts, share)) for share in shares]

    # odds --------------------------------------------------------------------------------------------------------

    def odds(self, way: Way, stop: Stop, deadline_s: float, silent_s: float = 0.0) -> Odds | None:
        """Give how a parcel stands that was heard `silent_s` seconds ago; the deadline counts from then.

        None: too little was learned.
        """
        where = position(stop.facility, way)
        group = (way.carrier, stop.stage, where, stop.day, stop.part, way.service, way.span)
        known, table = self.memory.tables.get(group)
        if not known:
            mixed = self._mix(group)
            table = Table(*mixed, self._believed(way.carrier).raw(self.asked.warn)) if mixed is not None else None
            self.memory.tables.put(group, table, self._sums.total((REST_HOUR, *group[:2])))
        if table is None:
            return None
        raw, median_s, nine_s, turns_s = table.at(deadline_s)
        if silent_s > 0:
            raw, median_s, nine_s = table.after(silent_s, deadline_s)
        return Odds(self._believed(way.carrier).true(raw), raw, median_s, nine_s, turns_s)

    def _mix(self, group: Group) -> tuple[Counts, Counts] | None:
        """Give the chances of each gap, and those that the rest lasts beyond each edge."""
        carrier, stage, position, day, part, service, span = group
        gap = self._by_hour((GAP_HOUR, carrier, stage, position, day, part))
        hour = self._by_hour((REST_HOUR, carrier, stage, position, day, part))
        if gap is None or hour is None:
            return None
        sums = self._sums
        base = sums.wide((REST_HOUR, carrier, stage))
        spot = sums.wide((REST_WAY, carrier, stage, position))
        far = pooled(sums.wide((REST_WAY, carrier, stage, position, span)), pooled(spot, base, PRIOR), PRIOR)
        way = pooled(sums.own((REST_WAY, carrier, stage, position, service, span)), far, PRIOR)
        wide = pooled(sums.wide((REST_HOUR, carrier, stage, position)), base, PRIOR)
        # Two experts who look at different things: the way's answer, bent as the hour bends all ways of the place.
        rest = way * (hour + _SURE) / (wide / wide.sum() + _SURE)
        return gap, beyond(rest)

    def _by_hour(self, hour: Group) -> Counts | None:
        """Give the shares of an hour's group, filled up by its position's and its stage's."""
        if self._sums.total(hour[:3]) < self.asked.least:
            return None
        wide = pooled(self._sums.wide(hour[:4]), self._sums.wide(hour[:3]), PRIOR)
        counts = pooled(self._sums.own(hour), wide, PRIOR)
        shares: Counts = counts / counts.sum() * (1 - _TAIL) + _BEYOND * _TAIL
        return shares

    def _believed(self, carrier: str) -> Belief:
        belief = self._belief.get(carrier)
        if belief is None:
            counts = self._sums.wide if carrier == ANYBODY else self._sums.own
            late, kept = (counts((ODDS, carrier, outcome)) for outcome in (1, 0))
            anybody = self._believed(ANYBODY) if carrier != ANYBODY else None
            belief = self._belief[carrier] = Belief(late, kept, anybody)
        return belief


_TAIL = 0.001
"""Share of parcels that last longer than any seen before, so that a silence never heard of says something too."""
_BEYOND: Counts = np.where(MIDDLES > 12 * 3_600, 1.0, 0.0) / np.count_nonzero(MIDDLES > 12 * 3_600)


def _stretched(usual: Usual, factor: float, margin: float, floor: int) -> Usual:
    usual_s = int(usual.usual_s * factor)
    seconds = max(floor, int(usual_s * margin))
    return Usual(seconds, usual_s, usual.share, usual.level, usual.count, timedelta(seconds=seconds))
