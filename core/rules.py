"""The limits and severities that hold for one carrier, service and shop, laid together from a policy's tables.

Invariant: pure; every limit carries the policy key it comes from and the source of the rule.
May import: msgspec, core.finding, core.policy_file, core.scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from core.finding import Kind, Severity
from core.policy_file import NEVER, SEVERITIES, ChangeFile, OverrideFile, PolicyFile, delta, seconds
from core.scan import Milestone


class Limit(msgspec.Struct, frozen=True):
    """A limit with the policy key it comes from and the source of the rule."""

    delta: timedelta
    seconds: int
    rule: str
    source: str


class Bound(msgspec.Struct, frozen=True):
    """A number that must be reached, with the policy key it comes from and the source of the rule."""

    number: float
    rule: str
    source: str


class Grade(msgspec.Struct, frozen=True):
    """How grave a kind is, and from `worse_after` on."""

    severity: Severity
    worse: Severity | None
    worse_after: timedelta | None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one carrier, service and shop. What is None, and a milestone that is absent, has no limit.

    `customs_held` counts from the carrier's word that customs hold it. `unpromised`: how long a parcel may take when
    nobody promised anything. `claim_lead`: how long before the end of the window a claim is due. `fell_share` and
    `fell_grams`: what must be missing, both; `mates_share` of at least `mates` must have arrived. A carrier that
    delivers more than `unseen_share` without scanning it out for delivery just does not scan it; of the others the
    signature is doubted that comes sooner than `unseen_early` after the scan before, or from the local hour
    `unseen_evening` on.
    """

    grades: dict[Kind, Grade]
    not_picked_up: Limit | None
    late: Limit | None
    stalled: dict[Milestone, Limit]
    customs_hold: Limit | None
    customs_held: Limit | None
    thoroughly_delayed: Limit | None
    unpromised: timedelta
    loss_suspected: dict[Milestone, Limit]
    left_behind: Limit | None
    mates: Bound
    mates_share: Bound
    claim_closing: Limit | None
    claim_lead: timedelta
    fell_share: Bound
    fell_grams: Bound
    attempts: Bound
    not_collected: Limit | None
    false_signature: Limit | None
    unseen_share: Bound
    unseen_early: timedelta
    unseen_evening: Bound
    remaining: dict[Milestone, timedelta]


def lay(file: PolicyFile, carrier: str | None, service: str | None, shop: str | None) -> Rules:
    """Lay the overrides that match over the general limits: the more exact one wins, then the later one."""
    matching = sorted(
        (
            override
            for override in file.override
            if override.carrier in (None, carrier)
            and override.shop in (None, shop)
            and (not override.services or service in override.services)
        ),
        # What a shop agreed says more than a service's usual time, and that more than a carrier's.
        key=lambda one: 4 * (one.shop is not None) + 2 * bool(one.services) + (one.carrier is not None),
    )
    laid = _Laid(file, matching)
    remaining = dict(file.promise.remaining)
    for override in matching:
        remaining |= override.remaining
    return Rules(
        grades={kind: laid.grade(kind) for kind in file.kinds},
        not_picked_up=laid.limit(Kind.NOT_PICKED_UP),
        late=laid.limit(Kind.LATE),
        stalled=laid.by_milestone(Kind.STALLED),
        customs_hold=laid.limit(Kind.CUSTOMS_HOLD),
        customs_held=laid.limit(Kind.CUSTOMS_HOLD, "held"),
        thoroughly_delayed=laid.limit(Kind.THOROUGHLY_DELAYED),
        unpromised=laid.span(Kind.THOROUGHLY_DELAYED, "unpromised"),
        loss_suspected=laid.by_milestone(Kind.LOSS_SUSPECTED),
        left_behind=laid.limit(Kind.LEFT_BEHIND),
        mates=laid.bound(Kind.LEFT_BEHIND, "count"),
        mates_share=laid.bound(Kind.LEFT_BEHIND, "share"),
        claim_closing=laid.limit(Kind.CLAIM_CLOSING),
        claim_lead=laid.span(Kind.CLAIM_CLOSING, "lead"),
        fell_share=laid.bound(Kind.WEIGHT_FELL, "share"),
        fell_grams=laid.bound(Kind.WEIGHT_FELL, "grams"),
        attempts=laid.bound(Kind.REPEATED_ATTEMPTS, "count"),
        not_collected=laid.limit(Kind.NOT_COLLECTED),
        false_signature=laid.limit(Kind.FALSE_SIGNATURE),
        unseen_share=laid.bound(Kind.FALSE_SIGNATURE, "share"),
        unseen_early=laid.span(Kind.FALSE_SIGNATURE, "early"),
        unseen_evening=laid.bound(Kind.FALSE_SIGNATURE, "evening"),
        remaining={milestone: delta(text) for milestone, text in remaining.items()},
    )


def _limit(text: str, rule: str, source: str) -> Limit | None:
    return None if text == NEVER else Limit(delta(text), seconds(text), rule, source)


class _Laid:
    """A policy's kinds with the overrides that match, the most exact one last."""

    def __init__(self, file: PolicyFile, matching: Sequence[OverrideFile]) -> None:
        self._kinds = file.kinds
        self._matching = matching

    def _changes(self, kind: Kind) -> list[tuple[str, str, ChangeFile]]:
        """Give rule, source and what it says of each override that changes the kind."""
        found = []
        for override in self._matching:
            change = override.of(kind)
            if change is not None:
                whose = (override.shop, override.carrier, *override.services[:1])
                found.append((".".join((kind.value, *filter(None, whose))), override.source, change))
        return found

    def limit(self, kind: Kind, name: str = "limit") -> Limit | None:
        base = self._kinds[kind]
        end = "" if name == "limit" else f".{name}"
        found = _limit(getattr(base, name), kind.value + end, base.source)
        for rule, source, change in self._changes(kind):
            text = getattr(change, name)
            if text is not None:
                found = _limit(text, rule + end, source)
        return found

    def by_milestone(self, kind: Kind) -> dict[Milestone, Limit]:
        base = self._kinds[kind]
        limits: dict[Milestone, Limit | None] = dict.fromkeys(Milestone, self.limit(kind))
        for milestone, text in base.limits.items():
            limits[milestone] = _limit(text, f"{kind.value}.{milestone.value}", base.source)
        for rule, source, change in self._changes(kind):
            for milestone, text in change.limits.items():
                limits[milestone] = _limit(text, f"{rule}.{milestone.value}", source)
        return {milestone: limit for milestone, limit in limits.items() if limit is not None}

    def bound(self, kind: Kind, name: str) -> Bound:
        base = self._kinds[kind]
        found = Bound(getattr(base, name), kind.value, base.source)
        for rule, source, change in self._changes(kind):
            number = getattr(change, name)
            if number is not None:
                found = Bound(number, rule, source)
        return found

    def span(self, kind: Kind, name: str) -> timedelta:
        text = getattr(self._kinds[kind], name)
        for _, _, change in self._changes(kind):
            text = getattr(change, name) or text
        return delta(text)

    def grade(self, kind: Kind) -> Grade:
        base = self._kinds[kind]
        severity, worse, after = base.severity, base.worse, base.worse_after
        for _, _, change in self._changes(kind):
            severity = change.severity or severity
            worse, after = change.worse or worse, change.worse_after or after
        return Grade(SEVERITIES[severity], SEVERITIES[worse] if worse else None, delta(after) if after else None)
