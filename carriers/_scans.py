"""Building scans and collecting them with what could not be read.

Invariant: one bad part never costs its good neighbours; a payload without any good part is `Rejected`.
May import: core, carriers.format.
"""

from __future__ import annotations

from datetime import datetime
from types import TracebackType

import msgspec

from carriers._hubs import NOWHERE, hubs_of
from carriers._tables import Meaning
from carriers._times import Moment
from carriers._values import Unreadable
from carriers.format import Reading, Reason, Reject, Rejected
from core.scan import Scan, scan_id_of

MAX_PART = 65_536
MAX_REJECTS = 500
"""Parts of one payload that are kept one by one; the rest are counted. The caller keeps the whole body in any case."""


def scan_of(
    source: str,
    carrier: str,
    waybill: str,
    when: Moment,
    meaning: Meaning,
    *,
    code: str | None = None,
    text: str | None = None,
    facility: str | None = None,
    facility_to: str | None = None,
    place: str | None = None,
    country: str | None = None,
    service: str | None = None,
    weight_g: int | None = None,
    promised_at: datetime | None = None,
    container: str | None = None,
    hubs_in_text: bool = False,
) -> Scan:
    """Build a scan with its deterministic id. `hubs_in_text`: also look in the text for 【hubs】 and bags."""
    hubs = hubs_of(text) if hubs_in_text and text else NOWHERE
    facility = facility or hubs.facility
    return Scan(
        scan_id=scan_id_of(carrier, waybill, when.at, code, text, facility),
        carrier=carrier,
        waybill=waybill,
        happened_at=when.at,
        milestone=meaning.milestone,
        source=source,
        detail=meaning.detail,
        culprit=meaning.culprit,
        signer=meaning.signer,
        facility=facility,
        facility_to=facility_to or hubs.onward,
        place=place or hubs.place,
        country=country,
        service=service,
        weight_g=weight_g,
        promised_at=promised_at,
        container=container or hubs.container,
        offset_s=when.offset_s,
        zone_assumed=when.assumed,
        code=code,
        text=text,
    )


class _Part:
    __slots__ = ("_collected", "_part")

    def __init__(self, collected: Collected, part: object) -> None:
        self._collected = collected
        self._part = part

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: type[BaseException] | None, why: BaseException | None, _at: TracebackType | None) -> bool:
        if not isinstance(why, Unreadable):
            return False
        self._collected.reject(why, self._part)
        return True


class Collected:
    """Scans and rejects of one payload, collected part by part: `with collected.part(event): …add(scan)`.

    A payload of hundreds of parts of which not one in ten brings a scan is rejected as a whole, so that rubbish costs
    no more than its beginning; its sender is told, and its body is kept like that of any other rejection.
    """

    __slots__ = ("_idle", "_known", "add", "rejects", "scans")

    def __init__(self) -> None:
        self.scans: list[Scan] = []
        self.rejects: list[Reject] = []
        self.add = self.scans.append
        self._known = False
        self._idle = 0

    def part(self, part: object) -> _Part:
        """Give a context in which `Unreadable` rejects this part only."""
        return _Part(self, part)

    def reject(self, why: Unreadable, part: object) -> None:
        """Keep a part that could not be read, cut at 64 kB. Raises `Rejected` when nearly all are such parts."""
        self._rest(why)
        if len(self.rejects) >= MAX_REJECTS:
            return
        raw = part if isinstance(part, bytes) else msgspec.json.encode(part)
        self.rejects.append(Reject(why.reason, why.detail, raw[:MAX_PART]))

    def nothing_new(self) -> None:
        """Say that a part was understood though it brings no scan: the sender knows the parcel, and no more."""
        self._known = True
        self._rest(None)

    def _rest(self, why: Unreadable | None) -> None:
        self._idle += 1
        if self._idle > MAX_REJECTS and 10 * len(self.scans) < self._idle:
            reason = why.reason if why else Reason.SHAPE
            raise Rejected(reason, f"{why.detail if why else 'no events'} ({self._idle} parts and hardly one readable)")

    def reading(self) -> Reading:
        """Give the reading. Raises `Rejected` when parts were there and none could be read."""
        if self.rejects and not self.scans and not self._known:
            worst = self.rejects[0]
            raise Rejected(worst.reason, f"{worst.detail} ({len(self.rejects)} parts, none readable)")
        if len(self.rejects) >= MAX_REJECTS:
            last = self.rejects[-1]
            more = Reject(last.reason, f"more parts may be unreadable: {self._idle} without a scan in all", b"")
            return Reading(tuple(self.scans), (*self.rejects, more))
        return Reading(tuple(self.scans), tuple(self.rejects))


def shapeless(detail: str) -> Rejected:
    """Give the rejection of a payload that is well-formed but not of this format."""
    return Rejected(Reason.SHAPE, detail)
