"""One look at a parcel at one moment: what the families read, and where they put what they find.

Invariant: `due_at` only ever takes moments after `now`. May import: core.parcel, core.policy, core.finding,
core.effect, core.network, core.incident, core.baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from core.baseline.learned import LEVELS, Usual
from core.baseline.lessons import SPAN_S, SPANS, TAUGHT, Way, gap_groups
from core.effect import ExceptionRecord, ExceptionState, mark_of
from core.finding import Evidence, Finding, Kind
from core.incident import FEED, Incident, passes_at
from core.network import Network
from core.parcel import Parcel
from core.policy import Limit, Policy
from core.stop import Stage, Stop

AGAIN = timedelta(minutes=20)
"""While an incident keeps a silence from counting, a parcel whose limit has passed is looked at this often."""
GRACE = timedelta(hours=1)
"""So long after its return a feed still brings what it held back."""


class Look:
    """What the families share: the parcel, the moment, the limits, the findings so far and the next due moment.

    `records` are the exceptions that are remembered of the parcel: what is open is not closed because a limit that was
    learned moved.
    """

    __slots__ = (
        "_usual",
        "_way",
        "due_at",
        "findings",
        "network",
        "now",
        "parcel",
        "policy",
        "records",
        "rules",
        "stop",
    )

    def __init__(
        self, parcel: Parcel, now: datetime, policy: Policy, network: Network, records: Sequence[ExceptionRecord]
    ) -> None:
        self.parcel = parcel
        self.now = now
        self.policy = policy
        self.network = network
        self.records = records
        registration = parcel.registration
        self.rules = policy.rules_for(parcel.carrier, parcel.service, registration.shop if registration else None)
        self.findings: list[Finding] = []
        self.due_at: datetime | None = None
        self.stop: Stop | None = parcel.trail[-1] if parcel.trail else None
        self._way: Way | None = None
        self._usual: tuple[Usual, Usual] | bool | None = False

    def at(self, moment: datetime) -> bool:
        """Ask to look again at the moment when it is still to come; say whether it is past."""
        if moment <= self.now:
            return True
        if self.due_at is None or moment < self.due_at:
            self.due_at = moment
        return False

    def find(self, kind: Kind, since: datetime, evidence: Evidence) -> None:
        """Add a finding, graver when it has held for `worse_after`."""
        grade = self.rules.grades[kind]
        severity = grade.severity
        if grade.worse is not None and grade.worse_after is not None and self.at(since + grade.worse_after):
            severity = grade.worse
        self.findings.append(Finding(kind=kind, severity=severity, since=since, evidence=evidence))

    def open(self, kind: Kind, *scans: str) -> ExceptionRecord | None:
        """Give the open exception of a kind that rests on just these scans."""
        for record in self.records:
            if record.kind is kind and record.state is ExceptionState.OPEN and record.mark == mark_of(scans):
                return record
        return None

    @property
    def way(self) -> Way:
        """Give what is known of where the parcel goes."""
        if self._way is None:
            self._way = way_of(self.parcel)
        return self._way

    def usual(self) -> tuple[Usual, Usual] | None:
        """Give how long silence lasts at most after the last scan, before it is a stall and before it is a loss."""
        if self._usual is False:
            stop = self.stop
            self._usual = (
                self.network.baselines.usual(*gap_groups(stop, self.way))
                if stop is not None and stop.stage in TAUGHT and self.network.baselines.known
                else None
            )
        return self._usual if isinstance(self._usual, tuple) else None

    def incidents(self) -> tuple[Incident, ...]:
        """Give the incidents that the parcel's silence falls into: those of its place that lasted when it began."""
        if not self.network.incidents.all:
            return ()
        stop, known = self.stop, self.network.incidents
        if stop is None:
            return known.about(self.parcel.carrier, after=self.parcel.stood_at)
        left = stop.stage == Stage.DEPARTED
        return known.about(self.parcel.carrier, stop.facility, stop.to, left, self.parcel.stood_at)

    def unheard(self) -> bool:
        """Say whether the carrier's feed is silent or late, or came back just now, so that silence says nothing.

        Then the parcel is looked at again soon, each at a moment of its own, so that no storm follows.
        """
        for incident in self.incidents():
            if incident.kind in FEED and (incident.until is None or incident.until + GRACE > self.now):
                self.at(self.now + AGAIN + _own_time(self.parcel.parcel_id))
                return True
        return False

    def silent(self, kind: Kind, limit: Limit, learned: Usual | None) -> None:
        """Find a silence that is longer than it may be.

        `learned` takes the place of policy's limit, and a stall by it counts from when the parcel came to where it
        lies: a hub that counts its shelves every day moves nothing. A silence that was found by a learned limit stays
        open with its last scan, whatever was learned since. Incidents stop the clock.
        """
        parcel = self.parcel
        heard_at, heard_scan = parcel.heard_at, parcel.heard_scan
        if heard_at is None or heard_scan is None:
            return
        if learned is not None and kind is Kind.STALLED and parcel.stood_at is not None:
            heard_at = parcel.stood_at
        delta = limit.delta if learned is None else learned.delta
        known = self.open(kind, heard_scan) if self.records else None
        rule = limit.rule if learned is None else f"{kind.value}.{learned.level}"
        if known is not None and is_learned(known):
            delta, rule = known.since - heard_at, known.rule
        incidents = self.incidents()
        since = passes_at(heard_at, delta, incidents) if incidents else heard_at + delta
        if since is None:
            self.at(max(heard_at + delta, self.now + AGAIN + _own_time(parcel.parcel_id)))
            return
        if not self.at(since):
            return
        stop = self.stop
        evidence = Evidence(
            rule=rule,
            source=limit.source if learned is None else self.policy.learned.source,
            scans=(heard_scan,),
            limit_s=seconds(delta),
            measured_s=seconds(self.now - heard_at),
            facility=(stop.facility or None) if stop else None,
            facility_to=(stop.to or None) if stop else None,
            usual_s=learned.usual_s if learned else None,
            share=round(learned.share * 100, 2) if learned else None,
            level=learned.level if learned else None,
            count=learned.count if learned else None,
        )
        self.find(kind, since, evidence)


def _own_time(parcel_id: str) -> timedelta:
    """Spread what waits for the same over a quarter of an hour, for each parcel alike every time."""
    return timedelta(seconds=crc32(parcel_id.encode()) % 900)


def is_learned(record: ExceptionRecord) -> bool:
    """Say whether an exception was found by what moves, the learned and the incidents, and not by policy."""
    return record.kind in (Kind.PREDICTED_LATE, Kind.JAMMED) or record.rule.rpartition(".")[2] in LEVELS


def way_of(parcel: Parcel) -> Way:
    """Give what is known of where a parcel goes."""
    registration = parcel.registration
    if registration is None or parcel.journey > 1:
        return Way(parcel.carrier, parcel.service or "", "", "", 0)
    span = 0
    if registration.promised_at is not None:
        span = min(SPANS, max(0, round((registration.promised_at - registration.at).total_seconds() / SPAN_S)))
    return Way(parcel.carrier, parcel.service or "", registration.origin or "", registration.destination or "", span)


def seconds(span: timedelta) -> int:
    """Give whole seconds."""
    return span.days * 86400 + span.seconds


def began(parcel: Parcel, now: datetime) -> datetime:
    """Give the moment from which pick-up is waited for: the first that anybody knew of the parcel."""
    first = parcel.first_scan_at
    if parcel.registration is not None:
        at = parcel.registration.at
        return at if first is None or at < first else first
    if first is not None:
        return first
    return parcel.reports[0].at if parcel.reports else parcel.last_scan_at or now


def anchor(parcel: Parcel, now: datetime) -> datetime:
    """Give the latest that anybody said of the parcel."""
    latest = parcel.heard_at or began(parcel, now)
    if parcel.registration is not None and parcel.registration.at > latest:
        latest = parcel.registration.at
    if parcel.reports and parcel.reports[-1].at > latest:
        latest = parcel.reports[-1].at
    return latest
