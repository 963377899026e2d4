"""Keyset pages: the cursor is the sort keys of the last row seen, opaque to the caller.

Invariant: a cursor made for one list is refused by another. May import: msgspec, api.problems.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar

import msgspec
from pydantic import Field

from api.problems import Problem

Limit = Annotated[int, Field(ge=1, le=200, description="rows a page")]
Cursor = Annotated[str | None, Field(max_length=400, description="`next` of the page before")]
T = TypeVar("T")


def write_cursor(noun: str, place: msgspec.Struct | None) -> str | None:
    """Give the cursor of a place, None for none."""
    if place is None:
        return None
    return urlsafe_b64encode(noun.encode() + b":" + msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(noun: str, cursor: str | None, kind: type[T]) -> T | None:
    """Give the place that a cursor names. Raises Problem 400 for one that is not ours."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, _, body = raw.partition(b":")
        if name.decode() != noun:
            raise ValueError(noun)
        return msgspec.json.decode(body, type=kind)
    except (ValueError, msgspec.DecodeError):
        raise Problem(
            400, "bad-cursor", "Start again from the first page: this cursor is not one of this list."
        ) from None
