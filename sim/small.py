"""The simulated world: hubs, services and carriers with their habits.

Invariant: plain data; nothing here is read by detection, so that limits are learned or set by policy, never copied.
May import: the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt


@dataclass(frozen=True)
class Hub:
    """A sorting centre. Latitude and longitude in degrees; `offset_s` is local time in seconds east of UTC."""

    code: str
    zh: str
    en: str
    latitude: float
    longitude: float
    country: str = "CN"
    offset_s: int = 8 * 3600


@dataclass(frozen=True)
class Service:
    """A service: what the shop is promised and how fast a truck or plane goes. Times in seconds, speed in km/h."""

    name: str
    promise_s: int
    speed_kmh: float
    handling_s: int
    same_city: bool = False
    share: float = 1.0


@dataclass(frozen=True)
class Carrier:
    """A carrier: the wire format in which its scans reach us and how reliably. Shares and rates are 0 to 1."""

    slug: str
    format: str
    prefix: str
    digits: int
    services: tuple[Service, ...]
    hubs: tuple[str, ...]
    share: float
    resend_rate: float = 0.05
    late_push_rate: float = 0.04
    missing_rate: float = 0.04


HUBS = {
    hub.code: hub
    for hub in (
        Hub("PEK", "北京", "Beijing", 39.90, 116.41),
        Hub("SHA", "上海", "Shanghai", 31.23, 121.47),
        Hub("CAN", "广州", "Guangzhou", 23.13, 113.26),
        Hub("SZX", "深圳", "Shenzhen", 22.54, 114.06),
        Hub("HGH", "杭州", "Hangzhou", 30.27, 120.16),
        Hub("YIW", "义乌", "Yiwu", 29.31, 120.08),
        Hub("CTU", "成都", "Chengdu", 30.57, 104.07),
        Hub("WUH", "武汉", "Wuhan", 30.59, 114.31),
        Hub("XIY", "西安", "Xi'an", 34.34, 108.94),
        Hub("CGO", "郑州", "Zhengzhou", 34.75, 113.63),
        Hub("NKG", "南京", "Nanjing", 32.06, 118.80),
        Hub("TAO", "青岛", "Qingdao", 36.07, 120.38),
        Hub("SHE", "沈阳", "Shenyang", 41.80, 123.43),
        Hub("KMG", "昆明", "Kunming", 25.04, 102.71),
        Hub("URC", "乌鲁木齐", "Urumqi", 43.83, 87.62),
        Hub("TPE", "台北", "Taipei", 25.03, 121.57, "TW"),
        Hub("HKG", "香港", "Hong Kong", 22.32, 114.17, "HK"),
        Hub("LAX", "洛杉矶", "Los Angeles", 34.05, -118.24, "US", -8 * 3600),
        Hub("JFK", "纽约", "New York", 40.71, -74.01, "US", -5 * 3600),
        Hub("SDF", "路易斯维尔", "Louisville", 38.25, -85.76, "US", -5 * 3600),
        Hub("LEJ", "莱比锡", "Leipzig", 51.34, 12.37, "DE", 3600),
    )
}
_DAY = 86_400
_MAINLAND = tuple(code for code, hub in HUBS.items() if hub.country == "CN")
_STANDARD = Service("standard", 5 * _DAY, 60, 4 * 3600, share=0.75)
_EXPRESS = Service("express", 3 * _DAY, 130, 2 * 3600, share=0.55)
_INSTANT = Service("instant", 2 * 3600, 25, 300, same_city=True, share=0.45)
_CROSS = Service("cross_border", 9 * _DAY, 400, 16 * 3600)
_GROUND = Service("ground", 6 * _DAY, 60, 5 * 3600)

CARRIERS = (
    Carrier("sf", "sf", "SF", 13, (_EXPRESS, _INSTANT), _MAINLAND, 0.26, missing_rate=0.01),
    Carrier("yto", "kuaidi100", "YT", 13, (_STANDARD,), _MAINLAND, 0.16),
    Carrier("zto", "kdniao", "78", 12, (_STANDARD,), _MAINLAND, 0.16),
    Carrier("sto", "kuaidi100", "77", 13, (_STANDARD,), _MAINLAND, 0.10, late_push_rate=0.10, missing_rate=0.08),
    Carrier("yunda", "canonical", "43", 13, (_STANDARD, _INSTANT), _MAINLAND, 0.12),
    Carrier("yanwen", "17track", "YW", 12, (_CROSS,), ("YIW", "HGH", "CAN", "LAX", "JFK"), 0.07),
    Carrier("dhl", "aftership", "JD0", 15, (_CROSS,), ("SHA", "SZX", "HKG", "TPE", "LEJ"), 0.05),
    Carrier("ups", "ups", "1Z", 16, (_GROUND,), ("LAX", "SDF", "JFK"), 0.05),
    Carrier("usps", "easypost", "94", 20, (_GROUND,), ("LAX", "SDF", "JFK"), 0.03),
)


def distance_km(start: Hub, end: Hub) -> float:
    """Great-circle distance."""
    lat1, lon1, lat2, lon2 = map(radians, (start.latitude, start.longitude, end.latitude, end.longitude))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 12_742 * asin(sqrt(half))
