"""Password checks, off the event loop.

Invariant: at most two at a time (64 MiB and 100 ms of a core each); the queue is bounded. May import: argon2,
store.accounts.
"""

from __future__ import annotations

import asyncio

from argon2.exceptions import InvalidHashError, VerificationError

from api.problems import Problem
from store import accounts

_HASHING_AT_ONCE = 2
_HASHING_WAITING = 64


class PasswordChecks:
    """Checks passwords in threads, two at a time; when 64 wait already, the next is refused with 503."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_HASHING_AT_ONCE)
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Hash a password. Raises AccountError when it is too short."""
        async with self._slots:
            return await asyncio.to_thread(accounts.hash_password, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Say whether the password fits the hash; without a hash do the same work and say no."""
        if self._waiting >= _HASHING_WAITING:
            raise Problem(503, "busy", "Too many people sign in at once. Try again.", headers={"Retry-After": "2"})
        self._waiting += 1
        try:
            async with self._slots:
                if self._nobody is None:
                    self._nobody = await asyncio.to_thread(accounts.HASHER.hash, "nobody has this password")
                fits = await asyncio.to_thread(_verify, stored or self._nobody, password)
        finally:
            self._waiting -= 1
        return fits and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return accounts.HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
