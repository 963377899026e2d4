"""Reads the policy's files: the default one that comes with the package, and one of the operator's own over it.

Invariant: reads files and nothing else; what they mean is `core.policy`'s business. May import: core.policy.
"""

from __future__ import annotations

from pathlib import Path

from core.policy import Policy, PolicyError, load_policy

DEFAULT = Path(__file__).resolve().parent.parent / "policy" / "default.toml"


def read_policy(path: Path | None = None) -> Policy:
    """Read the default policy with the file at `path` over it. Raises PolicyError that names the file or the key."""
    texts = []
    for file in (DEFAULT, path):
        if file is None:
            continue
        try:
            texts.append(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"cannot read the policy file {file}: {error}") from error
    return load_policy(*texts)
