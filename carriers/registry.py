"""The formats that are read, by name. A new format is one line here; a new CSV mapping is a file in a folder.

Invariant: a format's name is the one in the intake path `/v1/intake/{format}`; formats are only ever added, before the
first push is taken. May import: carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from carriers import (
    aftership,
    amazon,
    cainiao,
    canada_post,
    canonical,
    csv_table,
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
    csv_table.FORMAT,
)

_FORMATS = {found.name: found for found in _ALL}
FORMATS: Mapping[str, Format] = MappingProxyType(_FORMATS)


def add_mappings(folder: Path) -> tuple[str, ...]:
    """Add a format `csv-<name>` for every mapping file `<name>.toml` of a folder, and give their names.

    Raises ValueError naming the file and what is wrong with it, OSError when the folder can not be read.
    """
    added = [
        csv_table.format_of(f"csv-{path.stem.lower()}", path.read_text("utf-8"))
        for path in sorted(folder.iterdir())
        if path.suffix == ".toml"
    ]
    _FORMATS.update((found.name, found) for found in added)
    return tuple(found.name for found in added)
