"""Takes the parcels of one account whose turn it is, has them asked for, and gives them back with their next turn.

Invariant: what is leased is settled, postponed or forgotten, or its lease runs out; an account that is paused is not
asked; after a pause one single request tries it. May import: asyncpg, structlog, core, pull, runtime.sealing,
store.pull.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec
import structlog

from pull.accounts import Account, asker_of
from pull.asker import HOLD_S, Asker, Round, Told
from pull.metrics import PullMetrics
from pull.policy import PullPolicy
from pull.question import Kind, Outcome, Question, Result, Verdict
from pull.schedule import Asked, Turn, Watched, Why, next_turn
from runtime.sealing import Sealer, UnsealError
from store import pull as store
from store.pull import AccountRow, Leased, Settled

log = structlog.get_logger()

#: Longer than a slot's wait, three requests and an answer held for our intake, all at their longest.
LEASE_S = HOLD_S + 120.0
#: Single requests may fail; so many in a row mean that the provider is in trouble.
TROUBLE_BEFORE_PAUSE = 3
#: Turns looked at in one go, at most.
LOOK = 512
_SPREAD_S = 60.0

_ANSWERED = frozenset({Outcome.NEWS, Outcome.SAME, Outcome.UNKNOWN, Outcome.INVALID})
_FAILED = frozenset({Outcome.UNREADABLE, Outcome.MISSING, Outcome.UNDELIVERED, Outcome.TROUBLE})


class Report(msgspec.Struct, frozen=True):
    """What one round came to: results by parcel, what was put off and why, and the account's verdict."""

    results: Mapping[str, Result]
    put_off: Mapping[str, Turn]
    verdict: Verdict | None = None
    scans: int = 0


class Puller:
    """Works for one account. Several in one process or in many share the rows."""

    def __init__(
        self,
        account: Account,
        accounts: Sequence[Account],
        policy: PullPolicy,
        pool: asyncpg.Pool,
        asker: Asker,
        sealer: Sealer,
        metrics: PullMetrics,
        now: Callable[[], datetime],
        random: Callable[[], float],
        worker: str,
        lease_s: float = LEASE_S,
    ) -> None:
        self.account = account
        self._accounts = accounts
        self._policy = policy
        self._pool = pool
        self._asker = asker
        self._sealer = sealer
        self._metrics = metrics
        self._now = now
        self._random = random
        self._worker = worker
        self._lease_s = lease_s
        self._least = timedelta(seconds=account.limits.least_s)
        self._look = 0

    @property
    def register_key(self) -> str:
        """The name of the record of registering by this account."""
        return self._asker.register_key

    async def record(self) -> AccountRow:
        """Give the account's record, and show its state."""
        name, provider = self.account.key, self.account.provider.name
        async with self._pool.acquire(timeout=5) as connection:
            row = await store.account(connection, name)
            if row is None:
                await store.ensure_account(connection, name, provider, self._now())
                row = await store.account(connection, name)
        if row is None:
            raise LookupError(f"the record of {provider}'s account went away")
        self._metrics.account(provider, row.state)
        return row

    async def round(self, only: Sequence[str] | None = None) -> Report | None:
        """Ask for what is due, or for `only`, whether due or not. None: nothing to do, or the account is paused."""
        row = await self.record()
        now = self._now()
        if row.paused_until is not None and row.paused_until > now:
            self._asker.leave_alone(row.paused_until)
            return None
        limits = self.account.limits
        if limits.daily and row.day >= now.date() and row.asked >= limits.daily:
            return None
        self._asker.leave_alone(None)
        # After a pause one request finds out whether it is over.
        room = limits.batch * (1 if row.paused_until is not None else limits.parallel)
        limit = max(room, self._look) if only is None else room
        async with self._pool.acquire(timeout=5) as connection:
            until = now + timedelta(seconds=self._lease_s)
            leased = await store.lease(connection, self.account.provider.name, now, until, self._worker, limit, only)
        if not leased:
            return None
        report = await self._work(leased, now, room, forced=only is not None)
        # Most turns that come are looked at and put off; looking is cheap in large numbers.
        self._look = min(2 * limit, LOOK) if len(leased) == limit and len(report.results) < room else room
        return report

    async def _work(self, leased: Sequence[Leased], now: datetime, room: int, *, forced: bool) -> Report:
        by_id = {one.parcel_id: one for one in leased}
        questions, put_off, over, wrong = self._sort(leased, now, forced=forced)
        questions, beyond = questions[:room], questions[room:]
        results: dict[str, Result] = {}
        async with self._pool.acquire(timeout=5) as connection:
            if over:
                await store.forget(connection, self._worker, over)
            if put_off:
                turns = [(key, turn.at or now, by_id[key].asked_at) for key, turn in put_off.items()]
                await store.postpone(connection, self._worker, self._looked_at(turns, now))
            if beyond:
                again = [(one.parcel_id, by_id[one.parcel_id].turn_at, by_id[one.parcel_id].asked_at) for one in beyond]
                await store.postpone(connection, self._worker, again)
            if wrong:
                results |= wrong
                told = {parcel_id: Told(result) for parcel_id, result in wrong.items()}
                await store.settle(connection, self._worker, self._settled(by_id, told))
                self._count(told)
        batch = self.account.limits.batch
        groups = [questions[start : start + batch] for start in range(0, len(questions), batch)]
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._group(group, by_id)) for group in groups]
        rounds = [task.result() for task in asked]
        for one in rounds:
            results |= {parcel_id: told.result for parcel_id, told in one.told.items()}
        verdict = next((one.verdict for one in rounds if one.verdict is not None), None)
        scans = sum(told.scans for one in rounds for told in one.told.values() if told.result.outcome is Outcome.NEWS)
        return Report(results, put_off, verdict, scans)

    def _sort(
        self, leased: Sequence[Leased], now: datetime, *, forced: bool
    ) -> tuple[list[Question], dict[str, Turn], list[str], dict[str, Result]]:
        """Say who is asked for, who is put off until when, who is over, and who can not be asked for at all."""
        questions: list[Question] = []
        put_off: dict[str, Turn] = {}
        over: list[str] = []
        wrong: dict[str, Result] = {}
        for one in leased:
            found = asker_of(self._accounts, one.carrier) if one.carrier is not None else None
            turn = self._turn(one, _asked(one), now, forced=forced)
            if found is None or found[0].key != self.account.key or turn.at is None:
                over.append(one.parcel_id)
            elif turn.at > now:
                put_off[one.parcel_id] = turn
            else:
                waybill = "".join((one.waybill or "").split()).upper()
                if (reason := self.account.provider.wrong(waybill)) is not None:
                    wrong[one.parcel_id] = Result(Outcome.INVALID, reason)
                    continue
                questions.append(
                    Question(
                        parcel_id=one.parcel_id,
                        carrier=one.carrier or "",
                        waybill=waybill,
                        code=found[1],
                        phone=self._phone(one),
                    )
                )
        return questions, put_off, over, wrong

    def _turn(self, one: Leased, asked: Asked, now: datetime, *, forced: bool) -> Turn:
        if not forced or one.carrier is None:
            return next_turn(_watched(one, now), asked, self._policy.rhythm, self._least)
        # A person asks: only the provider's own limit on one number holds.
        if asked.asked_at is not None and asked.asked_at + self._least > now:
            return Turn(asked.asked_at + self._least, Why.LEAST)
        return Turn(now, Why.FORCED)

    def _phone(self, one: Leased) -> str | None:
        """Give the last four digits of the consignee's phone, where the provider cannot do without."""
        if one.carrier not in self.account.limits.phone_for or one.phone is None:
            return None
        try:
            clear = self._sealer.open(one.phone, f"{one.parcel_id}|phone")
        except UnsealError:
            return None
        digits = "".join(sign for sign in clear if sign.isdigit())
        return digits[-4:] if len(digits) >= 4 else None

    async def _group(self, questions: Sequence[Question], by_id: Mapping[str, Leased]) -> Round:
        digests = {one.parcel_id: by_id[one.parcel_id].digest for one in questions}
        done = await self._asker.ask(questions, digests)
        until = await self._judge(done)
        told = dict(done.told)
        if done.verdict is not None and done.verdict.kind is Kind.TROUBLE:
            for one in questions:
                told.setdefault(one.parcel_id, Told(Result(Outcome.TROUBLE, done.verdict.reason)))
        now = self._now()
        left = [one.parcel_id for one in questions if one.parcel_id not in told]
        async with self._pool.acquire(timeout=5) as connection:
            if told:
                await store.settle(connection, self._worker, self._settled(by_id, told))
            if left:
                again = max(until or now, now) + timedelta(seconds=1 + _SPREAD_S * self._random())
                await store.postpone(connection, self._worker, [(key, again, by_id[key].asked_at) for key in left])
        self._count(told)
        return Round(told, done.verdict, done.held)

    async def _judge(self, done: Round) -> datetime | None:
        """Write what a round says of the account. Gives until when it is left alone."""
        if done.held:
            return None
        row = await self.record()
        verdict, now = done.verdict, self._now()
        if verdict is None:
            if row.state != "ok":
                log.info("pull_account_answers_again", provider=row.provider, was=row.state)
                await self._write("ok", "", 0, None)
            return None
        kind = verdict.kind
        times = row.times + 1 if row.state == kind else 1
        wait = self._wait(verdict, times)
        until = now + wait if wait else None
        tell = log.error if kind in (Kind.REFUSED, Kind.EXHAUSTED) else log.warning
        tell(
            "pull_account_paused" if until else "pull_request_failed",
            provider=row.provider,
            state=kind,
            reason=verdict.reason,
            times=times,
            pause_s=round(wait.total_seconds()) if wait else 0,
        )
        await self._write(kind, verdict.reason, times, until)
        self._asker.leave_alone(until)
        return until

    def _wait(self, verdict: Verdict, times: int) -> timedelta | None:
        rules, wish = self._policy.account, timedelta(seconds=verdict.retry_after_s or 0)
        if verdict.kind is Kind.REFUSED:
            return timedelta(seconds=rules.refused_s)
        if verdict.kind is Kind.EXHAUSTED:
            return wish or timedelta(seconds=rules.exhausted_s)
        if verdict.kind is Kind.LIMITED:
            # Never earlier than they ask for, and not all of our processes at that very moment.
            return wish * (1 + self._random() / 10) if wish else rules.limited(times, self._random())
        if times >= TROUBLE_BEFORE_PAUSE:
            return max(wish, self._policy.rhythm.trouble(times - TROUBLE_BEFORE_PAUSE + 1, self._random()))
        return wish or None

    async def _write(self, state: str, reason: str, times: int, until: datetime | None) -> None:
        async with self._pool.acquire(timeout=5) as connection:
            await store.set_account(connection, self.account.key, state, reason, times, self._now(), until)
        self._metrics.account(self.account.provider.name, state)

    def _settled(self, by_id: Mapping[str, Leased], told: Mapping[str, Told]) -> list[Settled]:
        return [self._settle(by_id[parcel_id], one) for parcel_id, one in told.items()]

    def _settle(self, leased: Leased, told: Told) -> Settled:
        now, outcome = self._now(), told.result.outcome
        asked = msgspec.structs.replace(_asked(leased), asked_at=now, retry_at=None)
        if outcome in _ANSWERED:
            unknown = leased.unknown + 1 if outcome in (Outcome.UNKNOWN, Outcome.INVALID) else 0
            asked = msgspec.structs.replace(asked, answered_at=now, unknown=unknown, failures=0)
        elif outcome in _FAILED:
            wait = self._policy.rhythm.trouble(leased.failures + 1, self._random())
            asked = msgspec.structs.replace(asked, failures=leased.failures + 1, retry_at=now + wait)
        else:  # registered: it is worth asking as soon as the aggregator has had time to look
            asked = msgspec.structs.replace(asked, retry_at=now + self._least, failures=0)
        watched = _watched(leased, now)
        if outcome is Outcome.NEWS:
            watched = msgspec.structs.replace(watched, heard_at=now, moved_at=told.moved_at or watched.moved_at)
        turn = next_turn(watched, asked, self._policy.rhythm, self._least)
        ((_, look_at, _),) = self._looked_at([(leased.parcel_id, turn.at or now, None)], now)
        return Settled(
            parcel_id=leased.parcel_id,
            look_at=look_at,
            answered_at=asked.answered_at,
            unknown=asked.unknown,
            failures=asked.failures,
            retry_at=asked.retry_at,
            outcome=outcome,
            detail=told.result.detail,
            digest=told.digest,
        )

    def _looked_at(
        self, turns: Sequence[tuple[str, datetime, datetime | None]], now: datetime
    ) -> list[tuple[str, datetime, datetime | None]]:
        # Its promise or its next date may come nearer without our knowing.
        latest = now + timedelta(seconds=self._policy.rhythm.look_s)
        return [(parcel_id, min(max(at, now + timedelta(seconds=1)), latest), asked) for parcel_id, at, asked in turns]

    def _count(self, told: Mapping[str, Told]) -> None:
        for one in told.values():
            self._metrics.parcels.labels(self.account.provider.name, one.result.outcome).inc()


def _asked(one: Leased) -> Asked:
    return Asked(
        asked_at=one.asked_at,
        answered_at=one.answered_at,
        unknown=one.unknown,
        failures=one.failures,
        retry_at=one.retry_at,
    )


def _watched(one: Leased, now: datetime) -> Watched:
    return Watched(
        active=bool(one.active),
        milestone=one.milestone or "",
        known_at=one.registered_at or one.updated_at or now,
        heard_at=one.heard_at,
        moved_at=one.last_scan_at,
        promised_at=one.promised_at,
        due_at=one.due_at,
    )
