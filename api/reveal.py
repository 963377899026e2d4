"""Looking at one contact field in clear, for a reason that is kept.

Invariant: the look is in the log before the value leaves; the answer is never cached. Supervisors may look at any
parcel; agents only while a case of the parcel is being worked on; merchants see what they gave us in their own system.
May import: api, runtime.sealing, store.
"""

from __future__ import annotations

from typing import Literal

import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from api.cases import reply
from api.parcels import no_parcel
from api.principal import Role
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from runtime.sealing import UnsealError
from store import parcels

log = structlog.get_logger()


class Reveal(Body):
    """Which field, and why somebody has to see it."""

    field: Literal["name", "phone", "email", "address"]
    reason: str = Field(min_length=5, max_length=500)


class Revealed(BaseModel):
    """The field in clear."""

    field: str
    value: str


@route(
    "POST",
    "/v1/parcels/{parcel_id}/reveal",
    auth=Auth.AGENT,
    summary="See a contact field in clear",
    body=Reveal,
    answers={200: Revealed},
    description="Logged with who and why. Agents need an open case of the parcel; supervisors do not.",
)
async def reveal(call: Call[Reveal, None]) -> web.Response:
    """Give one contact field in clear and log it."""
    services, body, staff = call.services, call.body, call.staff
    parcel_id = call.path("parcel_id")
    async with services.pool.acquire(timeout=5) as connection, connection.transaction():
        row = await parcels.contact(connection, parcel_id)
        if row is None:
            raise no_parcel()
        if staff.role.rank < Role.SUPERVISOR.rank and not row["has_case"]:
            raise Problem(403, "no-case", "Open a case for the parcel first, or ask a supervisor.")
        sealed = row["contact"].get(body.field)
        if not sealed:
            raise Problem(404, "no-such-field", "The shop gave no such field for this parcel.")
        try:
            value = services.sealer.open(sealed, f"{parcel_id}|{body.field}")
        except UnsealError:
            log.error("contact_not_opened", field=body.field)
            raise Problem(503, "not-opened", "The field cannot be opened: its key is not in WAYWARDEN_KEYS.") from None
        await parcels.log_reveal(connection, services.now(), staff.staff_id, parcel_id, body.field, body.reason)
    log.info("contact_revealed", field=body.field, staff_id=str(staff.staff_id))
    return reply({"field": body.field, "value": value}, headers={"Cache-Control": "no-store"})


ROUTES = (reveal,)
