"""What happens to a parcel at its end: out for delivery, waiting to be collected, signed for, and by whom.

Invariant: pure; bounded; a signature is kept as long as the delivery is believed. May import: msgspec, core.fact,
core.scan, core.stop, core.words.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.fact import Fact, fact_of
from core.scan import Detail, Milestone, Scan, Signer
from core.stop import CHINA_S
from core.words.consent import agreed

LEFT = frozenset({Signer.NEIGHBOUR, Signer.LOCKER, Signer.STATION, Signer.SAFE_PLACE})
"""Who or what takes a parcel in the consignee's place, and only when the consignee agreed."""
_OUT = frozenset({Milestone.OUT_FOR_DELIVERY, Milestone.ATTEMPT_FAILED, Milestone.AVAILABLE})


class Signed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How it was signed for. `agreed`: the carrier says that the consignee agreed to where it was left.

    `place` is where it was signed for, `before` where it was last seen before that. `collected`: it lay ready before.
    `hour` is the local hour, as far as the carrier says the zone.
    """

    at: datetime
    scan_id: str
    signer: Signer | None
    agreed: bool
    place: str | None
    before: str | None
    before_scan: str | None
    words: str | None
    collected: bool
    hour: int


class Door(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The end of the way. `out`: it was out for delivery, or lay ready; `available` since when it lies ready now.

    `redirected`: somebody asked for another address.
    """

    out: bool = False
    redirected: bool = False
    available: Fact | None = None
    signed: Signed | None = None


SHUT = Door()


def knock(
    door: Door, scan: Scan, milestone: Milestone, after: Milestone, place: str | None, heard_scan: str | None
) -> Door:
    """Take one more scan. `after` is where the parcel stands with it; `place` and `heard_scan` were known before."""
    out = door.out or milestone in _OUT
    redirected = door.redirected or scan.detail is Detail.REDIRECTED
    available, signed = door.available, door.signed
    if after is Milestone.AVAILABLE:
        available = available or fact_of(scan)
    elif after is not Milestone.EXCEPTION:
        available = None
    if after is not Milestone.DELIVERED:
        signed = None
    else:
        words = fact_of(scan).words
        left = scan.signer in LEFT
        signed = Signed(
            scan.happened_at,
            scan.scan_id,
            scan.signer,
            left and scan.text is not None and agreed(scan.text),
            scan.place,
            place,
            heard_scan,
            words if left else None,
            door.available is not None,
            _hour(scan),
        )
    return Door(out, redirected, available, signed)


def _hour(scan: Scan) -> int:
    offset_s = CHINA_S if scan.offset_s is None else scan.offset_s
    return int((scan.happened_at.timestamp() + offset_s) % 86_400 // 3_600)
