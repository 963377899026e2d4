"""What the demo needs before its services start: an account, a shop, keys and intake secrets, made once and kept.

Invariant: no default password; everything is made at random, hashed or sealed in the database, and kept in clear only
in `demo.json` of the data folder (mode 0600), so that a later start can print it again. May import: runtime, store.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import asyncpg
from argon2.exceptions import VerificationError

from runtime.home import Home, new_password
from runtime.sealing import Sealer
from store import accounts

_FILE = "demo.json"
EMAIL = "admin@waywarden.example"
SHOP = "demo-shop"


@dataclass
class Demo:
    """The demo's secrets in clear, and how often it was started."""

    email: str = EMAIL
    password: str = ""
    shop_key: str = ""
    carrier_key: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    password_holds: bool = True

    @classmethod
    def read(cls, home: Home) -> Demo:
        """Read what an earlier start kept."""
        kept = home.read(_FILE)
        return cls(**{name: value for name, value in kept.items() if name in cls.__dataclass_fields__})


async def ensure(home: Home, database_url: str, sealing_keys: str, formats: Iterable[str]) -> Demo:
    """Make what is missing in the database and in `demo.json`; give it all."""
    demo = Demo.read(home)
    demo.starts += 1
    demo.password = demo.password or new_password()
    sealer = Sealer(sealing_keys)
    now = datetime.now(UTC)
    connection = await asyncpg.connect(database_url)
    try:
        demo.password_holds = await _account(connection, demo, now)
        if not await accounts.shop_exists(connection, SHOP):
            await accounts.add_shop(connection, SHOP, "Demo shop", now)
        demo.shop_key = await _key(connection, demo.shop_key, "merchant", SHOP, now)
        demo.carrier_key = await _key(connection, demo.carrier_key, "admin", "demo", now)
        known = await accounts.live_intake_secrets(connection, sealer)
        for name in formats:
            secret = demo.secrets.setdefault(name, secrets.token_hex(16))
            if secret not in known.get((name, ""), ()):
                await accounts.add_intake_secret(connection, sealer, name, secret, now)
    finally:
        await connection.close()
    home.write(_FILE, asdict(demo))
    return demo


async def _account(connection: asyncpg.Connection, demo: Demo, now: datetime) -> bool:
    """Make the admin account when there is none. Gives False when somebody has set another password since."""
    found = await accounts.find_staff(connection, demo.email)
    if found is None:
        hashed = await asyncio.to_thread(accounts.hash_password, demo.password)
        await accounts.add_staff(connection, demo.email, "Demo", "admin", hashed, now)
        return True
    try:
        await asyncio.to_thread(accounts.HASHER.verify, found["password_hash"], demo.password)
    except VerificationError:
        return False
    return True


async def _key(connection: asyncpg.Connection, kept: str, kind: str, owner: str, now: datetime) -> str:
    parts = kept.split("_")
    if len(parts) == 3 and await accounts.find_api_key(connection, parts[1]) is not None:
        return kept
    return await accounts.add_api_key(connection, kind, owner, now, os.urandom)
