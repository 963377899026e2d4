"""What a scan means: the code first, else the words of its text, else simple status verbs.

Invariant: total; what nothing explains is `Milestone.UNKNOWN`. May import: core.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from carriers._tables import Codes, Meaning, folded, meaning_of, read_toml
from core.scan import Detail, Milestone, Signer
from core.words import read_words, skeleton

UNKNOWN = Meaning(Milestone.UNKNOWN)

# What a text may make of a coded milestone. A text never turns "in transit" into "delivered": partners and agents get
# parcels delivered all the time.
_FINER: dict[Milestone, frozenset[Milestone]] = {
    Milestone.IN_TRANSIT: frozenset(
        {
            Milestone.PICKED_UP,
            Milestone.IN_TRANSIT,
            Milestone.CUSTOMS,
            Milestone.OUT_FOR_DELIVERY,
            Milestone.AVAILABLE,
            Milestone.ATTEMPT_FAILED,
            Milestone.RETURNING,
            Milestone.EXCEPTION,
        }
    ),
    Milestone.EXCEPTION: frozenset(
        {
            Milestone.CUSTOMS,
            Milestone.AVAILABLE,
            Milestone.ATTEMPT_FAILED,
            Milestone.RETURNING,
            Milestone.RETURNED,
            Milestone.EXCEPTION,
        }
    ),
    Milestone.ATTEMPT_FAILED: frozenset({Milestone.ATTEMPT_FAILED}),
    Milestone.CUSTOMS: frozenset({Milestone.CUSTOMS}),
}
# What is delivered, out for delivery or ready speaks of loss in its small print only.
_MAY_BE_LOST = frozenset(
    {
        Milestone.IN_TRANSIT,
        Milestone.CUSTOMS,
        Milestone.EXCEPTION,
        Milestone.ATTEMPT_FAILED,
        Milestone.RETURNING,
    }
)
# Texts of these milestones are full of "if damaged, refuse it": only damage is believed there.
_SMALL_PRINT = frozenset(
    {Milestone.DELIVERED, Milestone.OUT_FOR_DELIVERY, Milestone.AVAILABLE, Milestone.PICKED_UP, Milestone.ANNOUNCED}
)
# What these verbs say is not undone by a word of trouble: "delivered, box damaged" is delivered.
_SETTLED = _SMALL_PRINT | {Milestone.RETURNING, Milestone.RETURNED, Milestone.CANCELLED}
_MILESTONE_OF = {
    Detail.ABSENT: Milestone.ATTEMPT_FAILED,
    Detail.REFUSED: Milestone.ATTEMPT_FAILED,
    Detail.CUSTOMS_HELD: Milestone.CUSTOMS,
    Detail.CUSTOMS_CLEARED: Milestone.CUSTOMS,
    Detail.DAMAGED: Milestone.EXCEPTION,
    Detail.LOST: Milestone.EXCEPTION,
    Detail.DELAYED: Milestone.EXCEPTION,
    Detail.HELD: Milestone.EXCEPTION,
    Detail.MISROUTED: Milestone.EXCEPTION,
    Detail.BAD_ADDRESS: Milestone.EXCEPTION,
    Detail.UNCLAIMED: Milestone.EXCEPTION,
    Detail.DISPOSED: Milestone.EXCEPTION,
    Detail.REPACKED: Milestone.IN_TRANSIT,
    Detail.RESCHEDULED: Milestone.IN_TRANSIT,
    Detail.REDIRECTED: Milestone.IN_TRANSIT,
}


_WHY_FAILED = frozenset(
    {Detail.BAD_ADDRESS, Detail.DAMAGED, Detail.LOST, Detail.UNCLAIMED, Detail.DELAYED, Detail.HELD}
)


class _Rule(msgspec.Struct, frozen=True):
    pattern: re.Pattern[str]
    meaning: Meaning
    weak: bool = False


def _rules(section: str) -> tuple[_Rule, ...]:
    rows = read_toml("verbs")[section]
    if not isinstance(rows, list):
        raise ValueError(f"carriers/verbs.toml: [[{section}]] is not a list")
    return tuple(_Rule(re.compile(row["text"]), meaning_of(row["means"]), row.get("weak", False)) for row in rows)


def _signers() -> tuple[tuple[re.Pattern[str], Signer], ...]:
    rows = read_toml("verbs")["signer"]
    if not isinstance(rows, list):
        raise ValueError("carriers/verbs.toml: [[signer]] is not a list")
    return tuple((re.compile(row["text"]), Signer(row["is"])) for row in rows)


_VERBS = _rules("verb")
_NO_RULE = _Rule(re.compile(""), UNKNOWN)
_SIGNERS = _signers()


def decide(codes: Codes, code: str | None, text: str | None) -> Meaning:
    """Say what a scan with this code and text means."""
    return refine(codes.get(folded(code)) if code else None, text)


def refine(coded: Meaning | None, text: str | None) -> Meaning:
    """Add to what a code means what only the text says; without a code's meaning the text decides."""
    if text is None:
        return coded or UNKNOWN
    meaning = _refined(coded or UNKNOWN, skeleton(text))
    if meaning.milestone is Milestone.DELIVERED and meaning.signer is None and (signer := signer_of(text)):
        return Meaning(meaning.milestone, meaning.detail, meaning.culprit, signer)
    return meaning


def of_newest(state: Meaning | None, spoken: Meaning, text: str | None) -> Meaning:
    """Say what a parcel's newest event means, given the state of the whole parcel.

    "In transit" says less than any verb, so it only fills in where the text says nothing.
    """
    if state is None or (state.milestone is Milestone.IN_TRANSIT and spoken.milestone is not Milestone.UNKNOWN):
        return spoken
    return spoken if state.milestone is spoken.milestone and state.detail is None else refine(state, text)


@lru_cache(maxsize=65_536)
def _refined(coded: Meaning, text: str) -> Meaning:
    spoken = by_text(text)
    refined = coded
    if coded.detail is None and spoken.milestone in _FINER.get(coded.milestone, ()):
        refined = Meaning(spoken.milestone, spoken.detail, coded.culprit or spoken.culprit, coded.signer)
    elif coded.milestone is Milestone.UNKNOWN:
        refined = spoken
    elif coded.milestone is Milestone.ATTEMPT_FAILED and coded.detail is None and spoken.detail in _WHY_FAILED:
        refined = Meaning(coded.milestone, spoken.detail, coded.culprit or spoken.culprit)
    elif coded.culprit is None and coded.detail is not None and coded.detail is spoken.detail:
        refined = Meaning(coded.milestone, coded.detail, spoken.culprit, coded.signer)
    elif coded.detail is None and _grave(spoken.detail, coded.milestone):
        refined = Meaning(coded.milestone, spoken.detail, coded.culprit or spoken.culprit, coded.signer)
    return refined


def _grave(detail: Detail | None, beside: Milestone) -> bool:
    """Say whether a word of trouble is believed beside a milestone that it does not undo."""
    return detail is Detail.DAMAGED or (detail is Detail.LOST and beside in _MAY_BE_LOST)


@lru_cache(maxsize=65_536)
def by_text(text: str) -> Meaning:
    """Say what a text means by itself: deviations by the words engine, the ordinary course by status verbs."""
    lower = text.lower()
    rule = next((rule for rule in _VERBS if rule.pattern.search(lower)), _NO_RULE)
    verb = rule.meaning
    words = read_words(text)
    if words is None:
        return verb
    if words.detail is None or (verb.milestone in _SETTLED and not rule.weak):
        if verb.milestone is not Milestone.UNKNOWN and not _grave(words.detail, verb.milestone):
            return verb
        return Meaning(words.milestone or verb.milestone, words.detail, words.culprit, verb.signer)
    return Meaning(words.milestone or _MILESTONE_OF.get(words.detail, verb.milestone), words.detail, words.culprit)


@lru_cache(maxsize=65_536)
def signer_of(text: str) -> Signer | None:
    """Say who or what took a delivered parcel, as far as the text says."""
    lower = text.lower()
    return next((signer for pattern, signer in _SIGNERS if pattern.search(lower)), None)
