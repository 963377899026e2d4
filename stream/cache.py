"""The parcel states a worker keeps in memory.

Invariant: never more than `limit` parcels; a state is given only to the reign that stored it, so what an engine cached
before it lost its partition is never used after. May import: core.watch.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from core.watch import Watched


class Cache:
    """Least recently used out first. A reign is one unbroken ownership of a partition, named by a number."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, tuple[int, Watched]] = OrderedDict()
        self._reigns = 0

    def __len__(self) -> int:
        """Count the parcels in memory."""
        return len(self._entries)

    def new_reign(self) -> int:
        """Give a number under which nothing is stored yet."""
        self._reigns += 1
        return self._reigns

    def get(self, reign: int, parcel_id: str) -> Watched | None:
        """Give a parcel's state, None when it must be asked of the database."""
        entry = self._entries.get(parcel_id)
        if entry is None or entry[0] != reign:
            return None
        self._entries.move_to_end(parcel_id)
        return entry[1]

    def put(self, reign: int, states: Mapping[str, Watched]) -> None:
        """Remember states that are committed."""
        entries = self._entries
        for parcel_id, watched in states.items():
            entries[parcel_id] = (reign, watched)
            entries.move_to_end(parcel_id)
        while len(entries) > self._limit:
            entries.popitem(last=False)

    def drop(self, reign: int, parcel_id: str) -> None:
        """Forget one parcel."""
        entry = self._entries.get(parcel_id)
        if entry is not None and entry[0] == reign:
            del self._entries[parcel_id]
