"""A log on disk: registrations, scans and consumers' reports as CSV or NDJSON, gzipped or not, read as core events.

The columns are described in docs/reference-log.md. Lines come in the order of reception; `sort` puts others in order,
in memory. Invariant: what cannot be read raises `LogError` with file, line and reason; a column that nobody knows is
noted once and passed over. May import: core, carriers, msgspec.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from carriers._values import Unreadable, need_waybill
from carriers.canonical import Line, scan_from
from carriers.names import carrier_slug
from core.event import Event, Registered, Registration, Report, Reported, ReportKind, Scanned, Tier
from core.scan import Scan, parcel_id_of

ENDINGS = (".ndjson", ".csv", ".ndjson.gz", ".csv.gz")
T = TypeVar("T")
_PEEK = 100  # lines of an NDJSON file whose keys are looked at for unknown ones


class LogError(Exception):
    """A log cannot be read. The message names file, line and reason."""


class RegistrationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the registrations."""

    carrier: str
    waybill: str
    registered_at: datetime
    promised_at: datetime | None = None
    service: str | None = None
    order: str | None = None
    origin: str | None = None
    destination: str | None = None
    declared_minor: int | None = None
    currency: str = "CNY"
    category: str | None = None
    tier: Tier = Tier.STANDARD
    language: str = "zh-CN"


class ScanLine(Line, frozen=True, kw_only=True, gc=False):
    """One line of the scans."""

    received_at: datetime | None = None


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the reports."""

    carrier: str
    waybill: str
    reported_at: datetime
    kind: ReportKind


class Files(msgspec.Struct, frozen=True):
    """The files of a log. Registrations or scans may be missing where the other says enough; truth is optional."""

    scans: Path
    registrations: Path | None = None
    reports: Path | None = None
    truth: Path | None = None

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Files:
        """Find them: one folder, or files that are told apart by the beginning of their names. Raises LogError."""
        if len(paths) == 1 and paths[0].is_dir():
            folder = paths[0]
            paths = sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS))
            if not paths:
                raise LogError(f"{folder}: holds no file that ends in {', '.join(ENDINGS)}")
        found: dict[str, Path] = {}
        for path in paths:
            if not path.is_file():
                raise LogError(f"{path}: is no file")
            if not path.name.endswith(ENDINGS):
                raise LogError(f"{path}: its name must end in {', '.join(ENDINGS)}")
            for name in cls.__struct_fields__:
                if path.name.startswith(name):
                    if name in found:
                        raise LogError(f"{path}: there is {found[name]} already")
                    found[name] = path
                    break
            else:
                raise LogError(f"{path}: its name must begin with {', '.join(cls.__struct_fields__)}")
        if "scans" not in found:
            raise LogError(f"{paths[0].parent}: there is no file of scans (scans.ndjson or scans.csv)")
        return cls(**found)


def read_log(files: Files, note: Callable[[str], None], sort: bool = False) -> Iterator[Event]:
    """Give the events of a log in order of reception; a registration comes before a scan of the same moment.

    `note` gets what was passed over. Raises LogError.
    """
    others: list[tuple[datetime, Event]] = []
    if files.registrations is not None:
        others.extend(_registrations(files.registrations, note))
    if files.reports is not None:
        others.extend(_reports(files.reports, note))
    others.sort(key=lambda one: one[0])
    yield from merged(iter(others), _pushes(files.scans, note, sort))


def merged(others: Iterator[tuple[datetime, Event]], scans: Iterator[tuple[datetime, Scanned]]) -> Iterator[Event]:
    """Give events of two streams in order; of those of one moment the scans come last."""
    other = next(others, None)
    for received_at, event in scans:
        while other is not None and other[0] <= received_at:
            yield other[1]
            other = next(others, None)
        yield event
    while other is not None:
        yield other[1]
        other = next(others, None)


def moment_of(event: Event) -> datetime:
    """Give when an event was received."""
    match event:
        case Scanned():
            return event.received_at
        case Registered():
            return event.registration.at
        case Reported():
            return event.report.at
    raise TypeError(f"a log has no {type(event).__name__}")


def lines(path: Path, kind: type[T], note: Callable[[str], None]) -> Iterator[tuple[int, T]]:
    """Give the lines of a file with their numbers. Raises LogError."""
    return _of_csv(path, kind, note) if ".csv" in path.suffixes else _of_ndjson(path, kind, note)


def _opened(path: Path) -> IO[bytes]:
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise LogError(f"{path}: {error.strerror or error}") from error


def _of_ndjson(path: Path, kind: type[T], note: Callable[[str], None]) -> Iterator[tuple[int, T]]:
    decode = msgspec.json.Decoder(kind).decode
    unknown: set[str] = set()
    number = 0
    with _opened(path) as file:
        try:
            for number, raw in enumerate(file, 1):
                if number <= _PEEK:
                    unknown |= _keys(raw) - _known(kind)
                    if number == _PEEK:
                        _tell(path, unknown, note)
                if raw != b"\n":
                    yield number, decode(raw)
        except msgspec.ValidationError as error:
            raise LogError(f"{path}:{number}: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise LogError(f"{path}:{number}: is no JSON object: {error}") from error
        except (OSError, EOFError) as error:
            raise LogError(f"{path}:{number + 1}: cannot be read: {error}") from error
    if number < _PEEK:
        _tell(path, unknown, note)


def _keys(raw: bytes) -> set[str]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return set()  # the reading that follows says why
    return set(found) if isinstance(found, dict) else set()


def _of_csv(path: Path, kind: type[T], note: Callable[[str], None]) -> Iterator[tuple[int, T]]:
    with _opened(path) as raw:
        reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""), strict=True)
        try:
            names = next(reader, None)
            if names is None:
                raise LogError(f"{path}:1: is empty; the first line must name the columns")
            names = [name.strip() for name in names]
            needed = {field.name for field in msgspec.structs.fields(kind) if field.required}  # type: ignore[arg-type]
            if missing := sorted(needed - set(names)):
                raise LogError(f"{path}:1: has no column {', '.join(missing)}")
            _tell(path, set(names) - _known(kind), note)
            for row in reader:
                if not row:
                    continue
                if len(row) != len(names):
                    raise LogError(f"{path}:{reader.line_num}: has {len(row)} cells, the first line {len(names)}")
                cells = {name: cell for name, cell in zip(names, row, strict=True) if cell}
                yield reader.line_num, msgspec.convert(cells, kind, strict=False)
        except msgspec.ValidationError as error:
            raise LogError(f"{path}:{reader.line_num}: {error}") from error
        except (csv.Error, UnicodeDecodeError, OSError, EOFError) as error:
            raise LogError(f"{path}:{reader.line_num + 1}: cannot be read: {error}") from error


def _known(kind: type[Any]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def _tell(path: Path, unknown: set[str], note: Callable[[str], None]) -> None:
    if unknown:
        note(f"{path.name}: passed over the columns {', '.join(sorted(unknown))}")


def _named(path: Path, number: int, carrier: str, waybill: str) -> str:
    slug = carrier_slug(carrier)
    if not slug:
        raise LogError(f"{path}:{number}: the carrier is empty")
    try:
        return parcel_id_of(slug, need_waybill(waybill))
    except Unreadable as why:
        raise LogError(f"{path}:{number}: {why}") from why


def _aware(path: Path, number: int, name: str, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise LogError(f"{path}:{number}: {name} has no zone")
    return moment.astimezone(UTC)


def _registrations(path: Path, note: Callable[[str], None]) -> Iterator[tuple[datetime, Event]]:
    for number, line in lines(path, RegistrationLine, note):
        at = _aware(path, number, "registered_at", line.registered_at)
        assert at is not None  # noqa: S101 - the column is needed
        yield (
            at,
            Registered(
                parcel_id=_named(path, number, line.carrier, line.waybill),
                registration=Registration(
                    at=at,
                    shop="log",
                    order=line.order,
                    service=line.service,
                    promised_at=_aware(path, number, "promised_at", line.promised_at),
                    declared_minor=line.declared_minor,
                    currency=line.currency,
                    category=line.category,
                    origin=line.origin,
                    destination=line.destination,
                    language=line.language,
                    tier=line.tier,
                ),
            ),
        )


def _reports(path: Path, note: Callable[[str], None]) -> Iterator[tuple[datetime, Event]]:
    for number, line in lines(path, ReportLine, note):
        at = _aware(path, number, "reported_at", line.reported_at)
        assert at is not None  # noqa: S101 - the column is needed
        report = Report(report_id=f"line-{number}", at=at, kind=line.kind)
        yield at, Reported(parcel_id=_named(path, number, line.carrier, line.waybill), report=report)


def _pushes(path: Path, note: Callable[[str], None], sort: bool) -> Iterator[tuple[datetime, Scanned]]:
    """Give the scans, those of one parcel that were received together as one push."""
    held: list[Scan] = []
    last = datetime.min.replace(tzinfo=UTC)
    pushed = ""
    for number, at, scan in sorted(_scans(path, note), key=lambda one: one[1]) if sort else _scans(path, note):
        parcel_id = f"{scan.carrier}:{scan.waybill}"
        if held:
            if at == last and parcel_id == pushed:
                held.append(scan)
                continue
            yield last, Scanned(parcel_id=pushed, received_at=last, scans=tuple(held))
            if at < last:
                raise LogError(f"{path}:{number}: was received before the line above; --sort puts lines in order")
        last, pushed, held = at, parcel_id, [scan]
    if held:
        yield last, Scanned(parcel_id=pushed, received_at=last, scans=tuple(held))


def _scans(path: Path, note: Callable[[str], None]) -> Iterator[tuple[int, datetime, Scan]]:
    for number, line in lines(path, ScanLine, note):
        received_at = line.received_at
        if received_at is None:
            # What happened was heard at once, as far as this log knows.
            received_at = line.happened_at if line.happened_at.tzinfo else line.happened_at.replace(tzinfo=UTC)
            received_at = received_at.astimezone(UTC)
        elif received_at.tzinfo is not UTC:
            received_at = _aware(path, number, "received_at", received_at) or received_at
        try:
            scan = scan_from(line, received_at)
        except Unreadable as why:
            raise LogError(f"{path}:{number}: {why}") from why
        yield number, received_at if line.received_at is not None else scan.happened_at, scan
