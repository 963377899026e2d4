"""A real SMTP sink and a real webhook receiver, both scripted, and a database with parcels to tell of."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import asyncpg
from aiohttp import web
from aiosmtpd.smtp import SMTP
from prometheus_client import CollectorRegistry
from standardwebhooks import Webhook

from notifier.channel import Channel
from notifier.channels.email import EmailChannel, SmtpServer
from notifier.channels.webhook import WebhookChannel
from notifier.dispatch import Dispatcher
from notifier.metrics import NotifierMetrics
from notifier.render import Renderer
from notifier.router import RecipientKeys, Router, Tools
from notifier.rules import read_rules
from runtime.sealing import Links, Sealer

KEYS = "k1:" + base64.b64encode(bytes(range(32))).decode()
LINK_KEY = base64.b64encode(bytes(range(32, 64))).decode()
SECRET = "whsec_" + base64.b64encode(b"shop secret of 24 bytes!").decode()
# 10:00 in Shanghai: nobody sleeps.
DAY = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


class Sink:
    """An SMTP server that answers by script and keeps what it took. A script entry is an answer or a coroutine."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.script: deque[str | Callable[[], Any]] = deque()
        self.connections = 0
        self.news = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def handle_RCPT(self, _s: Any, _c: Any, envelope: Any, address: str, _o: Any) -> str:
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        step = self.script.popleft() if self.script else "250 queued as 1"
        if callable(step):
            step = step()
            if not isinstance(step, str):
                step = await step
        if step.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append(mail)  # type: ignore[arg-type]
            self.news.set()
        return step

    async def start(self) -> None:
        def made() -> SMTP:
            self.connections += 1
            return SMTP(self, hostname="sink.test", enable_SMTPUTF8=True)

        self._server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def until_taken(self, count: int) -> None:
        """Wait until this many different mails are here."""
        async with asyncio.timeout(60):
            while len(set(self.ids())) < count:
                self.news.clear()
                await self.news.wait()

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


class Receiver:
    """A shop's webhook endpoint: answers by script, keeps requests, and verifies each signature."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.script: deque[tuple[int, dict[str, str]]] = deque()
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        event = Webhook(SECRET).verify(body, dict(request.headers))
        self.ids.append(request.headers["webhook-id"])
        status, headers = self.script.popleft() if self.script else (204, {})
        if 200 <= status < 300:
            self.events.append(event)
        return web.Response(status=status, headers=headers)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


class Post:
    """A notifier in pieces, with a clock in the hand: rows in, rounds, messages out."""

    def __init__(self, pool: asyncpg.Pool, sink: Sink, receiver: Receiver) -> None:
        self.pool = pool
        self.now = DAY
        self.sealer = Sealer(KEYS)
        self.links = Links(LINK_KEY)
        self.registry = CollectorRegistry()
        self.metrics = NotifierMetrics(self.registry)
        self.renderer = Renderer()
        self.receiver = receiver
        self.router = Router(
            Tools(
                rules=read_rules(),
                renderer=self.renderer,
                sealer=self.sealer,
                keys=RecipientKeys(b"k" * 32),
                metrics=self.metrics,
            )
        )
        self.email = EmailChannel(
            SmtpServer.parse(f"smtp://127.0.0.1:{sink.port}"),
            "Waywarden <no-reply@waywarden.example>",
            self.renderer,
            lambda: asyncio.get_running_loop().time(),
            timeout_s=15,
        )
        self.webhook = WebhookChannel(lambda: datetime.now(UTC), private_allowed=True, timeout_s=15)
        self.dispatcher = self.another("one")

    def another(self, worker: str, lease_s: float = 60.0) -> Dispatcher:
        channels: dict[str, tuple[Channel, int]] = {"email": (self.email, 4), "webhook": (self.webhook, 4)}
        return Dispatcher(
            self.pool,
            channels,
            self.sealer,
            self.links,
            "https://parcels.example",
            self.metrics,
            lambda: self.now,
            lambda: 0.0,
            worker,
            lease_s,
        )

    async def parcel(
        self,
        parcel_id: str = "sf:SF1",
        mail: str | None = "mei@example.org",
        language: str = "zh-CN",
        shop: bool = False,
    ) -> None:
        """Register a parcel, with a consumer's address and a shop's webhook where wanted."""
        carrier, _, waybill = parcel_id.partition(":")
        contact = {"email": self.sealer.seal(mail, f"{parcel_id}|email")} if mail else {}
        await self.pool.execute(
            """INSERT INTO shop (shop_id, name, webhook_url, webhook_secret) VALUES ('s1', '小店', $1, $2)
               ON CONFLICT DO NOTHING""",
            self.receiver.url if shop else None,
            SECRET,
        )
        await self.pool.execute(
            """INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, state, expected_at,
                                   updated_at)
               VALUES ($1, 0, $2, $3, 'in_transit', true, '', $4, $5)""",
            parcel_id,
            carrier,
            waybill,
            self.now + timedelta(days=3),
            self.now,
        )
        await self.pool.execute(
            """INSERT INTO registration (parcel_id, shop_id, currency, language, destination, tier, contact,
                                         registered_at)
               VALUES ($1, 's1', 'CNY', $2, 'CN', 'standard', $3, $4)""",
            parcel_id,
            language,
            contact,
            self.now,
        )

    async def notice(
        self, notice_id: str, template: str = "late", parcel_id: str = "sf:SF1", about: str | None = "e1", **data: Any
    ) -> None:
        await self.pool.execute(
            """INSERT INTO outbox (notice_id, parcel_id, exception_id, template, data, at)
               VALUES ($1, $2, $3, $4, $5, $6)""",
            notice_id,
            parcel_id,
            about,
            template,
            data,
            self.now,
        )

    async def exception(self, exception_id: str, state: str, parcel_id: str = "sf:SF1") -> None:
        await self.pool.execute(
            """INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at,
                                      evidence)
               VALUES ($1, $2, 'late', 2, $3, $4, $4, $4, '{}')""",
            exception_id,
            parcel_id,
            state,
            self.now,
        )

    async def route(self) -> int:
        return await self.router.route(self.pool, self.now)

    async def send(self, dispatcher: Dispatcher | None = None) -> int:
        dispatcher = dispatcher or self.dispatcher
        started = await dispatcher.round()
        await dispatcher.finish(30)
        return started

    async def turn(self) -> None:
        """Route and send until nothing is left to do now."""
        while await self.route() + await self.send():
            pass

    async def rows(self, columns: str = "state, reason", where: str = "true") -> list[Any]:
        query = f"SELECT {columns} FROM delivery WHERE {where} ORDER BY created_at, delivery_id"  # noqa: S608
        rows = await self.pool.fetch(query)
        return [tuple(row) for row in rows]

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0
