"""Turns pending notices into deliveries: one batch, one transaction.

Each notice goes through the stages; what a stage stops becomes a `suppressed` delivery with the reason (or, where
nobody could be told at all, is counted), never silence. Invariant: routing the same notice twice makes the same
deliveries. May import: asyncpg, structlog, core.effect, runtime.sealing, store.outbox, notifier.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import jinja2
import msgspec
import structlog

from core.effect import digest
from notifier import gather, stages
from notifier.metrics import NotifierMetrics
from notifier.notice import Notice, Told
from notifier.render import Renderer, TemplateMissingError
from notifier.rules import Rules
from notifier.stages import EMAIL, WEBHOOK, Follow, Reason
from runtime.sealing import Sealer, UnsealError
from store import outbox
from store.outbox import NewDelivery

log = structlog.get_logger()

BATCH = 200
_DAY = timedelta(days=1)
_LOOK_AGAIN = timedelta(seconds=2)
_ROUTED = "routed"


class RecipientKeys:
    """Names a recipient by a keyed digest, so that the same person is found again and the address is not."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def email(self, address: str) -> str:
        """Give the name of a mailbox; letter case does not matter."""
        return hmac.new(self._key, f"email|{address.strip().lower()}".encode(), hashlib.sha256).hexdigest()[:32]


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What routing needs. `quiet_hours` False tells at once, day and night."""

    rules: Rules
    renderer: Renderer
    sealer: Sealer
    keys: RecipientKeys
    metrics: NotifierMetrics
    quiet_hours: bool = True


class Router:
    """Routes batches of notices."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        # Notices that wait for a message being sent right now are passed over until the next look; at most a batch,
        # beyond that they are simply looked at each time.
        self._waiting: dict[str, datetime] = {}

    async def route(self, pool: asyncpg.Pool, now: datetime) -> int:
        """Route one batch. Gives how many notices were done; 0 also when another process is the router."""
        self._waiting = {notice: until for notice, until in self._waiting.items() if until > now}
        async with pool.acquire() as connection, connection.transaction():
            if not await outbox.lead(connection):
                return 0
            rows = await outbox.claim_notices(connection, BATCH, list(self._waiting))
            if not rows:
                return 0
            batch = _Batch(self._tools, connection, now, [Notice(**dict(row)) for row in rows])
            await batch.run()
        batch.count()
        for notice_id in batch.waiting:
            if len(self._waiting) < BATCH:
                self._waiting[notice_id] = now + _LOOK_AGAIN
        return len(batch.done)


class _Batch:
    """One batch on its way through the stages."""

    def __init__(self, tools: Tools, connection: asyncpg.Connection, now: datetime, notices: list[Notice]) -> None:
        self._tools = tools
        self._rules = tools.rules
        self._connection = connection
        self._now = now
        self._notices = notices
        self._told: dict[str, list[Told]] = {}
        self._made: list[NewDelivery] = []
        self._new: set[str] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._merged = 0
        self.done: list[str] = []
        self.waiting: set[str] = set()

    async def run(self) -> None:
        parcels = sorted({notice.parcel_id for notice in self._notices})
        for row in await outbox.told(self._connection, parcels, self._now):
            told = Told(**{name: _tuple(row[name]) for name in Told.__struct_fields__})
            self._told.setdefault(told.parcel_id, []).append(told)
        overtaken = stages.overtaken_within(self._notices, self._rules)
        await self._consumers(overtaken)
        for notice in self._notices:
            if notice.notice_id not in self.waiting:
                if notice.notice_id not in overtaken:
                    await self._shop(notice)
                self.done.append(notice.notice_id)
        self._new = await outbox.insert(self._connection, self._made, self._now)
        await outbox.set_routed(self._connection, self.done, self._now)

    # consumers ------------------------------------------------------------------------------------------------------

    async def _consumers(self, overtaken: frozenset[str]) -> None:
        rules = self._rules
        tell: list[Notice] = []
        for notice in self._notices:
            template = rules.templates.get(notice.template)
            if template is None:
                self._count(notice, Reason.TEMPLATE_MISSING)
                log.error("template_missing", template=notice.template)
                self._stop(notice, Reason.TEMPLATE_MISSING, state="parked")
            elif "consumer" not in template.to or notice.email is None:
                self._count(notice, Reason.NO_ROUTE)
            elif notice.stopped and not notice.answers:
                self._stop(notice, Reason.STOPPED)
            elif stages.is_stale(notice, self._now, rules.stale):
                self._stop(notice, Reason.STALE)
            elif notice.notice_id in overtaken or (notice.superseded and not template.follows):
                self._stop(notice, Reason.OVERTAKEN)
            elif template.follows:
                step = await self._follow(notice, EMAIL)
                if step is Follow.WAIT:
                    self.waiting.add(notice.notice_id)
                elif step is Follow.DROP and (instead := self._still(notice, EMAIL)) is not None:
                    tell.append(instead)
                elif step is Follow.DROP:
                    self._stop(notice, Reason.NEVER_TOLD)
                else:
                    tell.append(notice)
            else:
                tell.append(notice)
        opened = [(notice, address) for notice in tell if (address := self._open(notice)) is not None]
        addresses = {notice.notice_id: address for notice, address in opened}
        keys = {address: self._tools.keys.email(address) for _, address in opened}
        had = await outbox.told_since(self._connection, sorted(set(keys.values())), self._now - _DAY)
        whose = {notice_id: keys[address] for notice_id, address in addresses.items()}
        groups, shared = gather.gather(stages.merge([notice for notice, _ in opened], rules), whose)
        for group in groups:
            self._mail(group, whose[group[0].notice_id], had)
        batches, joined = await gather.join(self._connection, shared, rules.incident)
        for (key, _, _), batch in batches.items():
            self._mail(batch.notices, key, had, batch.not_before)
        self.done += [notice.notice_id for notice in joined]

    async def _follow(self, notice: Notice, channel: str) -> Follow:
        step, overtaken = stages.follow(notice, channel, self._told.get(notice.parcel_id, ()))
        if overtaken and notice.exception_id is not None:
            ids = [message.delivery_id for message in overtaken]
            await outbox.overtake(self._connection, ids, notice.exception_id, Reason.OVERTAKEN)
            left = [message for message in self._told[notice.parcel_id] if message not in overtaken]
            self._told[notice.parcel_id] = left
        return step

    def _still(self, notice: Notice, channel: str) -> Notice | None:
        """Give what does hold, told as news, when the correction of what nobody heard there brings it along."""
        kind = notice.data.get("still")
        if not isinstance(kind, str) or kind not in self._rules.templates:
            return None
        told = (message for message in self._told.get(notice.parcel_id, ()) if message.channel == channel)
        if any(kind in message.templates for message in told):
            return None
        data = notice.data | {"kind": kind, "still": None}
        return msgspec.structs.replace(notice, template=kind, data=data)

    def _open(self, notice: Notice) -> str | None:
        try:
            return self._tools.sealer.open(notice.email or "", f"{notice.parcel_id}|email")
        except UnsealError as error:
            log.error("contact_not_opened", notice_id=notice.notice_id, error=str(error))
            self._stop(notice, Reason.UNSEAL_FAILED, state="parked")
            return None

    def _mail(self, group: Sequence[Notice], key: str, had: dict[str, int], not_before: datetime | None = None) -> None:
        """Make one message of a parcel's notices, or of those of several parcels in one incident."""
        lead = group[0]
        language = stages.language_of(lead.language)
        zone = self._rules.zones.of(language, lead.destination)
        try:
            parts = self._tools.renderer.parts(group, language, zone)
        except (TemplateMissingError, jinja2.TemplateError, ValueError, TypeError) as error:
            log.error("notice_not_rendered", template=lead.template, notice_id=lead.notice_id, error=repr(error))
            for notice in group:
                self._stop(notice, Reason.RENDER_FAILED, state="parked")
            return
        body = self._tools.renderer.body(parts)
        urgent = any(self._rules.templates[notice.template].urgent for notice in group)
        follows = frozenset(name for name, template in self._rules.templates.items() if template.follows)
        told = self._told.get(lead.parcel_id, ())
        since = self._now - timedelta(seconds=self._rules.repeat.after_s)
        reason: Reason | None = None
        if stages.already_told(parts.subject, body, EMAIL, told, follows, since):
            reason = Reason.ALREADY_TOLD
        elif stages.over_budget(had.get(key, 0), urgent, self._rules.budget):
            reason = Reason.BUDGET
        else:
            had[key] = had.get(key, 0) + 1
        next_at, held = self._now, None
        if reason is None and not_before is not None and not_before > next_at:
            next_at, held = not_before, gather.GATHERING
        if reason is None and self._tools.quiet_hours and not urgent:
            morning = stages.quiet_until(next_at, zone, self._rules.quiet)
            if morning is not None:
                next_at, held = morning, gather.GATHERING if not_before is not None else "quiet_hours"
        self._made.append(
            NewDelivery(
                delivery_id=digest(*sorted(notice.notice_id for notice in group), EMAIL, key, size=16),
                notices=tuple(notice.notice_id for notice in group),
                parcel_id=lead.parcel_id,
                channel=EMAIL,
                recipient=lead.email or "",
                recipient_key=key,
                language=language,
                subject=parts.subject,
                body=body,
                parts=msgspec.to_builtins(parts),
                state="pending" if reason is None else "suppressed",
                reason=str(reason) if reason else held,
                next_at=next_at,
                others=tuple(sorted({notice.parcel_id for notice in group} - {lead.parcel_id})),
            )
        )
        self._merged += len(group) - 1
        for notice in group:
            self._count(notice, reason or _ROUTED)

    def _stop(self, notice: Notice, reason: Reason, state: str = "suppressed") -> None:
        """Keep a row that says why the consumer was not told."""
        if notice.email is not None:
            self._made.append(
                NewDelivery(
                    delivery_id=digest(notice.notice_id, EMAIL, reason, size=16),
                    notices=(notice.notice_id,),
                    parcel_id=notice.parcel_id,
                    channel=EMAIL,
                    recipient=notice.email,
                    recipient_key="",
                    language=stages.language_of(notice.language),
                    subject=None,
                    body=None,
                    parts=None,
                    state=state,
                    reason=str(reason),
                    next_at=self._now,
                )
            )
        if reason is not Reason.TEMPLATE_MISSING:
            self._count(notice, reason)

    # shops ----------------------------------------------------------------------------------------------------------

    async def _shop(self, notice: Notice) -> None:
        template = self._rules.templates.get(notice.template)
        shop_id = notice.shop_id
        if shop_id is None or not notice.has_webhook or (template and "shop" not in template.to):
            return
        if (template and template.follows) and await self._follow(notice, WEBHOOK) is Follow.DROP:
            instead = self._still(notice, WEBHOOK) if notice.data.get("still") == notice.data.get("kind") else None
            if instead is None:
                return
            notice = instead
        body = msgspec.json.encode(webhook_body(notice)).decode()
        self._made.append(
            NewDelivery(
                delivery_id=digest(notice.notice_id, WEBHOOK, shop_id, size=16),
                notices=(notice.notice_id,),
                parcel_id=notice.parcel_id,
                channel=WEBHOOK,
                recipient=shop_id,
                recipient_key=f"shop:{shop_id}",
                language=stages.language_of(notice.language),
                subject=f"parcel.{notice.template}",
                body=body,
                parts=None,
                state="pending",
                reason=None,
                next_at=self._now,
            )
        )

    # counting -------------------------------------------------------------------------------------------------------

    def _count(self, notice: Notice, reason: str) -> None:
        # A name that nobody wrote a rule for must not become a label.
        name = notice.template if notice.template in self._rules.templates else "unknown"
        self._counts[name, str(reason)] += 1

    def count(self) -> None:
        """Put the counts into the metrics, once the transaction is committed."""
        for (template, reason), n in self._counts.items():
            self._tools.metrics.routed.labels(template, reason).inc(n)
        self._tools.metrics.merged.inc(self._merged)
        for made in self._made:
            if made.delivery_id not in self._new:
                continue
            if made.state == "suppressed":
                self._tools.metrics.suppressed.labels(made.channel, made.reason).inc()
            elif made.state == "parked":
                self._tools.metrics.parked.labels(made.channel, made.reason).inc()
            elif made.reason == "quiet_hours":
                self._tools.metrics.postponed.inc()


def webhook_body(notice: Notice) -> dict[str, Any]:
    """Give the JSON of a webhook: `type`, `timestamp`, `data`, as the specification advises. No personal data."""
    return {
        "type": f"parcel.{notice.template}",
        "timestamp": notice.at,
        "data": {
            "notice_id": notice.notice_id,
            "parcel_id": notice.parcel_id,
            "carrier": notice.carrier,
            "waybill": notice.waybill,
            "order": notice.order_ref,
            "exception_id": notice.exception_id,
            "case_id": notice.case_id,
            "milestone": notice.milestone,
            "expected_at": notice.data.get("expected_at", notice.expected_at),
            "details": notice.data,
        },
    }


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
