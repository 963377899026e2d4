"""The page's words: one catalogue a language, read from `i18n/*.toml` at import.

Invariant: a key that is asked for exists in every language (kept by a test), so a page never shows a key or a gap.
May import: the standard library.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent / "i18n"
LANGUAGES: dict[str, str] = {"zh-CN": "简体中文", "zh-TW": "繁體中文", "en": "English"}
DEFAULT = "zh-CN"


class Words:
    """The texts of one language. `words("date.was", date=…)` gives the filled text."""

    def __init__(self, language: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **fields: object) -> str:
        """Give a text. Raises KeyError for an unknown key or a missing field."""
        section, _, name = key.partition(".")
        return self._texts[section][name].format_map(fields)

    def get(self, section: str, name: str, otherwise: str) -> str:
        """Give a text without fields, or another of the same section for a name that the catalogue does not know."""
        texts = self._texts[section]
        return texts.get(name, texts[otherwise])

    def find(self, section: str, name: str) -> str | None:
        """Give a text without fields, None for a name that the catalogue does not know."""
        return self._texts[section].get(name)

    def keys(self) -> dict[str, frozenset[str]]:
        """Give every key with the fields in its text."""
        return {
            f"{section}.{name}": frozenset(re.findall(r"\{(\w+)\}", text))
            for section, texts in self._texts.items()
            for name, text in texts.items()
        }


def _read(language: str) -> Words:
    return Words(language, tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8")))


CATALOGUES: dict[str, Words] = {language: _read(language) for language in LANGUAGES}


def known_language(tag: str | None) -> str | None:
    """Give the language of ours that a tag such as `zh-Hant-HK` or `en-GB` means, or None."""
    parts = [part.lower() for part in re.split(r"[-_]", (tag or "").strip())]
    if parts[0] == "en":
        return "en"
    if parts[0] == "zh":
        traditional = {"tw", "hk", "mo", "hant"} & set(parts[1:])
        return "zh-TW" if traditional and "hans" not in parts else "zh-CN"
    return None


def accepted_language(header: str | None) -> str | None:
    """Give the language of ours that an Accept-Language header likes best, or None."""
    wishes: list[tuple[float, int, str]] = []
    for place, piece in enumerate((header or "").split(",")[:20]):
        tag, _, weight = piece.partition(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        wishes.append((-float(match.group(1)) if match else -1.0, place, tag))
    for negated, _, wish in sorted(wishes):
        language = known_language(wish)
        if language and negated < 0:
            return language
    return None
