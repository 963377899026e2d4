"""A control room to look at: api and live gateway in this process on a real PostgreSQL, with rows made by SQL.

Run as a program it serves a seeded board until stopped: `python tests/e2e/board_world.py [parcels]`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from incident_rows import HUB, put_incident

from api import app as api_app
from api.live.app import Opened, opened
from api.live.metrics import LiveMetrics
from core.scan import Milestone, Scan, scan_id_of
from runtime.embedded import free_port
from runtime.lifecycle import cancel
from runtime.sealing import Sealer
from runtime.settings import Settings
from store import accounts, odd_scans
from store.pool import open_pool
from store.statements import load

FEED = load("feed")
EMAIL = "lin.jing@waywarden.example"
PASSWORD = "correct horse battery"
KEYS = "k1:" + base64.b64encode(bytes(range(32))).decode()
LINK_KEY = base64.b64encode(bytes(32)).decode()

PLACES = [
    "杭州",
    "成都",
    "深圳",
    "武汉",
    "广州",
    "上海",
    "北京",
    "郑州",
    "西安",
    "臺北",
    "新北",
    "Leipzig",
    "Louisville",
]
CARRIERS = {
    "sf": "SF",
    "zto": "ZT",
    "yto": "YT",
    "jd": "JD",
    "ups": "1Z",
    "yunda": "YD",
    "taiwan_post": "TP",
    "dhl": "JJD",
}
SHOPS = ["hanfu-house", "tea-mountain", "oriole-toys", "kelp-outdoor"]
KINDS: list[tuple[str, tuple[int, ...], str]] = [
    ("stalled", (2, 3), "delay"),
    ("late", (2, 3), "delay"),
    ("not_picked_up", (2, 3), "delay"),
    ("attempt_failed", (1, 2), "delivery"),
    ("repeated_attempts", (3,), "delivery"),
    ("return_to_sender", (3,), "delivery"),
    ("damage_reported", (3, 4), "damage"),
    ("loss_suspected", (4,), "loss"),
    ("loss_reported", (4,), "loss"),
    ("not_received", (3,), "loss"),
]
WORDS = ["外包装破损，内件渗漏", "外箱凹陷，膠帶脫落", "Package damaged in transit, contents wet"]
SOURCES = {
    "stalled": "own default, until the limit of the leg is learned",
    "late": "the promise made to the consumer",
    "not_picked_up": "own default: pick-up within 24 h",
    "loss_suspected": "YZ/T 0128: thorough delay, inter-city 7 days",
}


class BoardWorld:
    """Writes what the stream would write."""

    def __init__(self, pool: asyncpg.Pool, seed: int = 7) -> None:
        self.pool = pool
        self.chance = random.Random(seed)
        self.now = datetime.now(UTC)
        self.sealer = Sealer(KEYS)
        self.staff_id: uuid.UUID | None = None
        self._number = 0

    async def staff(self, email: str = EMAIL, name: str = "林静", language: str = "zh-CN") -> uuid.UUID:
        hasher = accounts.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
        made = await accounts.add_staff(self.pool, email, name, "supervisor", hasher.hash(PASSWORD), self.now, language)
        self.staff_id = self.staff_id or made
        return made

    def ago(self, hours: float) -> datetime:
        return self.now - timedelta(hours=hours)

    async def exception(
        self,
        kind: str | None = None,
        severity: int | None = None,
        case: bool = True,
        state: str = "open",
        waybill: str | None = None,
        hours: float | None = None,
        assignee: uuid.UUID | None = None,
        case_state: str | None = None,
    ) -> tuple[str, str | None]:
        """Make a parcel with something wrong and give the ids of the exception and its case."""
        pick = self.chance
        self._number += 1
        name, severities, case_kind = next((k for k in KINDS if k[0] == kind), None) or pick.choice(KINDS)
        level = severity or pick.choice(severities)
        carrier = pick.choice(list(CARRIERS))
        waybill = waybill or f"{CARRIERS[carrier]}{pick.randint(10**11, 10**12 - 1)}"
        parcel_id = f"{carrier}:{waybill}"
        hours = (
            hours
            if hours is not None
            else pick.choice([0.1, 0.6, 2, 5, 9, 22, 30, 50, 80, 170]) * pick.uniform(0.7, 1.3)
        )
        since = self.ago(hours)
        silent = {"stalled": 48, "loss_suspected": 168, "not_picked_up": 24}.get(name, 6)
        last = since - timedelta(hours=silent)
        promised = since if name == "late" else since + timedelta(hours=pick.uniform(-20, 70))
        place = pick.choice(PLACES)
        milestone = {
            "not_picked_up": "announced",
            "attempt_failed": "attempt_failed",
            "return_to_sender": "returning",
        }.get(name, "in_transit")
        evidence: dict[str, Any] = {
            "rule": f"{name}.{carrier}" if name == "stalled" else name,
            "source": SOURCES.get(name, "policy/default.toml"),
        }
        scans = self.scans(carrier, waybill, last, milestone, name)
        if name in {"stalled", "loss_suspected", "not_picked_up"}:
            evidence |= {"limit_s": silent * 3600, "measured_s": silent * 3600 + 60, "scans": [scans[-1].scan_id]}
        elif name == "late":
            evidence |= {"limit_s": 0, "measured_s": int(hours * 3600)}
        elif name in {"attempt_failed", "repeated_attempts"}:
            evidence |= {"measured": 1 if name == "attempt_failed" else 3, "limit": 3}
        elif name in {"damage_reported", "loss_reported"}:
            evidence |= {
                "words": pick.choice(WORDS) if name == "damage_reported" else "快件遗失，已启动理赔",
                "scans": [scans[-1].scan_id],
            }
        key = uuid.UUID(int=pick.getrandbits(128)).hex[:20]
        case_id = uuid.UUID(int=pick.getrandbits(128)).hex[:20] if case else None
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, promised_at,"
                " expected_at,"
                " last_scan_at, place, state, updated_at) VALUES ($1, 0, $2, $3, $4, true, $5, $6, $7, $8, '', $9)",
                parcel_id, carrier, waybill, milestone, promised, promised + timedelta(hours=26), last, place, since,
            )  # fmt: skip
            shop = pick.choice(SHOPS)
            contact = {
                "name": "王小明",
                "phone": "13800138000",
                "email": "xiaoming@example.com",
                "address": "浙江省杭州市西湖区文三路 90 号 4 幢 301",
            }
            await connection.execute(
                "INSERT INTO registration (parcel_id, shop_id, order_ref, service, promised_at, declared_minor,"
                " insured_minor, currency, origin, destination, language, tier, contact, registered_at)"
                " VALUES ($1, $2, $3, 'express', $4, $5, $6, 'CNY', $7, $8, 'zh-CN', 'standard', $9, $10)",
                parcel_id, shop, f"T{pick.randint(10**9, 10**10)}", promised, pick.randint(3000, 90000), 20000,
                pick.choice(PLACES), place,
                {field: self.sealer.seal(value, f"{parcel_id}|{field}") for field, value in contact.items()}, last,
            )  # fmt: skip
            for scan in scans:
                await connection.execute(
                    "INSERT INTO scan VALUES ($1, $2, $3, $3, $4, $5) ON CONFLICT DO NOTHING",
                    parcel_id, scan.scan_id, scan.happened_at, scan.milestone.value, msgspec.json.encode(scan),
                )  # fmt: skip
            await connection.execute(
                "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at,"
                " case_id, evidence) VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8)",
                key, parcel_id, name, level, state, since, case_id, evidence,
            )  # fmt: skip
            if case_id:
                await self._case(connection, case_id, parcel_id, case_kind, level, since, name, assignee, case_state)
            await connection.execute(FEED["publish_exceptions"], [key])
            if case_id:
                await connection.execute(FEED["publish_cases"], [case_id])
            await connection.execute(FEED["wake"])
        return key, case_id

    def scans(self, carrier: str, waybill: str, last: datetime, milestone: str, name: str) -> list[Scan]:
        steps = [("announced", "已下单，等待揽收", 40.0)]
        if milestone != "announced":
            steps += [
                ("picked_up", "快件已被揽收", 30),
                ("in_transit", "快件离开【杭州转运中心】", 21),
                ("in_transit", "快件到达【武汉分拨中心】", 8),
            ]
            steps += [
                (
                    milestone if name != "damage_reported" else "exception",
                    {"attempt_failed": "派送失败，收件人不在家"}.get(name, "快件离开【武汉分拨中心】，下一站【成都】"),
                    0,
                )
            ]
        else:
            steps = [("announced", "已下单，等待揽收", 0)]
        made = []
        for number, (stone, text, hours) in enumerate(steps):
            at = last - timedelta(hours=hours)
            made.append(
                Scan(
                    scan_id=scan_id_of(carrier, waybill, at, str(number), text, None), carrier=carrier, waybill=waybill,
                    happened_at=at, milestone=Milestone(stone), source="canonical", text=text, code=str(number),
                    place=PLACES[number % len(PLACES)],
                )
            )  # fmt: skip
        return made

    async def _case(
        self, connection: asyncpg.Connection, case_id: str, parcel_id: str, kind: str, level: int, since: datetime,
        reason: str, assignee: uuid.UUID | None, state: str | None,
    ) -> None:  # fmt: skip
        pick = self.chance
        recent = pick.random() < 0.5
        opened_at = self.ago(pick.uniform(0.02, 0.5)) if recent else max(since, self.ago(60))
        state = state or (
            "open" if recent else pick.choice(["open", "acknowledged", "acknowledged", "investigating", "waiting"])
        )
        taken = state not in {"open"}
        who = assignee or (pick.choice([self.staff_id, None]) if taken else None)
        await connection.execute(
            "INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, assignee,"
            " waiting_on, reason, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'system', $7, $8, $9, $10, $7)",
            case_id, parcel_id, kind, state, level, level * 1000 + pick.randint(0, 400), opened_at, who,
            "carrier" if state == "waiting" else None, reason,
        )  # fmt: skip
        answer = opened_at + timedelta(minutes=15)
        breached = not taken and answer < self.now
        clocks = [
            ("accept", "met", opened_at + timedelta(minutes=2), opened_at, None),
            (
                "first_answer",
                "met" if taken else "breached" if breached else "running",
                answer,
                opened_at + timedelta(minutes=6) if taken else None,
                answer if breached else None,
            ),
            (
                "resolve",
                "breached" if opened_at + timedelta(hours=48) < self.now else "running",
                opened_at + timedelta(hours=48),
                None,
                None,
            ),
        ]
        for clock, clock_state, due, met, broke in clocks:
            await connection.execute(
                "INSERT INTO case_clock (case_id, clock, state, started_at, due_at, met_at, breached_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                case_id, clock, clock_state, opened_at, due, met, broke,
            )  # fmt: skip
        await connection.execute(
            "INSERT INTO case_event (case_id, version, at, actor, type, reason) VALUES ($1, 1, $2, 'system',"
            " 'CaseOpened', $3)",
            case_id, opened_at, reason,
        )  # fmt: skip
        if breached:
            await connection.execute(
                "INSERT INTO case_event (case_id, version, at, actor, type, data)"
                " VALUES ($1, 1, $2, 'system', 'ClockBreached', $3)", case_id, answer, {"clock": "first_answer"},
            )  # fmt: skip
        notice = uuid.uuid4().hex
        await connection.execute(
            "INSERT INTO outbox (notice_id, parcel_id, case_id, template, data, at, state, routed_at)"
            " VALUES ($1, $2, $3, 'stalled', '{}', $4, 'routed', $4)", notice, parcel_id, case_id, opened_at,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO delivery (delivery_id, notice_id, parcel_id, channel, recipient, language, subject,"
            " body, state,"
            " attempts, next_at, created_at, sent_at) VALUES ($1, $2, $3, 'email', $4, 'zh-CN', $5, $6,"
            " 'sent', 1, $7, $7, $7)",
            uuid.uuid4().hex, notice, parcel_id, self.sealer.seal("xiaoming@example.com", f"{parcel_id}|email"),
            "您的包裹可能会晚到",
            "您好，您的包裹在途中停留的时间比平时长。\n我们已联系承运商核实，新的预计送达时间为后天。", opened_at,
        )  # fmt: skip

    async def unread(
        self, code: str | None, text: str | None, count: int = 1, source: str = "kuaidi100", carrier: str = "zto"
    ) -> list[str]:
        """Insert parcels whose only scan nobody can read. Gives their ids."""
        made = []
        for _ in range(count):
            self._number += 1
            waybill, at = f"{CARRIERS[carrier]}{9_000_000 + self._number}", self.ago(self.chance.uniform(0.1, 90))
            parcel_id = f"{carrier}:{waybill}"
            scan = Scan(
                scan_id=scan_id_of(carrier, waybill, at, code, text, None),
                carrier=carrier,
                waybill=waybill,
                happened_at=at,
                milestone=Milestone.UNKNOWN,
                source=source,
                code=code,
                text=text,
                place=self.chance.choice(PLACES),
            )
            await self.pool.execute(
                "INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, last_scan_at, state, "
                "updated_at) VALUES ($1, 0, $2, $3, 'unknown', true, $4, '', $4)",
                parcel_id, carrier, waybill, at,
            )  # fmt: skip
            await self.pool.execute(
                "INSERT INTO scan (parcel_id, scan_id, happened_at, received_at, milestone, body) "
                "VALUES ($1, $2, $3, $3, 'unknown', $4)",
                parcel_id, scan.scan_id, at, msgspec.json.encode(scan),
            )  # fmt: skip
            await odd_scans.note(self.pool, [(parcel_id, scan)])
            made.append(parcel_id)
        return made

    async def incident(self, incident_id: str, kind: str = "hub_jam", **fields: Any) -> str:
        """Open, change or close an incident."""
        return await put_incident(self.pool, incident_id, self.now, kind, **fields)

    async def under(self, incident_id: str, count: int, case: str | None = None) -> list[str]:
        """Put parcels under an incident, as the stream does; with a case of a kind each. Gives the parcels' ids."""
        made = []
        for _ in range(count):
            key, case_id = await self.exception("stalled", 2, case=case is not None, hours=4, case_state="open")
            parcel_id = await self.pool.fetchval("SELECT parcel_id FROM exception WHERE exception_id = $1", key)
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    "UPDATE exception SET state = 'cleared', closed_at = $2, updated_at = $2 WHERE exception_id = $1",
                    key, self.ago(2),
                )  # fmt: skip
                await connection.execute(
                    "INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at,"
                    " updated_at, evidence) VALUES ($1, $2, 'jammed', 1, 'open', $3, $3, $3, $4)",
                    f"j{key[1:]}", parcel_id, self.ago(2),
                    {"rule": "jammed.hub_jam", "source": "policy", "incident": incident_id, "measured_s": 9 * 3600,
                     "facility": HUB},
                )  # fmt: skip
                if case_id is not None:
                    await connection.execute("UPDATE cases SET kind = $2 WHERE case_id = $1", case_id, case)
                await connection.execute(FEED["publish_exceptions"], [key])
                await connection.execute(FEED["publish_cases"], [case_id] if case_id else [])
                await connection.execute(FEED["wake"])
            made.append(parcel_id)
        return made

    async def clear(self, key: str) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE exception SET state = 'cleared', closed_at = now(), updated_at = now() WHERE exception_id = $1",
                key,
            )
            await connection.execute(FEED["publish_exceptions"], [key])
            await connection.execute(FEED["wake"])


class Site:
    """The running services: the api all the time, the live gateway started and stopped at will."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = settings.public_url
        self.live: Opened | None = None
        self._stop_live: asyncio.Event | None = None
        self._live: Any = None

    async def start_live(self) -> None:
        self._stop_live = asyncio.Event()
        self._live = opened(self.settings, LiveMetrics(), self._stop_live)
        self.live = await self._live.__aenter__()

    async def stop_live(self) -> None:
        if self._stop_live is not None:
            self._stop_live.set()
            await self._live.__aexit__(None, None, None)
            self._stop_live = None


@asynccontextmanager
async def control_room(database_url: str, port: int = 0, live_port: int = 0) -> AsyncIterator[Site]:
    """Serve api and live on this database."""
    port, live_port = port or free_port(), live_port or free_port()
    settings = Settings(
        database_url=database_url, http_port=port, live_port=live_port, metrics_port=free_port(), kafka="127.0.0.1:1",
        public_url=f"http://127.0.0.1:{port}", live_url=f"ws://127.0.0.1:{live_port}", keys=KEYS, link_key=LINK_KEY,
    )  # fmt: skip
    stop = asyncio.Event()
    serving = asyncio.create_task(api_app.run(settings, stop))
    site = Site(settings)
    await site.start_live()
    try:
        async with asyncio.timeout(20):
            while True:
                if serving.done():
                    serving.result()
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        yield site
    finally:
        await site.stop_live()
        stop.set()
        try:
            async with asyncio.timeout(10):
                await serving
        finally:
            await cancel(serving)
            # One more turn of the loop: sockets that were told to close do so in the next one.
            await asyncio.sleep(0)


async def _main(parcels: int) -> None:
    from runtime import embedded
    from runtime.migrate import migrate

    folder = Path(tempfile.mkdtemp(prefix="ww-board-"))
    folder.chmod(0o755)  # noqa: ASYNC240 - before anything runs
    url = embedded.start_postgres(folder / "data")
    url = url if isinstance(url, str) else url.url
    await asyncio.to_thread(migrate, url)
    async with await open_pool(url, 4, "seed") as pool:
        world = BoardWorld(pool)
        await world.staff()
        await world.staff("chen@waywarden.example", "陳怡君", "zh-TW")
        for _ in range(parcels):
            await world.exception()
        await world.unread("X77", "快件在【杭州转运中心】 zz 12 号 qq", 31)
        await world.unread("X78", None, 4)
        await world.unread(None, "Held zz at depot 17", 7, "dhl", "dhl")
        await world.incident("jam", parcels=412, total=430)
        await world.under("jam", 60, "delay")
        await world.incident("lane", "lane_degraded", facility="杭州", facility_to="成都", hours=30, parcels=58)
        await world.incident("silent", "feed_silent", carrier="zto", hours=0.7, parcels=1980)
        async with control_room(url, 8765, 8766) as site:
            print(json.dumps({"url": site.url, "email": EMAIL, "password": PASSWORD}), flush=True)
            while True:
                await asyncio.sleep(world.chance.uniform(0.5, 4))
                await world.exception(hours=0.01)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
