"""The page on formats names what there is, and no more."""

from __future__ import annotations

import re
from pathlib import Path

from carriers._tables import meaning_of, words_of
from carriers.format import unsigned
from carriers.registry import FORMATS
from carriers.statuses import VOCABULARIES, status_of

PAGE = (Path(__file__).parents[3] / "docs" / "reference-formats.md").read_text("utf-8")


def test_every_format_is_named_with_how_it_is_signed() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z0-9_]+)`(?:, `csv-…`)? \|.*\| ([^|]+) \|$", PAGE.partition("## What is")[0], re.M)
    )
    assert set(rows) == set(FORMATS)
    assert {name for name, signed in rows.items() if signed.startswith("none")} == {
        name for name, found in FORMATS.items() if found.verify is unsigned
    }


def test_the_table_of_statuses_is_the_one_that_is_used() -> None:
    rows = list(dict.fromkeys(row for vocabulary in VOCABULARIES for row in words_of("statuses", vocabulary)))
    table = []
    for row in rows:
        found = [status_of(meaning_of(row), vocabulary) for vocabulary in VOCABULARIES]
        table.append(f"| `{row}` | " + " | ".join(f"`{one.sub}`" for one in found if one) + " |")
    assert PAGE.rstrip().endswith("\n".join(["| scan | AfterShip | 17TRACK |", "|---|---|---|", *table]))
