"""The simulator: registers parcels and pushes their scans, signed, through the real intake.

Invariant: speaks to Waywarden only over HTTP, as shops and carriers do; every journey's truth is written before its
first scan is pushed. May import: sim, carriers (signatures), runtime, aiohttp's client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import aiohttp
import msgspec
import structlog

from carriers.registry import FORMATS
from runtime.settings import Settings
from sim.journey import Event, Journey
from sim.people import consumer
from sim.wire import ENCODERS
from sim.world import Run, World

log = structlog.get_logger()
_BULK = 200
_WORKERS = 8


@dataclass(frozen=True)
class Options:
    """What to simulate.

    `rate` is new parcels a second once the first ones are in; `speed` runs the world's clock faster, from `days` ago
    until it has caught up with the real one. `secrets` are the intake secrets by format, `shop_key` the
    shop's and `carrier_key` the API key of carriers whose format has no signature.
    """

    shop_key: str
    carrier_key: str
    secrets: dict[str, str]
    parcels: int = 1_500
    rate: float = 0.3
    staged: float = 0.35
    unregistered: float = 0.08
    seed: int = 1
    speed: float = 0
    days: float = 5
    truth: Path | None = None
    api_url: str = ""
    languages: tuple[str, ...] = ("zh-CN", "zh-CN", "zh-TW", "en")


@dataclass
class Tally:
    """What has been done so far."""

    parcels: int = 0
    pushes: int = 0
    scans: int = 0
    refused: int = 0
    retries: int = 0


@dataclass
class Simulator:
    """Runs a `World` against an intake."""

    options: Options
    session: aiohttp.ClientSession
    base: str
    clock: Callable[[], datetime]
    random: Random
    tally: Tally = field(default_factory=Tally)

    async def run(self, stop: asyncio.Event) -> None:
        """Populate the world, then keep it going until `stop`."""
        world = World(self.options.seed, self.options.parcels, self.options.staged, self.clock())
        journeys = [run.journey for run in world.populate()]
        self._write_truth(journeys)
        # The scans so far come first: to register a delivered parcel before its scans would look like a late one.
        await self._tell(world.due(self.clock()), stop)
        await self._register(journeys, stop)
        log.info("simulator_caught_up", parcels=self.tally.parcels, scans=self.tally.scans)
        born = self.clock()
        while not stop.is_set():
            now = self.clock()
            fresh: list[Journey] = []
            while self.options.rate and born <= now and len(fresh) < _BULK:
                fresh.append(world.fresh(now))
                born += timedelta(seconds=self.random.expovariate(self.options.rate))
            if fresh:
                self._write_truth(fresh)
                await self._register(fresh, stop)
                for journey in fresh:
                    world.add(journey)
            await self._tell(world.due(now), stop)
            try:
                await asyncio.wait_for(stop.wait(), 0.5)
            except TimeoutError:
                continue

    async def _register(self, journeys: Sequence[Journey], stop: asyncio.Event) -> None:
        known = [journey for journey in journeys if self.random.random() >= self.options.unregistered]
        for start in range(0, len(known), _BULK):
            if stop.is_set():
                return
            chunk = known[start : start + _BULK]
            body = msgspec.json.encode([self._registration(journey) for journey in chunk])
            headers = {"Authorization": f"Bearer {self.options.shop_key}", "Content-Type": "application/json"}
            await self._post("/v1/parcels", body, headers, stop)
            self.tally.parcels += len(chunk)

    def _registration(self, journey: Journey) -> dict[str, object]:
        language = self.random.choice(self.options.languages)
        return {
            "carrier": journey.carrier.slug,
            "waybill": journey.waybill,
            "order": f"WW{journey.waybill[-9:]}",
            "service": journey.service,
            "promised_at": journey.promised_at.isoformat(),
            "declared_minor": journey.declared_minor,
            "insured_minor": None,
            "currency": "CNY",
            "category": journey.category,
            "origin": journey.origin.zh,
            "destination": journey.destination.zh,
            "language": language,
            "tier": journey.tier,
            "contact": consumer(self.random, language),
        }

    def _write_truth(self, journeys: Iterable[Journey]) -> None:
        if self.options.truth is None:
            return
        with self.options.truth.open("a", encoding="utf-8") as file:
            for journey in journeys:
                file.write(msgspec.json.encode(journey.truth).decode() + "\n")

    async def _tell(self, due: Iterable[tuple[Run, tuple[Event, ...]]], stop: asyncio.Event) -> None:
        """Push what has become known, a few senders at a time; the iterator is shared, so nothing is sent twice."""
        shared = iter(due)

        async def sender() -> None:
            for run, new in shared:
                if stop.is_set():
                    return
                await self._push(run, new, stop)
                if self.random.random() < run.journey.carrier.duplicate:
                    await self._push(run, new, stop)

        async with asyncio.TaskGroup() as group:
            for _ in range(_WORKERS):
                group.create_task(sender())

    async def _push(self, run: Run, new: tuple[Event, ...], stop: asyncio.Event) -> None:
        carrier = run.journey.carrier
        body, content_type = ENCODERS[carrier.format](run.journey, run.told, new)
        secret = self.options.secrets.get(carrier.format)
        if secret is not None:
            signed = FORMATS[carrier.format].sign(body, secret, datetime.now(UTC))
            body, headers = signed.body, dict(signed.headers)
        else:
            headers = {"content-type": content_type, "authorization": f"Bearer {self.options.carrier_key}"}
        if await self._post(f"/v1/intake/{carrier.format}", body, headers, stop):
            self.tally.pushes += 1
            self.tally.scans += len(new)

    async def _post(self, path: str, body: bytes, headers: dict[str, str], stop: asyncio.Event) -> bool:
        """Send until it is accepted: 5xx and dead connections are tried again, a refusal is counted and logged."""
        wait_s = 0.2
        while True:
            try:
                async with self.session.post(self.base + path, data=body, headers=headers) as answer:
                    if answer.status < 300:
                        return True
                    if answer.status < 500 and answer.status != 429:
                        self.tally.refused += 1
                        log.warning("push_refused", path=path, status=answer.status, answer=(await answer.text())[:300])
                        return False
            except (aiohttp.ClientError, TimeoutError) as error:
                log.info("intake_unreachable", path=path, error=type(error).__name__)
            self.tally.retries += 1
            if stop.is_set():
                return False
            await asyncio.sleep(wait_s * self.random.uniform(0.5, 1.5))
            wait_s = min(wait_s * 2, 10)


def world_clock(speed: float, days: float) -> Callable[[], datetime]:
    """Give a clock that starts `days` ago and runs `speed` times as fast until it has caught up; 0 means real time."""
    if speed <= 0:
        return lambda: datetime.now(UTC)
    real = datetime.now(UTC)
    start = real - timedelta(days=days)

    def now() -> datetime:
        current = datetime.now(UTC)
        return min(current, start + (current - real) * speed)

    return now


async def run(settings: Settings, stop: asyncio.Event, options: Options) -> Tally:
    """Simulate until `stop` is set. Gives what was done."""
    base = options.api_url or settings.public_url
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        simulator = Simulator(options, session, base, world_clock(options.speed, options.days), Random(options.seed))  # noqa: S311 - a simulation
        await simulator.run(stop)
        return simulator.tally
