"""Plain CSV, one scan a row, with a mapping file that says which column holds what and what its codes mean.

The format `csv` reads the columns of `csv.toml`; `format_of` makes a format of any other mapping, which is how a
carrier that mails spreadsheets is read without a line of code. The query `?carrier=` names the carrier where neither
column nor mapping does. No signature. Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from carriers._bodies import checked, utf8
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import Codes, codes_in, read_text
from carriers._times import Moment, end_of_day, moment, placed
from carriers._values import Unreadable, grams, need_waybill
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import carrier_slug, zone_of

NAME = "csv"
MAX_COLUMNS = 200
_PROBE = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
_NEEDED = ("waybill", "happened_at")
_KNOWN = (
    *_NEEDED,
    *"carrier date time code text facility facility_to place country service weight promised_at container".split(),
)
_LIMITS = {"text": 1000, "waybill": 256, "service": 80, "carrier": 64, "country": 3}
_LIMIT = 120
Columns = tuple[tuple[str, int, int], ...]
"""Of each field that is there: its name, its place in the row, and how long it may be."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file: which header stands for which field, and what the codes mean."""

    columns: dict[str, str | list[str]]
    codes: dict[str, str] = {}
    carrier: str = ""
    zone: str = ""
    time_format: str = ""
    delimiter: str = ""
    weight_unit: str = "kg"


def format_of(name: str, toml: str) -> Format:
    """Make a format of a mapping file. Raises ValueError naming what is wrong with it."""
    try:
        layout = msgspec.convert(tomllib.loads(toml), Layout)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as failure:
        raise ValueError(f"CSV mapping {name}: {failure}") from failure
    if unknown := sorted(set(layout.columns) - set(_KNOWN)):
        raise ValueError(f"CSV mapping {name}: [columns] {unknown[0]!r} is none of {', '.join(_KNOWN)}")
    if "waybill" not in layout.columns or not {"happened_at", "date"} & layout.columns.keys():
        raise ValueError(f"CSV mapping {name}: [columns] needs waybill, and happened_at or date")
    try:
        ZoneInfo(layout.zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as failure:
        raise ValueError(f"CSV mapping {name}: there is no zone {layout.zone!r}") from failure
    if len(layout.delimiter) > 1 or layout.delimiter in ("\n", "\r", '"'):
        raise ValueError(f"CSV mapping {name}: the delimiter is one character, no quote and no line's end")
    try:
        datetime.strptime(_PROBE.strftime(layout.time_format), layout.time_format)  # noqa: DTZ007  it is a probe
    except (ValueError, re.error) as failure:
        raise ValueError(f"CSV mapping {name}: time_format {layout.time_format!r} cannot be read") from failure
    codes = codes_in(f"CSV mapping {name}", layout.codes)
    return Format(name, partial(_read, name, layout, codes), codes=codes)


def _read(source: str, layout: Layout, codes: Codes, push: Push, received_at: datetime) -> Reading:
    body = utf8(checked(push.body)).decode("utf-8", "replace").replace("\0", "")
    mark = layout.delimiter or max(",;\t|", key=body.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(body, newline=""), delimiter=mark)
    try:
        header = [name.strip().casefold() for name in next(rows)[:MAX_COLUMNS]]
        at = {field: found for field, names in layout.columns.items() if (found := _column(header, names)) is not None}
        if "waybill" not in at or not {"happened_at", "date"} & at.keys():
            raise shapeless("the header names no column for the waybill, or none for the time")
        columns = tuple((field, place, _LIMITS.get(field, _LIMIT)) for field, place in at.items())
        asked = push.query.get("carrier", "")
        collected = Collected()
        for row in rows:
            if any(row):
                with collected.part(row):
                    _row(collected, source, layout, codes, columns, row, asked, received_at)
    except (csv.Error, StopIteration) as failure:
        raise Rejected(Reason.SYNTAX, "broken CSV") from failure
    return collected.reading()


def _column(header: list[str], names: str | list[str]) -> int | None:
    wanted = [names] if isinstance(names, str) else names
    return next((header.index(found) for name in wanted if (found := name.strip().casefold()) in header), None)


def _row(
    collected: Collected,
    source: str,
    layout: Layout,
    codes: Codes,
    columns: Columns,
    row: list[str],
    asked: str,
    received_at: datetime,
) -> None:
    width = len(row)
    cell = {field: value for field, at, limit in columns if at < width and (value := row[at][:limit].strip())}.get
    carrier = carrier_slug(cell("carrier") or layout.carrier or asked)
    if not carrier:
        raise Unreadable(Reason.SHAPE, "neither a column nor the mapping nor ?carrier= names the carrier")
    zone = layout.zone or zone_of(carrier)
    code, words = cell("code"), cell("text")
    written = cell("happened_at") or " ".join(part for part in (cell("date"), cell("time")) if part)
    collected.add(
        scan_of(
            source,
            carrier,
            need_waybill(cell("waybill")),
            _moment(written, layout.time_format, zone, received_at),
            decide(codes, code, words or code),
            code=code,
            text=words,
            facility=cell("facility"),
            facility_to=cell("facility_to"),
            place=cell("place"),
            country=cell("country"),
            service=cell("service"),
            weight_g=grams(cell("weight"), layout.weight_unit),
            promised_at=end_of_day(cell("promised_at"), zone),
            container=cell("container"),
            hubs_in_text=True,
        )
    )


def _moment(written: str, form: str, zone: str, received_at: datetime) -> Moment:
    if not form:
        return moment(written, zone, received_at)
    try:
        return placed(datetime.strptime(written, form), zone, received_at)  # noqa: DTZ007  `placed` gives it its zone
    except ValueError as failure:
        raise Unreadable(Reason.BAD_TIME, "the time is not written as the mapping says") from failure


FORMAT = format_of(NAME, read_text(NAME))
