"""Loads the named statements of `sql/<noun>.sql`.

Invariant: a name stands once in its file; a missing name fails when the module that wants it is imported.
May import: the standard library.
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent / "sql"
_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def load(noun: str) -> dict[str, str]:
    """Give the statements of `sql/<noun>.sql` by name. Raises ValueError on a name that stands twice."""
    pieces = _NAME.split((_FOLDER / f"{noun}.sql").read_text(encoding="utf-8"))
    statements: dict[str, str] = {}
    for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in statements:
            raise ValueError(f"{noun}.sql: {name} stands twice")
        statements[name] = body.strip().rstrip(";")
    return statements
