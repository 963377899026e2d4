"""A single run by hand: given parcels, a carrier's, or whatever is due; with progress and a summary.

Invariant: given parcels are asked for whatever the schedule says; a provider's own limits hold all the same.
May import: pull, runtime.settings, store.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from pull.app import Pulling, now
from pull.puller import Puller, Report
from pull.question import Outcome, Verdict
from runtime.settings import Settings
from store import pull as store
from store.pool import open_pool

MOST = 10_000


@dataclass
class Summary:
    """What a run came to. `put_off` and `stopped` say why by parcel and by provider."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    scans: int = 0
    put_off: dict[str, str] = field(default_factory=dict)
    nobody: list[str] = field(default_factory=list)
    stopped: dict[str, Verdict | str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether somebody has to look at it."""
        return bool(self.stopped or self.nobody)

    def add(self, provider: str, report: Report) -> None:
        """Count a round."""
        for parcel_id, result in report.results.items():
            self.asked[provider, result.outcome] += 1
            if result.outcome not in (Outcome.NEWS, Outcome.SAME):
                self.details[parcel_id] = f"{result.outcome}{f': {result.detail}' if result.detail else ''}"
        for parcel_id, turn in report.put_off.items():
            self.put_off[parcel_id] = f"{turn.why}, again at {turn.at:%Y-%m-%d %H:%M} UTC"
        self.scans += report.scans


async def pull_once(
    settings: Settings,
    stop: asyncio.Event,
    parcel_ids: Sequence[str] = (),
    carrier: str | None = None,
    limit: int = MOST,
    tell: Callable[[str], None] = print,
) -> Summary:
    """Ask, and give the summary. Raises AccountError, ConnectionError (our api is away), what the database raises."""
    summary = Summary()
    async with await open_pool(settings.database_url, 4, "waywarden-pull-once", command_timeout=60) as pool:
        pulling = Pulling(settings, pool, CollectorRegistry(), stop)
        try:
            await pulling.begin()
            if not await pulling.intake.reached():
                raise ConnectionError("our own api does not answer; it is set by WAYWARDEN_PULL_INTAKE_URL")
            only: dict[str, str] | None = None
            async with pool.acquire() as connection:
                if parcel_ids or carrier:
                    given = list(parcel_ids) or await store.of_carrier(connection, carrier or "", limit)
                    only = await store.enrol_these(connection, given, now(), pulling.carriers)
                    summary.nobody = sorted(set(given) - only.keys())
                else:
                    await store.enrol(connection, None, now(), pulling.carriers)
                pullers = [one for one in pulling.pullers if only is None or one.account.provider.name in only.values()]
                for puller in pullers:
                    # Who starts it by hand has put things right, or wants to know.
                    await store.unpause(connection, puller.account.key)
            for puller in pullers:
                name = puller.account.provider.name
                left = None if only is None else sorted(key for key, provider in only.items() if provider == name)
                await _all_of(puller, left, limit, stop, summary, tell)
        finally:
            await pulling.client.close()
    return summary


async def _all_of(
    puller: Puller,
    left: list[str] | None,
    limit: int,
    stop: asyncio.Event,
    summary: Summary,
    tell: Callable[[str], None],
) -> None:
    """Ask by one account for `left`, or for what is due, until all is asked for or the account says no."""
    name = puller.account.provider.name
    done = scans = 0
    while not stop.is_set() and done < limit and (left is None or left):
        report = await puller.round(left)
        if report is None:
            break
        summary.add(name, report)
        scans += report.scans
        finished = report.results.keys() | report.put_off.keys()
        done += len(report.results)
        if left is not None:
            left = [parcel_id for parcel_id in left if parcel_id not in finished]
        if report.results:
            tell(f"{name}: {done} asked, {summary.asked[name, Outcome.NEWS]} with news, {scans} scans")
        if report.verdict is not None and not finished:
            break
    row = await puller.record()
    paused = row.paused_until is not None and row.paused_until > now()
    if paused or row.state in ("refused", "exhausted"):
        summary.stopped[name] = f"{row.state} ({row.reason})"
    elif left and done < limit and not stop.is_set():
        summary.put_off |= dict.fromkeys(left, "another process is asking for it")
