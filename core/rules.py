"""The limits and severities that hold for one carrier, service and shop, laid together from a policy's tables.

Invariant: pure; every limit carries the policy key it comes from and the source of the rule.
May import: msgspec, core.finding, core.policy_file, core.scan.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from core.finding import Kind, Severity
from core.policy_file import NEVER, SEVERITIES, OverrideFile, PolicyFile, delta, seconds
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

    `customs_held` counts from the carrier's word that customs hold it. `unpromised`: how long a parcel may take where
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
    unpromised: Limit | None
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


class Said(msgspec.Struct, frozen=True):
    """One value as the policy says it: the rule that says it, its source, and the override (None: it holds for all)."""

    value: Any
    rule: str
    source: str
    override: int | None


def lay(file: PolicyFile, carrier: str | None, service: str | None, shop: str | None) -> Rules:
    """Lay the overrides that match over the general limits: the more exact one wins, then the later one."""
    laid = Laid(file, carrier, service, shop)
    return Rules(
        grades={kind: laid.grade(kind) for kind in file.kinds},
        not_picked_up=laid.limit(Kind.NOT_PICKED_UP),
        late=laid.limit(Kind.LATE),
        stalled=laid.by_milestone(Kind.STALLED),
        customs_hold=laid.limit(Kind.CUSTOMS_HOLD),
        customs_held=laid.limit(Kind.CUSTOMS_HOLD, "held"),
        thoroughly_delayed=laid.limit(Kind.THOROUGHLY_DELAYED),
        unpromised=laid.limit(Kind.THOROUGHLY_DELAYED, "unpromised"),
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
        remaining={milestone: delta(said.value) for milestone, said in laid.remaining().items()},
    )


def _limit(said: Said, end: str = "") -> Limit | None:
    if said.value == NEVER:
        return None
    return Limit(delta(said.value), seconds(said.value), said.rule + end, said.source)


class Laid:
    """A policy's kinds with the overrides that match a carrier, service and shop, the most exact one last."""

    def __init__(self, file: PolicyFile, carrier: str | None, service: str | None, shop: str | None) -> None:
        self._file = file
        self._matching = sorted(
            (
                (at, override)
                for at, override in enumerate(file.override)
                if (not override.carriers or carrier in override.carriers)
                and override.shop in (None, shop)
                and (not override.services or service in override.services)
            ),
            # What a shop agreed says more than a service's usual time, and that more than a carrier's.
            key=lambda one: 4 * (one[1].shop is not None) + 2 * bool(one[1].services) + bool(one[1].carriers),
        )

    def said(self, kind: Kind, name: str) -> Said:
        """Give what holds of a measure, a severity or an answer; its value is None where nothing is said of it."""
        base = self._file.kinds[kind]
        found = Said(getattr(base, name), kind.value, base.source, None)
        for at, override in self._matching:
            value = getattr(override.of(kind), name, None)
            if value is not None:
                found = Said(value, _rule(kind.value, override), override.source, at)
        return found

    def by_name(self, kind: Kind) -> dict[Milestone, Said]:
        """Give the limits that name a milestone."""
        base = self._file.kinds[kind]
        found = {stone: Said(text, kind.value, base.source, None) for stone, text in base.limits.items()}
        for at, override in self._matching:
            if change := override.of(kind):
                rule, source = _rule(kind.value, override), override.source
                found |= {stone: Said(text, rule, source, at) for stone, text in change.limits.items()}
        return found

    def remaining(self) -> dict[Milestone, Said]:
        """Give what delivery still takes from a milestone."""
        promise, name = self._file.promise, "remaining"
        found = {stone: Said(text, name, promise.source, None) for stone, text in promise.remaining.items()}
        for at, override in self._matching:
            rule, source = _rule(name, override), override.source
            found |= {stone: Said(text, rule, source, at) for stone, text in override.remaining.items()}
        return found

    def limit(self, kind: Kind, name: str = "limit") -> Limit | None:
        """Give a limit."""
        return _limit(self.said(kind, name), "" if name == "limit" else f".{name}")

    def by_milestone(self, kind: Kind) -> dict[Milestone, Limit]:
        """Give the limit of each milestone that has one."""
        limits: dict[Milestone, Limit | None] = dict.fromkeys(Milestone, self.limit(kind))
        for stone, said in self.by_name(kind).items():
            limits[stone] = _limit(said, f".{stone.value}")
        return {milestone: limit for milestone, limit in limits.items() if limit is not None}

    def bound(self, kind: Kind, name: str) -> Bound:
        """Give a number that must be reached."""
        said = self.said(kind, name)
        return Bound(said.value, said.rule, said.source)

    def span(self, kind: Kind, name: str) -> timedelta:
        """Give a duration that is no limit."""
        return delta(self.said(kind, name).value)

    def grade(self, kind: Kind) -> Grade:
        """Give how grave a kind is."""
        severity, worse, after = (self.said(kind, name).value for name in ("severity", "worse", "worse_after"))
        if after in (None, NEVER):
            return Grade(SEVERITIES[severity], None, None)
        return Grade(SEVERITIES[severity], SEVERITIES[worse], delta(after))


def _rule(name: str, override: OverrideFile) -> str:
    # Many carriers are named by none of them.
    carrier = override.carriers[0] if len(override.carriers) == 1 else None
    return ".".join((name, *filter(None, (override.shop, carrier, *override.services[:1]))))
