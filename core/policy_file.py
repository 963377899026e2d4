"""The form of a policy file: its tables, what they may hold, and what types alone cannot say.

Invariant: what `read` gives is whole and sound; what is not raises PolicyError with everything that is wrong.
May import: the standard library, msgspec, core.case, core.event, core.finding, core.incident, core.policy_flaws,
core.scan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from core.case import CaseKind
from core.event import Tier
from core.finding import Kind, Severity
from core.incident import IncidentKind
from core.policy_flaws import DURATION, LIMIT, Flaw, PolicyError, flaws_of, missing, unknown
from core.scan import Milestone

NEVER = "never"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_Duration = Annotated[str, msgspec.Meta(pattern=DURATION)]
_Limit = Annotated[str, msgspec.Meta(pattern=LIMIT)]
_Source = Annotated[str, msgspec.Meta(min_length=3)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# The facts of a parcel keep this many attempts.
_Count = Annotated[int, msgspec.Meta(ge=2, le=8)]
_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_Hour = Annotated[int, msgspec.Meta(ge=12, le=24)]
_Grams = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
_Margin = Annotated[float, msgspec.Meta(ge=1, le=10)]
SeverityName = Literal["info", "minor", "major", "critical"]
SEVERITIES: dict[str, Severity] = {
    "info": Severity.INFO,
    "minor": Severity.MINOR,
    "major": Severity.MAJOR,
    "critical": Severity.CRITICAL,
}
KEYS: dict[Kind, frozenset[str]] = {
    kind: frozenset(keys.split())
    for kind, keys in {
        Kind.NOT_PICKED_UP: "limit",
        Kind.STALLED: "limit limits",
        Kind.LATE: "limit",
        Kind.CUSTOMS_HOLD: "limit held",
        Kind.THOROUGHLY_DELAYED: "limit unpromised",
        Kind.DAMAGE_REPORTED: "settle",
        Kind.WEIGHT_FELL: "share grams settle",
        Kind.REPACKED: "settle",
        Kind.LEFT_BEHIND: "limit share count",
        Kind.LOSS_SUSPECTED: "limit limits",
        Kind.LOSS_REPORTED: "settle",
        Kind.CLAIM_CLOSING: "limit lead",
        Kind.REPEATED_ATTEMPTS: "count",
        Kind.NOT_COLLECTED: "limit",
        Kind.FALSE_SIGNATURE: "limit share early evening settle",
        Kind.NOT_RECEIVED: "settle",
    }.items()
}
"""What may be said of a kind besides severity, case and messages; all but `limits` must be said."""
MEASURES = (
    "limit",
    "limits",
    "held",
    "unpromised",
    "lead",
    "early",
    "evening",
    "count",
    "share",
    "grams",
    "settle",
)
"""All that can be measured of a kind, in the order in which it is told."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the policy file."""


class MeasuresFile(_File, frozen=True):
    """What is measured of a kind; which of them have a meaning says `KEYS`."""

    limit: _Limit | None = None
    limits: dict[Milestone, _Limit] = {}
    held: _Limit | None = None
    unpromised: _Limit | None = None
    lead: _Duration | None = None
    early: _Duration | None = None
    evening: _Hour | None = None
    count: _Count | None = None
    share: _Share | None = None
    grams: _Grams | None = None
    settle: _Duration | None = None


class _KindFile(MeasuresFile, frozen=True, kw_only=True):
    source: _Source
    severity: SeverityName
    worse: SeverityName | None = None
    worse_after: _Limit | None = None
    case: CaseKind | None = None
    notice: _Name | None = None
    cleared: _Name | None = None
    doing: _Name | None = None


class ChangeFile(MeasuresFile, frozen=True):
    """What an override changes of a kind."""

    severity: SeverityName | None = None
    worse: SeverityName | None = None
    worse_after: _Limit | None = None


class OverrideFile(_File, frozen=True):
    """Other rules for a shop, a carrier, a service, or what belongs to several of them."""

    source: _Source
    shop: _Name | None = None
    carrier: _Name | Annotated[list[_Name], msgspec.Meta(min_length=1)] | None = None
    service: _Name | Annotated[list[_Name], msgspec.Meta(min_length=1)] | None = None
    not_picked_up: ChangeFile | None = None
    stalled: ChangeFile | None = None
    late: ChangeFile | None = None
    predicted_late: ChangeFile | None = None
    jammed: ChangeFile | None = None
    customs_hold: ChangeFile | None = None
    thoroughly_delayed: ChangeFile | None = None
    damage_reported: ChangeFile | None = None
    weight_fell: ChangeFile | None = None
    repacked: ChangeFile | None = None
    left_behind: ChangeFile | None = None
    loss_suspected: ChangeFile | None = None
    loss_reported: ChangeFile | None = None
    claim_closing: ChangeFile | None = None
    misrouted: ChangeFile | None = None
    looping: ChangeFile | None = None
    attempt_failed: ChangeFile | None = None
    repeated_attempts: ChangeFile | None = None
    address_unusable: ChangeFile | None = None
    refused: ChangeFile | None = None
    not_collected: ChangeFile | None = None
    return_to_sender: ChangeFile | None = None
    false_signature: ChangeFile | None = None
    not_received: ChangeFile | None = None
    remaining: dict[Milestone, _Duration] = {}

    @property
    def carriers(self) -> tuple[str, ...]:
        """Give the carriers; none means every carrier."""
        return _names(self.carrier)

    @property
    def services(self) -> tuple[str, ...]:
        """Give the services by any of their names; none means every service."""
        return _names(self.service)

    def of(self, kind: Kind) -> ChangeFile | None:
        """Give what it changes of a kind."""
        change: ChangeFile | None = getattr(self, kind.value)
        return change


def _names(said: str | list[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


class _TimeFile(_File, frozen=True):
    source: _Source
    future_tolerance: _Duration
    backlog: _Duration
    give_up: _Duration


class _ClocksFile(_File, frozen=True):
    source: _Source
    accept: _Duration
    first_answer: _Duration
    resolve: _Duration


class _CasesFile(_File, frozen=True):
    source: _Source
    close: _Duration


class _StepFile(_File, frozen=True):
    from_minor: Annotated[int, msgspec.Meta(ge=0)]
    factor: Annotated[float, msgspec.Meta(gt=0)]


class _PriorityFile(_File, frozen=True):
    source: _Source
    severity: dict[SeverityName, Annotated[int, msgspec.Meta(ge=1)]]
    tier: dict[Tier, Annotated[float, msgspec.Meta(gt=0)]]
    value: Annotated[list[_StepFile], msgspec.Meta(min_length=1)]
    rates: dict[str, Annotated[float, msgspec.Meta(gt=0)]]


class _PromiseFile(_File, frozen=True):
    source: _Source
    tell_later: _Duration
    tell_earlier: _Duration
    remaining: dict[Milestone, _Duration]


class _LearnedFile(_File, frozen=True):
    source: _Source
    half_life: _Duration
    least: Annotated[int, msgspec.Meta(ge=1)]
    stalled_share: _Share
    stalled_margin: _Margin
    stalled_floor: _Duration
    lost_share: _Share
    lost_margin: _Margin
    lost_floor: _Duration


class _EarlyFile(_File, frozen=True):
    source: _Source
    warn: _Share
    keep: _Share


class _IncidentsFile(_File, frozen=True):
    source: _Source
    surprise: Annotated[float, msgspec.Meta(gt=0)]
    opens: _Share
    closes: _Share
    least: Annotated[float, msgspec.Meta(ge=1)]
    learn: _Duration
    settle: _Duration
    late: Annotated[float, msgspec.Meta(gt=1)]
    slower: Annotated[float, msgspec.Meta(gt=1)]
    lorries: Annotated[int, msgspec.Meta(ge=2)]
    grace: _Duration
    feed_grace: _Duration
    longest: _Duration
    restate: _Duration
    first: dict[IncidentKind, _Duration]


class PolicyFile(_File, frozen=True):
    """A whole policy."""

    version: _Name
    time: _TimeFile
    learned: _LearnedFile
    early: _EarlyFile
    incidents: _IncidentsFile
    kinds: dict[Kind, _KindFile]
    clocks: _ClocksFile
    cases: _CasesFile
    priority: _PriorityFile
    promise: _PromiseFile
    override: list[OverrideFile] = []


def seconds(text: str) -> int:
    """Give the seconds of a duration."""
    return int(text[:-1]) * _UNITS[text[-1]]


def delta(text: str) -> timedelta:
    """Give a duration."""
    return timedelta(seconds=seconds(text))


def _unsound(file: PolicyFile) -> Iterator[Flaw]:
    """Find what types alone cannot say."""
    yield from _whole("kinds", Kind, file.kinds)
    yield from _whole("priority.severity", SEVERITIES, file.priority.severity)
    yield from _whole("priority.tier", Tier, file.priority.tier)
    yield from _whole("incidents.first", IncidentKind, file.incidents.first)
    for kind, rule in file.kinds.items():
        key = f"kinds.{kind.value}"
        yield from _grave(key, rule.severity, rule.worse, rule.worse_after)
        yield from _fitting(key, kind, rule)
        for name in KEYS.get(kind, _NONE):
            if name != "limits" and getattr(rule, name) is None:
                yield missing(f"{key}.{name}")
    for at, override in enumerate(file.override):
        yield from _of_override(f"override[{at}]", override, file)
    if not seconds(file.learned.half_life):
        yield Flaw("learned.half_life", "is nothing", "it must be longer")
    if file.early.keep > file.early.warn:
        yield Flaw("early.keep", "is above early.warn", "it must be as high at most")
    if file.incidents.closes <= file.incidents.opens:
        yield Flaw("incidents.closes", "is not above incidents.opens", "it must be higher, or incidents flicker")
    starts = [step.from_minor for step in file.priority.value]
    if starts[0] != 0 or starts != sorted(set(starts)):
        yield Flaw("priority.value", "does not begin at 0 and rise", "the first from_minor is 0, each next one higher")


_NONE: frozenset[str] = frozenset()


def _of_override(key: str, override: OverrideFile, file: PolicyFile) -> Iterator[Flaw]:
    if override.shop is None and not override.carriers and not override.services:
        yield Flaw(key, "is for nobody", "it needs shop, carrier or service")
    for kind, base in file.kinds.items():
        change = override.of(kind)
        if change is None:
            continue
        inner = f"{key}.{kind.value}"
        if change.settle is not None and "settle" in KEYS.get(kind, _NONE):
            yield Flaw(f"{inner}.settle", "is the same for all", f"change kinds.{kind.value}.settle")
            change = msgspec.structs.replace(change, settle=None)
        yield from _fitting(inner, kind, change)
        if change.severity or change.worse or change.worse_after:
            yield from _grave(
                inner,
                change.severity or base.severity,
                change.worse or base.worse,
                change.worse_after or base.worse_after,
            )


def _fitting(key: str, kind: Kind, measures: MeasuresFile) -> Iterator[Flaw]:
    """Find what has no meaning for the kind."""
    names = KEYS.get(kind, _NONE)
    for name in MEASURES:
        if getattr(measures, name) not in (None, {}) and name not in names:
            has = ", ".join(one for one in MEASURES if one in names)
            yield Flaw(f"{key}.{name}", "has no meaning here", f"it has {has}" if has else "nothing is measured of it")


def _grave(key: str, severity: SeverityName, worse: SeverityName | None, after: str | None) -> Iterator[Flaw]:
    if (worse is None) != (after is None):
        yield Flaw(f"{key}.worse", "and worse_after go together", "say both, or neither")
    if worse is not None and after != NEVER and SEVERITIES[worse] <= SEVERITIES[severity]:
        graver = [name for name, grade in SEVERITIES.items() if grade > SEVERITIES[severity]]
        right = 'say one that is, or worse_after = "never"' + (": " + ", ".join(graver) if graver else "")
        yield Flaw(f"{key}.worse", f"is no graver than severity {severity}", right)


def _whole(key: str, wanted: Any, given: Mapping[Any, object]) -> Iterator[Flaw]:
    yield from (missing(f"{key}.{name}") for name in wanted if name not in given)


_OF_KIND = re.compile(rf"(?:kinds|override\[\d+\])\.({'|'.join(Kind)})\.[^.]+")


def _fewer(flaw: Flaw, hint: type[MeasuresFile]) -> Flaw:
    """Name only what has a meaning for the kind, where a key of a kind is not known."""
    if not (of := _OF_KIND.fullmatch(flaw.key)) or flaw.says != unknown("", ()).says:
        return flaw
    names = KEYS.get(Kind(of[1]), _NONE)
    fields = [field.name for field in msgspec.structs.fields(hint)]
    return unknown(flaw.key, [name for name in fields if name in names or name not in MEASURES])


def read(tables: Mapping[str, object]) -> PolicyFile:
    """Give the policy that tables hold. Raises PolicyError with everything that is wrong."""
    try:
        file = msgspec.convert(tables, PolicyFile)
    except msgspec.ValidationError as error:
        flaws = [
            _fewer(flaw, _KindFile if flaw.key.startswith("kinds.") else ChangeFile)
            for flaw in flaws_of(PolicyFile, tables)
        ]
        raise PolicyError(*flaws) from error
    if flaws := list(_unsound(file)):
        raise PolicyError(*flaws)
    return file
