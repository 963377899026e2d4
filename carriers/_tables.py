"""Code tables: a carrier's code → what it means, read once from the TOML file beside the format.

A row is `"code" = "milestone [detail] [culprit] [signer]"`, the words being the values of the core enums.
Invariant: a broken row or a code given twice (TOML forbids it) stops the start, not a push. May import: core.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from typing import TypeVar

import msgspec

from core.scan import Culprit, Detail, Milestone, Signer

_Word = TypeVar("_Word", bound=StrEnum)


class Meaning(msgspec.Struct, frozen=True):
    """What a code or a text says."""

    milestone: Milestone
    detail: Detail | None = None
    culprit: Culprit | None = None
    signer: Signer | None = None


Codes = Mapping[str, Meaning]


def read_toml(name: str) -> dict[str, object]:
    """Read a data file of this package."""
    return tomllib.loads(read_text(name))


def read_text(name: str) -> str:
    """Read a data file of this package as it stands."""
    return files("carriers").joinpath(f"{name}.toml").read_text("utf-8")


def codes_of(name: str, section: str = "codes") -> Codes:
    """Give a section of a format's code table. Raises ValueError naming the row that is wrong."""
    rows = read_toml(name).get(section)
    if not isinstance(rows, dict):
        raise ValueError(f"carriers/{name}.toml has no [{section}]")
    return codes_in(f"carriers/{name}.toml [{section}]", rows)


def words_of(name: str, section: str) -> dict[str, str]:
    """Give a section that is no code table: word → word. Raises ValueError where there is none."""
    rows = read_toml(name).get(section)
    if not isinstance(rows, dict):
        raise ValueError(f"carriers/{name}.toml has no [{section}]")
    return {str(key): str(value) for key, value in rows.items()}


def codes_in(where: str, rows: Mapping[str, object]) -> Codes:
    """Give the rows as a table. Raises ValueError naming the row that is wrong and where it stands."""
    table: dict[str, Meaning] = {}
    for code, row in rows.items():
        key = folded(code)
        if key in table:
            raise ValueError(f"{where}: {code!r} is given twice")
        try:
            table[key] = meaning_of(str(row))
        except ValueError as failure:
            raise ValueError(f"{where} {code!r}: {failure}") from failure
    return table


def folded(code: str) -> str:
    """Give a code as the tables key it: case and outer blanks do not count."""
    return code.strip().casefold()


def meaning_of(row: str) -> Meaning:
    """Parse a row. Raises ValueError naming the word that is none."""
    milestone, *rest = row.split() or [""]
    known = Meaning(Milestone(milestone), _word(Detail, rest), _word(Culprit, rest), _word(Signer, rest))
    if rest:
        raise ValueError(f"{rest[0]!r} is no detail, culprit or signer, or is one too many")
    return known


def _word(kind: type[_Word], words: list[str]) -> _Word | None:
    for word in words:
        if word in {member.value for member in kind}:
            words.remove(word)
            return kind(word)
    return None
