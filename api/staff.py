"""Staff accounts: listed, added and shut out by an admin.

Invariant: a disabled account's sessions and tickets end in the same moment; nobody disables the account they use.
May import: store.accounts, api.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import structlog
from pydantic import Field

from api.principal import Role
from api.problems import Problem
from api.routes import Auth, Body, Call, route
from store import accounts

log = structlog.get_logger()


class StaffItem(Body):
    """A member of staff."""

    staff_id: UUID
    email: str
    name: str
    role: Role
    language: str
    disabled_at: datetime | None
    created_at: datetime


class StaffList(Body):
    """All accounts by e-mail."""

    items: list[StaffItem]


class NewStaff(Body):
    """An account to be made. The password has at least 12 characters; tell it to its owner by another way."""

    email: Annotated[str, Field(pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$", max_length=254)]
    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=100)]
    role: Role
    language: Annotated[Literal["", "zh-CN", "zh-TW", "en"], Field(description="empty: the browser's")] = ""
    password: Annotated[str, Field(min_length=accounts.MIN_PASSWORD, max_length=1024)]


class StaffMade(Body):
    """The new account's id."""

    staff_id: UUID


@route("GET", "/v1/staff", auth=Auth.ADMIN, summary="All staff accounts", answers={200: StaffList})
async def list_staff(call: Call[None, None]) -> StaffList:
    """Give all accounts."""
    rows = await accounts.list_staff(call.services.pool)
    return StaffList(items=[StaffItem(**dict(row)) for row in rows])


@route("POST", "/v1/staff", auth=Auth.ADMIN, summary="Add a member of staff", body=NewStaff, answers={201: StaffMade})
async def add_staff(call: Call[NewStaff, None]) -> StaffMade:
    """Make an account."""
    body, services = call.body, call.services
    hashed = await services.passwords.hash(body.password)
    try:
        staff_id = await accounts.add_staff(
            services.pool, body.email, body.name, body.role.value, hashed, services.now(), body.language
        )
    except accounts.AccountError as error:
        raise Problem(409, "account-exists", str(error)) from None
    log.info("staff_added", staff_id=str(staff_id), by=str(call.staff.staff_id), role=body.role.value)
    return StaffMade(staff_id=staff_id)


@route("DELETE", "/v1/staff/{staff_id}", auth=Auth.ADMIN, summary="Shut an account out", answers={204: None})
async def disable_staff(call: Call[None, None]) -> None:
    """Disable an account and end its sessions; its past work keeps its name."""
    services = call.services
    try:
        staff_id = UUID(call.path("staff_id"))
    except ValueError:
        raise Problem(404, "no-such-account", "There is no such account.") from None
    if staff_id == call.staff.staff_id:
        raise Problem(409, "own-account", "Ask another admin: an account cannot disable itself.")
    if not await accounts.disable_staff_by_id(services.pool, staff_id, services.now()):
        raise Problem(404, "no-such-account", "There is no such account.")
    log.info("staff_disabled", staff_id=str(staff_id), by=str(call.staff.staff_id))


ROUTES = (list_staff, add_staff, disable_staff)
