"""What the router works on: a notice with what the database knows of its parcel, and what was told before.

Invariant: values only; addresses stay sealed here. May import: msgspec.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One pending row of the outbox, joined with parcel, registration and shop. `email` is sealed.

    `answers`: it is about something that the consumer reported, so it is told even when they stopped messages.
    `superseded`: another exception took the place of its own meanwhile, and what there is to tell is told of that.
    """

    notice_id: str
    parcel_id: str
    exception_id: str | None
    case_id: str | None
    template: str
    data: dict[str, Any]
    at: datetime
    carrier: str | None = None
    waybill: str | None = None
    milestone: str | None = None
    expected_at: datetime | None = None
    language: str | None = None
    destination: str | None = None
    order_ref: str | None = None
    email: str | None = None
    stopped: bool = False
    answers: bool = False
    superseded: bool = False
    shop_id: str | None = None
    shop_name: str | None = None
    has_webhook: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message about a parcel that was told, will be, or may have been.

    `doubtful`: a process was sending it and never said how that ended. `under_way`: one is sending it right now.
    """

    delivery_id: str
    parcel_id: str
    channel: str
    state: str
    templates: tuple[str, ...]
    notices: tuple[str, ...]
    exceptions: tuple[str, ...]
    subject: str | None
    body: str | None
    created_at: datetime
    doubtful: bool = False
    under_way: bool = False
