"""The rules by which parcels are watched: limits, severities, clocks, cases, notices, each with its source.

Invariant: a policy is whole or not at all. Limits are looked up by carrier, service and shop and remembered; the memory
is bounded by the policy's own size. May import: the standard library, msgspec, core.policy_file, core.policy_flaws,
core.policy_layers, core.rules, core.baseline, core.event, core.finding, core.case.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from core.baseline.learned import Asked
from core.case import CaseKind, Clock
from core.event import Tier
from core.finding import Kind, Severity
from core.incident.limits import Limits
from core.policy_file import SEVERITIES, PolicyFile, delta, seconds
from core.policy_flaws import PolicyError
from core.policy_layers import Layer, layer, read_layers
from core.rules import Bound, Grade, Limit, Rules, lay

__all__ = [
    "Bound",
    "Grade",
    "KindRule",
    "Learned",
    "Limit",
    "Policy",
    "PolicyError",
    "Rules",
    "load_policy",
    "policy_of",
]


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """How limits that were learned are used: what is asked of the learned, and where that rule comes from."""

    asked: Asked
    half_life_days: float
    source: str


class KindRule(msgspec.Struct, frozen=True, kw_only=True):
    """What policy says of a kind, for all alike."""

    settle: timedelta
    source: str
    case: CaseKind | None
    notice: str | None
    cleared: str | None
    doing: str | None


class Policy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A validated policy. `rules_for` gives the limits of a carrier, service and shop."""

    version: str
    future_tolerance: timedelta
    backlog: timedelta
    give_up: timedelta
    learned: Learned
    warn: float
    keep: float
    early_source: str
    incidents: Limits
    incidents_source: str
    kinds: dict[Kind, KindRule]
    clocks: dict[Clock, timedelta]
    close_after: timedelta
    priority_severity: dict[Severity, int]
    priority_tier: dict[Tier, float]
    priority_value: tuple[tuple[int, float], ...]
    rates: dict[str, float]
    tell_later: timedelta
    tell_earlier: timedelta
    file: PolicyFile
    carriers: frozenset[str]
    services: frozenset[str]
    shops: frozenset[str]
    memory: dict[tuple[str | None, str | None, str | None], Rules]

    def rules_for(self, carrier: str, service: str | None, shop: str | None = None) -> Rules:
        """Give the limits for a carrier, service and shop.

        What no override names shares one entry, so memory stays small.
        """
        key = (
            carrier if carrier in self.carriers else None,
            service if service in self.services else None,
            shop if shop in self.shops else None,
        )
        rules = self.memory.get(key)
        if rules is None:
            rules = self.memory[key] = lay(self.file, *key)
        return rules


def _incidents(file: PolicyFile) -> Limits:
    given = file.incidents
    return Limits(
        surprise=given.surprise,
        opens=given.opens,
        closes=given.closes,
        least=given.least,
        days=seconds(given.learn) / 86_400,
        settle_s=seconds(given.settle),
        late=given.late,
        slower=given.slower,
        lorries=given.lorries,
        grace_s=seconds(given.grace),
        feed_grace_s=seconds(given.feed_grace),
        longest_s=seconds(given.longest),
        restate_s=seconds(given.restate),
        first_s={kind: seconds(text) for kind, text in given.first.items()},
    )


def policy_of(*layers: Layer) -> Policy:
    """Validate what files hold, later over earlier. Raises PolicyError with everything that is wrong."""
    file = read_layers(*layers)
    return Policy(
        version=file.version,
        future_tolerance=delta(file.time.future_tolerance),
        backlog=delta(file.time.backlog),
        give_up=delta(file.time.give_up),
        learned=Learned(
            asked=Asked(
                stalled_share=file.learned.stalled_share,
                stalled_margin=file.learned.stalled_margin,
                lost_share=file.learned.lost_share,
                lost_margin=file.learned.lost_margin,
                stalled_floor=seconds(file.learned.stalled_floor),
                lost_floor=seconds(file.learned.lost_floor),
                least=file.learned.least,
                warn=file.early.warn,
            ),
            half_life_days=seconds(file.learned.half_life) / 86_400,
            source=file.learned.source,
        ),
        warn=file.early.warn,
        keep=file.early.keep,
        early_source=file.early.source,
        incidents=_incidents(file),
        incidents_source=file.incidents.source,
        kinds={
            kind: KindRule(
                settle=delta(rule.settle or "0s"),
                source=rule.source,
                case=rule.case,
                notice=rule.notice,
                cleared=rule.cleared,
                doing=rule.doing,
            )
            for kind, rule in file.kinds.items()
        },
        clocks={
            Clock.ACCEPT: delta(file.clocks.accept),
            Clock.FIRST_ANSWER: delta(file.clocks.first_answer),
            Clock.RESOLVE: delta(file.clocks.resolve),
        },
        close_after=delta(file.cases.close),
        priority_severity={SEVERITIES[name]: value for name, value in file.priority.severity.items()},
        priority_tier=file.priority.tier,
        priority_value=tuple((step.from_minor, step.factor) for step in file.priority.value),
        rates=file.priority.rates,
        tell_later=delta(file.promise.tell_later),
        tell_earlier=delta(file.promise.tell_earlier),
        file=file,
        carriers=frozenset(carrier for override in file.override for carrier in override.carriers),
        services=frozenset(service for override in file.override for service in override.services),
        shops=frozenset(override.shop for override in file.override if override.shop),
        memory={},
    )


def load_policy(*texts: str) -> Policy:
    """Read TOML texts, later over earlier. Raises PolicyError with everything that is wrong."""
    return policy_of(*(layer(f"layer {number}", text) for number, text in enumerate(texts, 1)))
