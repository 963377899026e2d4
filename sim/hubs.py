"""The hubs of the made-up network: real towns, real coordinates.

Invariant: plain data from `data/hubs.csv`; a code names one hub. May import: the standard library.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "hubs.csv"


@dataclass(frozen=True)
class Hub:
    """A sorting centre.

    Latitude and longitude in degrees; `zone` is the IANA time zone; `volume` is how much starts and ends there,
    against the other hubs; a `gateway` sorts for its region; a `remote` one is reached by few lorries.
    """

    code: str
    zh: str
    en: str
    latitude: float
    longitude: float
    country: str
    region: str
    zone: str
    volume: float
    gateway: bool
    remote: bool

    @property
    def facility(self) -> str:
        """Give the name that scans use."""
        return f"{self.zh}转运中心" if self.country == "CN" else f"{self.en} Hub"


def _read() -> tuple[Hub, ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Hub(
                code=row["code"],
                zh=row["zh"],
                en=row["en"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                country=row["country"],
                region=row["region"],
                zone=row["zone"],
                volume=float(row["volume"]),
                gateway=row["gateway"] == "1",
                remote=row["remote"] == "1",
            )
            for row in csv.DictReader(file)
        )


HUBS = _read()
INDEX = {hub.code: index for index, hub in enumerate(HUBS)}


def distance_km(start: Hub, end: Hub) -> float:
    """Give the great-circle distance."""
    lat1, lon1, lat2, lon2 = map(radians, (start.latitude, start.longitude, end.latitude, end.longitude))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 12_742 * asin(sqrt(half))
