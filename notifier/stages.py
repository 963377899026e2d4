"""The stages that decide about a message: each one small, pure, and giving its reason.

Invariant: no I/O and no clock; what is decided is said by an enum that ends up in the delivery's row and in a metric.
May import: notifier.notice, notifier.rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from notifier.notice import Notice, Told
from notifier.rules import LANGUAGES, Budget, Quiet, Rules, Stale

EMAIL, WEBHOOK = "email", "webhook"


class Reason(StrEnum):
    """Why a notice goes no further, or goes on another way than straight."""

    NO_ROUTE = "no_route"  # nobody to tell: no address, no webhook
    STALE = "stale"
    STOPPED = "stopped"  # the consumer wants no messages about this parcel but answers to their own reports
    NEVER_TOLD = "never_told"  # a follow-up of something that nobody was told
    ALREADY_TOLD = "already_told"
    BUDGET = "budget"
    OVERTAKEN = "overtaken"  # it was over before it could be told
    UNSEAL_FAILED = "unseal_failed"
    TEMPLATE_MISSING = "template_missing"
    RENDER_FAILED = "render_failed"


class Follow(StrEnum):
    """What becomes of a notice that ends or corrects an earlier one."""

    TELL = "tell"
    WAIT = "wait"  # the earlier one is being sent right now
    DROP = "drop"  # nobody was told


def language_of(wanted: str | None) -> str:
    """Give the language of ours that is nearest to a wish such as `zh-Hant-TW`, `zh_HK`, `en-GB`, `fr`."""
    tag = (wanted or "zh-CN").replace("_", "-").lower()
    for language in LANGUAGES:
        if tag == language.lower():
            return language
    if tag.startswith("zh"):
        return "zh-TW" if {"hant", "tw", "hk", "mo"} & set(tag.split("-")) else "zh-CN"
    return "en"


def is_stale(notice: Notice, now: datetime, rule: Stale) -> bool:
    """Say whether a notice is too old to be news."""
    return now - notice.at > timedelta(seconds=rule.after_s)


def quiet_until(now: datetime, zone: ZoneInfo, quiet: Quiet) -> datetime | None:
    """Give the end of the consumer's night when it is night there, else None."""
    local = now.astimezone(zone)
    start, end = quiet.from_hour, quiet.to_hour
    if start == end:
        return None
    night = start <= local.hour < end if start < end else local.hour >= start or local.hour < end
    if not night:
        return None
    morning = local.replace(hour=end, minute=0, second=0, microsecond=0)
    if local.hour >= end:
        morning += timedelta(days=1)
    return morning.astimezone(now.tzinfo)


def over_budget(told_today: int, urgent: bool, budget: Budget) -> bool:
    """Say whether a person has had all the messages of 24 hours."""
    return told_today >= budget.per_day + (budget.urgent_reserve if urgent else 0)


def follow(notice: Notice, channel: str, told: Sequence[Told]) -> tuple[Follow, tuple[Told, ...]]:
    """Decide about a notice that ends or corrects its exception's message, and name the messages it overtakes.

    Overtaken are those that still wait and that nobody has begun to send: they must not go out any more.
    """
    about = [
        message
        for message in told
        if message.channel == channel
        and notice.exception_id is not None
        and notice.exception_id in message.exceptions
        and notice.notice_id not in message.notices
    ]
    if any(message.under_way for message in about):
        return Follow.WAIT, ()
    overtaken = tuple(message for message in about if message.state == "pending" and not message.doubtful)
    if any(message.state == "sent" or message.doubtful for message in about):
        return Follow.TELL, overtaken
    return Follow.DROP, overtaken


def already_told(
    subject: str, body: str, channel: str, told: Iterable[Told], follows: frozenset[str], since: datetime
) -> bool:
    """Say whether a word on the parcel, since a moment and since the last all-clear, had the same content.

    `told` is newest first. A message that something is over makes the same news worth telling again.
    """
    for message in told:
        if message.channel != channel or message.state not in ("pending", "sent"):
            continue
        if message.created_at < since:
            return False
        if message.subject == subject and message.body == body:
            return True
        if follows & set(message.templates):
            return False
    return False


def merge(notices: Iterable[Notice], rules: Rules) -> list[list[Notice]]:
    """Put the notices of one parcel into one message, the weightiest first. Parcels keep the order of their notices."""
    by_parcel: dict[str, list[Notice]] = {}
    for notice in notices:
        by_parcel.setdefault(notice.parcel_id, []).append(notice)
    return [
        sorted(group, key=lambda notice: (-rules.templates[notice.template].rank, notice.at, notice.notice_id))
        for group in by_parcel.values()
    ]


def overtaken_within(notices: Sequence[Notice], rules: Rules) -> frozenset[str]:
    """Give the ids of notices whose exception is ended or corrected by a later notice waiting beside them."""
    over = {
        notice.exception_id: notice.at
        for notice in notices
        if notice.exception_id is not None
        and (template := rules.templates.get(notice.template)) is not None
        and template.follows
    }
    return frozenset(
        notice.notice_id
        for notice in notices
        if notice.exception_id in over
        and (template := rules.templates.get(notice.template)) is not None
        and not template.follows
        and notice.at <= over[notice.exception_id]
    )
