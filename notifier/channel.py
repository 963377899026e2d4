"""The face of every channel: take a message, say that it was sent or why it was not.

Invariant: a channel never raises for what the other side does; it sends at most once per call and never decides about
retries. The `key` is the same over all attempts, so that the receiving side can tell a repetition.
May import: msgspec, notifier.render.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from notifier.render import Parts


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient, ready to send. `recipient` is in clear here and nowhere else.

    `key` is the delivery's id. `parts` is there for people, `body` alone for machines. `links` are the pages of
    `parts.parcels`, where it tells of several.
    `secret` signs, where a channel does.
    """

    key: str
    recipient: str
    language: str
    created_at: datetime
    subject: str | None = None
    body: str | None = None
    parts: Parts | None = None
    link: str | None = None
    links: tuple[str, ...] = ()
    secret: str | None = None


class Sent(msgspec.Struct, frozen=True):
    """The other side has taken the message. `provider_id` is its own word for it."""

    provider_id: str | None = None


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """The message was not taken.

    `permanent`: it never will be. `reason` is a short word for metrics and people, without personal data;
    `retry_after_s` is when the other side wants to be asked again; `gone` says that the address takes nothing any more.
    """

    permanent: bool
    reason: str
    retry_after_s: float | None = None
    gone: bool = False


class Channel(Protocol):
    """A way to reach somebody."""

    name: str

    async def send(self, message: Message) -> Sent | Failed:
        """Send one message. Bounded in time by the channel itself; raises only on a fault of our own."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
