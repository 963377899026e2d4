"""How long from a scan's push to its delta on a live board, at a steady rate.

Invariant: an open loop: requests leave by the clock and latency counts from the moment a request was due, so a slow
answer cannot hide the waiting it causes. May import: bench, aiohttp's client, websockets.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from bench import accounts, report
from bench.load import CARRIER
from bench.stack import Stack

_PER_REQUEST = 100
_DAMAGED_EVERY = 50
_POOL = 40_000
_STEPS = ("announced", "picked_up", "in_transit", "in_transit", "in_transit", "out_for_delivery", "delivered")


@dataclass(frozen=True)
class Latency:
    """Seconds from push to board, and what was asked and reached."""

    asked_rate: float
    reached_rate: float
    seconds: float
    exceptions: int
    missing: int
    refused: int
    p50_s: float
    p90_s: float
    p99_s: float
    max_s: float


def _scan(waybill: str, at: datetime, milestone: str, code: int, detail: str | None = None) -> bytes:
    scan = {
        "carrier": CARRIER,
        "waybill": waybill,
        "happened_at": at.isoformat(),
        "milestone": milestone,
        "facility": "杭州转运中心",
        "facility_to": "成都转运中心",
        "place": "杭州",
        "code": str(code),
        "text": "快件已到达【杭州转运中心】，正发往【成都转运中心】",
    }
    return msgspec.json.encode(scan | ({"detail": detail} if detail else {}))


class _Load:
    """Scans by number: parcels move through their steps, and one in `_DAMAGED_EVERY` scans is a new parcel, damaged."""

    def __init__(self) -> None:
        self.number = 0
        self.start = datetime.now(UTC) - timedelta(hours=8)

    def take(self, count: int) -> tuple[list[bytes], list[str]]:
        """Give so many scans and the waybills of the damaged among them."""
        lines, damaged = [], []
        for _ in range(count):
            number, self.number = self.number, self.number + 1
            if number % _DAMAGED_EVERY == 0:
                waybill = f"DAMAGED{number:09d}"
                damaged.append(waybill)
                lines.append(_scan(waybill, datetime.now(UTC), "exception", number, "damaged"))
                continue
            step, parcel = divmod(number, _POOL)
            at = self.start + timedelta(minutes=20 * (step % len(_STEPS)), microseconds=1000 * (number % 1000))
            round_, step = divmod(step, len(_STEPS))
            lines.append(_scan(f"MOVING{round_}X{parcel:07d}", at, _STEPS[step], number))
        return lines, damaged


async def _board(session: aiohttp.ClientSession, stack: Stack, password: str) -> ClientConnection:
    async with session.post(f"{stack.url}/v1/session", json={"email": accounts.EMAIL, "password": password}) as answer:
        answer.raise_for_status()
        csrf = (await answer.json())["csrf"]
    async with session.post(f"{stack.url}/v1/live/ticket", headers={"X-CSRF-Token": csrf}) as answer:
        answer.raise_for_status()
        ticket = await answer.json()
    socket = await connect(ticket["url"], origin=stack.url, max_size=None)  # type: ignore[arg-type]
    await socket.send(msgspec.json.encode({"type": "hello", "ticket": ticket["ticket"], "filter": {}}).decode())
    return socket


async def run(
    rate: int = 2_000, seconds: float = 60, warm_up_s: float = 10, say: Callable[[str], None] = lambda line: None
) -> Latency:
    """Push `rate` scans a second for `seconds` after a warm-up and watch the board."""
    due_at: dict[str, float] = {}
    seen_at: dict[str, float] = {}
    refused = 0
    async with (
        Stack(("worker", "api", "live")) as stack,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        key, password = await accounts.prepare(stack.database_url)
        socket = await _board(session, stack, password)

        complete = asyncio.Event()
        sent = False

        async def watch() -> None:
            async for raw in socket:
                now = time.perf_counter()
                message = msgspec.json.decode(raw)
                for row in message.get("upsert") or message.get("rows") or ():
                    if row["noun"] == "exception":
                        seen_at.setdefault(row["body"]["waybill"], now)
                if sent and due_at.keys() <= seen_at.keys():
                    complete.set()

        async def push(lines: list[bytes]) -> None:
            nonlocal refused
            async with session.post(
                f"{stack.url}/v1/scans",
                data=b"\n".join(lines),
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"},
            ) as answer:
                if answer.status >= 300:
                    refused += 1
                    say(f"refused: {answer.status} {(await answer.text())[:200]}")

        watching = asyncio.create_task(watch())
        load = _Load()
        requests = int(rate * (seconds + warm_up_s) / _PER_REQUEST)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(requests):
                due = began + number * _PER_REQUEST / rate
                lines, damaged = load.take(_PER_REQUEST)
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if due - began >= warm_up_s:
                    due_at.update(dict.fromkeys(damaged, due))
                group.create_task(push(lines))
                if number % (10 * rate // _PER_REQUEST) == 0:
                    say(f"{load.number} scans sent, {len(seen_at)} exceptions on the board")
        took = time.perf_counter() - began
        sent = True
        with contextlib.suppress(TimeoutError):
            # Every tick brings a message, so `complete` is looked at again even when all are there already.
            await asyncio.wait_for(complete.wait(), 20)
        watching.cancel()
        await socket.close()
    waits = sorted(seen_at[waybill] - due for waybill, due in due_at.items() if waybill in seen_at)

    def quantile(share: float) -> float:
        return round(waits[min(len(waits) - 1, int(share * len(waits)))], 3) if waits else float("nan")

    return Latency(
        asked_rate=rate,
        reached_rate=round(requests * _PER_REQUEST / took, 1),
        seconds=seconds,
        exceptions=len(due_at),
        missing=len(due_at.keys() - seen_at.keys()),
        refused=refused,
        p50_s=quantile(0.5),
        p90_s=quantile(0.9),
        p99_s=quantile(0.99),
        max_s=quantile(1.0),
    )


def main() -> None:
    """Read the options, measure, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=2_000, help="scans a second")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    found = asyncio.run(run(options.rate, options.seconds, say=print))
    print(found)
    report.write(
        "latency",
        command=f"waywarden bench latency --rate {options.rate} --seconds {options.seconds:g}",
        method=(
            f"{_PER_REQUEST} canonical scans a request at POST /v1/scans by the clock (open loop), one in "
            f"{_DAMAGED_EVERY} a damage; from the moment a request was due to the exception's row in a websocket "
            "client; sender, client, broker, PostgreSQL and services on the same machine; 10 s warm-up left out"
        ),
        figures=dict(asdict(found)),
        target="p99 <= 1 s at 2,000 scans/s",
    )


if __name__ == "__main__":
    main()
