"""The real api on a real database and broker, fake providers, and the pulling between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from pull_world import Providers

from pull.app import Pulling
from pull.policy import PullPolicy, read_pull_policy
from pull.puller import Puller, Report
from store import pull as store
from tests.integration.api_intake.conftest import Api, api, settings_for

__all__ = ["api"]

#: The real policy with short pauses, so that a test can wait for their ends.
POLICY = read_pull_policy()
QUICK = msgspec.structs.replace(
    POLICY,
    rhythm=msgspec.structs.replace(POLICY.rhythm, trouble_s=1, trouble_longest_s=1),
    account=msgspec.structs.replace(POLICY.account, limited_s=1, limited_longest_s=1),
    providers={name: msgspec.structs.replace(one, least_s=0) for name, one in POLICY.providers.items()},
)


class Desk:
    """Parcels, providers and pulling around one api."""

    def __init__(self, api: Api, pool: asyncpg.Pool, providers: Providers) -> None:
        self.api = api
        self.pool = pool
        self.providers = providers
        self.stop = asyncio.Event()
        self.registry = CollectorRegistry()
        self._made: list[Pulling] = []

    async def pulling(self, policy: PullPolicy = QUICK, **more: Any) -> Pulling:
        """Make what a pull process has; `more` are settings."""
        options = {name: more.pop(name) for name in ("lease_s", "hold_s") if name in more}
        given = {**self.providers.settings(), "pull_intake_url": self.api.base, **more}
        settings = settings_for(self.api.settings.kafka, **given)
        registry = self.registry if not self._made else CollectorRegistry()
        one = Pulling(settings, self.pool, registry, self.stop, policy, **options)
        self._made.append(one)
        await one.begin()
        async with self.pool.acquire() as connection:
            await store.enrol(connection, None, datetime.now(UTC), one.carriers)
        return one

    async def puller(self, name: str, policy: PullPolicy = QUICK, **more: Any) -> Puller:
        return puller_of(await self.pulling(policy, **more), name)

    async def parcel(
        self, parcel_id: str, ago: timedelta = timedelta(days=2), phone: str | None = None, **more: Any
    ) -> str:
        """Write a registered parcel that nobody has spoken of yet."""
        carrier, _, waybill = parcel_id.partition(":")
        moment = datetime.now(UTC) - ago
        row = {"milestone": "pending", "active": True, "promised_at": None, "due_at": None} | more
        await self.pool.execute(
            "INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, promised_at, due_at, "
            "state, updated_at) VALUES ($1, 0, $2, $3, $4, $5, $6, $7, '', $8)",
            parcel_id,
            carrier,
            waybill,
            row["milestone"],
            row["active"],
            row["promised_at"],
            row["due_at"],
            moment,
        )
        contact = {"phone": self.api.services.sealer.seal(phone, f"{parcel_id}|phone")} if phone else {}
        await self.pool.execute(
            "INSERT INTO registration (parcel_id, shop_id, currency, language, tier, contact, registered_at) "
            "VALUES ($1, 's1', 'CNY', 'zh-CN', 'standard', $2, $3)",
            parcel_id,
            contact,
            moment,
        )
        return parcel_id

    async def heard(self, parcel_id: str, ago: timedelta) -> None:
        """Write that a scan was received."""
        at = datetime.now(UTC) - ago
        await self.pool.execute(
            "INSERT INTO scan (parcel_id, scan_id, happened_at, received_at, milestone, body) "
            "VALUES ($1, $2, $3, $3, 'in_transit', '')",
            parcel_id,
            f"{at:%d%H%M%S}",
            at,
        )
        await self.pool.execute("UPDATE parcel SET last_scan_at = $2 WHERE parcel_id = $1", parcel_id, at)

    async def turn_comes(self) -> None:
        """Move every turn that is not leased to now, and forget what would put a question off."""
        await self.pool.execute(
            "UPDATE pull_state SET look_at = now(), retry_at = NULL, answered_at = answered_at - interval '30 days' "
            "WHERE lease_by IS NULL"
        )

    async def state(self, parcel_id: str) -> asyncpg.Record:
        row = await self.pool.fetchrow("SELECT * FROM pull_state WHERE parcel_id = $1", parcel_id)
        assert row is not None, f"{parcel_id} has no turn"
        return row

    async def outcomes(self) -> dict[str, tuple[str, str]]:
        rows = await self.pool.fetch("SELECT parcel_id, outcome, detail FROM pull_state ORDER BY parcel_id")
        return {row["parcel_id"]: (row["outcome"], row["detail"]) for row in rows}

    async def account(self, name: str) -> asyncpg.Record:
        row = await self.pool.fetchrow(
            "SELECT * FROM pull_account WHERE provider = $1 AND account NOT LIKE '%:register'", name
        )
        assert row is not None
        return row

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    async def close(self) -> None:
        self.stop.set()
        for one in self._made:
            await one.client.close()


def puller_of(pulling: Pulling, name: str) -> Puller:
    return next(one for one in pulling.pullers if one.account.provider.name == name)


async def drain(puller: Puller) -> list[Report]:
    """Work until nothing is due."""
    reports = []
    while (report := await puller.round()) is not None:
        reports.append(report)
    return reports


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    one = Providers()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def desk(api: Api, pool: asyncpg.Pool, providers: Providers) -> AsyncIterator[Desk]:
    one = Desk(api, pool, providers)
    yield one
    await one.close()
