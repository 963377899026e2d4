"""How often the product is right, how early, and how well the room keeps its clocks: the figures of a period.

Invariant: what was not counted has no share, never zero; every share comes with its 95 % interval. Days are UTC days.
May import: core, store, api.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from api.routes import Auth, Body, Call, route
from core import figures
from core.case import Clock, ClockState
from core.figures import quantile
from core.finding import Kind
from core.verdict import MISSABLE, STATED
from store import kpi as store
from store.kpi import Clocks, Period, Tenth

LONGEST = 400
USUAL = 7
EXAMPLES = 20
QUARTER_S = 900
_DAY = timedelta(days=1)
_OPEN = frozenset({ClockState.RUNNING, ClockState.PAUSED})
#: What the after-sales plan asks for: name, share, and whether that is the most instead of the least.
AIMS = (
    ("early_right", 0.85, False),
    ("on_time", 0.98, False),
    ("damaged", 0.015, True),
    ("complaints", 0.03, True),
    ("first_go", 0.85, False),
)


class KpiQuery(Body):
    """The period, and filters. The room's figures have no kind; `kind` leaves them as they are."""

    since: Annotated[date | None, Field(description="first day, UTC; default: a week with `until`")] = None
    until: Annotated[date | None, Field(description="last day, UTC; default: today")] = None
    carrier: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    kind: list[Kind] | None = None

    @model_validator(mode="after")
    def _is_a_period(self) -> KpiQuery:
        if self.since is not None and self.until is not None:
            if self.since > self.until:
                raise ValueError("since is after until")
            if (self.until - self.since).days >= LONGEST:
                raise ValueError(f"ask for at most {LONGEST} days")
        return self


class Share(BaseModel):
    """`hits` of `of` with the Wilson 95 % interval of the share; nulls when nothing was counted."""

    hits: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class KindFigures(BaseModel):
    """How right the exceptions of a kind were (of one carrier, or of all: null).

    `precision` is of those judged right or wrong (`unknown` ones are left out), null for kinds that repeat a statement
    which nothing tests. `recall` is of the troubles that are
    known, null for kinds of which nobody can know that one was missed. Leads, of warnings only, are to a quarter of an
    hour: half, and nine in ten, of the troubles that were found had been found so long before.
    """

    kind: Kind
    carrier: str | None
    alerts: int
    a_day: float
    right: int
    wrong: int
    unknown: int
    missed: int
    retracted: int
    precision: Share | None
    recall: Share | None
    lead_median_s: int | None
    lead_p10_s: int | None


class TenthFigures(BaseModel):
    """Chances to come late that were told, from `low` to `high`: what they said on average, and what came true."""

    low: float
    high: float
    told: int
    said: float | None
    came: Share


class Calibration(BaseModel):
    """Whether of parcels told 80 to 90 %, 80 to 90 % come late. `error`: the expected calibration error."""

    told: int
    error: float | None
    tenths: list[TenthFigures]


class Aim(BaseModel):
    """A figure that the after-sales plan asks for. With `at_most` the share must not exceed the aim."""

    name: str
    aim: float
    at_most: bool
    reached: bool | None
    value: Share


class ClockShares(BaseModel):
    """The clocks that began in the period. `in_time` is of those that were met or breached."""

    clock: Clock
    limit_s: int
    started: int
    running: int
    cancelled: int
    breached: int
    in_time: Share
    median_minutes: int | None


class Cases(BaseModel):
    """Cases opened, resolved, closed as mistaken, and taken up again in the period."""

    opened: int
    complaints: int
    resolved: int
    mistaken: int
    reopened: int


class Parcels(BaseModel):
    """Parcels that arrived (delivered, or ready for collection), promises kept and missed."""

    arrived: int
    kept: int
    missed: int


class Mistake(BaseModel):
    """An exception that was wrong, or a trouble that was missed; `why` says what the verdict rests on."""

    parcel_id: str
    carrier: str
    waybill: str
    kind: Kind
    verdict: str
    why: str
    at: datetime
    opened_at: datetime | None


class Kpi(BaseModel):
    """The figures of the days from `since` to `until`. `kinds` over all carriers, `by_carrier` each of them."""

    since: date
    until: date
    days: float
    aims: list[Aim]
    kinds: list[KindFigures]
    by_carrier: list[KindFigures]
    calibration: Calibration
    parcels: Parcels
    clocks: list[ClockShares]
    cases: Cases
    mistakes: list[Mistake]


def _share(hits: int, of: int) -> Share:
    found = figures.share(hits, of)
    return Share(hits=hits, of=of, share=found.share, low=found.low, high=found.high)


def _kinds(found: store.Kpi, days: float) -> list[KindFigures]:
    """Give the figures by kind (carrier None), and by kind and carrier, in the order of kinds."""
    counts: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    leads: dict[tuple[str, str | None], Counter[int]] = defaultdict(Counter)
    for (kind, of_carrier), n in found.alerts.items():
        for key in ((kind, None), (kind, of_carrier)):
            counts[key]["alerts"] += n
    for row in found.verdicts:
        for key in ((row.kind, None), (row.kind, row.carrier)):
            for name in ("right", "wrong", "unknown", "missed", "found", "retracted"):
                counts[key][name] += getattr(row, name)
    for lead in found.leads:
        for key in ((lead.kind, None), (lead.kind, lead.carrier)):
            leads[key][lead.quarter] += lead.n
    order = {kind.value: place for place, kind in enumerate(Kind)}
    made = []
    for kind, carrier in sorted(counts, key=lambda key: (order[key[0]], key[1] or "")):
        of, quarters = counts[kind, carrier], leads[kind, carrier]
        median, tenth = quantile(quarters, 0.5), quantile(quarters, 0.1)
        made.append(
            KindFigures(
                kind=Kind(kind),
                carrier=carrier,
                alerts=of["alerts"],
                a_day=round(of["alerts"] / days, 2),
                right=of["right"],
                wrong=of["wrong"],
                unknown=of["unknown"],
                missed=of["missed"],
                retracted=of["retracted"],
                precision=_share(of["right"], of["right"] + of["wrong"]) if kind not in STATED else None,
                recall=_share(of["found"], of["found"] + of["missed"]) if kind in MISSABLE else None,
                lead_median_s=None if median is None else median * QUARTER_S,
                lead_p10_s=None if tenth is None else tenth * QUARTER_S,
            )
        )
    return made


def _calibration(tenths: Iterable[Tenth]) -> Calibration:
    made = []
    told = 0
    error = 0.0
    for one in tenths:
        said = one.percents / 100
        told += one.told
        error += abs(said - one.came_late)
        made.append(
            TenthFigures(
                low=one.tenth / 10,
                high=(one.tenth + 1) / 10,
                told=one.told,
                said=said / one.told if one.told else None,
                came=_share(one.came_late, one.told),
            )
        )
    return Calibration(told=told, error=error / told if told else None, tenths=made)


def _clocks(rows: Iterable[Clocks], limits: dict[Clock, int]) -> list[ClockShares]:
    groups: dict[str, list[Clocks]] = defaultdict(list)
    for row in rows:
        groups[row.clock].append(row)
    made = []
    for clock, limit_s in limits.items():
        mine = groups[clock.value]
        minutes: Counter[int] = Counter()
        for row in mine:
            if row.minutes is not None:
                minutes[row.minutes] += row.n
        breached = sum(row.n for row in mine if row.breached)
        met = sum(row.n for row in mine if row.minutes is not None and not row.breached)
        made.append(
            ClockShares(
                clock=clock,
                limit_s=limit_s,
                started=sum(row.n for row in mine),
                running=sum(row.n for row in mine if row.state in _OPEN),
                cancelled=sum(row.n for row in mine if row.state == ClockState.CANCELLED),
                breached=breached,
                in_time=_share(met, met + breached),
                median_minutes=quantile(minutes, 0.5),
            )
        )
    return made


def _aims(found: store.Kpi, kinds: Iterable[KindFigures]) -> list[Aim]:
    by_kind = {each.kind: each for each in kinds if each.carrier is None}
    early, damaged = by_kind.get(Kind.PREDICTED_LATE), by_kind.get(Kind.DAMAGE_REPORTED)
    parcels, cases = found.parcels, found.cases
    values = {
        "early_right": (early.precision if early is not None else None) or _share(0, 0),
        "on_time": _share(parcels.kept, parcels.kept + parcels.missed),
        "damaged": _share(min(damaged.alerts, parcels.arrived) if damaged is not None else 0, parcels.arrived),
        "complaints": _share(min(cases.complaints, parcels.arrived), parcels.arrived),
        "first_go": _share(cases.at_first_go, cases.resolved - cases.mistaken),
    }
    made = []
    for name, aim, at_most in AIMS:
        share = values[name].share
        reached = None if share is None else share <= aim if at_most else share >= aim
        made.append(Aim(name=name, aim=aim, at_most=at_most, reached=reached, value=values[name]))
    return made


@route(
    "GET",
    "/v1/kpi",
    auth=Auth.AGENT,
    summary="How right, how early, and how well the clocks are kept",
    description="Exceptions are judged as truths come in; a verdict counts on the day on which it became known. "
    "docs/decisions/kpi.md says what counts as right and what cannot be known.",
    query=KpiQuery,
    answers={200: Kpi},
)
async def kpi(call: Call[None, KpiQuery]) -> Kpi:
    """Give the figures of a period."""
    query, now = call.query, call.services.now()
    until = query.until or (query.since + timedelta(days=USUAL - 1) if query.since else now.date())
    since = query.since or until - timedelta(days=USUAL - 1)
    start, end = (datetime.combine(day, time(), UTC) for day in (since, until + _DAY))
    period = Period(
        since=start,
        until=end,
        carrier=query.carrier,
        kinds=[kind.value for kind in query.kind] if query.kind else None,
    )
    async with call.services.pool.acquire(timeout=5) as connection:
        found = await store.read(connection, period, EXAMPLES)
    days = max((min(now, end) - start) / _DAY, 1 / 24)
    kinds = _kinds(found, days)
    limits = {clock: int(limit.total_seconds()) for clock, limit in call.services.policy.clocks.items()}
    parcels, cases = found.parcels, found.cases
    return Kpi(
        since=since,
        until=until,
        days=round(days, 3),
        aims=_aims(found, kinds),
        kinds=[each for each in kinds if each.carrier is None],
        by_carrier=[each for each in kinds if each.carrier is not None],
        calibration=_calibration(found.tenths),
        parcels=Parcels(arrived=parcels.arrived, kept=parcels.kept, missed=parcels.missed),
        clocks=_clocks(found.clocks, limits),
        cases=Cases(
            opened=cases.opened,
            complaints=cases.complaints,
            resolved=cases.resolved,
            mistaken=cases.mistaken,
            reopened=cases.reopened,
        ),
        mistakes=[
            Mistake(
                parcel_id=each.parcel_id,
                carrier=each.carrier,
                waybill=each.waybill,
                kind=Kind(each.kind),
                verdict=each.verdict,
                why=each.why,
                at=each.at,
                opened_at=each.opened_at,
            )
            for each in found.examples
        ],
    )


ROUTES = (kpi,)
