"""How often one address may ask for pages: a token bucket an address.

Invariant: holds at most `addresses` buckets; when full the one unused for longest is forgotten, which only ever lets
somebody in sooner. May import: the standard library.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime


class Limit:
    """Lets `burst` requests through at once and `per_minute` on average. Each api process counts for itself."""

    def __init__(self, burst: int, per_minute: float, addresses: int = 50_000) -> None:
        self._burst = float(burst)
        self._rate = per_minute / 60
        self._addresses = addresses
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, address: str, now: datetime, cost: float = 1) -> int:
        """Take from an address's bucket; give 0, or after how many seconds there is enough again."""
        level, at = self._buckets.pop(address, (self._burst, now))
        level = min(self._burst, level + max(0.0, (now - at).total_seconds()) * self._rate)
        wait = 0
        if level >= cost:
            level -= cost
        else:
            wait = int((cost - level) / self._rate) + 1
        self._buckets[address] = (level, now)
        if len(self._buckets) > self._addresses:
            self._buckets.popitem(last=False)
        return wait
