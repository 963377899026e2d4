"""Staff, sessions, shops, API keys, intake secrets.

Invariant: a password, token or key secret is stored as a hash only; a secret needed in clear is stored sealed.
May import: asyncpg, argon2, runtime.sealing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher

from runtime.sealing import Sealer
from store.statements import load

_SQL = load("accounts")

MIN_PASSWORD = 12
#: Argon2id as RFC 9106's second choice scaled to a web server: 64 MiB, 3 passes, 1 lane.
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


class AccountError(ValueError):
    """An account cannot be made or changed as asked; the message says why."""


def hash_password(password: str, hasher: PasswordHasher = HASHER) -> str:
    """Hash a password: 100 ms of a core, so call it in a thread. Raises AccountError when it is too short."""
    if len(password) < MIN_PASSWORD:
        raise AccountError(f"The password needs at least {MIN_PASSWORD} characters.")
    return hasher.hash(password)


def hash_token(token: str) -> bytes:
    """Give what is stored of a random token: enough for one of 128 bits or more, which nobody can guess."""
    return hashlib.sha256(token.encode()).digest()


async def add_staff(
    connection: asyncpg.Connection,
    email: str,
    name: str,
    role: str,
    password_hash: str,
    now: datetime,
    language: str = "",
) -> UUID:
    """Add a member of staff; with no language the board follows the browser. AccountError: the e-mail is taken."""
    staff_id = await connection.fetchval(_SQL["add_staff"], email, name, role, language, password_hash, now)
    if staff_id is None:
        raise AccountError("There is an account with this e-mail already.")
    return UUID(str(staff_id))


async def set_password(connection: asyncpg.Connection, email: str, password_hash: str) -> None:
    """Set a password and end that account's sessions. Raises AccountError when there is no such account."""
    staff_id = await connection.fetchval(_SQL["set_password"], email, password_hash)
    if staff_id is None:
        raise AccountError("There is no account with this e-mail.")
    await connection.execute(_SQL["end_sessions_of"], staff_id)
    await connection.execute(_SQL["end_tickets_of"], staff_id)


async def disable_staff(connection: asyncpg.Connection, email: str, now: datetime) -> None:
    """Shut an account out at once. Raises AccountError when there is no such account."""
    staff_id = await connection.fetchval(_SQL["disable_staff"], email, now)
    if staff_id is None:
        raise AccountError("There is no account with this e-mail.")
    await connection.execute(_SQL["end_sessions_of"], staff_id)
    await connection.execute(_SQL["end_tickets_of"], staff_id)


async def disable_staff_by_id(connection: asyncpg.Connection, staff_id: UUID, now: datetime) -> bool:
    """Shut an account out at once; False when there is none."""
    if await connection.fetchval(_SQL["disable_staff_by_id"], staff_id, now) is None:
        return False
    await connection.execute(_SQL["end_sessions_of"], staff_id)
    await connection.execute(_SQL["end_tickets_of"], staff_id)
    return True


async def list_staff(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Give all accounts by e-mail, without their hashes."""
    return list(await connection.fetch(_SQL["list_staff"]))


async def find_staff(connection: asyncpg.Connection, email: str) -> asyncpg.Record | None:
    """Give an account with its hash."""
    return await connection.fetchrow(_SQL["find_staff"], email)


async def rehash_password(connection: asyncpg.Connection, staff_id: UUID, old: str, new: str) -> None:
    """Replace a hash made with older parameters."""
    await connection.execute(_SQL["rehash_password"], staff_id, old, new)


async def recent_attempts(connection: asyncpg.Connection, subjects: Sequence[str], since: datetime) -> dict[str, int]:
    """Give how many sign-ins failed by subject."""
    rows = await connection.fetch(_SQL["recent_attempts"], list(subjects), since)
    return {row["subject"]: row["attempts"] for row in rows}


async def note_attempts(connection: asyncpg.Connection, subjects: Sequence[str], now: datetime) -> None:
    """Count one attempt for each subject."""
    await connection.execute(_SQL["note_attempts"], list(subjects), now)


async def forget_attempts(connection: asyncpg.Connection, account: str, address: str, at: datetime) -> None:
    """Forget an account's attempts, and of the address the one noted at `at`."""
    await connection.execute(_SQL["forget_attempts"], account, address, at)


async def open_session(
    connection: asyncpg.Connection, token_hash: bytes, staff_id: UUID, csrf: str, now: datetime, until: datetime
) -> None:
    """Open a session that ends at `until` at the latest."""
    await connection.execute(_SQL["open_session"], token_hash, staff_id, csrf, now, until)


async def session_of(
    connection: asyncpg.Connection, token_hash: bytes, now: datetime, seen_since: datetime
) -> asyncpg.Record | None:
    """Give the live session of a token with its account."""
    return await connection.fetchrow(_SQL["session_of"], token_hash, now, seen_since)


async def touch_session(connection: asyncpg.Connection, token_hash: bytes, now: datetime) -> None:
    """Note that a session was used."""
    await connection.execute(_SQL["touch_session"], token_hash, now)


async def close_session(connection: asyncpg.Connection, token_hash: bytes) -> None:
    """End a session."""
    await connection.execute(_SQL["close_session"], token_hash)


async def sweep_sessions(
    connection: asyncpg.Connection, now: datetime, seen_since: datetime, attempts_since: datetime
) -> None:
    """Delete what has run out: sessions, tickets, old attempts."""
    await connection.execute(_SQL["sweep_sessions"], now, seen_since, attempts_since)


async def open_ticket(
    connection: asyncpg.Connection, ticket_hash: bytes, staff_id: UUID, until: datetime, token_hash: bytes | None = None
) -> None:
    """Keep a ticket for the live board. With the session's `token_hash` the socket ends when the session does."""
    await connection.execute(_SQL["open_ticket"], ticket_hash, staff_id, until, token_hash)


async def add_shop(
    connection: asyncpg.Connection,
    shop_id: str,
    name: str,
    now: datetime,
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
    sealer: Sealer | None = None,
) -> None:
    """Add a shop or change it. The webhook secret comes in clear and is sealed for `shop:<id>|webhook_secret`."""
    sealed = None
    if webhook_secret is not None:
        if sealer is None:
            raise AccountError("A webhook secret needs the sealing keys (WAYWARDEN_KEYS).")
        sealed = sealer.seal(webhook_secret, f"shop:{shop_id}|webhook_secret")
    await connection.execute(_SQL["add_shop"], shop_id, name, webhook_url, sealed, now)


async def shop_exists(connection: asyncpg.Connection, shop_id: str) -> bool:
    """Say whether there is such a shop."""
    return bool(await connection.fetchval(_SQL["shop_exists"], shop_id))


async def add_api_key(
    connection: asyncpg.Connection, kind: str, owner: str, now: datetime, random: Callable[[int], bytes]
) -> str:
    """Make a key `wk_<id>_<secret>` for a shop id or carrier code and give it: it cannot be shown again."""
    key_id = random(6).hex()
    secret = random(24).hex()
    await connection.execute(_SQL["add_api_key"], key_id, kind, owner, hash_token(secret), now)
    return f"wk_{key_id}_{secret}"


async def ensure_api_key(
    connection: asyncpg.Connection, key_id: str, kind: str, owner: str, secret: str, now: datetime
) -> None:
    """Make a key known whose id and secret a process of ours derives. A revoked one stays revoked."""
    await connection.execute(_SQL["ensure_api_key"], key_id, kind, owner, hash_token(secret), now)


async def find_api_key(connection: asyncpg.Connection, key_id: str) -> asyncpg.Record | None:
    """Give a key that is not revoked, with its hash."""
    return await connection.fetchrow(_SQL["find_api_key"], key_id)


async def touch_api_key(connection: asyncpg.Connection, key_id: str, now: datetime) -> None:
    """Note that a key was used."""
    await connection.execute(_SQL["touch_api_key"], key_id, now)


async def revoke_api_key(connection: asyncpg.Connection, key_id: str, now: datetime) -> None:
    """Revoke a key at once (a process may honour it a few seconds more). Raises AccountError when there is none."""
    if await connection.fetchval(_SQL["revoke_api_key"], key_id, now) is None:
        raise AccountError(f"There is no key {key_id}.")


async def list_api_keys(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Give all keys, without their hashes."""
    return list(await connection.fetch(_SQL["list_api_keys"]))


def secret_context(format_name: str, account: str) -> str:
    """Give the sealing context of an intake secret."""
    return f"intake:{format_name}:{account}|secret"


async def add_intake_secret(
    connection: asyncpg.Connection, sealer: Sealer, format_name: str, secret: str, now: datetime, account: str = ""
) -> int:
    """Add a secret by which a format's pushes are verified, beside those there are. Gives its number."""
    sealed = sealer.seal(secret, secret_context(format_name, account))
    return int(await connection.fetchval(_SQL["add_intake_secret"], format_name, account, sealed, now))


async def retire_intake_secret(connection: asyncpg.Connection, number: int, now: datetime) -> None:
    """Stop believing a secret. Raises AccountError when there is none of that number."""
    if await connection.fetchval(_SQL["retire_intake_secret"], number, now) is None:
        raise AccountError(f"There is no intake secret {number}.")


async def list_intake_secrets(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Give all intake secrets' numbers, formats and dates, never the secrets."""
    return list(await connection.fetch(_SQL["list_intake_secrets"]))


async def live_intake_secrets(connection: asyncpg.Connection, sealer: Sealer) -> dict[tuple[str, str], tuple[str, ...]]:
    """Give the secrets believed now by (format, account), opened, newest first. Raises UnsealError on a lost key."""
    found: dict[tuple[str, str], list[str]] = {}
    rows: list[Any] = await connection.fetch(_SQL["live_intake_secrets"])
    for row in rows:
        clear = sealer.open(row["secret"], secret_context(row["format"], row["account"]))
        found.setdefault((row["format"], row["account"]), []).append(clear)
    return {key: tuple(secrets) for key, secrets in found.items()}
