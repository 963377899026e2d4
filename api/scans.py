"""Scans in our own form, many at once: `POST /v1/scans`, a JSON array or NDJSON.

Invariant: all good scans of a request are durable before its 2xx; bad lines are named by index and kept in quarantine.
Memory is bounded by the limits below, not by the sender. May import: carriers, core, store, api.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from pydantic import Field

from api.accept import scanned
from api.intake import may_speak
from api.principal import KeyHolder, KeyKind
from api.problems import Problem, too_large
from api.quarantine import hold
from api.routes import SHARE, Auth, Body, Call, json_answer, read_limited, route
from carriers.canonical import FORMAT
from carriers.format import Push, Reason, Rejected
from core.scan import Scan, parcel_id_of
from store import intake as store

MAX_SCANS = 10_000
MAX_LINE = 64 * 1024
MAX_BYTES = 16 * 1024 * 1024
_CHUNK = 500
_SHOWN = 1000
_TYPES = ("application/json", "application/x-ndjson", "application/ndjson", "application/jsonl")
_raws = msgspec.json.Decoder(list[msgspec.Raw])


class ScanError(Body):
    """A scan that was not taken. `index` counts from 0; blank lines are not counted."""

    index: int
    reason: str
    detail: str


class ScansTaken(Body):
    """What became of the request. `where` is `log`, or `inbox` while the broker is away; both are durable."""

    accepted: int
    parcels: int
    where: str
    rejected: int
    errors: list[ScanError] = Field(description="the first 1,000")


class Sorted:
    """What a request's lines came to."""

    def __init__(self, received_at: datetime) -> None:
        self.received_at = received_at
        self.good: list[tuple[int, Scan]] = []
        self.errors: list[ScanError] = []
        self.bad: list[bytes] = []
        self.worst: Rejected | None = None
        self.count = 0

    def take(self, lines: Sequence[bytes]) -> None:
        """Read some lines: together, and one by one only when that does not come out even."""
        if self.count + len(lines) > MAX_SCANS:
            raise Problem(413, "too-many-scans", f"Send at most {MAX_SCANS} scans in one request.")
        start, self.count = self.count, self.count + len(lines)
        try:
            reading = FORMAT.read(Push(b"[" + b",".join(lines) + b"]"), self.received_at)
            if not reading.rejects and len(reading.scans) == len(lines):
                self.good.extend(enumerate(reading.scans, start))
                return
        except Rejected:
            pass  # some line is broken: which one is found below
        for index, line in enumerate(lines, start):
            self._take_one(index, line)

    def _take_one(self, index: int, line: bytes) -> None:
        try:
            reading = FORMAT.read(Push(line), self.received_at)
            if len(reading.scans) != 1 or reading.rejects:
                raise Rejected(Reason.SHAPE, "not one scan")
        except Rejected as why:
            self.errors.append(ScanError(index=index, reason=why.reason.value, detail=why.detail))
            self.bad.append(line)
            self.worst = self.worst or why
            return
        self.good.append((index, reading.scans[0]))

    def refuse(self, index: int, detail: str) -> None:
        """Name a scan that may not come from this caller; it is not kept."""
        self.errors.append(ScanError(index=index, reason="not_yours", detail=detail))


@route(
    "POST",
    "/v1/scans",
    auth=Auth.PUSHER,
    summary="Bring scans in canonical form",
    description=(
        "A JSON array or NDJSON, at most 10,000 scans and 16 MiB. Good scans are taken though others are bad; the bad "
        "are named by index. A carrier's key brings its own scans; a merchant's key not those of another shop's parcel."
    ),
    takes=_TYPES,
    answers={202: ScansTaken, 413: None},
    timeout_s=120,
)
async def bring_scans(call: Call[None, None]) -> web.Response:
    """Take many scans."""
    services = call.services
    if call.request.content_type not in _TYPES:
        raise Problem(415, "wrong-content-type", f"Send one of: {', '.join(_TYPES)}.")
    found = Sorted(services.now())
    await _read(call.request, found)
    if not found.count:
        raise Problem(400, "empty", "Send at least one scan.")
    await _keep_to_own(call, found)
    accepted = await services.intake.accept(scanned((scan for _, scan in found.good), found.received_at))
    if found.worst is not None:
        lines = b"\n".join(found.bad) if all(b"\n" not in line for line in found.bad) else _array(found.bad)
        why = Rejected(found.worst.reason, f"{len(found.bad)} scans, the first: {found.worst.detail}")
        await hold(
            services.pool, services.sealer, services.metrics, found.received_at, FORMAT.name, None, why, Push(lines)
        )
    services.metrics.scans.labels(FORMAT.name).inc(len(found.good))
    for error in found.errors:
        services.metrics.refused.labels(FORMAT.name, error.reason).inc()
    found.errors.sort(key=lambda error: error.index)
    if not found.good:
        shown = [error.model_dump() for error in found.errors[:_SHOWN]]
        status = 400 if found.worst else 403
        raise Problem(status, "no-good-scan", "No scan could be taken; `errors` says why.", errors=shown)
    taken = ScansTaken(
        accepted=len(found.good),
        parcels=accepted.events,
        where=accepted.where,
        rejected=len(found.errors),
        errors=found.errors[:_SHOWN],
    )
    return json_answer(taken, 202)


async def _read(request: web.Request, found: Sorted) -> None:
    """Sort the body's scans as they arrive; an array has to be whole first."""
    first = b""
    pieces = request.content.iter_any()
    async for piece in pieces:
        first += piece
        if first.strip():
            break
    if first.lstrip().startswith(b"["):
        rest = await read_limited(request, MAX_BYTES - len(first))
        await _sort_array(first + rest, found)
        return
    lines: list[bytes] = []
    async for line in _lines(first, request):
        lines.append(line)
        if len(lines) == _CHUNK:
            found.take(lines)
            lines = []
    if lines:
        found.take(lines)


async def _sort_array(body: bytes, found: Sorted) -> None:
    try:
        parts = [bytes(raw) for raw in _raws.decode(body)]
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
        found.count = 1
        why = Rejected(Reason.SYNTAX, "broken or truncated JSON")
        found.errors.append(ScanError(index=0, reason=why.reason.value, detail=why.detail))
        found.bad.append(body)
        found.worst = why
        return
    if len(parts) > MAX_SCANS:
        raise Problem(413, "too-many-scans", f"Send at most {MAX_SCANS} scans in one request.")
    for start in range(0, len(parts), _CHUNK):
        found.take(parts[start : start + _CHUNK])
        await asyncio.sleep(0)  # other requests have their turn


async def _lines(first: bytes, request: web.Request) -> AsyncIterator[bytes]:
    """Give the body's lines that are not blank. Raises Problem 413 on a long one or a long body."""
    size = len(first)
    rest = first
    while True:
        *whole, rest = rest.split(b"\n")
        for line in whole:
            if line := line.strip():
                yield _short(line)
        _short(rest)
        piece = await request.content.readany()
        if not piece:
            break
        size += len(piece)
        if size > MAX_BYTES:
            raise too_large(MAX_BYTES)
        request[SHARE].take(len(piece))
        rest += piece
    if rest := rest.strip():
        yield rest


def _short(line: bytes) -> bytes:
    if len(line) > MAX_LINE:
        raise Problem(413, "line-too-long", f"A scan takes at most {MAX_LINE} bytes.")
    return line


def _array(parts: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(parts) + b"]"


async def _keep_to_own(call: Call[None, None], found: Sorted) -> None:
    """Take out scans that this key may not bring."""
    who = call.who
    if not isinstance(who, KeyHolder):
        raise Problem(403, "not-allowed", "Scans come by API key.")
    if who.kind is KeyKind.MERCHANT:
        ids = sorted({parcel_id_of(scan.carrier, scan.waybill) for _, scan in found.good})
        others = await store.others_parcels(call.services.pool, ids, who.owner) if ids else set()
        detail = "the parcel belongs to another shop"

        def allowed(scan: Scan) -> bool:
            return parcel_id_of(scan.carrier, scan.waybill) not in others
    else:
        detail = "this key speaks for another carrier"

        def allowed(scan: Scan) -> bool:
            return may_speak(who, scan.carrier)

    good = []
    for index, scan in found.good:
        if allowed(scan):
            good.append((index, scan))
        else:
            found.refuse(index, detail)
    found.good = good


ROUTES = (bring_scans,)
