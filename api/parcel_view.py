"""A parcel as staff and shops may see it: masked, with its scans decoded.

Invariant: no contact field leaves in clear from here; what cannot be opened shows as hidden, not as an error.
May import: carriers, core, runtime.sealing, store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import structlog

from carriers.statuses import VOCABULARIES, status_of_scan
from core.scan import Scan
from runtime.sealing import Sealer, UnsealError, mask_address, mask_email, mask_name, mask_phone
from store import cases, exceptions, incidents, parcels

log = structlog.get_logger()

HIDDEN = "***"
_MASKS = {"name": mask_name, "phone": mask_phone, "email": mask_email, "address": mask_address}
_SCANS = 500
_NUMBER = re.compile(r"\+?\d(?:[ ()-]?\d){6,}")


def masked_contact(parcel_id: str, contact: Mapping[str, str] | None, sealer: Sealer) -> dict[str, str]:
    """Give the contact fields that there are, masked."""
    return {
        field: _masked(sealed, f"{parcel_id}|{field}", field, sealer)
        for field, sealed in (contact or {}).items()
        if field in _MASKS and sealed
    }


def _masked(sealed: str, context: str, field: str, sealer: Sealer) -> str:
    try:
        return _MASKS[field](sealer.open(sealed, context))
    except UnsealError:
        log.warning("contact_not_opened", field=field)
        return HIDDEN


async def parcel_view(
    connection: asyncpg.Connection, parcel_id: str, sealer: Sealer, staff: bool = False
) -> dict[str, Any] | None:
    """Give a parcel with all that hangs on it, None when there is none.

    `staff`: with what is for staff alone, the consumer's notes and the incidents that it is in.
    """
    row = await parcels.one(connection, parcel_id)
    if row is None:
        return None
    facts = dict(row)
    names = ("order_ref", "service", "shop_promised_at", "declared_minor", "insured_minor", "currency", "category",
             "origin", "destination", "language", "tier", "consent", "registered_at")  # fmt: skip
    registration = {name: facts.pop(name) for name in names}
    contact, shop = facts.pop("contact"), facts.pop("shop_id")
    if shop is not None:
        registration["shop"] = shop
        registration["promised_at"] = registration.pop("shop_promised_at")
        registration["contact"] = masked_contact(parcel_id, contact, sealer)
    return {
        **facts,
        "shop": shop,
        "registration": registration if shop is not None else None,
        "timeline": _timeline(await parcels.scans(connection, parcel_id, _SCANS)),
        "reports": [
            {
                "report_id": report["report_id"],
                "kind": report["kind"],
                "at": report["at"],
                "noted": bool(report["note"]),
                "note": _note(parcel_id, report["note"], sealer) if staff else None,
            }
            for report in await parcels.reports(connection, parcel_id)
        ],
        "exceptions": await exceptions.of_parcel(connection, parcel_id),
        "incidents": await incidents.of_parcel(connection, parcel_id) if staff else [],
        "cases": await cases.of_parcel(connection, parcel_id),
        "deliveries": [_delivery(dict(d), sealer) for d in await parcels.deliveries(connection, parcel_id)],
    }


def _timeline(scans: Sequence[tuple[Scan, datetime]]) -> list[dict[str, Any]]:
    """Give the scans with when they came and what AfterShip and 17TRACK call them; what was taken back says so."""
    gone = {scan.retracts for scan, _ in scans if scan.retracts is not None}
    return [
        {
            **msgspec.to_builtins(scan),
            "received_at": received_at,
            "withdrawn": scan.scan_id in gone,
            "statuses": {name: msgspec.to_builtins(status_of_scan(scan, name)) for name in VOCABULARIES},
        }
        for scan, received_at in scans
    ]


def _note(parcel_id: str, sealed: str | None, sealer: Sealer) -> str | None:
    """Give what the consumer wrote, with anything that may be a phone number hidden."""
    if not sealed:
        return None
    try:
        clear = sealer.open(sealed, f"{parcel_id}|note")
    except UnsealError:
        log.warning("note_not_opened")
        return HIDDEN
    return _NUMBER.sub(lambda match: mask_phone(match.group()), clear)


def _delivery(row: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    row["recipient"] = masked_recipient(row, sealer)
    del row["parcel_id"]
    return row


def masked_recipient(row: Mapping[str, Any], sealer: Sealer) -> str:
    """Give whom a message went to, masked; a webhook's recipient is the shop's id and says itself."""
    sealed = str(row["recipient"])
    if row["channel"] == "webhook" or not sealed:
        return sealed
    field = "email" if row["channel"] == "email" else "phone"
    return _masked(sealed, f"{row['parcel_id']}|{field}", field, sealer)
