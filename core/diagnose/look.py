"""One look at a parcel at one moment: what the families read, and where they put what they find.

Invariant: `due_at` only ever takes moments after `now`. May import: core.parcel, core.policy, core.finding.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.finding import Evidence, Finding, Kind
from core.parcel import Parcel
from core.policy import Policy


class Look:
    """What the families share: the parcel, the moment, the limits, the findings so far and the next due moment."""

    __slots__ = ("due_at", "findings", "now", "parcel", "policy", "rules")

    def __init__(self, parcel: Parcel, now: datetime, policy: Policy) -> None:
        self.parcel = parcel
        self.now = now
        self.policy = policy
        self.rules = policy.rules_for(parcel.carrier, parcel.service)
        self.findings: list[Finding] = []
        self.due_at: datetime | None = None

    def at(self, moment: datetime) -> bool:
        """Ask to look again at the moment when it is still to come; say whether it is past."""
        if moment <= self.now:
            return True
        if self.due_at is None or moment < self.due_at:
            self.due_at = moment
        return False

    def find(self, kind: Kind, since: datetime, evidence: Evidence) -> None:
        """Add a finding, graver when it has held for `worse_after`."""
        rule = self.policy.kinds[kind]
        severity = rule.severity
        if rule.worse is not None and rule.worse_after is not None and self.at(since + rule.worse_after):
            severity = rule.worse
        self.findings.append(Finding(kind=kind, severity=severity, since=since, evidence=evidence))


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
