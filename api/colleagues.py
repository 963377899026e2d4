"""Whom a case can be given to.

Invariant: names and roles only; addresses and the accounts' state are the admin's (`/v1/staff`).
May import: api, store.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from api.principal import Role
from api.routes import Auth, Call, route
from store import cases


class Colleague(BaseModel):
    """A member of staff who can be given a case."""

    staff_id: UUID
    name: str
    role: Role


class Colleagues(BaseModel):
    """Everybody who can be given a case, by name."""

    items: list[Colleague]


@route("GET", "/v1/colleagues", auth=Auth.AGENT, summary="Who works here", answers={200: Colleagues}, tag="staff")
async def list_colleagues(call: Call[None, None]) -> Colleagues:
    """List the staff whose accounts are not disabled."""
    async with call.services.pool.acquire(timeout=5) as connection:
        rows = await cases.colleagues(connection)
    return Colleagues(items=[Colleague(**dict(row)) for row in rows])


ROUTES = (list_colleagues,)
