"""What holds of every format, and of the readers of free text, for every input: an answer in good time.

Shared by the fuzzer and the property tests. `Reason.FAILED` is a bug of ours, and so is any other exception.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import msgspec

from carriers._hubs import hubs_of
from carriers._meanings import by_text, signer_of
from carriers.csv_table import format_of
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.registry import FORMATS
from core.scan import Scan
from core.words import read_words

RECEIVED = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
HANG_S = 0.5
"""What no run may take, the instrumented ones of the fuzzer and those on a busy machine included."""
LIMIT_S = 0.005
LIMIT_BYTES = 100_000
SEPARATOR = b"\n---\n"
"""Between the parts of an input that has two: headers and body, mapping and table."""
_PHONE = re.compile(r"\d{3}[\d*]{4,}")


class Broken(AssertionError):
    """A format broke a promise. The message names it."""


def attempt(wire: str, body: bytes) -> Reading | None:
    """Read and verify a body. Raises `Broken`."""
    return _attempt(FORMATS[wire], body, {})


def _attempt(form: Format, body: bytes, headers: Mapping[str, str]) -> Reading | None:
    push = Push(body, headers, {"carrier": "acme"}, "")
    began = time.process_time()
    believed = form.verify(push, ["s"], RECEIVED)
    try:
        reading = form.read(push, RECEIVED)
    except Rejected as why:
        if why.reason is Reason.FAILED:
            raise Broken(f"{form.name}: {why.detail}") from why.__cause__
        reading = None
    took = time.process_time() - began
    if took > HANG_S:
        raise Broken(f"{form.name}: {took:.2f} s for {len(body)} bytes")
    if believed not in (True, False, None):
        raise Broken(f"{form.name}: a signature is good, bad or not asked for, not {believed!r}")
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


def words(data: bytes) -> None:
    """Read a remark. Raises `Broken`."""
    text = data.decode("utf-8", "replace")
    said = read_words.__wrapped__(text)
    if said != read_words.__wrapped__(text):
        raise Broken("words: two answers to one text")
    if said and (len(said.words) > 80 or len(said.matched) > 80 or not said.matched):
        raise Broken("words: a clause of 1 to 80 signs")
    by_text.__wrapped__(text)
    signer_of.__wrapped__(text)


def places(data: bytes) -> None:
    """Find the hubs in a remark. Raises `Broken`."""
    hubs = hubs_of.__wrapped__(data.decode("utf-8", "replace")[:1000])
    for name in (hubs.facility, hubs.onward, hubs.place):
        if name is not None and (not name.strip() or len(name) > 80):
            raise Broken("places: a name of 1 to 80 signs")
        if name is not None and _PHONE.search(name):
            raise Broken("places: a telephone number is no place")


def signatures(data: bytes) -> None:
    """Verify one body as every format, with headers `name: value` in lines above SEPARATOR. Raises `Broken`."""
    head, _, body = data.partition(SEPARATOR)
    lines = (line.partition(":") for line in head.decode("latin-1").split("\n")[:20])
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    for form in FORMATS.values():
        push = Push(body, headers, {}, "")
        if form.verify(push, ["s", "", "t" * 80], RECEIVED) not in (True, False, None):
            raise Broken(f"{form.name}: a signature is good, bad or not asked for")


def mapping(data: bytes) -> None:
    """Make a format of the CSV mapping above SEPARATOR and read the table below it. Raises `Broken`."""
    toml, _, table = data.partition(SEPARATOR)
    try:
        form = format_of("csv-fuzz", toml.decode("utf-8", "replace"))
    except ValueError:
        return
    _attempt(form, table, {})


TARGETS: Mapping[str, Callable[[bytes], object]] = {
    **{wire: partial(attempt, wire) for wire in FORMATS},
    "words": words,
    "places": places,
    "signatures": signatures,
    "csv-mapping": mapping,
}


def forget() -> None:
    """Empty the caches, so that a text is read anew."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("carriers", "core"):
            for value in vars(module).values():
                if clear := getattr(value, "cache_clear", None):
                    clear()


def seconds(name: str, data: bytes, rounds: int = 3) -> float:
    """Time one input with cold caches, in processor seconds: the best of some rounds, as other work disturbs."""
    best = float("inf")
    for _ in range(rounds):
        forget()
        began = time.process_time()
        TARGETS[name](data)
        best = min(best, time.process_time() - began)
    return best


def too_slow(took: float, size: int) -> bool:
    """Say whether a time breaks the promise of LIMIT_S for each LIMIT_BYTES begun."""
    return took > LIMIT_S * max(1.0, size / LIMIT_BYTES)
