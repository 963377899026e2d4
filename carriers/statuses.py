"""Milestones and reasons in the words of AfterShip and 17TRACK, and back: for those who come from there.

AfterShip says tag and subtag, 17TRACK main status and sub-status. Both have fewer words than a scan, so a status also
carries ours, for the free text that both have beside theirs (`subtag_message`, `sub_status_descr`); with them the way
there and back changes nothing. What came from one of the two keeps the very code that it came with.
Invariant: total, but for an unknown milestone, which has no status; `meaning_from` undoes `status_of`.
Data: statuses.toml, aftership.toml, 17track.toml. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from carriers._tables import Meaning, codes_of, folded, meaning_of, words_of
from core.scan import Milestone, Scan

VOCABULARIES = ("aftership", "17track")


class Status(msgspec.Struct, frozen=True):
    """A status in one of the vocabularies. `words` are ours: `exception damaged carrier`."""

    main: str
    sub: str
    words: str


def _rows(vocabulary: str) -> list[tuple[Meaning, str]]:
    rows = [(meaning_of(row), sub) for row, sub in words_of("statuses", vocabulary).items()]
    bare = {said.milestone for said, _ in rows if said == Meaning(said.milestone)}
    if missing := set(Milestone) - bare - {Milestone.UNKNOWN}:
        raise ValueError(f"carriers/statuses.toml [{vocabulary}] has no row for {min(missing)}")
    return rows


_TO: Mapping[str, list[tuple[Meaning, str]]] = {name: _rows(name) for name in VOCABULARIES}
_FROM = {name: codes_of(name) for name in VOCABULARIES}


@lru_cache(maxsize=4096)
def status_of(meaning: Meaning, vocabulary: str) -> Status | None:
    """Say a meaning in the words of a vocabulary; None for an unknown milestone. Raises KeyError for no vocabulary."""
    if meaning.milestone is Milestone.UNKNOWN:
        _TO[vocabulary]
        return None
    fitting = [(_exactness(said), sub) for said, sub in _TO[vocabulary] if _says_no_more(said, meaning)]
    return _status(max(fitting, key=lambda found: found[0])[1], meaning)


def status_of_scan(scan: Scan, vocabulary: str) -> Status | None:
    """Say what a scan means; one that came from there keeps its own code, as long as it still means that."""
    meaning = Meaning(scan.milestone, scan.detail, scan.culprit, scan.signer)
    if scan.source == vocabulary and scan.code and _FROM[vocabulary].get(folded(scan.code)) == meaning:
        return _status(scan.code, meaning)
    return status_of(meaning, vocabulary)


def meaning_from(main: str, sub: str, words: str, vocabulary: str) -> Meaning:
    """Say what a status means; `words` are believed where they are ours and say no other status."""
    try:
        ours = meaning_of(words)
    except ValueError:
        ours = Meaning(Milestone.UNKNOWN)
    theirs = _FROM[vocabulary].get(folded(sub)) or _FROM[vocabulary].get(folded(main)) or Meaning(Milestone.UNKNOWN)
    said = status_of(ours, vocabulary)
    return ours if ours == theirs or (said is not None and said.sub == sub) else theirs


def _status(sub: str, meaning: Meaning) -> Status:
    reasons = (meaning.milestone, meaning.detail, meaning.culprit, meaning.signer)
    return Status(sub.partition("_")[0], sub, " ".join(word for word in reasons if word))


def _says_no_more(said: Meaning, meaning: Meaning) -> bool:
    pairs = (
        (said.detail, meaning.detail),
        (said.culprit, meaning.culprit),
        (said.signer, meaning.signer),
    )
    return said.milestone is meaning.milestone and all(mine in (None, other) for mine, other in pairs)


def _exactness(said: Meaning) -> tuple[bool, bool, bool]:
    return said.detail is not None, said.culprit is not None, said.signer is not None
