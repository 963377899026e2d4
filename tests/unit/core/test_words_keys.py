"""Every way of saying it is let through by its rule's keys: a pattern whose keys miss a text never sees it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from core.words.kinds import Language, Rule
from core.words.reading import _RULES, _WORD

SAMPLES = 300
# Too common for keys: alternatives that hold nothing rarer are for texts that another word has let through.
COMMON = frozenset("se de dest loca rece cont tran 的".split())
# What only the generator writes: plurals and endings that belong to other alternatives.
_ARTEFACTS = frozenset("obox vans buss lkwi zugi".split())
_FILLER = "q"


def _one_of(choices: list[tuple[Any, Any]], pick: random.Random) -> str:
    kind, value = pick.choice(choices)
    match str(kind), value:
        case "LITERAL", int():
            return chr(value)
        case "RANGE", (int() as low, int() as high):
            return chr(pick.randint(low, high))
        case "CATEGORY", _:
            return {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " "}.get(str(value), _FILLER)
    return " "


def _text(pieces: Iterable[tuple[Any, Any]], pick: random.Random) -> str:
    """Write a text that the pieces of a pattern match, looks ahead and behind left out; `q` for any letter."""
    written = []
    for kind, value in pieces:
        match str(kind), value:
            case "LITERAL", int():
                written.append(chr(value))
            case "IN", list():
                written.append(_one_of(value, pick))
            case "BRANCH", (_, branches):
                written.append(_text(pick.choice(branches), pick))
            case "SUBPATTERN", (*_, inside):
                written.append(_text(inside, pick))
            case "MAX_REPEAT", (int() as least, int() as most, inside):
                # An optional blank is written: words run together are a matter of spelling, not of keys.
                again = 1 if _text(inside, pick) == " " else pick.randint(least, min(most, least + 2))
                some = "".join(_text(inside, pick) for _ in range(again))
                written.append(_FILLER * least if set(some) == {_FILLER} else some)
            case _:
                continue
    return "".join(written)


def _missed(rule: Rule, pick: random.Random) -> set[str]:
    missed = set()
    pieces = parser.parse(rule.says.pattern)
    for _ in range(SAMPLES):
        text = re.sub(" +", " ", _text(pieces, pick)).strip()
        found = rule.says.search(text)
        if not found or rule.keys & {*(word[:4] for word in _WORD.findall(text)), *text}:
            continue
        said = {word[:4] for word in _WORD.findall(found[0]) if _FILLER not in word}
        said |= {sign for sign in found[0] if not sign.isascii()}
        if said and not said & (COMMON | _ARTEFACTS):
            missed.add(found[0])
    return missed


@pytest.mark.parametrize(
    ("language", "rule"),
    _RULES,
    ids=[f"{language.name}-{rule.topic}-{at}" for at, (language, rule) in enumerate(_RULES)],
)
def test_the_keys_let_through_what_the_pattern_matches(language: Language, rule: Rule) -> None:
    assert not _missed(rule, random.Random(language.name))
