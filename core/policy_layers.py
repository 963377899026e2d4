"""The files of a policy laid over one another: the default one, and one of the operator's own.

Invariant: what is wrong is told with the name of the file in which to mend it, and all of it at once.
May import: the standard library, msgspec, core.policy_file, core.policy_flaws.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.policy_file import PolicyFile, read
from core.policy_flaws import Flaw, PolicyError


def _laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables over tables key by key; `override` lists are joined, other values replaced."""
    laid = dict(base)
    for key, value in top.items():
        old = laid.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            laid[key] = _laid_over(old, value)
        elif key == "override" and isinstance(old, list) and isinstance(value, list):
            laid[key] = [*old, *value]
        else:
            laid[key] = value
    return laid


class Layer(msgspec.Struct, frozen=True):
    """What one file says."""

    name: str
    tables: dict[str, Any]

    @property
    def overrides(self) -> list[Any]:
        """Give its overrides, as they stand in the file."""
        found = self.tables.get("override", [])
        return found if isinstance(found, list) else []


def layer(name: str, text: str) -> Layer:
    """Read TOML. Raises PolicyError with the line, where it is none."""
    try:
        return Layer(name, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(Flaw("", f"is no TOML: {error}", file=name)) from error


def read_layers(*layers: Layer) -> PolicyFile:
    """Give the policy that files hold, later over earlier. Raises PolicyError with everything that is wrong."""
    tables: dict[str, Any] = {}
    for one in layers:
        tables = _laid_over(tables, one.tables)
    try:
        return read(tables)
    except PolicyError as error:
        raise PolicyError(*(_in_layer(flaw, layers) for flaw in error.flaws)) from error


_OVERRIDE = re.compile(r"override\[(\d+)\](.*)")


def _in_layer(flaw: Flaw, layers: Sequence[Layer]) -> Flaw:
    """Name the file in which to mend it: the one that has the override, else the last, as those before are sound."""
    found = _OVERRIDE.fullmatch(flaw.key)
    if not found:
        return msgspec.structs.replace(flaw, file=layers[-1].name)
    places = [(one.name, at, table) for one in layers for at, table in enumerate(one.overrides)]
    name, at, table = places[int(found[1])]
    given = table if isinstance(table, dict) else {}
    whose = ", ".join(f"{word} {_names(given[word])}" for word in ("shop", "carrier", "service") if word in given)
    key = f"override[{at}]{found[2]}" + (f" ({whose})" if whose else "")
    return msgspec.structs.replace(flaw, key=key, file=name)


def _names(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
