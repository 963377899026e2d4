"""The form of a policy file: its tables, what they may hold, and what types alone cannot say.

Invariant: what `read` gives is whole and sound; what is not raises PolicyError with the key's name.
May import: the standard library, msgspec, core.case, core.event, core.finding,
core.incident, core.scan.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from core.case import CaseKind
from core.event import Tier
from core.finding import Kind, Severity
from core.incident import IncidentKind
from core.scan import Milestone

NEVER = "never"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}[smhd]$")]
_Limit = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,6}[smhd]|never)$")]
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
_MEASURES = (
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


class PolicyError(ValueError):
    """A policy cannot be used; the message names the key."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the policy file."""


class MeasuresFile(_File, frozen=True):
    """What is measured of a kind; which of them have a meaning says `KEYS`."""

    limit: _Limit | None = None
    limits: dict[Milestone, _Limit] = {}
    held: _Limit | None = None
    unpromised: _Duration | None = None
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
    worse_after: _Duration | None = None
    case: CaseKind | None = None
    notice: _Name | None = None
    cleared: _Name | None = None
    doing: _Name | None = None


class ChangeFile(MeasuresFile, frozen=True):
    """What an override changes of a kind."""

    severity: SeverityName | None = None
    worse: SeverityName | None = None
    worse_after: _Duration | None = None


class OverrideFile(_File, frozen=True):
    """Other rules for a shop, a carrier, a service, or what belongs to several of them."""

    source: _Source
    shop: _Name | None = None
    carrier: _Name | None = None
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
    def services(self) -> tuple[str, ...]:
        """Give the services by any of their names; none means every service."""
        return (self.service,) if isinstance(self.service, str) else tuple(self.service or ())

    def of(self, kind: Kind) -> ChangeFile | None:
        """Give what it changes of a kind."""
        change: ChangeFile | None = getattr(self, kind.value)
        return change


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


def _check(file: PolicyFile) -> None:
    """Raise PolicyError for what types alone cannot say."""
    _whole("kinds", Kind, file.kinds)
    _whole("priority.severity", SEVERITIES, file.priority.severity)
    _whole("priority.tier", Tier, file.priority.tier)
    for kind, rule in file.kinds.items():
        key = f"kinds.{kind.value}"
        _grave(key, rule.severity, rule.worse, rule.worse_after)
        _fitting(key, kind, rule)
        for name in KEYS.get(kind, _NONE):
            if name != "limits" and getattr(rule, name) is None:
                raise PolicyError(f"{key}.{name}: is missing")
    for at, override in enumerate(file.override):
        key = f"override[{at}]"
        if override.shop is None and override.carrier is None and not override.services:
            raise PolicyError(f"{key}: needs shop, carrier or service")
        for kind, base in file.kinds.items():
            change = override.of(kind)
            if change is None:
                continue
            if change.settle is not None:
                raise PolicyError(f"{key}.{kind.value}.settle: is the same for all")
            _fitting(f"{key}.{kind.value}", kind, change)
            _grave(
                f"{key}.{kind.value}",
                change.severity or base.severity,
                change.worse or base.worse,
                change.worse_after or base.worse_after,
            )
    if not seconds(file.learned.half_life):
        raise PolicyError("learned.half_life: must be longer than nothing")
    if file.early.keep > file.early.warn:
        raise PolicyError("early.keep: must not be above early.warn")
    _whole("incidents.first", IncidentKind, file.incidents.first)
    if file.incidents.closes <= file.incidents.opens:
        raise PolicyError("incidents.closes: must be above incidents.opens")
    starts = [step.from_minor for step in file.priority.value]
    if starts[0] != 0 or starts != sorted(set(starts)):
        raise PolicyError("priority.value: from_minor must begin at 0 and rise")


_NONE: frozenset[str] = frozenset()


def _fitting(key: str, kind: Kind, measures: MeasuresFile) -> None:
    """Raise PolicyError for what has no meaning for the kind."""
    for name in _MEASURES:
        if getattr(measures, name) not in (None, {}) and name not in KEYS.get(kind, _NONE):
            raise PolicyError(f"{key}.{name}: has no meaning here")


def _grave(key: str, severity: SeverityName, worse: SeverityName | None, after: str | None) -> None:
    if (worse is None) != (after is None):
        raise PolicyError(f"{key}.worse: needs worse_after, and the other way round")
    if worse is not None and SEVERITIES[worse] <= SEVERITIES[severity]:
        raise PolicyError(f"{key}.worse: must be graver than severity")


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
        msgspec.convert(tables, PolicyFile)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _converted(tables: Mapping[str, Any]) -> PolicyFile:
    """Check the types. Raises PolicyError naming the key."""
    try:
        return msgspec.convert(tables, PolicyFile)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        place = place.removeprefix("key` in `").strip("`").removeprefix("$").removeprefix(".")
        raise PolicyError(f"{_named(tables, place, str(error)) or 'policy'}: {message}") from error


def read(tables: Mapping[str, object]) -> PolicyFile:
    """Give the policy that tables hold. Raises PolicyError naming the key."""
    file = _converted(tables)
    _check(file)
    return file


def _laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables over tables key by key; `override` lists are joined, other values replaced."""
    laid = dict(base)
    for key, value in top.items():
        old = laid.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            laid[key] = _laid_over(old, value)
        elif key == "override" and isinstance(old, list) and isinstance(value, list):
            laid[key] = [*old, *value]
        else:
            laid[key] = value
    return laid


def merged(*layers: str) -> dict[str, Any]:
    """Read TOML texts, later over earlier. Raises PolicyError naming the layer that is no TOML."""
    tables: dict[str, Any] = {}
    for number, text in enumerate(layers, 1):
        try:
            tables = _laid_over(tables, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"layer {number}: is no TOML: {error}") from error
    return tables
