"""The providers that can be asked, by name. A new one is a file here, a line below, and a table in policy/pull.toml."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pull.providers import fedex, kuaidi100, seventeen_track, ups
from pull.providers.provider import Provider

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {one.name: one for one in (ups.PROVIDER, fedex.PROVIDER, kuaidi100.PROVIDER, seventeen_track.PROVIDER)}
)
