"""What words can say, and how a language says it: the types that the reader and the languages' data share.

Invariant: values only. May import: the standard library, msgspec, core.scan.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from core.scan import Culprit, Detail, Milestone


class Topic(StrEnum):
    """One thing that can be said, the gravest first: of several said, the first is the answer."""

    LOSS = "loss"
    DAMAGE = "damage"
    REPACK = "repack"
    REFUSAL = "refusal"
    ADDRESS = "address"
    ABSENCE = "absence"
    CUSTOMS = "customs"
    RETURN = "return"
    WEATHER = "weather"
    DELAY = "delay"


ORDER = tuple(Topic)

MEANS: dict[Topic, tuple[Detail | None, Culprit | None, Milestone | None]] = {
    Topic.LOSS: (Detail.LOST, Culprit.CARRIER, None),
    Topic.DAMAGE: (Detail.DAMAGED, None, None),
    Topic.REPACK: (Detail.REPACKED, None, None),
    Topic.REFUSAL: (Detail.REFUSED, Culprit.CONSIGNEE, None),
    Topic.ADDRESS: (Detail.BAD_ADDRESS, None, None),
    Topic.ABSENCE: (Detail.ABSENT, Culprit.CONSIGNEE, None),
    Topic.CUSTOMS: (Detail.CUSTOMS_HELD, Culprit.CUSTOMS, None),
    Topic.RETURN: (None, None, Milestone.RETURNING),
    Topic.WEATHER: (Detail.DELAYED, Culprit.WEATHER, None),
    Topic.DELAY: (Detail.DELAYED, None, None),
}


class Words(msgspec.Struct, frozen=True):
    """What a text says. `words` is the clause that says it, `matched` the words in it that decided.

    `milestone` is set where the words name one (a return). `suspected`: a loss is only feared ("suspected lost",
    「疑似遗失」), the carrier has not said that it is so; always False with other topics.
    """

    detail: Detail | None
    culprit: Culprit | None
    words: str
    milestone: Milestone | None = None
    topic: Topic = Topic.DELAY
    matched: str = ""
    suspected: bool = False


class Rule(msgspec.Struct, frozen=True):
    """How one topic is said in one language.

    `keys`: no text without one of these can match, so that most texts are done after one set intersection. A key is a
    Chinese character or the first four letters of a word. `negatable`: a negator before it takes it back; False where
    the negation is part of the saying ("nobody at home").
    """

    topic: Topic
    keys: frozenset[str]
    says: re.Pattern[str]
    negatable: bool = True


class Language(msgspec.Struct, frozen=True):
    """A language's rules and its ways of not saying so. All patterns read plain text (core/words/plain.py).

    `negator` reaches `reach` characters to the right within its clause, unless `stop` lies between ("not delivered
    due to damage"). `denied` directly after the words takes them back ("damage: none"). After `condition` a sentence
    only says what would be; `future` before the words and a condition after them does the same ("will be returned if
    not collected"). `thing_before` and `thing_after` beside the words say that something other than the parcel is
    meant ("label damaged", "Storm Lake"). `over`: later words of the sentence that end the trouble, by topic.
    """

    name: str
    rules: tuple[Rule, ...]
    negator: re.Pattern[str]
    reach: int
    stop: re.Pattern[str]
    denied: re.Pattern[str]
    condition: re.Pattern[str]
    future: re.Pattern[str]
    thing_before: re.Pattern[str]
    thing_after: re.Pattern[str]
    over: dict[Topic, re.Pattern[str]]


_BOUNDARY = r"\b"
# What matters for finding the outermost bars: escapes and sets as a whole, brackets, bars.
_PIECES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|[()|]|[^\\\[()|]+", re.DOTALL)


def _alternatives(text: str) -> list[str]:
    """Split a pattern at its outermost bars."""
    found, depth = [""], 0
    for piece in _PIECES.findall(text):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += piece
    return found


def pattern(*alternatives: str) -> re.Pattern[str]:
    r"""Join alternatives to one pattern, those that begin with `\b` behind one common `\b`.

    So one check answers for all of them at most places of a text, which makes the search three times as fast.
    """
    every = _alternatives("|".join(alternatives))
    words = [text.removeprefix(_BOUNDARY) for text in every if text.startswith(_BOUNDARY)]
    others = [text for text in every if not text.startswith(_BOUNDARY)]
    return re.compile("|".join(([_BOUNDARY + "(?:" + "|".join(words) + ")"] if words else []) + others))


def rule(topic: Topic, keys: str, *alternatives: str, negatable: bool = True) -> Rule:
    """Make a rule of keys with spaces between and of alternatives."""
    return Rule(topic, frozenset(keys.split()), pattern(*alternatives), negatable)
