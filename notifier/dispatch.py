"""Sends due deliveries: lease, send, commit the result, each on its own.

Invariant: never more under way than a channel's slots, and never two processes on one delivery while a lease holds; a
lease is longer than any send, so one that ran out means that its process is gone. May import: asyncpg, structlog,
runtime.sealing, store.outbox, notifier.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import asyncpg
import msgspec
import structlog

from notifier.channel import Channel, Failed, Message, Sent
from notifier.metrics import NotifierMetrics
from notifier.render import Parts
from notifier.schedule import MAX_ATTEMPTS, next_try
from notifier.stages import EMAIL
from runtime.sealing import Links, Sealer, UnsealError
from store import outbox
from store.outbox import Leased

log = structlog.get_logger()

LEASE_S = 60.0  # longer than a channel's longest send (20 s) and the commit after it
_PER_RECIPIENT = 4  # under way to one recipient, so that a slow shop leaves room for the others
_COMMIT_AGAIN_S = (0.1, 0.5, 2, 5)  # with the waits for a connection still within the lease
DATABASE_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Dispatcher:
    """Sends what is due. Every outside thing comes by the constructor."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        channels: Mapping[str, tuple[Channel, int]],
        sealer: Sealer,
        links: Links,
        public_url: str,
        metrics: NotifierMetrics,
        now: Callable[[], datetime],
        random: Callable[[], float],
        worker: str,
        lease_s: float = LEASE_S,
    ) -> None:
        self._pool = pool
        self._channels = channels
        self._sealer = sealer
        self._links = links
        self._public_url = public_url.rstrip("/")
        self._metrics = metrics
        self._now = now
        self._random = random
        self._worker = worker
        self._lease_s = lease_s
        self._under_way: dict[str, set[asyncio.Task[None]]] = {name: set() for name in channels}
        self._recipients: Counter[str] = Counter()
        self.freed = asyncio.Event()

    async def round(self) -> int:
        """Lease what is due into the free slots and start sending. Gives how many were started."""
        started = 0
        for name, (channel, slots) in self._channels.items():
            free = slots - len(self._under_way[name])
            if free <= 0:
                continue
            now = self._now()
            busy = [key for key, n in self._recipients.items() if n >= _PER_RECIPIENT]
            until = now + timedelta(seconds=self._lease_s)
            async with self._pool.acquire() as connection:
                leased = await outbox.lease(connection, name, now, until, self._worker, free, busy)
            for one in leased:
                self._start(name, channel, one)
            started += len(leased)
        return started

    def _start(self, name: str, channel: Channel, one: Leased) -> None:
        task = asyncio.create_task(self._handle(name, channel, one), name=f"send-{name}")
        self._under_way[name].add(task)
        self._recipients[one.recipient_key] += 1
        self._metrics.under_way.labels(name).inc()

        def over(done: asyncio.Task[None]) -> None:
            self._under_way[name].discard(done)
            self._recipients[one.recipient_key] -= 1
            if self._recipients[one.recipient_key] <= 0:
                del self._recipients[one.recipient_key]
            self._metrics.under_way.labels(name).dec()
            self.freed.set()
            if not done.cancelled() and (error := done.exception()) is not None:
                # The lease stays and runs out: then it is tried again, and counted as a try.
                log.error("delivery_not_handled", channel=name, delivery_id=one.delivery_id, error=repr(error))

        task.add_done_callback(over)

    async def _handle(self, name: str, channel: Channel, one: Leased) -> None:
        if one.retracted or (one.stopped and one.several):
            why = "retracted" if one.retracted else "stopped"
            await self._commit(lambda c: outbox.drop_part(c, one.delivery_id, self._worker, why))
            self._metrics.suppressed.labels(name, why).inc()
            return
        if one.over or one.stopped:
            reason = "stopped" if one.stopped else "overtaken"
            await self._commit(lambda c: outbox.drop_unsent(c, one.delivery_id, self._worker, reason))
            self._metrics.suppressed.labels(name, reason).inc()
            return
        if one.attempts > MAX_ATTEMPTS:
            # Its processes died on it every time; nobody counted a failure.
            await self._park(name, one, "exhausted", "every try ended with its process")
            return
        try:
            message = self._message(name, one)
        except UnsealError as error:
            await self._park(name, one, "unseal_failed", str(error))
            return
        if message is None:
            await self._park(name, one, "webhook_disabled", None)
            return
        began = asyncio.get_running_loop().time()
        result = await channel.send(message)
        self._metrics.send_seconds.labels(name).observe(asyncio.get_running_loop().time() - began)
        await self._record(name, one, result)

    def _message(self, name: str, one: Leased) -> Message | None:
        """Make the message in clear. None when the shop takes none any more. Raises UnsealError."""
        if name == EMAIL:
            parts = msgspec.convert(one.parts, Parts)
            return Message(
                key=one.delivery_id,
                recipient=self._sealer.open(one.recipient, f"{one.parcel_id}|email"),
                language=one.language,
                created_at=one.created_at,
                subject=one.subject,
                body=one.body,
                parts=parts,
                link=self._link(one.parcel_id),
                links=tuple(self._link(parcel.parcel_id) for parcel in parts.parcels),
            )
        if one.webhook_url is None or one.webhook_disabled_at is not None:
            return None
        secret = one.webhook_secret
        if secret is not None and not secret.startswith("whsec_"):
            secret = self._sealer.open(secret, f"shop:{one.recipient}|webhook_secret")
        return Message(
            key=one.delivery_id,
            recipient=one.webhook_url,
            language=one.language,
            created_at=one.created_at,
            body=one.body,
            secret=secret,
        )

    def _link(self, parcel_id: str) -> str:
        return f"{self._public_url}/t/{self._links.token(parcel_id)}"

    async def _record(self, name: str, one: Leased, result: Sent | Failed) -> None:
        now = self._now()
        if isinstance(result, Sent):
            await self._commit(lambda c: outbox.sent(c, one.delivery_id, now, result.provider_id))
            self._metrics.sent.labels(name).inc()
            self._metrics.told_seconds.labels(name).observe(max(0.0, (now - one.at).total_seconds()))
            return
        self._metrics.failed.labels(name, result.reason).inc()
        log.warning(
            "delivery_failed",
            channel=name,
            delivery_id=one.delivery_id,
            reason=result.reason,
            permanent=result.permanent,
            attempts=one.attempts,
        )
        if result.gone:
            await self._commit(lambda c: outbox.disable_webhook(c, one.recipient, now))
        again = None if result.permanent else next_try(one.attempts, now, self._random, result.retry_after_s)
        if again is None:
            await self._park(name, one, result.reason if result.permanent else "exhausted", result.reason)
            return
        await self._commit(lambda c: outbox.failed(c, one.delivery_id, self._worker, result.reason, again))

    async def _park(self, name: str, one: Leased, reason: str, error: str | None) -> None:
        await self._commit(lambda c: outbox.park(c, one.delivery_id, self._worker, reason, error))
        self._metrics.parked.labels(name, reason).inc()
        log.error("delivery_parked", channel=name, delivery_id=one.delivery_id, reason=reason)

    async def _commit(self, write: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
        """Write a result, again after a pause while the database is away: what is out must not go out twice.

        Raises what the database raised when it stays away; the lease then runs out.
        """
        for pause_s in (*_COMMIT_AGAIN_S, None):
            try:
                async with self._pool.acquire(timeout=5) as connection:
                    await write(connection)
                return
            except DATABASE_FAULTS as error:
                if pause_s is None:
                    raise
                log.warning("result_not_written", error=type(error).__name__, retry_s=pause_s)
                await asyncio.sleep(pause_s)

    async def finish(self, timeout_s: float) -> None:
        """Wait for what is under way, then cancel the rest; the leases of those run out and they are sent again."""
        tasks = [task for running in self._under_way.values() for task in running]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
