"""Asks one account about some parcels and brings the answers to our intake.

Invariant: every request takes its slot in the database first, and a parcel is marked as asked for before its question
leaves; an answer counts as news only when the intake has it. May import: asyncpg, structlog, carriers, core, pull,
store.pull.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import count

import asyncpg
import msgspec
import structlog

from carriers.format import Push, Reading, Reason, Rejected
from carriers.registry import FORMATS
from core.scan import parcel_id_of
from pull.accounts import Account
from pull.client import Client
from pull.intake import Intake, Taken, bundles
from pull.metrics import PullMetrics
from pull.policy import PullPolicy
from pull.providers.common import token_of
from pull.question import Answer, Kind, Outcome, Question, Reply, Request, Result, Token, Verdict
from runtime.lifecycle import pause
from store import pull as store

log = structlog.get_logger()

#: How long an answer waits for an intake that is away, before its parcels are given back to be asked for again.
HOLD_S = 60.0
_AGAIN_S = (0.5, 1, 2, 5, 10)


class Told(msgspec.Struct, frozen=True):
    """What a question came to for one parcel.

    `moved_at`: its newest scan. `digest` of a durable answer. `clean`: our reader understood all of it.
    """

    result: Result
    scans: int = 0
    moved_at: datetime | None = None
    digest: bytes | None = None
    clean: bool = True


class Round(msgspec.Struct, frozen=True):
    """What asking about some parcels came to. `held`: the account had no slot to give, nothing was asked."""

    told: Mapping[str, Told]
    verdict: Verdict | None = None
    held: bool = False


class Asker:
    """Asks by one account. Every outside thing comes by the constructor."""

    def __init__(
        self,
        account: Account,
        policy: PullPolicy,
        pool: asyncpg.Pool,
        client: Client,
        intake: Intake,
        metrics: PullMetrics,
        now: Callable[[], datetime],
        nonce: Callable[[], str],
        worker: str,
        stop: asyncio.Event,
        hold_s: float = HOLD_S,
    ) -> None:
        self.account = account
        self._policy = policy
        self._pool = pool
        self._client = client
        self._intake = intake
        self._metrics = metrics
        self._now = now
        self._nonce = nonce
        self._worker = worker
        self._stop = stop
        self._hold_s = hold_s
        self._token: tuple[str, datetime] | None = None
        self._token_lock = asyncio.Lock()
        self._paused_until: datetime | None = None

    @property
    def register_key(self) -> str:
        """The record of what registering may cost: a spent quota for it does not stop questions."""
        return f"{self.account.key}:register"

    def leave_alone(self, until: datetime | None) -> None:
        """Let requests that wait for their slot go home: the account was just paused."""
        self._paused_until = until

    async def ask(self, questions: Sequence[Question], digests: Mapping[str, bytes | None]) -> Round:
        """Ask for at most a batch; `digests`: of their last durable answers. Raises what the database raises."""
        for last_try in (False, True):
            token = await self._access()
            if isinstance(token, Verdict):
                return Round({}, token)
            if token is None or not await self._slot():
                return Round({}, held=True)
            async with self._pool.acquire(timeout=5) as connection:
                ids = [question.parcel_id for question in questions]
                await store.asking(connection, ids, self._worker, self._now())
            request = self.account.provider.ask(questions, self.account.credentials, token, self._nonce())
            answer = await self._answer(request, questions, self.account.provider.read)
            if answer.verdict is None or answer.verdict.kind is not Kind.STALE:
                break
            if self._token is not None and self._token[0] == token:
                self._token = None
            if last_try:
                return Round({}, Verdict(Kind.REFUSED, answer.verdict.reason))
        told = {parcel_id: Told(result) for parcel_id, result in answer.results.items()}
        verdict = answer.verdict
        if answer.register:
            registered, bad = await self._register([one for one in questions if one.parcel_id in answer.register])
            told |= {parcel_id: Told(result) for parcel_id, result in registered.items()}
            verdict = verdict or bad
        told |= await self._deliver(answer.parts, digests)
        if verdict is None:
            for question in questions:
                told.setdefault(question.parcel_id, Told(Result(Outcome.MISSING)))
        return Round(told, verdict)

    async def _answer(
        self,
        request: Request,
        questions: Sequence[Question],
        read: Callable[[Sequence[Question], Reply], Answer],
    ) -> Answer:
        reply = await self._send(request)
        answer = Answer(verdict=reply) if isinstance(reply, Verdict) else read(questions, reply)
        self._metrics.requests.labels(self.account.provider.name, answer.verdict.kind if answer.verdict else "ok").inc()
        return answer

    async def _send(self, request: Request) -> Reply | Verdict:
        began = asyncio.get_running_loop().time()
        reply = await self._client.send(self.account.base, request)
        took = asyncio.get_running_loop().time() - began
        self._metrics.request_seconds.labels(self.account.provider.name).observe(took)
        return reply

    async def _slot(self) -> bool:
        """Wait for this request's turn among those of all processes. False: the account is not to be asked now."""
        limits = self.account.limits
        async with self._pool.acquire(timeout=5) as connection:
            wait_s = await store.take_slot(connection, self.account.key, 1 / limits.rate, limits.daily)
        if wait_s is None or await pause(self._stop, wait_s):
            return False
        return self._paused_until is None or self._paused_until <= self._now()

    async def _access(self) -> str | Verdict | None:
        """Give a token that lasts, empty where none is needed; None when there was no slot to ask for one."""
        provider = self.account.provider
        request = provider.token(self.account.credentials)
        if request is None:
            return ""
        async with self._token_lock:
            if self._token is not None and self._token[1] > self._now():
                return self._token[0]
            if not await self._slot():
                return None
            reply = await self._send(request)
            found = reply if isinstance(reply, Verdict) else token_of(reply)
            result = "ok" if isinstance(found, Token) else found.kind
            self._metrics.requests.labels(provider.name, result).inc()
            if isinstance(found, Verdict):
                return found
            margin_s = min(self._policy.account.token_margin_s, found.lasts_s / 2)
            self._token = (found.value, self._now() + timedelta(seconds=found.lasts_s - margin_s))
            return found.value

    async def _register(self, questions: Sequence[Question]) -> tuple[Mapping[str, Result], Verdict | None]:
        """Tell the aggregator of numbers that are new to it. Gives results, and a verdict on the account."""
        provider = self.account.provider
        later = {question.parcel_id: Result(Outcome.UNKNOWN, "not_registered") for question in questions}
        if provider.register is None or provider.read_registered is None:
            return later, None
        async with self._pool.acquire(timeout=5) as connection:
            row = await store.account(connection, self.register_key)
        if (row and row.paused_until and row.paused_until > self._now()) or not await self._slot():
            return later, None
        request = provider.register(questions, self.account.credentials, "", self._nonce())
        answer = await self._answer(request, questions, provider.read_registered)
        if answer.verdict is not None and answer.verdict.kind is Kind.EXHAUSTED:
            now = self._now()
            until = now + timedelta(seconds=self._policy.account.exhausted_s)
            async with self._pool.acquire(timeout=5) as connection:
                await store.ensure_account(connection, self.register_key, provider.name, now)
                await store.set_account(
                    connection, self.register_key, Kind.EXHAUSTED, answer.verdict.reason, 1, now, until
                )
            log.error("pull_quota_for_registering_used_up", provider=provider.name, reason=answer.verdict.reason)
            return {**later, **answer.results}, None
        if row is not None and row.state != "ok":
            async with self._pool.acquire(timeout=5) as connection:
                await store.set_account(connection, self.register_key, "ok", "", 0, self._now(), None)
        return {**later, **answer.results}, answer.verdict

    async def _deliver(self, parts: Mapping[str, bytes], digests: Mapping[str, bytes | None]) -> dict[str, Told]:
        """Bring to our intake what it has not had yet."""
        told: dict[str, Told] = {}
        news: list[tuple[str, bytes]] = []
        unclean: list[tuple[str, bytes]] = []
        for parcel_id, part in parts.items():
            told[parcel_id] = one = self._read(parcel_id, part, digests.get(parcel_id))
            if one.digest is not None and one.digest != digests.get(parcel_id):
                (news if one.clean else unclean).append((parcel_id, part))
        # Quarantine keeps a body whole: what it will keep goes alone.
        for bundle in [*bundles(news, self.account.limits.batch), *([one] for one in unclean)]:
            taken = await self._put(self.account.provider.join([part for _, part in bundle]))
            for parcel_id, _ in bundle:
                one = told[parcel_id]
                if taken is Taken.DURABLE:
                    self._metrics.scans.labels(self.account.provider.name).inc(one.scans)
                elif taken is Taken.KEPT:
                    told[parcel_id] = Told(Result(Outcome.UNREADABLE, one.result.detail), digest=one.digest)
                else:
                    told[parcel_id] = Told(Result(Outcome.UNDELIVERED, taken))
        return told

    def _read(self, parcel_id: str, part: bytes, before: bytes | None) -> Told:
        """Read a part by the very format that the intake will read it by. A digest of None: not for the intake."""
        provider = self.account.provider
        push = Push(provider.join([part]), {}, {}, "application/json")
        try:
            reading: Reading = FORMATS[provider.format].read(push, self._now())
        except Rejected as why:
            if why.reason is Reason.ERROR_ANSWER:
                return Told(Result(Outcome.UNKNOWN, "error_answer"))
            digest = blake2b(part, digest_size=16).digest()
            return Told(Result(Outcome.UNREADABLE, why.reason), digest=digest, clean=False)
        own = [scan for scan in reading.scans if parcel_id_of(scan.carrier, scan.waybill) == parcel_id]
        if not reading.scans and not reading.rejects:
            return Told(Result(Outcome.UNKNOWN))
        if not own and not reading.rejects:
            # The provider takes the number for another carrier's; what it says belongs to no parcel of ours.
            return Told(Result(Outcome.UNKNOWN, "other_carrier"))
        facts = sorted(msgspec.json.encode(scan) for scan in reading.scans)
        facts += sorted(reject.part for reject in reading.rejects)
        digest = blake2b(b"\n".join(facts), digest_size=16).digest()
        outcome = Outcome.SAME if digest == before else Outcome.NEWS
        moved_at = max((scan.happened_at for scan in own), default=None)
        return Told(Result(outcome), len(reading.scans), moved_at, digest, not reading.rejects)

    async def _put(self, body: bytes) -> Taken:
        """Bring a body to the intake, again while it is away, for as long as the lease allows."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._hold_s
        for number in count():
            taken = await self._intake.put(self.account.provider.format, body)
            if taken in (Taken.DURABLE, Taken.KEPT):
                return taken
            self._metrics.undelivered.inc()
            log.warning("pull_answer_not_taken", provider=self.account.provider.name, why=taken)
            wait_s = _AGAIN_S[min(number, len(_AGAIN_S) - 1)]
            if taken is Taken.DENIED or loop.time() + wait_s > until or await pause(self._stop, wait_s):
                return taken
        raise AssertionError  # count() does not end
