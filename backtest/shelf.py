"""What a back-test keeps of the parcels: their states and all their scans, as the database does for the live system.

Invariant: complete, so that a late scan always finds its history; parcels that are over are packed into bytes after a
while, which takes a tenth of the memory. May import: core, msgspec.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from core.scan import Scan
from core.watch import Watched, decode_watched, encode_watched

RESTS = timedelta(days=3)
"""So long after a parcel is over its state is still kept unpacked: late scans come soon or never."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Scan]).decode


class Shelf:
    """States and scans by parcel."""

    def __init__(self) -> None:
        self._states: dict[str, Watched] = {}
        self._scans: dict[str, list[Scan]] = {}
        self._packed: dict[str, tuple[bytes, bytes]] = {}
        self._resting: deque[tuple[datetime, str]] = deque()

    def __len__(self) -> int:
        """Count the parcels."""
        return len(self._states) + len(self._packed)

    def __iter__(self) -> Iterator[tuple[str, Watched]]:
        """Give every parcel's state."""
        yield from self._states.items()
        for parcel_id, (state, _) in self._packed.items():
            yield parcel_id, decode_watched(state)

    def state(self, parcel_id: str) -> Watched | None:
        """Give a parcel's state, None when nothing is known of it."""
        state = self._states.get(parcel_id)
        if state is None and parcel_id in self._packed:
            self._unpack(parcel_id)
            state = self._states[parcel_id]
        return state

    def history(self, parcel_id: str) -> list[Scan]:
        """Give all scans of a parcel, in the order in which they came."""
        if parcel_id in self._packed:
            return _decode(self._packed[parcel_id][1])
        return self._scans.get(parcel_id, [])

    def put(self, parcel_id: str, state: Watched, now: datetime) -> None:
        """Keep a state."""
        self._states[parcel_id] = state
        if state.due_at is None:
            self._resting.append((now, parcel_id))
            self._pack(now - RESTS)

    def add(self, parcel_id: str, scans: Iterable[Scan], anew: Iterable[Scan] = ()) -> None:
        """Keep new scans, and put those read anew in the place of what they were."""
        kept = self._scans.get(parcel_id)
        if kept is None:
            self._scans[parcel_id] = list(scans)
            return
        if anew:
            other = {scan.scan_id: scan for scan in anew}
            kept[:] = [other.get(scan.scan_id, scan) for scan in kept]
        kept.extend(scans)

    def _pack(self, until: datetime) -> None:
        resting = self._resting
        while resting and resting[0][0] <= until:
            _, parcel_id = resting.popleft()
            state = self._states.get(parcel_id)
            if state is not None and state.due_at is None:
                del self._states[parcel_id]
                self._packed[parcel_id] = encode_watched(state), _encode(self._scans.pop(parcel_id, []))

    def _unpack(self, parcel_id: str) -> None:
        state, scans = self._packed.pop(parcel_id)
        self._states[parcel_id] = decode_watched(state)
        self._scans[parcel_id] = _decode(scans)
