"""A parcel: what its scans, its registration and the consumer's reports make of it.

`step` takes one scan that is later than all before; `core.fold` steps over a history. What real carriers do, and what
is made of it:

* Scans at the same second are ordered by how far their milestone is on the way, then by id.
* A year before 2000 stands for "no time": such a scan comes first and is no sign of life.
* PENDING and EXPIRED come from aggregators that look and find nothing: no sign of life either.
* After delivery a lagging transport scan (`LAG`; for an out-for-delivery `LAG_DELIVERY`) is noise: it is counted but
  moves nothing. A failed attempt or a return after delivery is believed at once. Transport after the lag is a new
  journey under the same waybill, usually the way back.
* What a shop promised, and the carrier's estimate, are for the journey on which they were given.
* While a parcel is on its way back, transport scans do not end the return, and "delivered" means returned.
* A code that nobody can read is a sign of life but moves nothing.
* A scan that another one of the parcel withdraws (`Scan.retracts`) never happened, whichever of the two comes first.
  The withdrawing one says nothing else of the parcel; it is final, so that nothing withdraws a withdrawal.

Invariant: pure and order-independent; bounded in size however many scans there are.
May import: the standard library, msgspec, core.scan, core.event, core.course, core.fact,
core.stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from core.course import START, Course, run_on
from core.event import Registration, Report, ReportKind
from core.fact import Fact, fact_of
from core.scan import Detail, Milestone, Scan
from core.stop import Stage, Stop, is_same, stop_of

SEEN = 256
"""Scan ids remembered in a parcel. An older duplicate is indistinguishable from a late scan: history decides."""
REPORTS = 16
"""Reports remembered in a parcel, the latest."""
GONE = 64
"""Withdrawn scans remembered in a parcel. With as many, history decides on every scan that comes."""
TRAIL = 16
"""Stops remembered of a journey, the latest."""
ATTEMPTS = 8
"""Failed attempts remembered with time and scan, the first; all are counted."""
LAG = timedelta(hours=12)
LAG_DELIVERY = timedelta(hours=1)
SAME_ATTEMPT = timedelta(hours=4)
"""Failures closer than this, with no new out-for-delivery between, are one attempt scanned more than once."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ID = 8
_AVAILABLE = Stage.AVAILABLE.value

RANK: dict[Milestone, int] = {
    milestone: rank
    for rank, milestone in enumerate(
        (
            Milestone.PENDING,
            Milestone.EXPIRED,
            Milestone.ANNOUNCED,
            Milestone.UNKNOWN,
            Milestone.PICKED_UP,
            Milestone.IN_TRANSIT,
            Milestone.CUSTOMS,
            Milestone.EXCEPTION,
            Milestone.OUT_FOR_DELIVERY,
            Milestone.ATTEMPT_FAILED,
            Milestone.AVAILABLE,
            Milestone.DELIVERED,
            Milestone.RETURNING,
            Milestone.RETURNED,
            Milestone.CANCELLED,
        )
    )
}
OVER = frozenset({Milestone.DELIVERED, Milestone.RETURNED, Milestone.CANCELLED})
_SILENT = frozenset({Milestone.PENDING, Milestone.EXPIRED})
_BEFORE_START = frozenset({Milestone.PENDING, Milestone.ANNOUNCED, Milestone.UNKNOWN, Milestone.EXPIRED})
_TRANSPORT = frozenset(
    {
        Milestone.PICKED_UP,
        Milestone.IN_TRANSIT,
        Milestone.CUSTOMS,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.AVAILABLE,
    }
)
_MOVES = _TRANSPORT | {Milestone.ATTEMPT_FAILED, Milestone.DELIVERED, Milestone.RETURNING, Milestone.RETURNED}
_ENDS_FAILURE = frozenset({Milestone.OUT_FOR_DELIVERY, Milestone.AVAILABLE, Milestone.DELIVERED, Milestone.RETURNING})
_FAILURES = frozenset({Detail.ABSENT, Detail.REFUSED, Detail.BAD_ADDRESS})
_HANDLED = frozenset({Detail.DAMAGED, Detail.REPACKED, Detail.LOST, Detail.DISPOSED})
_LOSSES = frozenset({Detail.LOST, Detail.DISPOSED})


class Parcel(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What is known of a parcel now. Times are of the events, not of their reception.

    `active`: something more may happen or is waited for. `heard_at`, `heard_scan`: the latest sign of life.
    `started`: a courier has it, or had. `over_at`: when it was delivered, returned or cancelled. `promised_at` is the
    promise in force: the shop's, else the carrier's latest, which is `eta_at`. `seen` holds 8-byte scan ids in order
    of the events, after those that were left out as withdrawn or withdrawing; `gone` the ids of the withdrawn ones,
    come or not. `trail` holds the stops of this journey, signs of life only; `stood_at` is when it came to the last of
    them: a hub that scans a parcel again and again does not move it. `tail_rank`, `tail_id` order the last scan (its
    time is `last_scan_at`). `registration` and `reports` are kept without sealed fields.

    `started_at` is when a courier first had it. `course` is what this journey has shown so far.
    """

    parcel_id: str
    carrier: str
    waybill: str
    registration: Registration | None = None
    reports: tuple[Report, ...] = ()
    milestone: Milestone = Milestone.PENDING
    active: bool = True
    first_scan_at: datetime | None = None
    last_scan_at: datetime | None = None
    promised_at: datetime | None = None
    place: str | None = None
    facility: str | None = None
    service: str | None = None
    scan_service: str | None = None
    eta_at: datetime | None = None
    heard_at: datetime | None = None
    heard_scan: str | None = None
    started: bool = False
    journey: int = 1
    over_at: datetime | None = None
    over_scan: str | None = None
    failed: Fact | None = None
    attempts: int = 0
    tries: tuple[Fact, ...] = ()
    attempt_at: datetime | None = None
    returning: Fact | None = None
    damage: Fact | None = None
    lost: Fact | None = None
    tail_rank: int = -1
    tail_id: str = ""
    scans: int = 0
    seen: bytes = b""
    gone: bytes = b""
    trail: tuple[Stop, ...] = ()
    stood_at: datetime | None = None
    started_at: datetime | None = None
    repacked: Fact | None = None
    course: Course = START


def key_of(scan: Scan) -> tuple[datetime, int, str]:
    """Give what scans are ordered by: when, how far on the way, id."""
    return scan.happened_at, RANK[scan.milestone], scan.scan_id


def short_id(scan_id: str) -> bytes:
    """Give the 8 bytes by which a scan is remembered."""
    try:
        raw = bytes.fromhex(scan_id)
    except ValueError:
        raw = b""
    return raw if len(raw) == _ID else blake2b(scan_id.encode(), digest_size=_ID).digest()


def has_seen(parcel: Parcel, scan: Scan) -> bool:
    """Say whether the parcel remembers the scan."""
    return _among(parcel.seen, scan)


def _among(ids: bytes, scan: Scan) -> bool:
    wanted = short_id(scan.scan_id)
    at = ids.find(wanted)
    while at % _ID and at >= 0:
        at = ids.find(wanted, at + 1)
    return at >= 0


def rewrites(parcel: Parcel, scans: Iterable[Scan]) -> bool:
    """Say whether a scan withdraws one or may be a withdrawn one, so that only `fold` may take them."""
    gone = parcel.gone
    for scan in scans:
        if scan.retracts is not None or (gone and (len(gone) >= GONE * _ID or _among(gone, scan))):
            return True
    return False


def is_later(parcel: Parcel, scan: Scan) -> bool:
    """Say whether the scan is later than all that the parcel has, so that `step` may take it."""
    last = parcel.last_scan_at
    if last is None:
        return True
    if scan.happened_at != last:
        return scan.happened_at > last
    return (RANK[scan.milestone], scan.scan_id) > (parcel.tail_rank, parcel.tail_id)


def empty(parcel_id: str, carrier: str, waybill: str) -> Parcel:
    """Give a parcel of which nothing is known."""
    return Parcel(parcel_id=parcel_id, carrier=carrier, waybill=waybill)


def _believed(parcel: Parcel, scan: Scan, milestone: Milestone) -> Milestone:
    """Give the milestone at which the parcel stands after the scan."""
    now = parcel.milestone
    if now in OVER:
        if now is Milestone.CANCELLED:
            return milestone if milestone in _MOVES else now
        if milestone is Milestone.RETURNED:
            return milestone
        if now is Milestone.DELIVERED and milestone in (Milestone.RETURNING, Milestone.ATTEMPT_FAILED):
            return milestone
        over_at = parcel.over_at or scan.happened_at
        lag = LAG_DELIVERY if milestone is Milestone.OUT_FOR_DELIVERY else LAG
        if milestone in _TRANSPORT and scan.happened_at - over_at > lag:
            return milestone
        return now
    if now is Milestone.RETURNING:
        if milestone in (Milestone.DELIVERED, Milestone.RETURNED):
            return Milestone.RETURNED
        return milestone if milestone is Milestone.CANCELLED else now
    if milestone is Milestone.PENDING:
        return now
    if milestone is Milestone.UNKNOWN:
        return milestone if now is Milestone.PENDING else now
    if milestone is Milestone.ANNOUNCED:
        return milestone if now in _BEFORE_START else now
    return milestone


def step(parcel: Parcel, scan: Scan) -> Parcel:
    """Add a scan that is later than all before (`is_later`) and `rewrites` nothing; the same as folding everything."""
    at = scan.happened_at
    milestone = scan.milestone
    detail = scan.detail
    if milestone is Milestone.EXCEPTION and detail in _FAILURES:
        milestone = Milestone.ATTEMPT_FAILED
    before = parcel.milestone
    after = _believed(parcel, scan, milestone)
    moved = after is not before
    # Taken back at once: a failed attempt or a return after "delivered", not a new journey.
    anew = moved and before in OVER and after in _TRANSPORT
    sane = at >= _EARLIEST
    alive = sane and milestone not in _SILENT

    failed, attempts, tries, attempt_at = parcel.failed, parcel.attempts, parcel.tries, parcel.attempt_at
    returning, lost, damage, repacked = parcel.returning, parcel.lost, parcel.damage, parcel.repacked
    course = parcel.course
    over_at, over_scan = parcel.over_at, parcel.over_scan
    if anew:
        failed, attempts, tries, attempt_at, returning = None, 0, (), None, None
        course = START
    if moved or milestone is Milestone.ATTEMPT_FAILED or milestone is Milestone.OUT_FOR_DELIVERY:
        if after is Milestone.ATTEMPT_FAILED:
            if attempt_at is None or failed is None or at - attempt_at >= SAME_ATTEMPT:
                attempts += 1
                tries = (*tries, fact_of(scan)) if len(tries) < ATTEMPTS else tries
            failed = failed or fact_of(scan)
            attempt_at = at
        elif after in _ENDS_FAILURE or after in OVER:
            failed = None
    if moved:
        if after in OVER:
            over_at, over_scan = at, scan.scan_id
        elif before in OVER:
            over_at, over_scan = None, None
        if after is Milestone.RETURNING:
            returning = fact_of(scan)
    if detail is Detail.DAMAGED:
        damage = damage or fact_of(scan)
    elif detail is Detail.REPACKED:
        repacked = repacked or fact_of(scan)
    if detail in _LOSSES:
        if lost is None or lost.suspected:
            said = fact_of(scan)
            lost = said if lost is None or not said.suspected else lost
    elif lost is not None and milestone in _MOVES:
        lost = None

    registration = parcel.registration
    eta_at = scan.promised_at or (None if anew else parcel.eta_at)
    scan_service = scan.service or parcel.scan_service
    stays = before in OVER and not moved
    trail, stood_at = parcel.trail, parcel.stood_at
    if alive and not stays:
        stop = stop_of(scan)
        if anew or not trail or not is_same(trail[-1], stop):
            past = () if anew else trail if len(trail) < TRAIL else trail[1:]
            trail, stood_at = (*past, stop), at
        course = run_on(course, scan, milestone, after, stop.stage, parcel.place, parcel.heard_scan)
    # What is damaged or lost was in a courier's hands.
    started = parcel.started or milestone in _MOVES or detail in _HANDLED
    started_at = parcel.started_at
    if anew or (started and not parcel.started):
        started_at = at if sane else None
    journey = parcel.journey + 1 if anew else parcel.journey
    known = parcel.seen if len(parcel.seen) < SEEN * _ID else parcel.seen[_ID:]
    return Parcel(
        parcel_id=parcel.parcel_id,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
        registration=registration,
        reports=parcel.reports,
        milestone=after,
        active=after not in OVER or _awaits(parcel.reports, over_at),
        first_scan_at=parcel.first_scan_at or (at if sane else None),
        last_scan_at=at,
        promised_at=_promise(registration, eta_at, journey, trail),
        place=parcel.place if stays else scan.place or parcel.place,
        facility=parcel.facility if stays else scan.facility or parcel.facility,
        service=(registration.service if registration else None) or scan_service,
        scan_service=scan_service,
        eta_at=eta_at,
        heard_at=at if alive else parcel.heard_at,
        heard_scan=scan.scan_id if alive else parcel.heard_scan,
        started=started,
        journey=journey,
        over_at=over_at,
        over_scan=over_scan,
        failed=failed,
        attempts=attempts,
        tries=tries,
        attempt_at=attempt_at,
        returning=returning,
        damage=damage,
        lost=lost,
        tail_rank=RANK[scan.milestone],
        tail_id=scan.scan_id,
        scans=parcel.scans + 1,
        seen=known + short_id(scan.scan_id),
        gone=parcel.gone,
        trail=trail,
        stood_at=stood_at,
        started_at=started_at,
        repacked=repacked,
        course=course,
    )


def _promise(
    registration: Registration | None, eta_at: datetime | None, journey: int, trail: tuple[Stop, ...]
) -> datetime | None:
    """Give the promise in force. What a shop promised of the way out does not hold for a journey after it."""
    shops = registration.promised_at if registration is not None else None
    if registration is not None and journey > 1 and trail and registration.at.timestamp() < trail[0].at:
        shops = None
    return shops or eta_at


def ready_at(parcel: Parcel) -> int | None:
    """Give when a parcel first lay ready for collection on this journey, in seconds since 1970."""
    for stop in parcel.trail:
        if stop.stage == _AVAILABLE:
            return stop.at
    return None


def _awaits(reports: tuple[Report, ...], over_at: datetime | None) -> bool:
    """Say whether a consumer says "not received" and no later delivery or return answers it."""
    for report in reports:
        if report.kind is ReportKind.NOT_RECEIVED and (over_at is None or report.at >= over_at):
            return True
    return False


_encode = msgspec.json.Encoder(order="deterministic").encode


def with_registration(parcel: Parcel, registration: Registration | None) -> Parcel:
    """Take over a registration unless the parcel's own is later (`at`; equal ones are decided by their bytes)."""
    if registration is None:
        return parcel
    bare = msgspec.structs.replace(registration, contact=None)
    own = parcel.registration
    if own is not None and (own.at, _encode(own)) >= (bare.at, _encode(bare)):
        return parcel
    return msgspec.structs.replace(
        parcel,
        registration=bare,
        promised_at=_promise(bare, parcel.eta_at, parcel.journey, parcel.trail),
        service=bare.service or parcel.scan_service,
    )


def with_reports(parcel: Parcel, reports: Iterable[Report]) -> Parcel:
    """Add consumer's reports; the latest `REPORTS` are kept, without their notes."""
    known = {report.report_id: report for report in parcel.reports}
    for report in reports:
        bare = msgspec.structs.replace(report, note=None) if report.note is not None else report
        other = known.get(report.report_id)
        if other is None or (bare.at, bare.kind) < (other.at, other.kind):
            known[report.report_id] = bare
    kept = tuple(sorted(known.values(), key=lambda report: (report.at, report.report_id))[-REPORTS:])
    if kept == parcel.reports:
        return parcel
    active = parcel.milestone not in OVER or _awaits(kept, parcel.over_at)
    return msgspec.structs.replace(parcel, reports=kept, active=active)
