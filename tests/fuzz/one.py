"""Fuzzes one format in this process, until libFuzzer ends it: `python -m tests.fuzz.one FORMAT CORPUS [-libfuzzer=…]`.

Half of the mutations of a JSON body are made on its values, so that they get past the decoder.
"""

from __future__ import annotations

import random
import sys

import atheris
import msgspec

with atheris.instrument_imports(include=["carriers", "core.words"]):
    from tests.fuzz.target import attempt

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
    [],
    {},
    [[]],
    "【" * 40,
    "x" * 300,
)


def _changed(value: object, dice: random.Random, odds: float) -> object:
    """Give the value with some of its parts dropped, doubled, or swapped for something odd."""
    if dice.random() < odds:
        return dice.choice(ODD)
    if isinstance(value, dict):
        return {key: _changed(inner, dice, odds) for key, inner in value.items() if dice.random() > odds / 4}
    if isinstance(value, list):
        return [_changed(inner, dice, odds) for inner in value for _ in range(dice.choice((1, 1, 1, 1, 2)))][:50]
    return value


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate a body, as JSON or as bytes."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        try:
            document = msgspec.json.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
            return bytes(atheris.Mutate(data, max_size))
        return msgspec.json.encode(_changed(document, dice, dice.choice((0.02, 0.1, 0.3))))[:max_size]
    return bytes(atheris.Mutate(data, max_size))


def main() -> None:
    """Fuzz."""
    wire, *rest = sys.argv[1:]
    atheris.Setup([sys.argv[0], *rest], lambda data: attempt(wire, data), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
