"""The formats that are read, by name. A new format is one line here.

Invariant: a format's name is the one in the intake path `/v1/intake/{format}`. May import: carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carriers import (
    aftership,
    amazon,
    cainiao,
    canada_post,
    canonical,
    dhl,
    dpd,
    easypost,
    epcis,
    fedex,
    gls,
    iftsta,
    karrio,
    kdniao,
    kuaidi100,
    seventeen_track,
    sf,
    ship24,
    shipengine,
    shippo,
    shopee,
    ups,
    usps,
    x12_214,
)
from carriers.format import Format

_ALL = (
    canonical.FORMAT,
    kuaidi100.FORMAT,
    kdniao.FORMAT,
    sf.FORMAT,
    seventeen_track.FORMAT,
    aftership.FORMAT,
    easypost.FORMAT,
    ups.FORMAT,
    fedex.FORMAT,
    usps.FORMAT,
    dhl.FORMAT,
    canada_post.FORMAT,
    ship24.FORMAT,
    shippo.FORMAT,
    shipengine.FORMAT,
    karrio.FORMAT,
    cainiao.FORMAT,
    shopee.FORMAT,
    amazon.FORMAT,
    gls.FORMAT,
    dpd.FORMAT,
    iftsta.FORMAT,
    x12_214.FORMAT,
    epcis.FORMAT,
)

FORMATS: Mapping[str, Format] = MappingProxyType({found.name: found for found in _ALL})
