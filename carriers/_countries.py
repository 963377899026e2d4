"""Countries: two-letter codes out of what carriers send, and the zone of a place whose times have none.

Invariant: total; an unknown country stays as it was sent, an unknown place takes the carrier's zone.
Data: countries.toml. May import: the standard library, carriers._tables.
"""

from __future__ import annotations

from functools import lru_cache

from carriers._tables import read_toml

_ROWS = read_toml("countries")


def _section(name: str) -> dict[str, str]:
    rows = _ROWS[name]
    if not isinstance(rows, dict):
        raise ValueError(f"carriers/countries.toml: [{name}] is not a table")
    return {str(key): str(value) for key, value in rows.items()}


_TWO_LETTERS = _section("codes")
_ZONES = _section("zones")
_NAMES = _section("names")
_OFFSETS = _section("offsets")


def country(code: str | None) -> str | None:
    """Give the two-letter code of a country given by two or three letters."""
    if code is None:
        return None
    found = code.strip().upper()
    return _TWO_LETTERS.get(found, found[:3]) or None


@lru_cache(maxsize=4096)
def zone_at(country_code: str | None, state: str | None, default: str) -> str:
    """Give the zone of a place by country and state, else the default."""
    if not country_code:
        return default
    found = country_code.upper()
    return _ZONES.get(f"{found}-{(state or '').strip().upper()}") or _ZONES.get(found) or default


def country_named(name: str | None) -> str | None:
    """Give the two-letter code of a country by its English name in capitals."""
    return _NAMES.get(" ".join(name.split()).upper()) if name else None


def offset_of(abbreviation: str | None) -> str | None:
    """Give the offset `±hh:mm` of a North American zone abbreviation."""
    return _OFFSETS.get(abbreviation.strip().upper()) if abbreviation else None
