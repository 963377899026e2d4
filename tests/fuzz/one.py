"""Fuzzes one target in this process, until libFuzzer ends it: `python -m tests.fuzz.one TARGET CORPUS [-libfuzzer=…]`.

Half of the mutations are made on what the input is made of, so that they get past its syntax: on the values of a JSON
body (also of one inside a form), the elements of XML, the lines, segments, cells or tokens of anything else. The
slowest inputs are left in `.fuzz/slow/<target>`.
"""

from __future__ import annotations

import heapq
import random
import re
import sys
import time
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

import atheris
import msgspec

with atheris.instrument_imports(include=["carriers", "core.words"]):
    from tests.fuzz.target import TARGETS

KEPT_SLOWEST = 16
SLOW = Path(__file__).resolve().parents[2] / ".fuzz" / "slow"
ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    10**30,
    "",
    "\0",
    " ",
    "9999-12-31",
    "2026-02-30T25:61:00",
    "未找到 lost 破损 damaged",
    [],
    {},
    [[]],
    "【" * 40,
    "x" * 300,
)
_ODD_TOKENS = (
    b"",
    b"\0",
    b"0",
    b"-1",
    b"9" * 30,
    b"9999-12-31",
    b"\xff",
    b"\xef\xbb\xbf",
    "【".encode(),
    b"&lt;",
    b"''",
    b"?",
)
_BETWEEN = (b"\n", b"'", b"~", b"*", b"+", b":", b",", b";", b"\t", b"|")
_OPENED = re.compile(rb"<([A-Za-z_][\w:.-]*)[^<>]*>")
_TOKEN = re.compile(rb"[A-Za-z0-9_.%-]+|\s+|[^\x00-\x7f]+|.", re.DOTALL)


def _changed(value: object, dice: random.Random, odds: float) -> object:
    """Give the value with some of its parts dropped, doubled, or swapped for something odd."""
    if dice.random() < odds:
        return dice.choice(ODD)
    if isinstance(value, dict):
        return {key: _changed(inner, dice, odds) for key, inner in value.items() if dice.random() > odds / 4}
    if isinstance(value, list):
        return [_changed(inner, dice, odds) for inner in value for _ in range(dice.choice((1, 1, 1, 1, 2)))][:50]
    return value


def _json_changed(data: bytes, dice: random.Random) -> bytes | None:
    """Change the values of a JSON body, or of JSON in the field of a form; None when it is neither."""
    before, mark, field = data.rpartition(b"=") if data[:1] not in (b"{", b"[") else (b"", b"", data)
    try:
        document = msgspec.json.decode(unquote_to_bytes(field) if mark else field)
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
        return None
    changed = msgspec.json.encode(_changed(document, dice, dice.choice((0.02, 0.1, 0.3))))
    return before + mark + (quote_from_bytes(changed, safe="").encode() if mark else changed)


def _xml_changed(data: bytes, dice: random.Random) -> bytes | None:
    """Drop, empty, double or spoil elements of an XML body; None when it has none."""
    for _ in range(dice.choice((1, 1, 2, 4))):
        opened = list(_OPENED.finditer(data))
        if not opened:
            return None
        tag = dice.choice(opened)
        closing = b"</" + tag[1] + b">"
        ends = data.find(closing, tag.end())
        if ends < 0:
            continue
        after = ends + len(closing)
        whole, inner = data[tag.start() : after], data[tag.end() : ends]
        instead = dice.choice((b"", whole * 2, tag[0] + closing, tag[0] + dice.choice(_ODD_TOKENS) + closing, inner))
        data = data[: tag.start()] + instead + data[after:]
    return data


def _pieces_changed(data: bytes, dice: random.Random) -> bytes:
    """Drop, double, swap or spoil some of the tokens of an input, or its lines, segments, or cells."""
    mark = dice.choice([b"", *(sign for sign in _BETWEEN if sign in data)])
    pieces = data.split(mark) if mark else _TOKEN.findall(data)
    for _ in range(dice.choice((1, 1, 2, 4, 8))):
        if not pieces:
            break
        at = dice.randrange(len(pieces))
        until = min(len(pieces), at + dice.choice((1, 1, 1, 4, 16)))
        match dice.randrange(4):
            case 0:
                del pieces[at:until]
            case 1:
                pieces[at:at] = pieces[at:until]
            case 2:
                pieces[at] = dice.choice(pieces)
            case _:
                pieces[at] = dice.choice(_ODD_TOKENS)
    return mark.join(pieces)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate an input by what it is made of, or as bytes."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        changed = _json_changed(data, dice)
        if changed is None and b"</" in data and dice.random() < 0.7:
            changed = _xml_changed(data, dice)
        return (_pieces_changed(data, dice) if changed is None else changed)[:max_size]
    return bytes(atheris.Mutate(data, max_size))


class Slowest:
    """Keeps the slowest inputs on disk, because libFuzzer ends the process without a word."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        self._folder = folder
        self._heap: list[tuple[float, int]] = [(0.0, slot) for slot in range(KEPT_SLOWEST)]

    def offer(self, took: float, data: bytes) -> None:
        """Keep the input if it is slower than the quickest that is kept."""
        quickest, slot = self._heap[0]
        if took > quickest:
            heapq.heapreplace(self._heap, (took, slot))
            (self._folder / f"{slot:02}").write_bytes(data)


def main() -> None:
    """Fuzz."""
    name, *rest = sys.argv[1:]
    target, slowest = TARGETS[name], Slowest(SLOW / name)

    def once(data: bytes) -> None:
        began = time.process_time()
        target(data)
        slowest.offer(time.process_time() - began, data)

    atheris.Setup([sys.argv[0], *rest], once, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
