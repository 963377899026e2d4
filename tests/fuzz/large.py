"""Times bodies of 100 kB, made of each format's fixtures by repeating what they list: `python -m tests.fuzz.large`.

The fuzzer's inputs are small; this is where a format shows what it makes of many events. Caches are cold. Writes
`bodies_of_100_kb` into bench/results/fuzz.json: the slowest body of each format, in milliseconds for 100 kB.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from xml.etree import ElementTree

import msgspec

from bench.report import commit
from carriers.format import Push, Rejected
from carriers.registry import FORMATS
from tests.fuzz.record import record
from tests.fuzz.target import LIMIT_BYTES, LIMIT_S, RECEIVED, forget
from tests.unit.carriers.carrier_helpers import OF_FORMAT, fixture

CROWD = 50_000
"""Bytes below which a body could not be made large and says nothing."""
PASSES = 5


def _lists(value: object) -> Iterator[list[object]]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lists(inner)


def _json_grown(body: bytes, size: int) -> bytes:
    document = msgspec.json.decode(body)
    lists = list(_lists(document))
    if lists:
        longest = max(lists, key=len)
        longest *= max(1, (size - len(body)) // len(msgspec.json.encode(longest)))
    return msgspec.json.encode(document)


def _xml_grown(body: bytes, size: int) -> bytes:
    root = ElementTree.fromstring(body)  # noqa: S314  our own fixtures
    for child, count in Counter(inner.tag for inner in root.iter()).most_common():
        for parent in root.iter():
            own = [inner for inner in parent if inner.tag == child and len(inner)]
            if own and count > 1:
                share = sum(len(ElementTree.tostring(inner)) for inner in own)
                parent.extend(own * max(1, (size - len(body)) // share))
                return ElementTree.tostring(root)
    return body


def grown(file: str, body: bytes, size: int = LIMIT_BYTES) -> bytes:
    """Repeat what a body lists until it has about the size; rows are repeated below their header."""
    if file.endswith(".json"):
        return _json_grown(body, size)
    if file.endswith(".xml"):
        return _xml_grown(body, size)
    if file.endswith(".csv"):
        head, _, rows = body.partition(b"\n")
        return head + b"\n" + rows * (size // len(rows))
    return body * (size // len(body))


def _ms(wire: str, body: bytes) -> float:
    """Time the reading alone, in milliseconds for 100 kB."""
    best = float("inf")
    for _ in range(7):
        forget()
        began = time.process_time()
        with suppress(Rejected):
            FORMATS[wire].read(Push(body, {}, {"carrier": "acme"}, ""), RECEIVED)
        best = min(best, time.process_time() - began)
    return best * 1e3 * max(1.0, LIMIT_BYTES / len(body))


def main() -> None:
    """Time all formats. Several passes, so that other work on the machine does not hit one format all the time."""
    bodies = {
        wire: [body for file in files if len(body := grown(file, fixture(file))) > CROWD]
        for wire, files in sorted(OF_FORMAT.items())
    }
    times = {wire: [float("inf")] * len(large) for wire, large in bodies.items()}
    for _ in range(PASSES):
        for wire, large in bodies.items():
            times[wire] = [min(best, _ms(wire, body)) for best, body in zip(times[wire], large, strict=True)]
    slowest = {wire: round(max(took, default=0.0), 2) for wire, took in times.items()}
    for wire, took in slowest.items():
        print(f"{wire:12} {took:6.2f} ms")
    over = sorted(wire for wire, took in slowest.items() if took > LIMIT_S * 1e3)
    record({"bodies_of_100_kb": {"commit": commit(), "slowest_ms": slowest, "over": over}})


if __name__ == "__main__":
    main()
