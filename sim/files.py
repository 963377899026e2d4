"""Writes a log as files: registrations, scans, reports and the truth, one flat JSON object a line.

The format is described in docs/reference-log.md. Invariant: reading the scans with `carriers.canonical` gives the very
scans that `sim.log.generate` gives. May import: msgspec, core, sim.log, sim.truth.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import msgspec

from core.event import Registered, Reported, Scanned
from core.scan import Culprit, Detail, Milestone, Scan, Signer
from sim.log import Spec, generate
from sim.truth import Truth

_encode = msgspec.json.Encoder().encode


class RegistrationLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of registrations.ndjson."""

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
    tier: str = "standard"
    language: str = "zh-CN"


class ScanLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of scans.ndjson: a canonical scan, and when it was received."""

    carrier: str
    waybill: str
    received_at: datetime
    happened_at: datetime
    milestone: Milestone
    detail: Detail | None = None
    culprit: Culprit | None = None
    facility: str | None = None
    facility_to: str | None = None
    place: str | None = None
    country: str | None = None
    weight_g: int | None = None
    signer: Signer | None = None
    code: str | None = None
    text: str | None = None
    container: str | None = None


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of reports.ndjson."""

    carrier: str
    waybill: str
    reported_at: datetime
    kind: str


def write(spec: Spec, folder: Path) -> dict[str, int]:
    """Write registrations.ndjson, scans.ndjson, reports.ndjson and truth.ndjson. Gives how many lines each has.

    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = ("registrations", "scans", "reports", "truth")
    lines = dict.fromkeys(names, 0)
    with ExitStack() as stack:
        files = {name: stack.enter_context((folder / f"{name}.ndjson").open("wb")) for name in names}

        def put(name: str, line: msgspec.Struct) -> None:
            files[name].write(_encode(line) + b"\n")
            lines[name] += 1

        def tell(truth: Truth) -> None:
            put("truth", truth)

        for item in generate(spec, tell):
            carrier, _, waybill = item.parcel_id.partition(":")
            if isinstance(item, Scanned):
                for scan in item.scans:
                    put("scans", scan_line(scan, item.received_at))
            elif isinstance(item, Registered):
                told = item.registration
                put(
                    "registrations",
                    RegistrationLine(
                        carrier=carrier,
                        waybill=waybill,
                        registered_at=told.at,
                        promised_at=told.promised_at,
                        service=told.service,
                        order=told.order,
                        origin=told.origin,
                        destination=told.destination,
                        declared_minor=told.declared_minor,
                        currency=told.currency,
                        category=told.category,
                        tier=told.tier.value,
                        language=told.language,
                    ),
                )
            elif isinstance(item, Reported):
                report = item.report
                put(
                    "reports",
                    ReportLine(carrier=carrier, waybill=waybill, reported_at=report.at, kind=report.kind.value),
                )
    return lines


def scan_line(scan: Scan, received_at: datetime) -> ScanLine:
    """Give the line of a scan; its times are on the clock of the place."""
    return ScanLine(
        carrier=scan.carrier,
        waybill=scan.waybill,
        received_at=received_at,
        happened_at=scan.happened_at.astimezone(_zone(scan.offset_s or 0)),
        milestone=scan.milestone,
        detail=scan.detail,
        culprit=scan.culprit,
        facility=scan.facility,
        facility_to=scan.facility_to,
        place=scan.place,
        country=scan.country,
        weight_g=scan.weight_g,
        signer=scan.signer,
        code=scan.code,
        text=scan.text,
        container=scan.container,
    )


@lru_cache(maxsize=64)
def _zone(offset_s: int) -> timezone:
    return timezone(timedelta(seconds=offset_s))
