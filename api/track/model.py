"""The page as values: finished texts, ready for the template.

Invariant: nothing here is decided any more. May import: msgspec.
"""

from __future__ import annotations

import msgspec


class Step(msgspec.Struct, frozen=True):
    """A step of the way: `state` is done, now or todo."""

    name: str
    state: str
    state_name: str


class Entry(msgspec.Struct, frozen=True):
    """A line of the timeline. `words` are the carrier's own, in `words_language` when that is known."""

    date: str
    time: str
    iso: str
    name: str
    place: str | None
    words: str | None
    words_language: str | None
    tone: str


class CaseCard(msgspec.Struct, frozen=True):
    """A case in words. `said` is what staff wrote for the consumer; `tone` is work, wait or done."""

    name: str
    state: str
    story: str
    said: str | None
    lines: tuple[str, ...]
    tone: str


class MessageCard(msgspec.Struct, frozen=True):
    """A message that was sent."""

    channel: str
    at: str
    language: str
    subject: str
    body: str


class Offer(msgspec.Struct, frozen=True):
    """A form that is offered."""

    kind: str
    title: str
    example: str
    send: str


class Silence(msgspec.Struct, frozen=True):
    """What the page says of messages: `action` is stop or resume."""

    action: str
    story: str
    answers: str
    button: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the template prints. `done` confirms that messages were stopped or resumed."""

    title: str
    tone: str
    status: str
    headline: str
    story: str
    facts: tuple[str, ...]
    date_label: str | None
    date: str | None
    date_was: str | None
    date_why: str | None
    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]
    earlier: tuple[Entry, ...]
    not_shown: int
    cases: tuple[CaseCard, ...]
    messages: tuple[MessageCard, ...]
    offers: tuple[Offer, ...]
    confirmation: str | None
    done: str | None
    silence: Silence | None
    details: tuple[tuple[str, str], ...]
    zone_note: str
    updated: str
