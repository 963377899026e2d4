"""A small world for the tests of the api's cases, parcels and consumer page: an app on a real database, and rows."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry

from api.accept import Accepted, Unavailable
from api.app import build_app
from api.keys import KeyRing, SecretBook
from api.metrics import ApiMetrics
from api.passwords import PasswordChecks
from api.services import Services
from core.event import Event
from core.scan import Milestone, Scan, scan_id_of
from runtime.sealing import Links, Sealer
from runtime.settings import Settings
from store import accounts

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(32))).decode()


class Log:
    """Takes events as the real intake does, into a list; `away` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.away = False

    async def accept(self, events: Sequence[Event]) -> Accepted:
        if self.away:
            raise Unavailable("the test says so")
        self.events.extend(events)
        return Accepted("log", len(events))


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class World:
    """The services on a database, and short words to put rows there."""

    def __init__(self, pool: asyncpg.Pool, **settings: Any) -> None:
        self.pool = pool
        self.log = Log()
        self.clock = Clock()
        self.sealer = Sealer(f"k1:{KEY}")
        self.links = Links(KEY)
        registry = CollectorRegistry()
        self.services = Services(
            settings=Settings(_env_file=None, **settings),
            pool=pool,
            intake=self.log,
            keys=KeyRing(pool, self.clock),
            secrets=SecretBook(pool, self.sealer, self.clock),
            passwords=PasswordChecks(),
            sealer=self.sealer,
            links=self.links,
            metrics=ApiMetrics(registry),
            registry=registry,
            now=self.clock,
            random=os.urandom,
            **self.more(),
        )

    def more(self) -> dict[str, Any]:
        """Give what newer services need."""
        if "policy" in Services.__dataclass_fields__:
            from runtime.policy import read_policy

            return {"policy": read_policy(None)}
        return {}

    def app(self) -> web.Application:
        return build_app(self.services)

    async def shop(self, shop_id: str, name: str) -> None:
        await self.pool.execute(
            "INSERT INTO shop (shop_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", shop_id, name
        )

    async def staff(self, role: str = "agent", name: str = "林小姐") -> tuple[uuid.UUID, dict[str, str]]:
        """Give a member of staff and the headers of a session."""
        staff_id = await self.pool.fetchval(
            "INSERT INTO staff (email, name, role, password_hash) VALUES ($1, $2, $3, '') RETURNING staff_id",
            f"{uuid.uuid4().hex[:8]}@example.com",
            name,
            role,
        )
        token = uuid.uuid4().hex
        async with self.pool.acquire() as connection:
            await accounts.open_session(
                connection, accounts.hash_token(token), staff_id, "csrf-word", self.clock(), self.clock() + timedelta(8)
            )
        return staff_id, {"Cookie": f"ww_session={token}", "X-CSRF-Token": "csrf-word"}

    async def merchant(self, shop_id: str) -> dict[str, str]:
        """Give the headers of a shop's key."""
        async with self.pool.acquire() as connection:
            token = await accounts.add_api_key(connection, "merchant", shop_id, self.clock(), os.urandom)
        return {"Authorization": f"Bearer {token}"}

    async def parcel(
        self,
        waybill: str,
        *,
        carrier: str = "sf",
        shop: str | None = "shop-1",
        milestone: str = "in_transit",
        language: str = "zh-CN",
        promised_at: datetime | None = None,
        expected_at: datetime | None = None,
        contact: dict[str, str] | None = None,
        order: str | None = None,
        service: str | None = None,
        declared_minor: int | None = None,
    ) -> str:
        """Insert a parcel, registered when it has a shop. Gives its id."""
        parcel_id = f"{carrier}:{waybill}"
        await self.pool.execute(
            "INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, promised_at, expected_at, "
            "last_scan_at, place, state, updated_at) VALUES ($1, 0, $2, $3, $4, true, $5, $6, $7, '杭州', '', $7)",
            parcel_id, carrier, waybill, milestone, promised_at, expected_at, self.clock() - timedelta(hours=3),
        )  # fmt: skip
        if shop:
            await self.shop(shop, "山野茶铺")
            sealed = {
                field: self.sealer.seal(value, f"{parcel_id}|{field}") for field, value in (contact or {}).items()
            }
            await self.pool.execute(
                "INSERT INTO registration (parcel_id, shop_id, order_ref, service, promised_at, declared_minor, "
                "currency, language, tier, contact, link, registered_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, 'CNY', $7, 'standard', $8, $9, $10)",
                parcel_id, shop, order, service, promised_at, declared_minor, language, sealed,
                Links.digest(self.links.token(parcel_id)), self.clock() - timedelta(days=2),
            )  # fmt: skip
        return parcel_id

    async def scan(self, parcel_id: str, milestone: str, ago: timedelta, text: str = "", **fields: Any) -> str:
        """Insert a scan of a parcel, so long ago. Gives its id."""
        carrier, _, waybill = parcel_id.partition(":")
        at = self.clock() - ago
        scan_id = scan_id_of(carrier, waybill, at, milestone, text, None)
        facts = {"source": "canonical", "offset_s": 28800, **fields}
        scan = msgspec.convert(
            {"scan_id": scan_id, "carrier": carrier, "waybill": waybill, "happened_at": at, "milestone": milestone,
             "text": text or None, **facts}, Scan,
        )  # fmt: skip
        assert isinstance(scan.milestone, Milestone)
        await self.pool.execute(
            "INSERT INTO scan (parcel_id, scan_id, happened_at, received_at, milestone, body) "
            "VALUES ($1, $2, $3, $3, $4, $5)",
            parcel_id, scan_id, at, milestone, msgspec.json.encode(scan),
        )  # fmt: skip
        return scan_id

    async def exception(
        self,
        parcel_id: str,
        kind: str,
        severity: int = 2,
        state: str = "open",
        case_id: str | None = None,
        **evidence: Any,
    ) -> str:
        """Insert an exception. Gives its id."""
        exception_id = uuid.uuid4().hex[:20]
        facts = {"rule": kind, "source": "test", "scans": [], **evidence}
        await self.pool.execute(
            "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at, "
            "evidence, case_id) VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8)",
            exception_id, parcel_id, kind, severity, state, self.clock() - timedelta(hours=2), facts, case_id,
        )  # fmt: skip
        return exception_id

    async def case(
        self,
        parcel_id: str,
        kind: str = "delay",
        *,
        state: str = "open",
        severity: int = 2,
        priority: int = 20,
        opened: timedelta = timedelta(minutes=5),
        waiting_on: str | None = None,
        resolution: str | None = None,
        breached: bool = False,
    ) -> str:
        """Insert a case opened by the system so long ago, with its three clocks. Gives its id."""
        case_id = uuid.uuid4().hex[:20]
        at = self.clock() - opened
        over = at + timedelta(minutes=3) if state in ("resolved", "closed") else None
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, reason, "
                "waiting_on, resolution, resolved_at, updated_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, 'system', $7, 'late', $8, $9, $10, $7)",
                case_id, parcel_id, kind, state, severity, priority, at, waiting_on, resolution, over,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO case_event (case_id, version, at, actor, type) VALUES ($1, 1, $2, 'system', 'opened')",
                case_id, at,
            )  # fmt: skip
            for clock, span, met in (("accept", 120, at), ("first_answer", 900, None), ("resolve", 172800, None)):
                state_now = "met" if met else "breached" if breached else "running"
                due = at + timedelta(seconds=span)
                await connection.execute(
                    "INSERT INTO case_clock (case_id, clock, state, started_at, due_at, met_at, breached_at) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    case_id, clock, state_now, at, due, met, due if state_now == "breached" else None,
                )  # fmt: skip
        return case_id

    async def message(
        self,
        parcel_id: str,
        subject: str,
        body: str,
        *,
        channel: str = "email",
        recipient: str = "",
        state: str = "sent",
    ) -> None:
        """Insert a message that was sent an hour ago."""
        notice_id = uuid.uuid4().hex[:20]
        await self.pool.execute(
            "INSERT INTO outbox (notice_id, parcel_id, template, data, at, state) "
            "VALUES ($1, $2, 'late', '{}', $3, 'routed')",
            notice_id, parcel_id, self.clock() - timedelta(hours=1),
        )  # fmt: skip
        language = await self.pool.fetchval("SELECT language FROM registration WHERE parcel_id = $1", parcel_id)
        await self.pool.execute(
            "INSERT INTO delivery (delivery_id, notice_id, parcel_id, channel, recipient, language, subject, body, "
            "state, next_at, created_at, sent_at) VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)",
            notice_id, parcel_id, channel, recipient, language or "en", subject, body, state,
            self.clock() - timedelta(hours=1),
        )  # fmt: skip
