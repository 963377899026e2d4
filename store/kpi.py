"""What the product measures of itself in a period: verdicts, alerts, promises, chances and the room's clocks.

Invariant: reads only; what it reads grows with the period, never with what is older. May import: msgspec, core.verdict,
store.statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from core.verdict import WARNINGS
from store.statements import load

_SQL = load("kpi")


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: from `since` until before `until`, UTC; None is any carrier, any kind."""

    since: datetime
    until: datetime
    carrier: str | None = None
    kinds: Sequence[str] | None = None

    @property
    def days(self) -> tuple[date, date]:
        """Give the first and the last day of the counts by day."""
        last = self.until - datetime.resolution
        return self.since.date(), last.date()


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts on the exceptions of a kind and carrier, and troubles that were missed."""

    kind: str
    carrier: str
    right: int
    wrong: int
    unknown: int
    missed: int
    found: int
    retracted: int


class Leads(msgspec.Struct, frozen=True, kw_only=True):
    """How many troubles were found so many quarters of an hour ahead."""

    kind: str
    carrier: str
    quarter: int
    n: int


class Tenth(msgspec.Struct, frozen=True, kw_only=True):
    """Chances from `tenth` tenths on: how many were told, how many came late, and the sum of the chances in percent."""

    tenth: int
    told: int
    came_late: int
    percents: int


class Parcels(msgspec.Struct, frozen=True, kw_only=True):
    """Parcels that arrived, promises that were kept and missed."""

    arrived: int
    kept: int
    missed: int


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """How many clocks that began in the period are in a state. `minutes` until they were met; None: they were not."""

    clock: str
    state: str
    breached: bool
    minutes: int | None
    n: int


class CaseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Cases opened, resolved and reopened in the period; `at_first_go`: resolved and never reopened."""

    opened: int
    complaints: int
    resolved: int
    mistaken: int
    at_first_go: int
    reopened: int


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that was wrong, or a trouble that was missed."""

    verdict_id: str
    parcel_id: str
    carrier: str
    waybill: str
    kind: str
    verdict: str
    why: str
    at: datetime
    opened_at: datetime | None


async def verdicts(connection: Any, period: Period) -> list[Verdicts]:
    """Give the verdicts by kind and carrier."""
    rows = await connection.fetch(_SQL["verdicts"], period.since, period.until, period.carrier, period.kinds)
    return [Verdicts(**dict(row)) for row in rows]


async def leads(connection: Any, period: Period) -> list[Leads]:
    """Give how far ahead warnings were; other kinds say what is, not what will be."""
    kinds = [kind.value for kind in WARNINGS if period.kinds is None or kind.value in period.kinds]
    rows = await connection.fetch(_SQL["leads"], period.since, period.until, period.carrier, kinds)
    return [Leads(**dict(row)) for row in rows]


async def alerts(connection: Any, period: Period) -> dict[tuple[str, str], int]:
    """Give how many exceptions were opened, by kind and carrier."""
    rows = await connection.fetch(_SQL["alerts"], period.since, period.until, period.carrier, period.kinds)
    return {(row["kind"], row["carrier"]): row["n"] for row in rows}


async def tallies(connection: Any, period: Period) -> tuple[Parcels, list[Tenth]]:
    """Give what became of promises, and of the chances that were told."""
    rows = await connection.fetch(_SQL["tallies"], *period.days, period.carrier)
    names = ("tenth", "told", "came_late", "percents")
    tenths = [Tenth(**{name: row[name] for name in names}) for row in rows]
    return Parcels(arrived=rows[0]["arrived"], kept=rows[0]["kept"], missed=rows[0]["missed"]), tenths


async def clocks(connection: Any, period: Period) -> list[Clocks]:
    """Give what became of the clocks that began."""
    rows = await connection.fetch(_SQL["clocks"], period.since, period.until, period.carrier)
    return [Clocks(**dict(row)) for row in rows]


async def cases(connection: Any, period: Period) -> CaseFigures:
    """Give how many cases were opened, resolved and reopened."""
    row = await connection.fetchrow(_SQL["cases"], period.since, period.until, period.carrier)
    return CaseFigures(**dict(row))


async def examples(connection: Any, period: Period, limit: int = 20) -> list[Example]:
    """Give the latest alerts that were wrong and troubles that were missed."""
    rows = await connection.fetch(_SQL["examples"], period.since, period.until, period.carrier, period.kinds, limit)
    return [Example(**dict(row)) for row in rows]


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """All of a period."""

    verdicts: list[Verdicts]
    leads: list[Leads]
    alerts: dict[tuple[str, str], int]
    parcels: Parcels
    tenths: list[Tenth]
    clocks: list[Clocks]
    cases: CaseFigures
    examples: list[Example]


async def read(connection: Any, period: Period, limit: int) -> Kpi:
    """Read everything as of one moment, with at most `limit` examples."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_SQL["plan_anew"])
        parcels, tenths = await tallies(connection, period)
        return Kpi(
            verdicts=await verdicts(connection, period),
            leads=await leads(connection, period),
            alerts=await alerts(connection, period),
            parcels=parcels,
            tenths=tenths,
            clocks=await clocks(connection, period),
            cases=await cases(connection, period),
            examples=await examples(connection, period, limit),
        )
