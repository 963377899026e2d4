"""What holds of every format for every body: a reading or a typed rejection, in good time.

Shared by the fuzzer and the property tests. `Reason.FAILED` is a bug of ours, and so is any other exception.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec

from carriers.format import Push, Reading, Reason, Rejected
from carriers.registry import FORMATS
from core.scan import Scan

RECEIVED = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
SLOW_S = 0.5
"""Far above the aim of 5 ms for 100 kB, so that only what grows faster than its input shows on a busy machine."""


class Broken(AssertionError):
    """A format broke a promise. The message names it."""


def attempt(wire: str, body: bytes) -> Reading | None:
    """Read and verify a body. Raises `Broken`."""
    push = Push(body, {}, {"carrier": "acme"}, "")
    began = time.process_time()
    FORMATS[wire].verify(push, ["s"], RECEIVED)
    try:
        reading = FORMATS[wire].read(push, RECEIVED)
    except Rejected as why:
        if why.reason is Reason.FAILED:
            raise Broken(f"{wire}: {why.detail}") from why.__cause__
        reading = None
    took = time.process_time() - began
    if took > SLOW_S:
        raise Broken(f"{wire}: {took:.2f} s for {len(body)} bytes")
    for scan in reading.scans if reading else ():
        check(scan)
    return reading


def check(scan: Scan) -> None:
    """Check what every scan promises. Raises `Broken`."""
    texts = [value for value in msgspec.structs.astuple(scan) if isinstance(value, str)]
    promises = {
        "aware UTC": scan.happened_at.tzinfo is UTC,
        "a waybill of 1 to 64 signs": 0 < len(scan.waybill) <= 64,
        "a waybill without blanks, in capitals": scan.waybill == "".join(scan.waybill.split()).upper(),
        "a carrier without a colon": bool(scan.carrier) and ":" not in scan.carrier,
        "no NUL": not any("\0" in value for value in texts),
        "short texts": all(len(value) <= 1100 for value in texts),
        "encodable": bool(msgspec.json.encode(scan)),
    }
    for promise, kept in promises.items():
        if not kept:
            raise Broken(f"{scan.source}: {promise}")
