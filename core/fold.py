"""A parcel out of its history: any order of arrival and any duplication give the same parcel.

Invariant: pure and order-independent. May import: the standard library, msgspec, core.event, core.parcel, core.scan.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.event import Registration, Report
from core.parcel import GONE, SEEN, Parcel, empty, key_of, short_id, step, with_registration, with_reports
from core.scan import Scan

_encode = msgspec.json.Encoder(order="deterministic").encode


def unique(scans: Iterable[Scan]) -> list[Scan]:
    """Give the scans once each, ordered by `key_of`. Of two with one id and other contents the lesser bytes win."""
    known: dict[str, Scan] = {}
    for scan in scans:
        other = known.setdefault(scan.scan_id, scan)
        if other is not scan and other != scan and _encode(scan) < _encode(other):
            known[scan.scan_id] = scan
    return sorted(known.values(), key=key_of)


def standing(scans: Iterable[Scan]) -> list[Scan]:
    """Give the scans that count, as `unique` does: without the withdrawn and the withdrawing ones."""
    return _split(unique(scans))[0]


def _split(scans: list[Scan]) -> tuple[list[Scan], list[Scan], set[str]]:
    """Give the scans that count, those that do not, and the ids of the withdrawn ones, come or not."""
    gone = {scan.retracts for scan in scans if scan.retracts is not None}
    if not gone:
        return scans, [], gone
    stand: list[Scan] = []
    out: list[Scan] = []
    for scan in scans:
        (out if scan.retracts is not None or scan.scan_id in gone else stand).append(scan)
    return stand, out, gone


def fold(
    parcel_id: str,
    carrier: str,
    waybill: str,
    scans: Iterable[Scan],
    registration: Registration | None,
    reports: Iterable[Report],
) -> Parcel:
    """Make the parcel of everything known of it, whatever the order of arrival and however often each thing came."""
    parcel = with_reports(with_registration(empty(parcel_id, carrier, waybill), registration), reports)
    stand, out, gone = _split(unique(scans))
    if gone:
        parcel = msgspec.structs.replace(
            parcel,
            seen=b"".join(short_id(scan.scan_id) for scan in out[-SEEN:]),
            gone=b"".join(sorted(map(short_id, gone))[:GONE]),
        )
    for scan in stand:
        parcel = step(parcel, scan)
    return parcel
