"""When parcels are asked for and how much an account may be asked; read from policy/pull.toml.

Invariant: parsed whole or not at all; a wrong key stops the process with its name. May import: msgspec, tomllib.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import msgspec

_FILE = Path(__file__).resolve().parent.parent / "policy" / "pull.toml"


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long after what a parcel is asked for, in seconds; `policy/pull.toml` explains each."""

    first_s: int
    fresh_s: int
    normal_s: int
    near_s: int
    silent_s: int
    old_s: int
    near_before_s: int
    silent_after_s: int
    old_after_s: int
    due_before_s: int
    unknown_s: int
    unknown_longest_s: int
    trouble_s: int
    trouble_longest_s: int
    look_s: int

    def __post_init__(self) -> None:
        """Refuse what would ask without end or never."""
        if min(msgspec.structs.astuple(self)) <= 0:
            raise ValueError("policy/pull.toml: rhythm: every time is longer than 0 s")

    def unknown(self, times: int) -> timedelta:
        """Give how long to wait after the carrier has said `times` times that it does not know the parcel."""
        return _doubled(self.unknown_s, times - 1, self.unknown_longest_s)

    def trouble(self, times: int, random: float) -> timedelta:
        """Give how long to wait after `times` failures; `random` in [0, 1) spreads those who failed together."""
        return _doubled(self.trouble_s, times - 1, self.trouble_longest_s) * (1 + random / 2)


class AccountRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long an account is left alone, in seconds, and how early its token is renewed."""

    limited_s: int
    limited_longest_s: int
    exhausted_s: int
    refused_s: int
    token_margin_s: int

    def limited(self, times: int, random: float) -> timedelta:
        """Give how long to leave a provider alone that has said `times` times in a row that it is too much."""
        return _doubled(self.limited_s, times - 1, self.limited_longest_s) * (1 + random / 2)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one provider allows. `rate` in requests a second, `daily` requests a UTC day (0: no limit known)."""

    rate: float
    daily: int
    batch: int
    parallel: int
    least_s: int
    phone_for: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits under which nothing could be asked."""
        if self.rate <= 0 or self.daily < 0 or self.batch < 1 or self.parallel < 1 or self.least_s < 0:
            raise ValueError("policy/pull.toml: providers: a limit is out of range")


class PullPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. The order of `providers` is the order of preference."""

    rhythm: Rhythm
    account: AccountRules
    providers: dict[str, Limits]


def _doubled(seconds: int, times: int, longest: int) -> timedelta:
    # Past 2^20 any of these is at its longest.
    return timedelta(seconds=min(seconds * 2 ** max(0, min(times, 20)), longest))


def read_pull_policy(text: str | None = None) -> PullPolicy:
    """Read the policy. Raises msgspec.ValidationError or ValueError that names what is wrong."""
    return msgspec.convert(tomllib.loads(text or _FILE.read_text(encoding="utf-8")), PullPolicy)
