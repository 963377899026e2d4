"""A tower that lives on: its memory is the counters that are kept and the incidents that were found.

Whoever takes over gives it both and lets it relive what was judged before: buckets are closed and learned from as they
were, incidents open and close when they did, and nothing is said of it. From there on it judges as the tower before it
would have.

Counts may come in any order of time and far ahead of what is judged (one partition of the log lags, the others do not):
they wait until their time comes.

Invariant: reliving any part of a life and judging the rest gives the changes of the rest.
May import: the standard library, core.incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import log

from core.incident.gauge import Gauge
from core.incident.known import Incident, IncidentKind
from core.incident.limits import Limits
from core.incident.pulse import BUCKET_S, Key, Noun
from core.incident.tower import Change, Tower, key_of

STRIDE_S = 3_600
"""So much is judged at a time when there is much to judge: less than a gauge looks ahead."""
_MASKED = frozenset({IncidentKind.FEED_SILENT, IncidentKind.HUB_JAM})


class Memory(Tower):
    """A tower that is told what was counted and what was found before."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._held: dict[int, list[tuple[Key, float, float]]] = {}
        self._at_s: int | None = None
        self._found: dict[int, list[Incident]] = {}
        self._ended: dict[int, list[Incident]] = {}
        self._relives = False

    def tell(self, key: Key, start_s: int, count: float, amount: float) -> None:
        """Hear what was counted in the bucket that began at `start_s`, in place of what was said of it before."""
        self._held.setdefault(start_s, []).append((key, count, amount))

    def judge(self, now: datetime) -> list[Change]:
        """Close the buckets that ended before `now`, in strides, and say what follows."""
        changes: list[Change] = []
        for moment_s in self._strides(int(now.timestamp())):
            for start_s in sorted(start_s for start_s in self._held if start_s < moment_s):
                for key, count, amount in self._held.pop(start_s):
                    self.put(key, start_s // BUCKET_S[key[0]], count, amount)
            changes += super().judge(datetime.fromtimestamp(moment_s, UTC))
        return changes

    def relive(self, now: datetime, incidents: Iterable[Incident]) -> None:
        """Close the buckets that ended before `now` as they were judged when these incidents were found and ended."""
        first_s = min(self._held, default=int(now.timestamp()))
        for incident in incidents:
            found_s = int((incident.found_at or incident.since).timestamp())
            until_s = int((incident.until or now).timestamp())
            if found_s > first_s:
                self._found.setdefault(found_s, []).append(incident)
            elif until_s > first_s:
                self.open[key_of(incident)] = incident
                self._told[key_of(incident)] = first_s
            if incident.until is not None:
                self._ended.setdefault(until_s, []).append(incident)
        self._relives = True
        self.judge(now)
        self._relives = False
        self._found, self._ended = {}, {}

    def _strides(self, now_s: int) -> Iterator[int]:
        moment_s = self._at_s if self._at_s is not None else min(self._held, default=now_s)
        while moment_s + STRIDE_S < now_s:
            moment_s += STRIDE_S
            yield moment_s
        if self._at_s is None or now_s > self._at_s:
            self._at_s = now_s
        yield now_s

    # what was judged before --------------------------------------------------------------------------------------

    def _judge_feeds(self, at_s: int, changes: list[Change]) -> None:
        if self._relives:
            self._again(Noun.FEED, at_s, self.feeds)
        else:
            super()._judge_feeds(at_s, changes)

    def _judge_hubs(self, at_s: int, changes: list[Change]) -> None:
        if self._relives:
            self._again(Noun.HUB, at_s, self.hubs)
        else:
            super()._judge_hubs(at_s, changes)

    def _judge_lanes(self, bucket: int, at_s: int, changes: list[Change]) -> None:
        if self._relives:
            self.lanes.close(bucket, log(self.limits.slower), self.limits.lorries)
            self._again(Noun.LANE, at_s, None)
        else:
            super()._judge_lanes(bucket, at_s, changes)

    def _grow(self, at_s: int, changes: list[Change]) -> None:
        if not self._relives:
            super()._grow(at_s, changes)
            return
        for key, incident in list(self.open.items()):
            if incident in self._ended.get(at_s, ()):  # it had lasted for so long that it was usual
                self._close(key, at_s, "", [])
                self._renew(key)
            elif at_s - self._told[key] >= self.limits.restate_s:
                self._told[key] = at_s

    def _again(self, noun: str, at_s: int, gauge: Gauge | None) -> None:
        """Open and close what was opened and closed at this moment."""
        if gauge is not None:
            for key in [key for key in self.open if key[0] == noun]:
                if key in gauge.rows and (noun == Noun.FEED or not self._troubled((Noun.FEED, key[1], "", ""), at_s)):
                    self._flows(gauge, gauge.rows[key], key)
        for incident in self._ended.get(at_s, ()):
            key = key_of(incident)
            lasted_s = at_s - incident.since.timestamp()
            if key[0] == noun and key in self.open and lasted_s < self.limits.longest_s:
                self._close(key, at_s, "", [])
        for incident in self._found.get(at_s, ()):
            key = key_of(incident)
            if key[0] != noun:
                continue
            self.open[key] = incident
            self._told[key] = at_s
            if gauge is not None and incident.kind in _MASKED and key in gauge.rows:
                gauge.mask(gauge.rows[key], int(incident.since.timestamp()) // gauge.bucket_s)
