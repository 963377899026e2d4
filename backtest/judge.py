"""Which alerts were right and which labels were found, by kind. The rules of matching: docs/decisions/backtest.md.

Invariant: pure; every alert is right, wrong or unknown; every label counts once.
May import: core, msgspec, backtest.tape, backtest.truth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from backtest.tape import Alert
from backtest.truth import Fate, Label, Truth
from core.figures import Middle, Share, middle, share
from core.finding import Kind

HOUR = 3_600.0
TROUBLED = frozenset(
    {
        "held",
        "slow",
        "lost",
        "lost_reported",
        "misrouted",
        "loop",
        "jam",
        "lane",
        "weather",
        "customs_hold",
        "not_picked_up",
    }
    | {"attempt_failed", "unclaimed", "returned"}
)
"""What truly holds a parcel up, so that calling its silence a stall is right. An outage is none: the parcel moves."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind is matched.

    An alert is right when the parcel has a label of `right` that had begun when it was raised. A label of `wanted` is
    found by an alert of `by` (the kind itself unless said) raised after it began and, with `in_time`, before it ended.
    A label is named by its kind, or by `kind/how`. `silence`: the label must also touch the silence that the alert
    speaks of. `of`: the kinds whose alerts are judged together under this name.
    """

    right: frozenset[str]
    wanted: frozenset[str]
    by: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()
    in_time: bool = False
    silence: bool = False
    least: int = 1
    lead: str = "after"


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


_LOST = _set("lost", "lost_reported")
_DAMAGE = _set("damage_reported", "weight_fell")
_DOOR = _set("attempt_failed", "repeated_attempts", "address_unusable", "refused")
RULES: dict[str, Rule] = {
    "not_picked_up": Rule(right=_set("not_picked_up"), wanted=_set("not_picked_up"), in_time=True),
    "stalled": Rule(
        right=TROUBLED,
        wanted=_set("held"),
        by=_set("stalled", "left_behind", "loss_suspected"),
        in_time=True,
        silence=True,
    ),
    "jammed": Rule(right=_set("jam", "lane"), wanted=_set()),
    "damage": Rule(right=_set("damaged"), wanted=_set("damaged"), of=_DAMAGE, by=_DAMAGE),
    "damage_reported": Rule(right=_set("damaged"), wanted=_set("damaged/code", "damaged/text")),
    "weight_fell": Rule(right=_set("damaged"), wanted=_set("damaged/weight")),
    "repacked": Rule(right=_set("repacked", "damaged"), wanted=_set("repacked")),
    "left_behind": Rule(right=_LOST | _set("held", "misrouted", "loop"), wanted=_set("held/left_behind"), in_time=True),
    "loss_suspected": Rule(right=_LOST, wanted=_LOST, lead="standard"),
    "loss_reported": Rule(right=_set("lost_reported"), wanted=_set("lost_reported")),
    "misrouted": Rule(right=_set("misrouted"), wanted=_set("misrouted")),
    "looping": Rule(right=_set("loop"), wanted=_set("loop")),
    "attempt_failed": Rule(right=_set("attempt_failed"), wanted=_set("attempt_failed"), by=_DOOR),
    "repeated_attempts": Rule(right=_set("attempt_failed"), wanted=_set("attempt_failed"), least=2),
    "address_unusable": Rule(right=_set("attempt_failed/bad_address"), wanted=_set("attempt_failed/bad_address")),
    "refused": Rule(right=_set("attempt_failed/refused"), wanted=_set("attempt_failed/refused")),
    "not_collected": Rule(right=_set("unclaimed"), wanted=_set("unclaimed")),
    "return_to_sender": Rule(right=_set("returned", "went_back"), wanted=_set("returned")),
    "false_signature": Rule(right=_set("false_signature"), wanted=_set("false_signature")),
    "customs_hold": Rule(right=_set("customs_hold"), wanted=_set("customs_hold"), in_time=True),
}
_FUTURE_KNOWS = _set("predicted_late", "late", "loss_suspected")
"""Kinds that the log's own future can judge."""


class Score(msgspec.Struct, kw_only=True):
    """The figures of one kind. Times in hours. `lead` is what `lead_means` says."""

    kind: str
    alerts: int
    a_day: float
    told: int
    retracted: int
    precision: Share
    recall: Share
    lead_means: str
    lead: Middle
    lead_p10: Middle
    unknown: int = 0
    wrong: list[Alert] = []
    missed: list[tuple[Fate, Label | None]] = []
    leads: list[float] = []


class Judge(msgspec.Struct, frozen=True, kw_only=True):
    """Judges the alerts of parcels registered from `since` to `until`."""

    truth: Truth
    since: datetime
    until: datetime
    standard_s: Callable[[str], float | None]

    def counts(self, parcel_id: str) -> Fate | None:
        """Give the fate of a parcel that is judged."""
        fate = self.truth.fates.get(parcel_id)
        return fate if fate is not None and self.since <= fate.registered_at < self.until else None

    @property
    def days(self) -> float:
        """Give how many days are judged."""
        return max(1e-9, (self.until - self.since) / timedelta(days=1))

    def scores(self, alerts: Iterable[Alert]) -> list[Score]:
        """Judge every kind."""
        by_kind: dict[str, list[Alert]] = defaultdict(list)
        for alert in alerts:
            if self.counts(alert.parcel_id) is not None:
                by_kind[alert.kind.value].append(alert)
        if self.truth.labelled:
            for name, rule in RULES.items():
                if together := [alert for kind in sorted(rule.of) for alert in by_kind.get(kind, ())]:
                    by_kind[name] = sorted(together, key=lambda alert: alert.opened_at)
        kinds = [*by_kind, *(kind for kind in ("predicted_late", "stalled", "loss_suspected") if kind not in by_kind)]
        return [self._score(kind, by_kind) for kind in sorted(kinds)]

    def _score(self, kind: str, by_kind: Mapping[str, Sequence[Alert]]) -> Score:
        alerts = by_kind.get(kind, ())
        if kind in ("predicted_late", "late"):
            judged = self._late(kind, alerts)
        elif kind == "thoroughly_delayed":
            judged = self._not_there(alerts)
        elif kind in RULES and (self.truth.labelled or kind in _FUTURE_KNOWS):
            judged = self._labelled(RULES[kind], kind, alerts, by_kind)
        else:
            judged = _Judged(unknown=len(alerts))
        leads = [lead / HOUR for lead in judged.leads]
        return Score(
            kind=kind,
            alerts=len(alerts),
            a_day=len(alerts) / self.days,
            told=sum(alert.told for alert in alerts),
            retracted=sum(alert.state.value == "retracted" for alert in alerts),
            precision=share(judged.right, judged.right + len(judged.wrong)),
            recall=share(judged.found, judged.found + len(judged.missed)),
            lead_means=judged.means,
            lead=middle(leads),
            lead_p10=middle(leads, 0.1),
            unknown=judged.unknown,
            wrong=judged.wrong,
            missed=judged.missed,
            leads=leads,
        )

    def _late(self, kind: str, alerts: Sequence[Alert]) -> _Judged:
        """Judge by the promise: right is an alert on a parcel that misses it; found is a parcel that missed it."""
        judged = _Judged(means="before the promise passed" if kind == "predicted_late" else "after the promise passed")
        first: dict[str, Alert] = {}
        for alert in alerts:
            fate = self.truth.fates[alert.parcel_id]
            if fate.late is None:
                judged.unknown += 1
            elif fate.late:
                judged.right += 1
                first.setdefault(alert.parcel_id, alert)
            else:
                judged.wrong.append(alert)
        for fate in self.truth.fates.values():
            if fate.late and self.counts(fate.parcel_id) is not None:
                hit = first.get(fate.parcel_id)
                if hit is None:
                    judged.missed.append((fate, None))
                    continue
                judged.found += 1
                assert fate.promised_at is not None  # noqa: S101 - it was missed
                ahead = (
                    fate.promised_at - hit.opened_at if kind == "predicted_late" else hit.opened_at - fate.promised_at
                )
                judged.leads.append(ahead.total_seconds())
        return judged

    def _not_there(self, alerts: Sequence[Alert]) -> _Judged:
        """Judge what says that a parcel has not come by now: right when it had not."""
        judged = _Judged(means="")
        for alert in alerts:
            fate = self.truth.fates[alert.parcel_id]
            if not fate.known:
                judged.unknown += 1
            elif fate.arrived_at is None or fate.arrived_at > alert.opened_at:
                judged.right += 1
            else:
                judged.wrong.append(alert)
        return judged

    def _labelled(
        self, rule: Rule, kind: str, alerts: Sequence[Alert], by_kind: Mapping[str, Sequence[Alert]]
    ) -> _Judged:
        judged = _Judged(means="before the standard's limit" if rule.lead == "standard" else "after it began")
        for alert in alerts:
            if alert.kind is Kind.DAMAGE_REPORTED and not alert.evidence.scans:
                judged.unknown += 1  # the consumer's own word is nobody's detection
                continue
            fate = self.truth.fates[alert.parcel_id]
            if len([label for label in fate.labels if _right(rule, alert, label)]) >= rule.least:
                judged.right += 1
            else:
                judged.wrong.append(alert)
        finders: dict[str, list[Alert]] = defaultdict(list)
        for name in rule.by or {kind}:
            for alert in by_kind.get(name, ()):
                finders[alert.parcel_id].append(alert)
        for fate in self.truth.fates.values():
            if self.counts(fate.parcel_id) is None:
                continue
            wanted = [label for label in fate.labels if _named(label, rule.wanted)]
            if len(wanted) < rule.least:
                continue
            for label in wanted[rule.least - 1 :] if rule.least == 1 else wanted[rule.least - 1 : rule.least]:
                if kind == "loss_suspected" and self._told_before(fate, label):
                    continue
                hits = [alert for alert in finders.get(fate.parcel_id, ()) if _finds(rule, alert, label)]
                if not hits:
                    judged.missed.append((fate, label))
                    continue
                judged.found += 1
                hit = min(hits, key=lambda alert: alert.opened_at)
                lead = (hit.opened_at - label.since).total_seconds()
                if rule.lead == "standard":
                    standard_s = self.standard_s(fate.parcel_id)
                    if standard_s is None:
                        continue
                    lead = standard_s - lead
                judged.leads.append(lead)
        return judged

    def _told_before(self, fate: Fate, label: Label) -> bool:
        """Say whether the carrier told of the loss before the standard's limit: then there was little to suspect."""
        limit_s = self.standard_s(fate.parcel_id)
        reported = [one.until for one in fate.labels if one.kind == "lost_reported" and one.until is not None]
        return bool(reported) and limit_s is not None and min(reported) < label.since + timedelta(seconds=limit_s)


class _Judged(msgspec.Struct):
    means: str = ""
    right: int = 0
    found: int = 0
    unknown: int = 0
    wrong: list[Alert] = []
    missed: list[tuple[Fate, Label | None]] = []
    leads: list[float] = []


def _named(label: Label, names: frozenset[str]) -> bool:
    return label.kind in names or f"{label.kind}/{label.how}" in names


def _right(rule: Rule, alert: Alert, label: Label) -> bool:
    if not _named(label, rule.right) or label.since > alert.opened_at:
        return False
    if not rule.silence or label.until is None:
        return True
    return label.until >= silence_began(alert)


def _finds(rule: Rule, alert: Alert, label: Label) -> bool:
    if alert.opened_at < label.since:
        return False
    return not rule.in_time or label.until is None or alert.opened_at <= label.until


def silence_began(alert: Alert) -> datetime:
    """Give when the silence began that an alert speaks of."""
    return alert.opened_at - timedelta(seconds=alert.evidence.measured_s or 0)
