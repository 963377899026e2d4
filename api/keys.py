"""What senders are known by: API keys and intake secrets, cached briefly so that a database away does not stop intake.

Invariant: a revoked key or retired secret is believed at most `FRESH_S` longer while the database answers. While it is
away, what was known is believed for `STALE_S`: many carriers never send twice. May import:
store.accounts, runtime.sealing.
"""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import asyncpg
import structlog

from api.principal import KeyHolder, KeyKind
from runtime.sealing import Sealer
from store import accounts

log = structlog.get_logger()

FRESH_S = 5
STALE_S = 3600
_TOUCH_EVERY = timedelta(minutes=5)
_TOKEN = re.compile(r"wk_([0-9a-f]{12})_([0-9a-f]{48})")
_AWAY = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.PostgresError, OSError, TimeoutError)


class KeyRing:
    """Finds the holder of an API key. Holds at most `size` keys; the least recently used goes first."""

    def __init__(self, pool: asyncpg.Pool, now: Callable[[], datetime], size: int = 10_000) -> None:
        self._pool = pool
        self._now = now
        self._size = size
        self._known: OrderedDict[str, tuple[datetime, KeyHolder, bytes]] = OrderedDict()

    async def holder(self, token: str) -> KeyHolder | None:
        """Give the holder of `wk_<id>_<secret>`, or None when it is no valid key."""
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            return None
        found = await self._find(parts[1])
        if found is None:
            return None
        holder, expected = found
        return holder if hmac.compare_digest(accounts.hash_token(parts[2]), expected) else None

    async def _find(self, key_id: str) -> tuple[KeyHolder, bytes] | None:
        now = self._now()
        known = self._known.get(key_id)
        if known and now - known[0] < timedelta(seconds=FRESH_S):
            self._known.move_to_end(key_id)
            return known[1], known[2]
        try:
            async with self._pool.acquire(timeout=3) as connection:
                row = await accounts.find_api_key(connection, key_id)
                if row is not None and (row["used_at"] is None or now - row["used_at"] > _TOUCH_EVERY):
                    await accounts.touch_api_key(connection, key_id, now)
        except _AWAY as error:
            if known and now - known[0] < timedelta(seconds=STALE_S):
                log.warning("api_key_from_cache", error=repr(error))
                return known[1], known[2]
            raise
        if row is None:
            self._known.pop(key_id, None)
            return None
        holder = KeyHolder(key_id=key_id, kind=KeyKind(row["kind"]), owner=row["owner"])
        self._known[key_id] = (now, holder, row["secret_hash"])
        self._known.move_to_end(key_id)
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return holder, row["secret_hash"]


class SecretBook:
    """The secrets of the formats' senders, opened and held in memory."""

    def __init__(self, pool: asyncpg.Pool, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._sealer = sealer
        self._now = now
        self._read_at: datetime | None = None
        self._secrets: dict[tuple[str, str], tuple[str, ...]] = {}

    async def of(self, format_name: str, account: str) -> tuple[str, ...]:
        """Give the secrets believed now for a format's account, newest first; an account's own and no other's."""
        now = self._now()
        if self._read_at is None or now - self._read_at >= timedelta(seconds=FRESH_S):
            try:
                async with self._pool.acquire(timeout=3) as connection:
                    self._secrets = await accounts.live_intake_secrets(connection, self._sealer)
                self._read_at = now
            except _AWAY as error:
                if self._read_at is None or now - self._read_at >= timedelta(seconds=STALE_S):
                    raise
                log.warning("intake_secrets_from_cache", error=repr(error))
        return self._secrets.get((format_name, account), ())
