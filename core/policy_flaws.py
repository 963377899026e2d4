"""What is wrong in tables that were read from TOML, and what would be right: found by the types they should have.

Invariant: total; every flaw has the key at which it is, and all flaws are found at once. Values are judged by msgspec
itself, so that nothing is right here and wrong there. May import: the standard library, msgspec.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

DURATION = r"^[0-9]{1,6}[smhd]$"
LIMIT = r"^([0-9]{1,6}[smhd]|never)$"
_IN_WORDS = {
    DURATION: "a whole number and s, m, h or d, such as 36h",
    LIMIT: "a whole number and s, m, h or d, such as 36h, or never",
}
_SHOWN = 60


class Flaw(msgspec.Struct, frozen=True):
    """Something wrong: at which key, what it is, and what would be right ("" where that says itself).

    `file` is the name of the file in which to mend it, "" as long as nobody knows.
    """

    key: str
    says: str
    right: str = ""
    file: str = ""

    def __str__(self) -> str:
        told = f"{self.key}: {self.says}" if self.key else self.says
        return f"{self.file}{': ' if self.file else ''}{told}{f'; {self.right}' if self.right else ''}"


class PolicyError(ValueError):
    """A policy cannot be used. `flaws` are what is wrong with it, at least one; the message has one a line."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("\n".join(map(str, flaws)))
        self.flaws = flaws


def unknown(key: str, known: Iterable[str]) -> Flaw:
    """Give the flaw of a key or name that nobody knows."""
    names = list(known)
    return Flaw(key, "is not known", _meant(key.rpartition(".")[2], names) + "known here: " + ", ".join(names))


def missing(key: str) -> Flaw:
    """Give the flaw of a key that must be said."""
    return Flaw(key, "is missing")


def flaws_of(hint: Any, value: object, key: str = "") -> Iterator[Flaw]:
    """Find what is wrong with a value that should be of a type: a struct, a table by name, a list, or a plain value."""
    plain = _plain(hint)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        found = _of_struct(plain, value, key)
    elif get_origin(plain) is dict:
        found = _of_table(get_args(plain), value, key)
    elif get_origin(plain) is list:
        found = _of_list(get_args(plain)[0], value, key)
    else:
        found = iter(())
    inside = list(found)
    yield from inside
    if not inside and not _fits(hint, value):
        given = json.dumps(value, ensure_ascii=False, default=str)
        meant = _meant(value, _names(plain)) if isinstance(value, str) else ""
        yield Flaw(key, f"cannot be {given if len(given) <= _SHOWN else given[:_SHOWN] + '…'}", meant + _right(hint))


def _of_struct(plain: type[msgspec.Struct], value: object, key: str) -> Iterator[Flaw]:
    if not isinstance(value, dict):
        return
    hints = _hints(plain)
    for name, inner in value.items():
        if name in hints:
            yield from flaws_of(hints[name], inner, _under(key, name))
        else:
            yield unknown(_under(key, name), hints)
    for field in msgspec.structs.fields(plain):
        if field.required and field.name not in value:
            yield missing(_under(key, field.name))


def _of_table(parts: tuple[Any, ...], value: object, key: str) -> Iterator[Flaw]:
    if not isinstance(value, dict):
        return
    names, hint = parts
    for name, inner in value.items():
        if _fits(names, name):
            yield from flaws_of(hint, inner, _under(key, name))
        else:
            yield unknown(_under(key, name), _names(names))


def _of_list(hint: Any, value: object, key: str) -> Iterator[Flaw]:
    for at, inner in enumerate(value if isinstance(value, list) else ()):
        yield from flaws_of(hint, inner, f"{key}[{at}]")


def _under(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _fits(hint: Any, value: object) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return False
    return True


@cache
def _hints(plain: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(plain, include_extras=True)


def _parts(hint: Any) -> list[Any]:
    """Give the types of a union without None, else the type itself; what is annotated, without its annotations."""
    if get_origin(hint) in (Union, types.UnionType):
        return [one for one in get_args(hint) if one is not type(None)]
    return [hint]


def _plain(hint: Any) -> Any:
    parts = _parts(hint)
    if len(parts) > 1:
        return None
    return get_args(parts[0])[0] if get_origin(parts[0]) is Annotated else parts[0]


def _names(plain: Any) -> list[str]:
    """Give the words of a type that has no others."""
    if get_origin(plain) is Literal:
        return list(get_args(plain))
    return [one.value for one in plain] if isinstance(plain, type) and issubclass(plain, StrEnum) else []


def _meant(word: str, names: list[str]) -> str:
    close = get_close_matches(word, names, 1, 0.6)
    return f"did you mean {close[0]}? " if close else ""


def _right(hint: Any) -> str:
    """Say what a value of the type is."""
    return "it must be " + " or ".join(_in_words(part) for part in _parts(hint))


def _in_words(hint: Any) -> str:
    plain = _plain(hint)
    if names := _names(plain):
        return "one of " + ", ".join(names)
    info = msgspec.inspect.type_info(hint)
    if isinstance(info, msgspec.inspect.StrType):
        return _IN_WORDS.get(info.pattern or "", "a text" + _between(info.min_length, info.max_length, "signs"))
    if isinstance(info, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        number = "a whole number" if isinstance(info, msgspec.inspect.IntType) else "a number"
        if info.gt is not None:
            return f"{number} above {info.gt:g}" + (f" and below {info.lt:g}" if info.lt is not None else "")
        return number + _between(info.ge, info.le)
    return "a list" if isinstance(info, msgspec.inspect.ListType) else "a table"


def _between(least: float | None, most: float | None, unit: str = "") -> str:
    unit = f" {unit}" if unit else ""
    if least is None:
        return ""
    return f" from {least:g} to {most:g}{unit}" if most is not None else f" of at least {least:g}{unit}"
