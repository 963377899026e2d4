"""The pulse of the network: what a parcel's step adds to the counters by which incidents are found.

Three nouns are counted by the moment at which we hear. A feed beats with every push of new scans; the beat's measure is
how late the newest of them came. A hub beats when a parcel that lay in it moves on; the measure is how long it lay. A
lane beats when a parcel that left for a place is seen there; the measure is how long it was under way. A parcel that
comes with its past, several scans in its first push, beats nothing: a shop that joins is no feed that was late.

Measures are logarithms of seconds, so that sums of them stand for the typical one and no straggler for all.

Invariant: pure; adding is commutative, so neither partitions nor their order matter.
May import: the standard library, core.stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from core.stop import Stage, Stop


class Noun:
    """What is counted. Plain strings, because they are hashed with every scan."""

    FEED = "feed"
    HUB = "hub"
    LANE = "lane"


Key = tuple[str, str, str, str]
"""Noun, carrier, facility, to: a feed has no facility, only a lane has `to`."""
Beat = tuple[Key, int, float]
"""What beat, when we heard it (seconds since 1970), and its measure."""

BUCKET_S: dict[str, int] = {Noun.FEED: 300, Noun.HUB: 900, Noun.LANE: 900}
_LEAST_S, _MOST_S = 60.0, 30 * 86_400.0


def measure(seconds: float) -> float:
    """Give the measure of a duration; under a minute counts as one, and more than a month as that."""
    return log(_LEAST_S if seconds < _LEAST_S else seconds if seconds < _MOST_S else _MOST_S)


def feed_beat(carrier: str, happened_s: float, heard_s: int) -> Beat:
    """Give the beat of a new scan."""
    return (Noun.FEED, carrier, "", ""), heard_s, measure(heard_s - happened_s)


def way_beats(carrier: str, last: Stop, stop: Stop, heard_s: int) -> Iterable[Beat]:
    """Give the beats of a parcel that was seen at `last` and then at `stop`."""
    if not last.facility:
        return
    if last.stage == Stage.ARRIVED:
        yield (Noun.HUB, carrier, last.facility, ""), heard_s, measure(stop.at - last.at)
    elif last.stage == Stage.DEPARTED and last.to and stop.facility == last.to:
        yield (Noun.LANE, carrier, last.facility, last.to), heard_s, measure(stop.at - last.at)


class Counter:
    """Counts beats by key and bucket until somebody takes them."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: dict[tuple[Key, int], list[float]] = {}

    def __bool__(self) -> bool:
        """Say whether anything was counted."""
        return bool(self.counts)

    def add(self, beats: Iterable[Beat]) -> None:
        """Count beats."""
        counts = self.counts
        for key, heard_s, size in beats:
            place = (key, heard_s // BUCKET_S[key[0]])
            found = counts.get(place)
            if found is None:
                counts[place] = [1.0, size]
            else:
                found[0] += 1.0
                found[1] += size

    def merge(self, other: Counter) -> None:
        """Add what another one counted."""
        for place, (count, amount) in other.counts.items():
            found = self.counts.get(place)
            if found is None:
                self.counts[place] = [count, amount]
            else:
                found[0] += count
                found[1] += amount
