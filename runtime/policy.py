"""Reads the policy's files: the default one that comes with the package, and one of the operator's own over it.

Invariant: reads files and nothing else; what they mean is `core.policy`'s business. May import: core.policy,
core.policy_flaws, core.policy_layers.
"""

from __future__ import annotations

from pathlib import Path

from core.policy import Policy, policy_of
from core.policy_flaws import Flaw, PolicyError
from core.policy_layers import Layer, layer

DEFAULT = Path(__file__).resolve().parent.parent / "policy" / "default.toml"


def read_files(path: Path | None = None) -> list[Layer]:
    """Read the default file and the one at `path`. Raises PolicyError that names a file which cannot be read."""
    return [_read(file) for file in (DEFAULT, path) if file is not None]


def read_policy(path: Path | None = None) -> Policy:
    """Read the default policy with the file at `path` over it. Raises PolicyError that names file and key."""
    return policy_of(*read_files(path))


def _read(file: Path) -> Layer:
    name = f"policy/{file.name}" if file == DEFAULT else str(file)
    try:
        return layer(name, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(Flaw("", f"cannot be read: {error}", file=name)) from error
