"""The scans that no table of ours explains: those that nobody can read yet, and those that a mapping of people's reads.

Invariant: a scan stands here exactly while its milestone is unknown or it was read by a mapping; written in the
transaction that writes the scan. May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.scan import Milestone, Scan
from core.words import skeleton
from store.statements import load

_SQL = load("odd_scans")

CODE = 200
SAID = 500
"""Characters of a code and of a text that are kept for telling scans apart; a longer code is mapped by its text."""


def is_odd(scan: Scan) -> bool:
    """Say whether no table of ours explains the scan."""
    return scan.milestone is Milestone.UNKNOWN or scan.mapped is not None


async def note(connection: Any, scans: Iterable[tuple[str, Scan]]) -> None:
    """Keep track of those of the stored scans that are odd."""
    rows = [
        (
            parcel_id,
            scan.scan_id,
            scan.source,
            scan.carrier,
            scan.code.strip()[:CODE] if scan.code else None,
            skeleton(scan.text.strip())[:SAID] if scan.text else None,
            scan.mapped,
        )
        for parcel_id, scan in scans
        if is_odd(scan)
    ]
    if rows:
        await connection.execute(_SQL["note"], *(list(column) for column in zip(*rows, strict=True)))


async def forget(connection: Any, scans: Iterable[tuple[str, Scan]]) -> None:
    """Let go of those of the scans that are not odd any more."""
    rows = [(parcel_id, scan.scan_id) for parcel_id, scan in scans if not is_odd(scan)]
    if rows:
        await connection.execute(_SQL["forget"], *(list(column) for column in zip(*rows, strict=True)))
