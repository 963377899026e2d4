"""What a policy says of whom, value by value: where each comes from, and what an own file changes.

Invariant: pure; what is told here is what `core.rules` lays, by the same code.
May import: the standard library, msgspec, core.finding, core.policy_file, core.policy_layers, core.rules, core.scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core.finding import Kind
from core.policy_file import KEYS, MEASURES, OverrideFile, PolicyFile
from core.policy_layers import Layer, read_layers
from core.rules import Laid, Said

GRAVITY = ("severity", "worse", "worse_after")
ANSWERS = ("case", "notice", "cleared", "doing")
_APART = frozenset({"version", "kinds", "override"})
_Path = tuple[str, ...]


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """For whom something holds; what is None is anybody."""

    carrier: str | None = None
    service: str | None = None
    shop: str | None = None

    def __str__(self) -> str:
        pairs = zip(self.__struct_fields__, msgspec.structs.astuple(self), strict=True)
        return ", ".join(f"{name} {value}" for name, value in pairs if value is not None)


class Value(msgspec.Struct, frozen=True):
    """One value. `file` names the file that says it, `own` that it is not the default one, `whose` its override."""

    key: str
    value: Any
    file: str
    own: bool
    whose: str
    source: str


class Change(msgspec.Struct, frozen=True):
    """What an own file says otherwise, and for whom ("" for all). `beaten_by`: a later rule, which wins."""

    key: str
    whose: str
    before: Any
    after: Any
    beaten_by: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a scope. `others` are all who have rules of their own, each with the kinds that these change."""

    version: str
    files: tuple[str, ...]
    scope: Scope
    kinds: dict[Kind, tuple[Value, ...]]
    general: tuple[Value, ...]
    changes: tuple[Change, ...]
    others: dict[str, tuple[str, ...]]


def view(layers: Sequence[Layer], scope: Scope) -> View:
    """Tell what holds for a scope. Raises PolicyError with everything that is wrong."""
    file = read_layers(*layers)
    told = _Told(layers, file, Laid(file, scope.carrier, scope.service, scope.shop))
    return View(
        version=file.version,
        files=tuple(one.name for one in layers),
        scope=scope,
        kinds={kind: tuple(told.of_kind(kind)) for kind in Kind},
        general=tuple(told.general()),
        changes=tuple(_changes(layers, file)) if len(layers) > 1 else (),
        others=_others(file),
    )


def _whose(override: OverrideFile) -> str:
    return str(Scope(" or ".join(override.carriers) or None, " or ".join(override.services) or None, override.shop))


def _others(file: PolicyFile) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for override in file.override:
        kinds = [kind.value for kind in Kind if override.of(kind)] + ["remaining"] * bool(override.remaining)
        found[_whose(override)] = tuple(dict.fromkeys((*found.get(_whose(override), ()), *kinds)))
    return found


class _Told:
    """Values with what says them."""

    def __init__(self, layers: Sequence[Layer], file: PolicyFile, laid: Laid) -> None:
        self._layers = layers
        self._file = file
        self._laid = laid
        self._homes = [at for at, one in enumerate(layers) for _ in one.overrides]

    def of_kind(self, kind: Kind) -> Iterator[Value]:
        """Give what holds of a kind, in the order of the policy's file."""
        measured = KEYS.get(kind, frozenset())
        for name in MEASURES:
            if name == "limits" and name in measured:
                for stone, said in self._laid.by_name(kind).items():
                    yield self._value(f"limits.{stone.value}", said, ("kinds", kind.value, "limits", stone.value))
            elif name in measured:
                yield self._value(name, self._laid.said(kind, name), ("kinds", kind.value, name))
        for name in (*GRAVITY, *ANSWERS):
            said = self._laid.said(kind, name)
            if said.value is not None:
                yield self._value(name, said, ("kinds", kind.value, name))

    def general(self) -> Iterator[Value]:
        """Give what holds of everything else."""
        remaining: dict[_Path, Said] = {
            ("promise", "remaining", stone.value): said for stone, said in self._laid.remaining().items()
        }
        flat: dict[_Path, Any] = {}
        for one in self._layers:
            flat |= {path: value for path, value in _flat(one.tables) if path[0] not in _APART}
        for path in dict.fromkeys((*flat, *remaining)):
            if path[-1] != "source":
                said = remaining.get(path) or Said(flat[path], "", getattr(self._file, path[0]).source, None)
                yield self._value(".".join(path), said, path)

    def _value(self, key: str, said: Said, path: _Path) -> Value:
        if said.override is not None:
            home, whose = self._homes[said.override], _whose(self._file.override[said.override])
        else:
            home, whose = max(at for at, one in enumerate(self._layers) if at == 0 or _has(one.tables, path)), ""
        return Value(key, said.value, self._layers[home].name, home > 0, whose, said.source)


def _flat(tables: Mapping[str, Any], under: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, (*under, name))
        else:
            yield (*under, name), value


def _at(tables: Any, path: _Path) -> Any:
    for name in path:
        tables = tables.get(name) if isinstance(tables, dict) else None
    return tables


def _has(tables: Mapping[str, Any], path: _Path) -> bool:
    return _at(tables, path) is not None


def _changes(layers: Sequence[Layer], file: PolicyFile) -> Iterator[Change]:
    """Give what the own files change, first for all, then for whom they name."""
    default, *own = layers
    said: dict[_Path, Any] = {}
    for one in own:
        said |= dict(_flat(one.tables))
    for path, value in said.items():
        before = _at(default.tables, path)
        if path[0] != "override" and value != before:
            yield Change(".".join(path), "", before, value)
    base = read_layers(default)
    for at in range(len(default.overrides), len(file.override)):
        yield from _of_override(at, file, base)


def _of_override(at: int, file: PolicyFile, base: PolicyFile) -> Iterator[Change]:
    """Give what an override changes for whom it names; of several names, the first stands for all."""
    override = file.override[at]
    whom = ((*override.carriers, None)[0], (*override.services, None)[0], override.shop)
    now, before, whose = Laid(file, *whom), Laid(base, *whom), _whose(override)

    def change(key: str, value: Any, is_now: Said, was: Said | None) -> Change:
        winner = at if is_now.override is None else is_now.override
        beaten_by = "" if winner == at else _whose(file.override[winner])
        return Change(key, whose, was.value if was else None, value, beaten_by)

    for kind in Kind:
        given = override.of(kind)
        for name in (*MEASURES, *GRAVITY) if given else ():
            if name == "limits":
                for stone, value in getattr(given, name).items():
                    was = before.by_name(kind).get(stone) or before.said(kind, "limit")
                    yield change(f"{kind.value}.{name}.{stone.value}", value, now.by_name(kind)[stone], was)
            elif (value := getattr(given, name)) is not None:
                yield change(f"{kind.value}.{name}", value, now.said(kind, name), before.said(kind, name))
    for stone, value in override.remaining.items():
        yield change(f"remaining.{stone.value}", value, now.remaining()[stone], before.remaining().get(stone))
