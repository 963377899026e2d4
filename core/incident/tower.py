"""The tower: hears the pulse of the whole network, finds incidents in it, lets them grow and closes them.

It judges whenever a bucket is closed. An incident opens when what is heard is too surprising for chance and less than a
share of the expected; it closes when as much as another, larger share is heard again for some time: between the two
nothing changes, so it does not flap. What lasts longer than `longest` is the new usual.

A hub's expectation is bent by how its carrier fares elsewhere: where the whole carrier is silent no hub is to blame.
While a feed is silent or late its hubs and lanes are not judged.

Invariant: pure and deterministic; the same counts judged at the same moments give the same incidents with the same
ids, however they are split over partitions. May import: the standard library, numpy, msgspec, core.effect's digest,
core.incident.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import exp, log

import msgspec
import numpy as np

from core.effect import digest
from core.incident.gauge import DAY_S, NEVER, Floats, Gauge, surprise
from core.incident.known import FEED, Incident, IncidentKind, Measured
from core.incident.lanes import Lanes, telling
from core.incident.limits import Limits
from core.incident.pulse import BUCKET_S, Beat, Counter, Key, Noun

FEED_WINDOWS = (2, 3, 4, 6, 9, 12, 18, 24, 48, 96, 144, 288)
HUB_WINDOWS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
LONGER, WORSE = 1.5, 3.0
"""A silence must be so many times longer, a fall so many times more surprising, than they usually are at most."""
_LATE_BUCKETS = 6
_LATE_LEAST_S = 3_600
_STEADY = {IncidentKind.FEED_SILENT: 2, IncidentKind.FEED_LATE: 6, IncidentKind.HUB_JAM: 2}


class Verb(StrEnum):
    """What became of an incident."""

    OPENED = "opened"
    GROWN = "grown"
    CLOSED = "closed"


class Change(msgspec.Struct, frozen=True):
    """An incident that was opened, grew or was closed, and why."""

    verb: Verb
    incident: Incident
    reason: str


class Tower:
    """Hears beats and gives incidents."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.feeds = Gauge(BUCKET_S[Noun.FEED], FEED_WINDOWS, worst=2)
        self.hubs = Gauge(BUCKET_S[Noun.HUB], HUB_WINDOWS, worst=1)
        self.lanes = Lanes()
        self.open: dict[Key, Incident] = {}
        self._heard = Counter()
        self._steady: dict[Key, int] = {}
        self._grace: dict[Key, int] = {}
        self._told: dict[Key, int] = {}

    # what is heard -----------------------------------------------------------------------------------------------

    def hear(self, beats: Iterable[Beat]) -> None:
        """Hear beats."""
        self._heard.add(beats)

    def put(self, key: Key, bucket: int, count: float, amount: float, add: bool = False) -> None:
        """Hear what was counted in a bucket: in place of what was said of it before, or besides."""
        self._place(key).put(key, bucket, count, amount, add)

    def _place(self, key: Key) -> Gauge | Lanes:
        return self.feeds if key[0] == Noun.FEED else self.hubs if key[0] == Noun.HUB else self.lanes

    def adopt(self, incidents: Iterable[Incident]) -> None:
        """Take over the incidents that are open, so that none is opened twice."""
        self.open = {key_of(incident): incident for incident in incidents if incident.is_open}

    # judging -----------------------------------------------------------------------------------------------------

    def judge(self, now: datetime) -> list[Change]:
        """Close the buckets that ended before `now` and say what follows."""
        changes: list[Change] = []
        for (key, bucket), (count, amount) in self._heard.counts.items():
            self.put(key, bucket, count, amount, add=True)
        self._heard = Counter()
        feeds, size = self.feeds, self.feeds.bucket_s
        done = (int(now.timestamp()) - self.limits.settle_s) // size
        while feeds.head != NEVER and feeds.head + 1 < done:
            end_s = (feeds.head + 2) * size
            feeds.close(self._masked(feeds, end_s))
            self._judge_feeds(end_s, changes)
            if end_s % DAY_S == 0:
                for place in (self.feeds, self.hubs, self.lanes):
                    place.forget(self.open)
            if end_s % self.hubs.bucket_s == 0:
                bucket = end_s // self.hubs.bucket_s - 1
                if self.hubs.head != NEVER:
                    while self.hubs.head < bucket:
                        self.hubs.close(self._masked(self.hubs, end_s))
                    self._judge_hubs(end_s, changes)
                self._judge_lanes(bucket, end_s, changes)
            self._grow(end_s, changes)
        return changes

    def _masked(self, gauge: Gauge, at_s: int) -> list[int]:
        """Give the rows of which nothing is to be learned now."""
        return [
            row for row, key in enumerate(gauge.keys) if self._troubled(key, at_s) or self._troubled(_feed(key), at_s)
        ]

    def _troubled(self, key: Key, at_s: int) -> bool:
        return key in self.open or self._grace.get(key, 0) > at_s

    def _judge_feeds(self, at_s: int, changes: list[Change]) -> None:
        gauge, limits = self.feeds, self.limits
        odd, window = self._odd(gauge, np.ones((len(gauge.windows), len(gauge.keys))))
        hushed = gauge.hushed(LONGER)
        quiet = hushed >= limits.surprise
        odd, window = np.where(quiet, hushed, odd), np.where(quiet, gauge.run[: len(quiet)], window)
        days = gauge.days()
        for row, key in enumerate(gauge.keys):
            if key in self.open:
                self._close_feed(row, key, at_s, changes)
            elif days[row] >= limits.days:
                if odd[row] >= limits.surprise:
                    self._open_silence(IncidentKind.FEED_SILENT, gauge, row, int(window[row]), at_s, changes)
                elif self._grace.get(key, 0) <= at_s and (late := self._lateness(row)) is not None:
                    began = at_s - _LATE_BUCKETS * gauge.bucket_s
                    self._open(IncidentKind.FEED_LATE, key, began, late, at_s, "scans come late", changes)

    def _judge_hubs(self, at_s: int, changes: list[Change]) -> None:
        gauge = self.hubs
        odd, window = self._odd(gauge, self._elsewhere())
        days = gauge.days()
        for row, key in enumerate(gauge.keys):
            if key in self.open:
                if not self._troubled(_feed(key), at_s):
                    self._close_silence(gauge, row, key, at_s, changes)
            elif odd[row] >= self.limits.surprise and days[row] >= self.limits.days:
                self._open_silence(IncidentKind.HUB_JAM, gauge, row, int(window[row]), at_s, changes)

    def _elsewhere(self) -> Floats:
        """Give how the carrier of each hub fares in all its other hubs, by window: 1 when as usual or better."""
        gauge = self.hubs
        names = {carrier: nth for nth, carrier in enumerate(dict.fromkeys(key[1] for key in gauge.keys))}
        whose = np.array([names[key[1]] for key in gauge.keys], np.int64)
        found = []
        for width in gauge.windows:
            heard, expected = gauge.sums(width)
            all_heard = np.bincount(whose, heard, len(names))[whose] - heard
            all_expected = np.bincount(whose, expected, len(names))[whose] - expected
            found.append(np.where(all_expected > 0, np.minimum(1.0, all_heard / np.maximum(all_expected, 1e-9)), 1.0))
        return np.array(found)

    def _odd(self, gauge: Gauge, factor: Floats) -> tuple[Floats, Floats]:
        """Give for every row the most surprising window's surprise and its width."""
        size = len(gauge.keys)
        best, width_of = np.zeros(size), np.zeros(size)
        for nth, width in enumerate(gauge.windows):
            heard, expected = gauge.sums(width)
            expected = expected * factor[nth]
            found = surprise(heard, expected)
            found[found < WORSE * gauge.worst_fall[:size, nth]] = 0.0
            found /= np.maximum(gauge.unrest[:size, nth], 1.0)
            found[(expected < self.limits.least) | (heard > self.limits.opens * expected)] = 0.0
            better = found > best
            best, width_of = np.where(better, found, best), np.where(better, float(width), width_of)
        return best, width_of

    # opening and closing -----------------------------------------------------------------------------------------

    def _open_silence(
        self, kind: IncidentKind, gauge: Gauge, row: int, width: int, at_s: int, changes: list[Change]
    ) -> None:
        heard, expected = self._flow(gauge, row, width)
        began = gauge.last_heard(row, 4 * width) if not heard else gauge.head - width + 1
        gauge.mask(row, began)
        measured = Measured(heard=int(heard), expected=round(expected), window_s=width * gauge.bucket_s)
        words = f"{heard:.0f} heard in {width * gauge.bucket_s // 60} min, {expected:.0f} expected"
        self._open(kind, gauge.keys[row], began * gauge.bucket_s, measured, at_s, words, changes)

    def _open(
        self,
        kind: IncidentKind,
        key: Key,
        since_s: int,
        measured: Measured,
        at_s: int,
        reason: str,
        changes: list[Change],
    ) -> None:
        since = _moment(since_s)
        incident = Incident(
            incident_id=digest(kind.value, *key[1:], since.isoformat()),
            kind=kind,
            carrier=key[1],
            facility=key[2],
            to=key[3],
            since=since,
            expected_at=self._expected(kind, since, at_s),
            found_at=_moment(at_s),
            measured=measured,
        )
        self.open[key] = incident
        self._told[key] = at_s
        changes.append(Change(Verb.OPENED, incident, reason))

    def _close(self, key: Key, at_s: int, reason: str, changes: list[Change]) -> None:
        incident = msgspec.structs.replace(self.open.pop(key), until=_moment(at_s), expected_at=None)
        self._steady.pop(key, None)
        self._told.pop(key, None)
        self._grace[key] = at_s + (self.limits.feed_grace_s if key[0] == Noun.FEED else self.limits.grace_s)
        changes.append(Change(Verb.CLOSED, incident, reason))

    def _flow(self, gauge: Gauge, row: int, width: int) -> tuple[float, float]:
        places = [bucket % gauge.ring for bucket in range(gauge.head - width + 1, gauge.head + 1)]
        return float(gauge.count[row, places].sum()), float(gauge.expected[row, places].sum())

    def _flows(self, gauge: Gauge, row: int, key: Key) -> bool:
        """Say whether a row that was silent is heard again, for long enough."""
        for nth, width in enumerate(gauge.windows):
            heard, expected = self._flow(gauge, row, width)
            if expected >= self.limits.least * max(2.0, gauge.unrest[row, nth]) / 2:
                well = heard >= self.limits.closes * expected
                break
        else:
            well = False
        self._steady[key] = self._steady.get(key, 0) + 1 if well else 0
        return self._steady[key] >= _STEADY[self.open[key].kind]

    def _close_silence(self, gauge: Gauge, row: int, key: Key, at_s: int, changes: list[Change]) -> None:
        if self._flows(gauge, row, key):
            self._close(key, at_s, "as many as usual are heard again", changes)

    def _close_feed(self, row: int, key: Key, at_s: int, changes: list[Change]) -> None:
        """Close a feed's incident when its scans come again, and in time; one that comes late is another incident."""
        incident = self.open[key]
        flows = self._flows(self.feeds, row, key)
        heard, mean = self.feeds.lateness(row, 3)
        over = mean - float(self.feeds.mean[row])
        late = heard > 0 and over >= log(self.limits.late) / 2 and exp(mean) >= _LATE_LEAST_S / 2
        if not flows:
            return
        if not late:
            self._close(key, at_s, "scans come again, and in time", changes)
        elif incident.kind is IncidentKind.FEED_SILENT and self._steady[key] >= 12:
            self._close(key, at_s, "scans come again, but late", changes)
            measured = Measured(heard=int(heard), measured_s=int(exp(mean)), usual_s=int(exp(self.feeds.mean[row])))
            since_s = int(incident.since.timestamp())
            self._open(IncidentKind.FEED_LATE, key, since_s, measured, at_s, "scans come late", changes)

    def _lateness(self, row: int) -> Measured | None:
        """Give how late a feed's scans come when all of the last half hour are late."""
        gauge, limits = self.feeds, self.limits
        heard, mean = gauge.lateness(row, _LATE_BUCKETS)
        usual = float(gauge.mean[row])
        if heard < limits.least or mean - usual < log(limits.late) or exp(mean) < _LATE_LEAST_S:
            return None
        places = [bucket % gauge.ring for bucket in range(gauge.head - _LATE_BUCKETS + 1, gauge.head + 1)]
        each = [gauge.amount[row, at] / gauge.count[row, at] for at in places if gauge.count[row, at]]
        if len(each) < _LATE_BUCKETS // 2 or min(each) - usual < log(limits.late) / 2:
            return None
        return Measured(heard=int(heard), measured_s=int(exp(mean)), usual_s=int(exp(usual)))

    def _judge_lanes(self, bucket: int, at_s: int, changes: list[Change]) -> None:
        limits, lanes = self.limits, self.lanes
        for key in lanes.close(bucket, log(limits.slower), limits.lorries):
            lane = lanes.lanes[key]
            noun, carrier, start, end = key
            hubs = ((Noun.HUB, carrier, start, ""), (Noun.HUB, carrier, end, ""))
            if self._troubled(_feed(key), at_s) or any(self._troubled(hub, at_s) for hub in hubs):
                continue
            if key in self.open:
                since = int(self.open[key].since.timestamp()) // BUCKET_S[noun]
                if telling(lane.run(slow=False, since=since), 0):
                    self._close(key, at_s, "lorries are as fast as usual again", changes)
                continue
            slow = lane.run(slow=True, since=bucket - 2 * 96)
            if telling(slow, limits.least):
                first = slow[0]
                measured = Measured(
                    heard=int(sum(lorry.count for lorry in slow)),
                    measured_s=int(exp(slow[-1].took)),
                    usual_s=lanes.usual_s(key),
                )
                since_s = first.bucket * BUCKET_S[noun] - int(exp(first.took))
                words = f"{len(slow)} lorries in a row are slow"
                self._open(IncidentKind.LANE_DEGRADED, key, since_s, measured, at_s, words, changes)

    # growing -----------------------------------------------------------------------------------------------------

    def _expected(self, kind: IncidentKind, since: datetime, at_s: int) -> datetime:
        """Give when it is likely over: what has lasted for long goes on for long, so the span is doubled."""
        span = timedelta(seconds=self.limits.first_s[kind])
        while since + span <= _moment(at_s):
            span *= 2
        return since + span

    def _grow(self, at_s: int, changes: list[Change]) -> None:
        for key, incident in sorted(self.open.items()):
            if at_s - incident.since.timestamp() >= self.limits.longest_s:
                self._close(key, at_s, "it has lasted so long that it is usual now", changes)
                self._renew(key)
                continue
            expected_at = self._expected(incident.kind, incident.since, at_s)
            stale = at_s - self._told.setdefault(key, at_s) >= self.limits.restate_s
            measured = self._measured_now(key, incident) if stale else incident.measured
            if stale:
                self._told[key] = at_s
            grown = msgspec.structs.replace(incident, expected_at=expected_at, measured=measured)
            if grown != incident:
                self.open[key] = grown
                changes.append(Change(Verb.GROWN, grown, "measured anew"))

    def _renew(self, key: Key) -> None:
        place = self._place(key)
        if isinstance(place, Lanes) or key in place.rows:
            place.renew(key)

    def _measured_now(self, key: Key, incident: Incident) -> Measured | None:
        gauge = self.feeds if incident.kind in FEED else self.hubs
        row = gauge.rows.get(key)
        if row is None or incident.kind not in (IncidentKind.FEED_SILENT, IncidentKind.HUB_JAM):
            return incident.measured
        width = self.limits.restate_s // gauge.bucket_s
        heard, expected = self._flow(gauge, row, width)
        return Measured(heard=int(heard), expected=round(expected), window_s=width * gauge.bucket_s)


def key_of(incident: Incident) -> Key:
    """Give the key of what an incident is about."""
    noun = Noun.FEED if incident.kind in FEED else Noun.LANE if incident.to else Noun.HUB
    return noun, incident.carrier, incident.facility, incident.to


def _feed(key: Key) -> Key:
    return Noun.FEED, key[1], "", ""


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
