"""A made network for the tests of incidents: feeds, hubs and lanes that beat by chance, and what holds them up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import log

import msgspec
import numpy as np
from core_build import POLICY

from core.incident.pulse import BUCKET_S, Key, Noun
from core.incident.tower import Change, Tower

START = datetime(2026, 5, 4, tzinfo=UTC)
START_S = int(START.timestamp())
LIMITS = msgspec.structs.replace(POLICY.incidents, days=2.0, longest_s=3 * 86_400)
FEED: Key = (Noun.FEED, "yto", "", "")
HUBS: list[Key] = [(Noun.HUB, "yto", f"hub{n}", "") for n in range(6)]
LANE: Key = (Noun.LANE, "yto", "hub0", "hub1")

Rate = Callable[[Key, float], float]
"""The share of the usual that a key gives at an hour."""
Late = Callable[[float], float]
"""How late scans are at an hour, seconds; or how long lorries take."""


class Made:
    """A tower that hears a network by the quarter of an hour."""

    def __init__(self, seed: int = 1, limits: msgspec.Struct = LIMITS) -> None:
        self.tower = Tower(limits)  # type: ignore[arg-type]
        self.draw = np.random.default_rng(seed)
        self.changes: list[Change] = []
        self.hour = 0.0

    def run(
        self,
        hours: float,
        rate: Rate = lambda key, hour: 1.0,
        late: Late = lambda hour: 120.0,
        takes: Late | None = None,
    ) -> list[Change]:
        """Let hours pass; give what the tower said in them."""
        begun = len(self.changes)
        for _ in range(round(hours * 4)):
            at_s = START_S + round(self.hour * 3600)
            for nth in range(3):
                self._beat(FEED, at_s + 300 * nth, 60.0, rate, log(late(self.hour)))
            for hub in HUBS:
                self._beat(hub, at_s, 30.0, rate, log(4 * 3600))
            if takes is not None and round(self.hour * 4) % 12 == 0:
                spread = float(self.draw.normal(0.0, 0.05))
                self.tower.put(LANE, at_s // 900, 20, 20 * (log(takes(self.hour)) + spread), add=True)
            self.hour += 0.25
            self.changes += self.tower.judge(START + timedelta(hours=self.hour, seconds=61))
        return self.changes[begun:]

    def _beat(self, key: Key, at_s: int, usual: float, rate: Rate, size: float) -> None:
        count = int(self.draw.poisson(usual * rate(key, self.hour)))
        if count:
            self.tower.put(key, at_s // BUCKET_S[key[0]], count, count * size, add=True)


def said(changes: list[Change]) -> list[tuple[str, str, str]]:
    """Give what was said, short."""
    return [(change.verb.value, change.incident.kind.value, change.incident.facility) for change in changes]
