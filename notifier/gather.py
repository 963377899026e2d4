"""One message to a person about an incident, however many of their parcels are in it.

The first one waits a little for the others (`gather_s`); a parcel that gets into the incident while it waits joins it;
one that gets into it after it went out is told of with others like it, `again_s` after. Invariant: a notice that shares
its message with other news of its parcel is left there. May import: asyncpg, notifier, store.outbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec

from notifier.notice import Notice
from notifier.rules import Shared
from notifier.stages import EMAIL
from store import outbox

MERGED = "merged"
"""Why a message that waited was dropped: it went into another one."""
GATHERING = "gathering"
"""Why a message waits: for others of its kind."""
Whose = tuple[str, str, str]
"""Recipient, incident, template."""


class Batch(msgspec.Struct, frozen=True):
    """Notices for one message, the leading one first, and the moment before which it is not sent."""

    notices: list[Notice]
    not_before: datetime | None = None


def of_incident(group: Sequence[Notice]) -> str | None:
    """Give the incident that a parcel's notices are about, when they are one notice about one."""
    incident = group[0].data.get("incident") if len(group) == 1 else None
    return incident if isinstance(incident, str) else None


def gather(
    groups: Sequence[Sequence[Notice]], keys: Mapping[str, str]
) -> tuple[list[list[Notice]], dict[Whose, list[Notice]]]:
    """Part the groups (one a parcel) into those that stay as they are and those of one person in one incident.

    `keys` names the recipient by notice. Both keep the order of the groups.
    """
    alone: list[list[Notice]] = []
    shared: dict[Whose, list[Notice]] = {}
    for group in groups:
        incident = of_incident(group)
        if incident is None:
            alone.append(list(group))
        else:
            lead = group[0]
            shared.setdefault((keys[lead.notice_id], incident, lead.template), []).append(lead)
    return alone, shared


def _made(notice: Notice) -> tuple[datetime, str]:
    return notice.at, notice.notice_id


def not_before(notices: Sequence[Notice], told_at: datetime | None, rule: Shared) -> datetime:
    """Give when the message may go out: when it has waited for others, and long enough after the last about it."""
    ready = min(notice.at for notice in notices) + timedelta(seconds=rule.gather_s)
    return ready if told_at is None else max(ready, told_at + timedelta(seconds=rule.again_s))


async def join(
    connection: asyncpg.Connection, shared: Mapping[Whose, list[Notice]], rule: Shared
) -> tuple[dict[Whose, Batch], list[Notice]]:
    """Give what is to be told of incidents, with what waits already taken into it, and those notices by themselves."""
    if not shared:
        return {}, []
    told_at: dict[Whose, datetime] = {}
    waiting: dict[Whose, list[str]] = {}
    keys, incidents = {whose[0] for whose in shared}, {whose[1] for whose in shared}
    for row in await outbox.told_of_incidents(connection, keys, incidents, EMAIL):
        whose = (row["recipient_key"], row["incident"], row["template"])
        if row["waits"]:
            waiting.setdefault(whose, []).append(row["delivery_id"])
        else:
            told_at[whose] = max(row["at"], told_at.get(whose, row["at"]))
    batches: dict[Whose, Batch] = {}
    joined: list[Notice] = []
    for whose, notices in shared.items():
        again = [Notice(**dict(row)) for row in await outbox.take_back(connection, waiting.get(whose, ()), MERGED)]
        joined += again
        told = sorted([*again, *notices], key=_made)
        batches[whose] = Batch(told, not_before(told, told_at.get(whose), rule))
    return batches, joined
