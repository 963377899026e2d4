"""Finding parcels by what people have in hand: a waybill, an order number, a parcel id.

Invariant: only index look-ups; a merchant finds nothing but its own. May import: carriers, core, store, asyncpg.
"""

from __future__ import annotations

import asyncpg

from carriers.names import CARRIERS
from core.scan import parcel_id_of
from store import parcels

_MOST = 200


async def find_parcel_ids(connection: asyncpg.Connection, q: str, shop: str | None) -> list[str]:
    """Give ids that may be meant: the waybill with every carrier we know, the parcels of the order. Not all exist."""
    text = q.strip()
    carrier, colon, waybill = text.partition(":")
    ids = [parcel_id_of(carrier.lower(), waybill)] if colon else [parcel_id_of(slug, text) for slug in CARRIERS]
    return [*ids, *await parcels.ids_of_order(connection, text, shop, _MOST)]
