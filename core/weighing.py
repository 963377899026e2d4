"""What a parcel weighed on its way, and by how much it became lighter between two weighings.

Only neighbouring weighings are compared: what is taken out is taken out once, while every scale has its own error. A
weight that comes back shows that the scale between was wrong.

Invariant: pure; bounded. May import: msgspec, core.scan.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.scan import Scan


class Fall(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The greatest fall between two weighings: `before_g` grams by one scan, `after_g` by the next, at `at`."""

    at: datetime
    before_g: int
    after_g: int
    before_scan: str
    after_scan: str

    @property
    def share(self) -> float:
        """Give what is missing as a share of the first weight."""
        return (self.before_g - self.after_g) / self.before_g


class Weighing(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The latest weight in grams with its scan, and the greatest fall before or at it."""

    grams: int
    scan_id: str
    fall: Fall | None = None


def weigh(known: Weighing | None, scan: Scan) -> Weighing | None:
    """Take one more scan; one without a weight changes nothing."""
    grams = scan.weight_g
    if not grams or grams < 0:
        return known
    if known is None:
        return Weighing(grams, scan.scan_id)
    fall = known.fall
    if grams < known.grams:
        other = Fall(scan.happened_at, known.grams, grams, known.scan_id, scan.scan_id)
        if fall is None or other.share > fall.share:
            fall = other
    elif fall is not None and 2 * grams > fall.before_g + fall.after_g:
        fall = None
    return Weighing(grams, scan.scan_id, fall)
