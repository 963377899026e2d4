"""Answers go in by the door that pushes use: `POST /v1/intake/{format}` of our own api, with a carrier's key.

So "2xx means durable", quarantine and the counting of unknown codes hold for answers as for pushes, and there is no
second intake. The key is derived from the link key: every process has the same, none stores it, nobody has to make
one.
Invariant: a part is reported as taken only after a 2xx. May import: carriers.registry, pull, runtime.sealing,
store.accounts.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import asyncpg

from carriers.registry import FORMATS
from pull.client import Client
from pull.providers.common import JSON
from pull.question import Reply, Request
from runtime.sealing import Links
from store import accounts

#: Below the intake's cap of a push (1 MiB).
MOST_BYTES = 768 * 1024
ANY_CARRIER = "*"
#: An api that has just answered is believed to be there for so long.
REACHED_S = 15.0


class Taken(StrEnum):
    """What our intake said."""

    DURABLE = "durable"
    KEPT = "kept"  # not readable: in quarantine, with the reason
    AWAY = "away"  # 503, or not reached: come again
    DENIED = "denied"  # our own key does not hold


class IntakeKey:
    """The key by which answers come in."""

    def __init__(self, links: Links) -> None:
        self.key_id = hashlib.sha256(links.token("pull: key id").encode()).hexdigest()[:12]
        self._secret = hashlib.sha256(links.token("pull: key secret").encode()).hexdigest()[:48]

    @property
    def header(self) -> dict[str, str]:
        """The header that shows the key."""
        return {"authorization": f"Bearer wk_{self.key_id}_{self._secret}"}

    async def ensure(self, connection: asyncpg.Connection, now: datetime) -> None:
        """Make the key known. One that somebody has revoked stays revoked."""
        await accounts.ensure_api_key(connection, self.key_id, "carrier", ANY_CARRIER, self._secret, now)


class Intake:
    """Posts answers to our own api."""

    def __init__(self, client: Client, base: str, key: IntakeKey) -> None:
        self._client = client
        self._reached_until = float("-inf")
        self._base = base.rstrip("/")
        self._key = key

    async def reached(self) -> bool:
        """Say whether the api answers at all. Asked before a question is spent whose answer could not be delivered."""
        time = asyncio.get_running_loop().time
        if time() < self._reached_until:
            return True
        reply = await self._client.send(self._base, Request(method="GET", path="/v1/session"))
        reached = isinstance(reply, Reply) and reply.status < 500
        self._reached_until = time() + REACHED_S if reached else float("-inf")
        return reached

    async def put(self, format_name: str, body: bytes) -> Taken:
        """Bring one body."""
        if format_name not in FORMATS:
            raise LookupError(f"there is no format {format_name}")
        headers = {**JSON, **self._key.header}
        reply = await self._client.send(
            self._base, Request(method="POST", path=f"/v1/intake/{format_name}", headers=headers, body=body)
        )
        if not isinstance(reply, Reply) or reply.status >= 500 or reply.status == 429:
            self._reached_until = float("-inf")
            return Taken.AWAY
        if reply.status in (401, 403):
            return Taken.DENIED
        return Taken.DURABLE if reply.status < 300 else Taken.KEPT


def bundles(parts: Sequence[tuple[str, bytes]], count: int, most: int = MOST_BYTES) -> list[list[tuple[str, bytes]]]:
    """Put parts (parcel, part) together, at most `count` and `most` bytes a push; a larger part goes alone."""
    found: list[list[tuple[str, bytes]]] = []
    size = 0
    for parcel_id, part in parts:
        if not found or len(found[-1]) >= count or size + len(part) > most:
            found.append([])
            size = 0
        found[-1].append((parcel_id, part))
        size += len(part)
    return found
