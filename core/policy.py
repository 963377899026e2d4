"""The rules by which parcels are watched: limits, severities, clocks, cases, notices, each with its source.

Invariant: a policy is whole or not at all: an unknown key, a missing one or a wrong value raises PolicyError with the
key's name. Limits are looked up by (carrier, service) and remembered; the memory is bounded by the policy's own size.
May import: the standard library, msgspec, core.baseline, core.scan, core.event, core.finding, core.case,
core.incident.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from core.baseline.learned import Asked
from core.case import CaseKind, Clock
from core.event import Tier
from core.finding import Kind, Severity
from core.incident import IncidentKind
from core.incident.limits import Limits
from core.scan import Milestone

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_NEVER = "never"
_Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}[smhd]$")]
_Limit = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,6}[smhd]|never)$")]
_Source = Annotated[str, msgspec.Meta(min_length=3)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# The facts of a parcel keep this many attempts.
_Count = Annotated[int, msgspec.Meta(ge=2, le=8)]
_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_Margin = Annotated[float, msgspec.Meta(ge=1, le=10)]
_Severity = Literal["info", "minor", "major", "critical"]
_SEVERITIES: dict[str, Severity] = {
    "info": Severity.INFO,
    "minor": Severity.MINOR,
    "major": Severity.MAJOR,
    "critical": Severity.CRITICAL,
}
_LIMITED = frozenset({Kind.NOT_PICKED_UP, Kind.STALLED, Kind.LATE, Kind.LOSS_SUSPECTED})
_SETTLED = frozenset({Kind.DAMAGE_REPORTED, Kind.LOSS_REPORTED, Kind.NOT_RECEIVED})
_BY_MILESTONE = frozenset({Kind.STALLED, Kind.LOSS_SUSPECTED})


class PolicyError(ValueError):
    """A policy cannot be used; the message names the key."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the policy file."""


class _KindFile(_File, frozen=True):
    source: _Source
    severity: _Severity
    worse: _Severity | None = None
    worse_after: _Duration | None = None
    limit: _Limit | None = None
    limits: dict[Milestone, _Limit] = {}
    count: _Count | None = None
    settle: _Duration | None = None
    case: CaseKind | None = None
    notice: _Name | None = None
    cleared: _Name | None = None
    doing: _Name | None = None


class _LimitsFile(_File, frozen=True):
    limit: _Limit | None = None
    limits: dict[Milestone, _Limit] = {}
    count: _Count | None = None


class _OverrideFile(_File, frozen=True):
    source: _Source
    carrier: _Name | None = None
    service: _Name | Annotated[list[_Name], msgspec.Meta(min_length=1)] | None = None
    not_picked_up: _LimitsFile | None = None
    stalled: _LimitsFile | None = None
    late: _LimitsFile | None = None
    loss_suspected: _LimitsFile | None = None
    repeated_attempts: _LimitsFile | None = None
    remaining: dict[Milestone, _Duration] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """Give the services by any of their names; none means every service."""
        return (self.service,) if isinstance(self.service, str) else tuple(self.service or ())


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
    severity: dict[_Severity, Annotated[int, msgspec.Meta(ge=1)]]
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


class _PolicyFile(_File, frozen=True):
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
    override: list[_OverrideFile] = []


class Limit(msgspec.Struct, frozen=True):
    """A limit with the policy key it comes from and the source of the rule."""

    delta: timedelta
    seconds: int
    rule: str
    source: str


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """How limits that were learned are used: what is asked of the learned, and where that rule comes from."""

    asked: Asked
    half_life_days: float
    source: str


class KindRule(msgspec.Struct, frozen=True, kw_only=True):
    """What policy says of a kind, for every carrier alike."""

    severity: Severity
    worse: Severity | None
    worse_after: timedelta | None
    settle: timedelta
    source: str
    case: CaseKind | None
    notice: str | None
    cleared: str | None
    doing: str | None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The limits that hold for one carrier and service. A milestone that is absent has no limit."""

    not_picked_up: Limit | None
    late: Limit | None
    stalled: dict[Milestone, Limit]
    loss_suspected: dict[Milestone, Limit]
    attempts: int
    attempts_rule: str
    attempts_source: str
    remaining: dict[Milestone, timedelta]


class Policy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A validated policy. `rules_for` gives the limits of a carrier and service."""

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
    file: _PolicyFile
    carriers: frozenset[str]
    services: frozenset[str]
    memory: dict[tuple[str | None, str | None], Rules]

    def rules_for(self, carrier: str, service: str | None) -> Rules:
        """Give the limits for a carrier and service.

        What no override names shares one entry, so memory stays small.
        """
        key = (carrier if carrier in self.carriers else None, service if service in self.services else None)
        rules = self.memory.get(key)
        if rules is None:
            rules = self.memory[key] = _rules(self.file, *key)
        return rules


def _seconds(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]]


def _delta(text: str) -> timedelta:
    return timedelta(seconds=_seconds(text))


def _limit(text: str, rule: str, source: str) -> Limit | None:
    if text == _NEVER:
        return None
    seconds = _seconds(text)
    return Limit(timedelta(seconds=seconds), seconds, rule, source)


def _suffix(override: _OverrideFile) -> str:
    return "".join(f".{part}" for part in (override.carrier, *override.services[:1]) if part)


def _rules(file: _PolicyFile, carrier: str | None, service: str | None) -> Rules:
    """Lay the overrides that match over the general limits: the more exact one wins, then the later one."""
    matching = sorted(
        (
            override
            for override in file.override
            if override.carrier in (None, carrier) and (not override.services or service in override.services)
        ),
        # A service says more about time than a carrier does.
        key=lambda override: 2 * bool(override.services) + (override.carrier is not None),
    )

    def one(kind: Kind) -> Limit | None:
        base = file.kinds[kind]
        limit = _limit(base.limit or _NEVER, kind.value, base.source)
        for override in matching:
            other: _LimitsFile | None = getattr(override, kind.value)
            if other is not None and other.limit is not None:
                limit = _limit(other.limit, f"{kind.value}{_suffix(override)}", override.source)
        return limit

    def by_milestone(kind: Kind) -> dict[Milestone, Limit]:
        base = file.kinds[kind]
        general = one(kind)
        limits: dict[Milestone, Limit | None] = dict.fromkeys(Milestone, general)
        for milestone, text in base.limits.items():
            own = _limit(text, f"{kind.value}.{milestone.value}", base.source)
            limits[milestone] = own
        for override in matching:
            other: _LimitsFile | None = getattr(override, kind.value)
            if other is None:
                continue
            for milestone, text in other.limits.items():
                rule = f"{kind.value}{_suffix(override)}.{milestone.value}"
                limits[milestone] = _limit(text, rule, override.source)
        return {milestone: limit for milestone, limit in limits.items() if limit is not None}

    repeated = file.kinds[Kind.REPEATED_ATTEMPTS]
    count, rule, source = repeated.count or 2, Kind.REPEATED_ATTEMPTS.value, repeated.source
    remaining = dict(file.promise.remaining)
    for override in matching:
        remaining |= override.remaining
        if override.repeated_attempts is not None and override.repeated_attempts.count is not None:
            count, source = override.repeated_attempts.count, override.source
            rule = f"{Kind.REPEATED_ATTEMPTS.value}{_suffix(override)}"
    return Rules(
        not_picked_up=one(Kind.NOT_PICKED_UP),
        late=one(Kind.LATE),
        stalled=by_milestone(Kind.STALLED),
        loss_suspected=by_milestone(Kind.LOSS_SUSPECTED),
        attempts=count,
        attempts_rule=rule,
        attempts_source=source,
        remaining={milestone: _delta(text) for milestone, text in remaining.items()},
    )


def _check(file: _PolicyFile) -> None:
    """Raise PolicyError for what types alone cannot say."""
    _whole("kinds", Kind, file.kinds)
    _whole("priority.severity", _SEVERITIES, file.priority.severity)
    _whole("priority.tier", Tier, file.priority.tier)
    for kind, rule in file.kinds.items():
        key = f"kinds.{kind.value}"
        if (rule.worse is None) != (rule.worse_after is None):
            raise PolicyError(f"{key}.worse: needs worse_after, and the other way round")
        if rule.worse is not None and _SEVERITIES[rule.worse] <= _SEVERITIES[rule.severity]:
            raise PolicyError(f"{key}.worse: must be graver than severity")
        if (rule.limit is None) == (kind in _LIMITED):
            raise PolicyError(f"{key}.limit: {'is missing' if kind in _LIMITED else 'has no meaning here'}")
        if (rule.settle is None) == (kind in _SETTLED):
            raise PolicyError(f"{key}.settle: {'is missing' if kind in _SETTLED else 'has no meaning here'}")
        if (rule.count is None) == (kind is Kind.REPEATED_ATTEMPTS):
            word = "is missing" if kind is Kind.REPEATED_ATTEMPTS else "has no meaning here"
            raise PolicyError(f"{key}.count: {word}")
        if rule.limits and kind not in _BY_MILESTONE:
            raise PolicyError(f"{key}.limits: has no meaning here")
    for at, override in enumerate(file.override):
        key = f"override[{at}]"
        if override.carrier is None and not override.services:
            raise PolicyError(f"{key}: needs carrier or service")
        for kind in (*sorted(_LIMITED), Kind.REPEATED_ATTEMPTS):
            other: _LimitsFile | None = getattr(override, kind.value)
            if other is None:
                continue
            if other.limit is not None and kind not in _LIMITED:
                raise PolicyError(f"{key}.{kind.value}.limit: has no meaning here")
            if other.count is not None and kind is not Kind.REPEATED_ATTEMPTS:
                raise PolicyError(f"{key}.{kind.value}.count: has no meaning here")
            if other.limits and kind not in _BY_MILESTONE:
                raise PolicyError(f"{key}.{kind.value}.limits: has no meaning here")
    if not _seconds(file.learned.half_life):
        raise PolicyError("learned.half_life: must be longer than nothing")
    if file.early.keep > file.early.warn:
        raise PolicyError("early.keep: must not be above early.warn")
    _whole("incidents.first", IncidentKind, file.incidents.first)
    if file.incidents.closes <= file.incidents.opens:
        raise PolicyError("incidents.closes: must be above incidents.opens")
    starts = [step.from_minor for step in file.priority.value]
    if starts[0] != 0 or starts != sorted(set(starts)):
        raise PolicyError("priority.value: from_minor must begin at 0 and rise")


def _whole(key: str, wanted: Any, given: Mapping[Any, object]) -> None:
    for name in wanted:
        if name not in given:
            raise PolicyError(f"{key}.{name}: is missing")


def _only(tables: Any, way: list[str], key: str) -> Any:
    """Give the tables with nothing but `key` in the table at the end of the way."""
    if not way:
        return {key: tables[key]}
    if isinstance(tables, list):
        at = int(way[0])
        return [*tables[:at], _only(tables[at], way[1:], key), *tables[at + 1 :]]
    return tables | {way[0]: _only(tables[way[0]], way[1:], key)}


def _named(tables: Mapping[str, Any], place: str, says: str) -> str:
    """Put the key in place of `[...]`, which msgspec says where keys are data: the one that alone gives the error."""
    before, dots, after = place.partition("[...]")
    if not dots:
        return place
    way = re.findall(r"[^.\[\]]+", before)
    inside: Any = tables
    for key in way:
        inside = inside[int(key) if isinstance(inside, list) else key]
    guilty = next(key for key in inside if _error(_only(tables, way, key)) == says)
    return _named(_only(tables, way, guilty), f"{before}.{guilty}{after}", says)


def _error(tables: Mapping[str, Any]) -> str | None:
    try:
        msgspec.convert(tables, _PolicyFile)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _converted(tables: Mapping[str, Any]) -> _PolicyFile:
    """Check the types. Raises PolicyError naming the key."""
    try:
        return msgspec.convert(tables, _PolicyFile)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        place = place.removeprefix("key` in `").strip("`").removeprefix("$").removeprefix(".")
        raise PolicyError(f"{_named(tables, place, str(error)) or 'policy'}: {message}") from error


def parse_policy(tables: Mapping[str, object]) -> Policy:
    """Validate the tables of a policy. Raises PolicyError naming the key."""
    file = _converted(tables)
    _check(file)
    return Policy(
        version=file.version,
        future_tolerance=_delta(file.time.future_tolerance),
        backlog=_delta(file.time.backlog),
        give_up=_delta(file.time.give_up),
        learned=Learned(
            asked=Asked(
                stalled_share=file.learned.stalled_share,
                stalled_margin=file.learned.stalled_margin,
                lost_share=file.learned.lost_share,
                lost_margin=file.learned.lost_margin,
                stalled_floor=_seconds(file.learned.stalled_floor),
                lost_floor=_seconds(file.learned.lost_floor),
                least=file.learned.least,
                warn=file.early.warn,
            ),
            half_life_days=_seconds(file.learned.half_life) / 86_400,
            source=file.learned.source,
        ),
        warn=file.early.warn,
        keep=file.early.keep,
        early_source=file.early.source,
        incidents=Limits(
            surprise=file.incidents.surprise,
            opens=file.incidents.opens,
            closes=file.incidents.closes,
            least=file.incidents.least,
            days=_seconds(file.incidents.learn) / 86_400,
            settle_s=_seconds(file.incidents.settle),
            late=file.incidents.late,
            slower=file.incidents.slower,
            lorries=file.incidents.lorries,
            grace_s=_seconds(file.incidents.grace),
            feed_grace_s=_seconds(file.incidents.feed_grace),
            longest_s=_seconds(file.incidents.longest),
            restate_s=_seconds(file.incidents.restate),
            first_s={kind: _seconds(text) for kind, text in file.incidents.first.items()},
        ),
        incidents_source=file.incidents.source,
        kinds={
            kind: KindRule(
                severity=_SEVERITIES[rule.severity],
                worse=_SEVERITIES[rule.worse] if rule.worse else None,
                worse_after=_delta(rule.worse_after) if rule.worse_after else None,
                settle=_delta(rule.settle or "0s"),
                source=rule.source,
                case=rule.case,
                notice=rule.notice,
                cleared=rule.cleared,
                doing=rule.doing,
            )
            for kind, rule in file.kinds.items()
        },
        clocks={
            Clock.ACCEPT: _delta(file.clocks.accept),
            Clock.FIRST_ANSWER: _delta(file.clocks.first_answer),
            Clock.RESOLVE: _delta(file.clocks.resolve),
        },
        close_after=_delta(file.cases.close),
        priority_severity={_SEVERITIES[name]: value for name, value in file.priority.severity.items()},
        priority_tier=file.priority.tier,
        priority_value=tuple((step.from_minor, step.factor) for step in file.priority.value),
        rates=file.priority.rates,
        tell_later=_delta(file.promise.tell_later),
        tell_earlier=_delta(file.promise.tell_earlier),
        file=file,
        carriers=frozenset(override.carrier for override in file.override if override.carrier),
        services=frozenset(service for override in file.override for service in override.services),
        memory={},
    )


def _laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables over tables key by key; `override` lists are joined, other values replaced."""
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _laid_over(old, value)
        elif key == "override" and isinstance(old, list) and isinstance(value, list):
            merged[key] = [*old, *value]
        else:
            merged[key] = value
    return merged


def load_policy(*layers: str) -> Policy:
    """Read TOML texts, later over earlier. Raises PolicyError naming the key, or the layer that is no TOML."""
    tables: dict[str, Any] = {}
    for number, text in enumerate(layers, 1):
        try:
            tables = _laid_over(tables, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"layer {number}: is no TOML: {error}") from error
    return parse_policy(tables)
