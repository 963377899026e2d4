"""Reads a carrier's remark: which topic it asserts, and by which words.

A word counts only when it is asserted: not negated ("no damage found", 「未破損」), not conditional ("if damaged,
refuse it", 「如有破损请拒收」), not asked, not of another thing ("label damaged", 「面单破损」, a name in quotation
marks), not taken back ("lost parcel found").

Invariant: the same text always gives the same answer; what is returned is part of the text, digits of telephone
numbers hidden. May import: the standard library, core.scan, core.words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from core.scan import Culprit
from core.words.chinese import CHINESE
from core.words.english import ENGLISH
from core.words.french import FRENCH
from core.words.german import GERMAN
from core.words.kinds import MEANS, ORDER, Language, Rule, Topic, Words
from core.words.marks import MARKS
from core.words.plain import composed, hide_numbers, plain
from core.words.portuguese import PORTUGUESE
from core.words.spanish import SPANISH

LONGEST = 300
"""Characters of a text that are read; carriers' remarks are shorter."""
MOST = 8
"""Matches that may be turned down before a text is given up: no remark has so many."""

LANGUAGES = (CHINESE, ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE)

# Every rule with its language, the gravest topic first. A rule's place is its bit in the masks below.
_RULES: tuple[tuple[Language, Rule], ...] = tuple(
    (language, rule) for topic in ORDER for language in LANGUAGES for rule in language.rules if rule.topic is topic
)
_MASKS: dict[str, int] = {}
for _bit, (_, _rule) in enumerate(_RULES):
    for _key in _rule.keys:
        _MASKS[_key] = _MASKS.get(_key, 0) | 1 << _bit
_LETTERS = frozenset(key for key in _MASKS if key.isascii())
_CHARACTERS = frozenset(_MASKS) - _LETTERS
_WEATHER = sum(1 << bit for bit, (_, rule) in enumerate(_RULES) if rule.topic is Topic.WEATHER)
_GRAVE = frozenset({Topic.DAMAGE, Topic.LOSS})

# For every marking word the rules of the languages that it marks; Chinese marks itself.
_OF_LANGUAGE = {
    language.name: sum(1 << bit for bit, (of, _) in enumerate(_RULES) if of is language) for language in LANGUAGES
}
_MARKED = {word: sum(_OF_LANGUAGE[name] for name in names) for word, names in MARKS.items()}
_ALONE = {word: _OF_LANGUAGE[names[0]] for word, names in MARKS.items() if len(names) == 1}
_ALL = (1 << len(_RULES)) - 1

_WORD = re.compile("[a-z]+")
_SENTENCE = re.compile(r"[。!;\n]|\?(?=\s|$)|(?<=[a-z)])\.(?=\s)")
_CLAUSE = re.compile(r"[,、(（|]|[ /][-–—/] | - |\b(?:but|aber|mais|pero|mas|sondern|however)\b|但")
_QUOTED = re.compile(r"[^\s\"“„«《][^\"“„«《]*(?:\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|《[^》]*》)")
_QUOTES = re.compile('["“„«《]')
_GOODS = re.compile(
    r"\b(?:product|sku|order item|goods|model|brand|title|item name|description|artikel|produkt|"
    r"bezeichnung|titel|article|produit|"
    r"designation|titre|articulo|producto|titulo|"
    r"descripcion|artigo|produto|"
    r"descricao) ?: ?[^.;]*$|(?:品名|商品名称|"
    r"商品):[^。;]*$"
)
# In one clause with a loss these make it a suspicion, in whichever language: Spanish and Portuguese share the losses.
_DOUBT = re.compile(
    "疑|可能|恐(?:已|怕)|或(?:已|为)|待确认|未确认|风险|"
    r"\b(?:suspe[ck]\w*|suspicion|presum\w+|believed|assumed|feared|possibl[ey]|probabl[ey]|likely|apparently|"
    r"appears?|seems?|"
    r"may|might|could be|potential\w*|unconfirmed|"
    r"verdacht\w*|vermut\w+|mutmas+lich\w*|mutmaßlich\w*|wahrscheinlich|moe?glicherweise|anscheinend|scheint|"
    r"soupcon\w*|vraisemblable\w*|apparemment|semble\w*|peut-etre|"
    r"sospech\w+|presunt\w+|aparente\w*|posible\w*|parece|podria|suspeit\w+|provave\w*|possive\w*|indicios?)\b"
)
# A name in capitals after a word of place: "en LA TORMENTA".
_PLACE = re.compile(
    r"(?:^|\s)(?:en|in|at|em|near|from|desde|von|nach|bei|[Aa]rrived|[Dd]eparted|[Ll]eft)\s(?:[A-ZÀ-Ý.'’-]+\s)*$"
)
_EDGES = " .。！!；;:：,，、-–—|/(（)）\n"


def _bounds(text: str, separator: re.Pattern[str], start: int, end: int, at: int, until: int) -> tuple[int, int]:
    """Give where the piece of text[start:end] begins and ends that holds text[at:until]."""
    for found in separator.finditer(text, start, at):
        start = found.end()
    after = separator.search(text, until, end)
    return start, after.start() if after else end


@lru_cache(maxsize=4)
def _quoted(text: str) -> tuple[tuple[int, int], ...]:
    """Give where names in quotation marks stand. Cached, because every match of a text that is turned down asks."""
    return tuple(found.span() for found in _QUOTED.finditer(text))


def _named(text: str, at: int) -> bool:
    """Say whether the place is in quotation marks or in a list of goods: the name of a thing."""
    if _QUOTES.search(text, 0, at) and any(start < at < end for start, end in _quoted(text)):
        return True
    return ":" in text[:at] and _GOODS.search(text, 0, at) is not None


def _asserted(language: Language, rule: Rule, text: str, found: re.Match[str], sentence: tuple[int, int]) -> int | None:
    """Give where the clause of the match begins if the match is said to be so, else None."""
    begin, end = sentence
    at, until = found.span()
    if text[end : end + 1] == "?":
        return None
    condition = language.condition.search(text, begin, end)
    if condition and condition.start() < until:
        return None
    unsure = rule.topic is Topic.RETURN or language.future.search(text, begin, until)
    if condition and unsure:
        return None
    clause, _ = _bounds(text, _CLAUSE, begin, end, at, until)
    if language.thing_after.match(text, until):
        return None
    if rule.topic in _GRAVE and language.thing_before.search(text[clause:at]):
        return None
    if rule.negatable:
        for negator in language.negator.finditer(text, clause, at):
            near = at - negator.end() <= language.reach
            if near and not language.stop.search(text, negator.end(), at):
                return None
        if language.denied.match(text, until, end):
            return None
    over = language.over.get(rule.topic)
    if over and over.search(text, until, end):
        return None
    return None if _named(text, at) else clause


def _spoken(words: list[str]) -> int:
    """Give the rules of the languages in which these words are: all rules when nothing gives a language away.

    A word of one language brings that language in. Without such a word the languages common to all marking words are
    taken.
    """
    alone = 0
    for word in _ALONE.keys() & words:
        alone |= _ALONE[word]
    if alone:
        return alone
    common = _ALL
    for word in _MARKED.keys() & words:
        common &= _MARKED[word]
    return common or _ALL


def _candidates(text: str) -> int:
    """Give the rules that may match, as a mask."""
    words = _WORD.findall(text)
    mask = 0
    for head in _LETTERS.intersection([word[:4] for word in words]):
        mask |= _MASKS[head]
    if mask:
        mask &= _spoken(words)
    if not text.isascii():
        for character in _CHARACTERS.intersection(text):
            mask |= _MASKS[character]
    return mask


def _rules(mask: int) -> Iterator[tuple[Language, Rule]]:
    """Give the rules of a mask, the gravest topic first."""
    while mask:
        lowest = mask & -mask
        mask ^= lowest
        yield _RULES[lowest.bit_length() - 1]


def _told(language: Language, rule: Rule, shown: str, read: str, found: re.Match[str], weather: int) -> Words | None:
    """Give what one match says, None when it is not said to be so. `weather`: the rules of weather that may match."""
    at, until = found.span()
    sentence = _bounds(read, _SENTENCE, 0, len(read), at, until)
    begin = _asserted(language, rule, read, found, sentence)
    if begin is None:
        return None
    if rule.topic is Topic.WEATHER and shown[at:until].isupper() and _PLACE.search(shown[:at]):
        return None
    detail, culprit, milestone = MEANS[rule.topic]
    if rule.topic in _GRAVE and any(other.says.search(read, *sentence) for _, other in _rules(weather)):
        culprit = Culprit.WEATHER
    _, end = _bounds(read, _CLAUSE, begin, sentence[1], at, until)
    said = hide_numbers(shown[begin:end].strip(_EDGES))
    matched = hide_numbers(shown[at:until])
    suspected = rule.topic is Topic.LOSS and _DOUBT.search(read, begin, end) is not None
    return Words(detail, culprit, said, milestone, rule.topic, matched, suspected)


@lru_cache(maxsize=4096)
def read_words(text: str) -> Words | None:
    """Read a carrier's remark. None when it says nothing of interest or takes it back.

    Of several things said the gravest is given: loss, damage, repacking, refusal, bad address, absence, customs,
    return, weather, delay. Weather named beside damage or loss becomes its culprit.
    """
    shown = composed(text[:LONGEST])
    read = plain(shown)
    mask = _candidates(read)
    left = MOST
    for language, rule in _rules(mask):
        search = rule.says.search
        # Not finditer: most rules match nothing, and search finds that out in less time.
        found = search(read)
        while found:
            if not left:
                return None
            left -= 1
            words = _told(language, rule, shown, read, found, mask & _WEATHER)
            if words:
                return words
            found = search(read, found.end())
    return None
