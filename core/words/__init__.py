"""Understands the carriers' free words where a code does not decide: damage, loss, refusal, absence and so on.

A small, deterministic classifier for Chinese (both scripts), English, German, French, Spanish and Portuguese: one file
of patterns a language, one reader for all. How it was measured: docs/decisions/words.md.

Invariant: pure; the same text always gives the same answer.
May import: the standard library, msgspec, core.scan.
"""

from core.words.kinds import Topic, Words
from core.words.plain import hide_numbers
from core.words.reading import LONGEST, read_words
from core.words.skeleton import skeleton

__all__ = ["LONGEST", "Topic", "Words", "hide_numbers", "read_words", "skeleton"]
