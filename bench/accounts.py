"""Makes the accounts that a measurement needs, straight in the database.

Invariant: for databases of measurements only. May import: store.accounts, asyncpg.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime

import asyncpg

from store import accounts

SHOP = "bench"
EMAIL = "bench@example.com"


async def prepare(database_url: str) -> tuple[str, str]:
    """Add a shop, its API key and a supervisor. Gives the API key and the supervisor's password."""
    password = secrets.token_urlsafe(12)
    connection = await asyncpg.connect(database_url)
    try:
        now = datetime.now(UTC)
        await accounts.add_shop(connection, SHOP, "Bench", now=now)
        key = await accounts.add_api_key(connection, "merchant", SHOP, now, os.urandom)
        await accounts.add_staff(connection, EMAIL, "Bench", "supervisor", accounts.hash_password(password), now)
    finally:
        await connection.close()
    return key, password
