"""Who is asking: a member of staff by session, a merchant or carrier by key, or nobody known.

Invariant: made only by `api.auth` after the check. May import: core, msgspec.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec


class Role(StrEnum):
    """Staff roles; each may do what the one before may."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Give 0 for agent, 1 for supervisor, 2 for admin."""
        return list(Role).index(self)


class KeyKind(StrEnum):
    """Whose an API key is. An admin key may push for any carrier and register for any shop."""

    MERCHANT = "merchant"
    CARRIER = "carrier"
    ADMIN = "admin"


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in member of staff. `token_hash` names the session."""

    staff_id: UUID
    email: str
    name: str
    role: Role
    language: str
    csrf: str
    token_hash: bytes


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """The holder of an API key. `owner` is the shop id or the carrier code."""

    key_id: str
    kind: KeyKind
    owner: str


class Nobody(msgspec.Struct, frozen=True):
    """Anybody: public routes, consumers by link, signed pushes. The handler makes its own check."""


Principal = Staff | KeyHolder | Nobody
