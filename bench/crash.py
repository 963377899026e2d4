"""The crash run: kill -9 of worker, api and notifier in turn under load, then count what is lost or doubled.

Invariant: judged from the load that was sent, never from what the system says of itself.
May import: bench, asyncpg, aiohttp's client.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from random import Random

import aiohttp
import asyncpg

from bench import accounts, report
from bench.load import Load, Sender
from bench.sink import Sink
from bench.stack import Stack
from runtime.embedded import free_port

VICTIMS = ("worker", "api", "notifier")
_WAVE = 150
_BATCH = 20


@dataclass
class Verdict:
    """What was found. Every `lost_…` and `doubled_…` must be 0."""

    kills: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    scans: int = 0
    lost_scans: int = 0
    doubled_scans: int = 0
    lost_exceptions: int = 0
    doubled_exceptions: int = 0
    unexpected_exceptions: int = 0
    lost_cases: int = 0
    doubled_cases: int = 0
    messages: int = 0
    lost_messages: int = 0
    doubled_messages: int = 0
    smtp_repeats: int = 0
    client_retries: int = 0
    dead_events: int = 0

    @property
    def clean(self) -> bool:
        """Say whether nothing was lost or doubled in anybody's eyes."""
        return not any(
            getattr(self, name) for name in vars(self) if name.startswith(("lost_", "doubled_", "unexpected_", "dead_"))
        )


async def run(
    kills: int = 30,
    rate: float = 300,
    seed: int = 1,
    kafka: str | None = None,
    on_round: Callable[[int], None] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Verdict:
    """Run it at about `rate` scans a second. `on_round` may kill something more (a broker) before each kill."""
    random = Random(seed)  # noqa: S311 - spreads the kills
    sink = Sink()
    sink.start(free_port())
    waves: list[Load] = []
    started = time.monotonic()
    stack = Stack(kafka=kafka, env={"WAYWARDEN_SMTP_URL": f"smtp://127.0.0.1:{sink.port}"})
    try:
        async with stack, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            key, _ = await accounts.prepare(stack.database_url)
            sender = Sender(session, stack.url, key)
            over = asyncio.Event()

            async def push() -> None:
                """Send wave after wave of new parcels for as long as the killing lasts."""
                while not over.is_set():
                    wave = Load(_WAVE, prefix=f"CRASH{len(waves):05d}X")
                    waves.append(wave)
                    await sender.register(wave.registrations())
                    lines = list(wave.lines())
                    for start in range(0, len(lines), _BATCH):
                        began = time.monotonic()
                        await sender.scans(lines[start : start + _BATCH])
                        await asyncio.sleep(max(0.0, _BATCH / rate - (time.monotonic() - began)))

            pushing = asyncio.create_task(push())
            for number, victim in zip(range(kills), cycle(VICTIMS), strict=False):
                await asyncio.sleep(random.uniform(0.3, 1.5))
                if on_round is not None:
                    on_round(number)
                stack.kill(victim)
                stack.start(victim)
                await stack.ready(victim, 120)
                say(f"kill {number + 1}/{kills}: {victim} back after {time.monotonic() - started:.0f} s")
            over.set()
            await pushing
            verdict = await _judge(stack, waves, sink, say)
            verdict.kills = dict(stack.kills)
            verdict.client_retries = sender.retries
    finally:
        sink.stop()
    verdict.seconds = round(time.monotonic() - started, 1)
    return verdict


async def _judge(stack: Stack, waves: Sequence[Load], sink: Sink, say: Callable[[str], None]) -> Verdict:
    expected_scans = sum(wave.expected_scans for wave in waves)
    expected = set[str]().union(*(wave.expected_damaged for wave in waves))
    connection = await asyncpg.connect(stack.database_url)
    try:
        await _settle(connection, expected_scans, say)
        verdict = Verdict(scans=await connection.fetchval("SELECT count(*) FROM scan"))
        verdict.lost_scans = max(0, expected_scans - verdict.scans)
        verdict.doubled_scans = max(0, verdict.scans - expected_scans)
        verdict.dead_events = await connection.fetchval("SELECT count(*) FROM dead_event")
        exceptions = Counter(
            {row[0]: row[1] for row in await connection.fetch("SELECT parcel_id, count(*) FROM exception GROUP BY 1")}
        )
        cases = Counter(
            {row[0]: row[1] for row in await connection.fetch("SELECT parcel_id, count(*) FROM cases GROUP BY 1")}
        )
    finally:
        await connection.close()
    verdict.lost_exceptions = len(expected - set(exceptions))
    verdict.unexpected_exceptions = len(set(exceptions) - expected)
    verdict.doubled_exceptions = sum(count - 1 for count in exceptions.values())
    verdict.lost_cases = len(expected - set(cases))
    verdict.doubled_cases = sum(count - 1 for count in cases.values())
    verdict.messages = len(sink.ids)
    told = Counter(sink.seen.values())
    recipients = {recipient for recipient, _ in told}
    wanted = set[str]().union(*(wave.expected_recipients for wave in waves))
    verdict.lost_messages = len(wanted - recipients)
    verdict.doubled_messages = sum(count - 1 for count in told.values())
    verdict.smtp_repeats = sum(sink.ids.values()) - len(sink.ids)
    return verdict


async def _settle(connection: asyncpg.Connection, expected_scans: int, say: Callable[[str], None]) -> None:
    """Wait until nothing moves any more: all scans in, nothing pending to be told; at most two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        scans = await connection.fetchval("SELECT count(*) FROM scan")
        pending = await connection.fetchval(
            "SELECT (SELECT count(*) FROM outbox WHERE state = 'pending')"
            " + (SELECT count(*) FROM delivery WHERE state = 'pending')"
        )
        if scans >= expected_scans and pending == 0:
            return
        say(f"settling: {scans}/{expected_scans} scans, {pending} messages to go")
        await asyncio.sleep(1)


def main() -> None:
    """Read the options, run, write the verdict. Exits with 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rate", type=float, default=300, help="scans a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    verdict = asyncio.run(run(options.kills, options.rate, options.seed, say=print))
    print(verdict)
    report.write(
        "crash",
        command=f"waywarden bench crash --kills {options.kills} --rate {options.rate:g} --seed {options.seed}",
        method=(
            f"kill -9 of {', '.join(VICTIMS)} in turn, {options.kills} times, each started again at once, under "
            f"{options.rate:g} scans/s of new registered parcels, one in three damaged; counted afterwards from the "
            "load that was sent: rows of scan, exception, cases; mails at an SMTP sink by recipient and subject; "
            "`smtp_repeats` are mails sent twice with the same Message-ID"
        ),
        figures=dict(asdict(verdict)),
        target="30 kills: 0 lost scans, exceptions, cases, messages; 0 duplicates of any",
    )
    if not verdict.clean:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
