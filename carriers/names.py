"""Carrier names: our slugs, their display names, time zones, and the codes that aggregators use for them.

Invariant: total; a carrier that an aggregator knows and we do not gets a slug of its own (`kuaidi100.somecode`), never
dropped. Data: names.toml. May import: the standard library.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from carriers._tables import read_toml

LANGUAGES = ("zh-CN", "zh-TW", "en")
AGGREGATORS = (
    "kuaidi100",
    "kdniao",
    "17track",
    "aftership",
    "easypost",
    "ship24",
    "scac",
    "shippo",
    "shipengine",
    "karrio",
    "dhl",
)
_UNFIT = re.compile(r"[^a-z0-9._-]+")


class Carrier(msgspec.Struct, frozen=True):
    """A carrier. `zone` is the IANA zone in which it writes times without one."""

    slug: str
    names: dict[str, str]
    zone: str
    codes: dict[str, list[str]]


def _load() -> dict[str, Carrier]:
    found: dict[str, Carrier] = {}
    for slug, row in read_toml("names").items():
        if not isinstance(row, dict):
            raise ValueError(f"carriers/names.toml: {slug} is not a table")
        names = {language: str(row[language]) for language in LANGUAGES}
        codes = {name: [str(code) for code in row.get(name, [])] for name in AGGREGATORS}
        found[slug] = Carrier(slug, names, str(row["zone"]), codes)
    return found


def _index(carriers: dict[str, Carrier]) -> dict[tuple[str, str], str]:
    index: dict[tuple[str, str], str] = {}
    for carrier in carriers.values():
        for aggregator, codes in carrier.codes.items():
            for code in codes:
                key = (aggregator, code.casefold())
                if key in index:
                    raise ValueError(f"carriers/names.toml: {aggregator} code {code} is given to two carriers")
                index[key] = carrier.slug
    return index


CARRIERS = _load()
_SLUGS = _index(CARRIERS)


@lru_cache(maxsize=8192)
def slug_of(aggregator: str, code: str) -> str:
    """Give our slug for an aggregator's carrier code; an unknown one becomes `aggregator.code`."""
    known = _SLUGS.get((aggregator, code.strip().casefold()))
    return known or f"{aggregator}.{_UNFIT.sub('-', code.strip().lower()).strip('-')[:48] or 'unknown'}"


@lru_cache(maxsize=8192)
def carrier_slug(raw: str) -> str:
    """Give a slug as given by our own users: lower case, only letters, digits, dots, dashes and underscores."""
    return _UNFIT.sub("-", raw.strip().lower()).strip("-")[:64]


def code_of(aggregator: str, slug: str) -> str | None:
    """Give an aggregator's code for one of our carriers, for asking it."""
    carrier = CARRIERS.get(slug)
    codes = carrier.codes.get(aggregator) if carrier else None
    return codes[0] if codes else None


@lru_cache(maxsize=8192)
def zone_of(slug: str, default: str = "UTC") -> str:
    """Give the zone in which a carrier writes times that have none."""
    carrier = CARRIERS.get(slug)
    return carrier.zone if carrier else default


def display_name(slug: str, language: str) -> str:
    """Give a carrier's name for people: in the language, else in English, else its code."""
    carrier = CARRIERS.get(slug)
    if carrier is None:
        return slug.rpartition(".")[2]
    return carrier.names.get(language) or carrier.names["en"]
