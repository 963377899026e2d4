"""Countries: two-letter codes out of what carriers send, and the zone of a place whose times have none.

Invariant: total; an unknown country stays as it was sent, an unknown place takes the carrier's zone.
Data: CLDR (by babel), and countries.toml for what it does not say. May import: babel, carriers._tables.
"""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from carriers._tables import words_of

_TWO_LETTERS = {three: twos[0] for three, twos in get_global("territory_aliases").items() if len(three) == 3}
_OF_COUNTRY = {two: zones[0] for two, zones in get_global("territory_zones").items() if len(zones) == 1}
_ENGLISH = {name.upper(): two for two, name in Locale("en").territories.items() if len(two) == 2}
_ZONES = _OF_COUNTRY | words_of("countries", "zones")
_NAMES = _ENGLISH | words_of("countries", "names")
_OFFSETS = words_of("countries", "offsets")
_STATES = frozenset(key.partition("-")[2] for key in _ZONES if key.startswith("US-")) | {
    *("CT", "DC", "DE", "FL", "GA", "IN", "KY", "MA", "MD", "ME", "MI", "NC", "NH", "NJ", "NY", "OH", "PA", "RI"),
    *("SC", "VA", "VT", "WV"),
}
_TOWN_STATE = re.compile(r"\b([A-Z]{2})\b")


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
    """Give the two-letter code of a country by its English name, or by its three letters."""
    found = " ".join(name.split()).upper() if name else ""
    return _NAMES.get(found) or _TWO_LETTERS.get(found)


def state_in(town: str | None) -> str | None:
    """Give the American state that stands among a town's words: "PHOENIX AZ DISTRIBUTION CENTER"."""
    found = [word for word in _TOWN_STATE.findall(town or "") if word in _STATES]
    return found[-1] if found else None


def zone_in(place: str | None, default: str) -> str:
    """Give the zone of a place that is told in words ("SAN RAFAEL, CA 94901"), where the default is America's."""
    state = state_in(place) if default == _ZONES["US"] else None
    return zone_at("US", state, default) if state else default


def offset_of(abbreviation: str | None) -> str | None:
    """Give the offset `±hh:mm` of a zone's abbreviation, as carriers of North America and Europe mean it."""
    return _OFFSETS.get(abbreviation.strip().upper()) if abbreviation else None
