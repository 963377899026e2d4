"""Tells trouble that passes (the database is away, busy, restarting) from data that it will never take.

Invariant: whatever is not surely the data's fault counts as passing, so that no outage throws data away.
May import: asyncpg.
"""

from __future__ import annotations

import asyncpg

_DATA = (
    asyncpg.exceptions.DataError,  # class 22, and values that the client cannot encode
    asyncpg.exceptions.IntegrityConstraintViolationError,  # class 23
    asyncpg.exceptions.ProgramLimitExceededError,  # class 54: a key too long for its index
)
_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


def passes(error: BaseException) -> bool:
    """Tell whether to wait and try again. False: the same data will fail again."""
    return isinstance(error, _TROUBLE) and not isinstance(error, _DATA)
