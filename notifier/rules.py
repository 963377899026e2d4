"""The rules of messages: quiet hours, budgets, zones, and what each template may do; read from policy/messages.toml.

Invariant: parsed whole or not at all; a wrong key stops the process with its name. May import: msgspec, tomllib.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

LANGUAGES = ("zh-CN", "zh-TW", "en")
_FILE = Path(__file__).resolve().parent.parent / "policy" / "messages.toml"


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The consumer's own night, local hours. Equal hours mean no night at all."""

    from_hour: int
    to_hour: int


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Messages a person gets in 24 hours; urgent ones have a reserve on top."""

    per_day: int
    urgent_reserve: int


class Stale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How old a notice may be, in seconds, and still be told."""

    after_s: int


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long, in seconds, the same words about a parcel are not told again."""

    after_s: int


class Shared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Messages about an incident, in seconds.

    How long the first one waits for a person's other parcels in it, and how long what joins later waits after the last.
    """

    gather_s: int
    again_s: int


class Zones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The zone in which a consumer's dates and nights are reckoned."""

    by_language: dict[str, str]
    by_country: dict[str, str]

    def of(self, language: str, destination: str | None) -> ZoneInfo:
        """Give the zone of a destination that is a country's two letters, else of the language."""
        country = (destination or "").strip().upper()
        return ZoneInfo(self.by_country.get(country) or self.by_language[language])


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a template may do. `follows`: told only to whom the first message of its exception was told."""

    rank: int
    urgent: bool
    to: tuple[str, ...]
    follows: bool = False


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules of messages."""

    quiet: Quiet
    budget: Budget
    stale: Stale
    repeat: Repeat
    incident: Shared
    zones: Zones
    templates: dict[str, Template]


class RulesError(ValueError):
    """The rules cannot be used; says which key and why."""


def parse_rules(text: str) -> Rules:
    """Parse the TOML. Raises RulesError naming what is wrong."""
    try:
        rules = msgspec.convert(tomllib.loads(text), Rules)
        for name in (*rules.zones.by_language.values(), *rules.zones.by_country.values()):
            ZoneInfo(name)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ZoneInfoNotFoundError) as error:
        raise RulesError(f"policy/messages.toml: {error}") from error
    if missing := set(LANGUAGES) - set(rules.zones.by_language):
        raise RulesError(f"policy/messages.toml: zones.by_language lacks {', '.join(sorted(missing))}")
    if not (0 <= rules.quiet.from_hour <= 23 and 0 <= rules.quiet.to_hour <= 23):
        raise RulesError("policy/messages.toml: quiet hours are 0 to 23")
    for name, template in rules.templates.items():
        if unknown := set(template.to) - {"consumer", "shop"}:
            raise RulesError(f"policy/messages.toml: templates.{name}.to: unknown {', '.join(sorted(unknown))}")
    return rules


def read_rules(file: Path = _FILE) -> Rules:
    """Read the rules from their file. Raises RulesError."""
    try:
        return parse_rules(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RulesError(f"{file.name} cannot be read: {error.strerror}") from error
