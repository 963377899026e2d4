"""The one entry by which parcels are watched: events and time in, the new state and its effects out.

The fast path takes scans that are later than all before; a late scan, one that withdraws another, or scans read anew
ask for the parcel's history and fold it again.
What was wrong long before we first heard of a parcel is not raised: a shop that registers a year of old parcels, or a
carrier that sends an old history, would else raise a storm of what is over (`time.backlog`). What is over already (a
stall that ended, a failed attempt before the delivery) is never found, because only what holds now is.

Invariant: pure; the same calls give the same bytes; a scan seen before never comes out again.
May import: the standard library, msgspec, everything in core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from core.baseline.lessons import Lesson, odds_lessons
from core.baseline.odds import Odds
from core.diagnose import SUPERSEDED_BY, diagnose
from core.diagnose.look import is_learned
from core.effect import Effect, ExceptionOpened, ExceptionRecord, ExceptionState, NoticeWanted, mark_of
from core.event import Event, Meant, Registered, Registration, Report, Reported, Reread, Scanned
from core.fate import ARRIVED
from core.finding import Diagnosis, Kind
from core.fold import fold, standing, unique
from core.follow import cases_of, tell, tell_promise, weigh
from core.incident.pulse import Beat
from core.network import NOTHING, Network
from core.parcel import Parcel, empty, has_seen, is_later, rewrites, step, with_registration, with_reports
from core.policy import Policy
from core.promise import expect
from core.reconcile import reconcile
from core.scan import Scan
from core.score import UNJUDGED, Score, score
from core.teach import given, settled, step_and_teach, with_feed

_LATE = "a late scan shows that it never was"
_ANEW = "a scan was read anew"


class Watched(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a parcel between two events.

    `known_at`: when we first heard of it. `told_at`: the delivery moment that people were last told (a promise or in a
    message), against which a change of promise is measured. `past`: what began before is not raised any more, because
    it was understood only when the parcel had long been over. `expected_by`: nine in ten such parcels are there by
    then. `odds`: the chances (percent, one byte each) that were given for missing the promise in force, `odds_for` that
    promise; they are judged when it passes or the parcel is delivered. `chances`: those that a scan was given, as they
    were told.
    """

    parcel: Parcel
    exceptions: tuple[ExceptionRecord, ...]
    due_at: datetime | None
    expected_at: datetime | None
    known_at: datetime | None = None
    told_at: datetime | None = None
    past: datetime | None = None
    expected_by: datetime | None = None
    odds: bytes = b""
    odds_for: datetime | None = None
    chances: bytes = b""


class Advance(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an advance. `registration` is set, sealed contact included, when another one came into force.

    `reread`: stored scans that mean something else now. `lessons`: what the parcel teaches about the network; `beats`:
    what it adds to the counters by which incidents are found. `odds`: how it stands against its promise by the scan
    that came. `score`: what the product learns of its own work. `chances`: what was told, percent each, of a promise
    that is now known to be `missed` or kept.
    """

    watched: Watched
    new_scans: tuple[Scan, ...] = ()
    reread: tuple[Scan, ...] = ()
    new_reports: tuple[Report, ...] = ()
    effects: tuple[Effect, ...] = ()
    registration: Registration | None = None
    lessons: tuple[Lesson, ...] = ()
    odds: Odds | None = None
    beats: tuple[Beat, ...] = ()
    score: Score = UNJUDGED
    chances: bytes = b""
    missed: bool = False


class NeedsHistory(msgspec.Struct, frozen=True):
    """A scan that changes what lies behind: call again with all stored scans of the parcel."""

    reason: str


VERSION = b"\x03"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Watched)


def encode_watched(watched: Watched) -> bytes:
    """Encode for `parcel.state`; the first byte is the version."""
    return VERSION + _encoder.encode(watched)


def decode_watched(raw: bytes) -> Watched:
    """Decode what `encode_watched` made. Raises `msgspec.DecodeError` when it is none or of another version."""
    if raw[:1] != VERSION:
        raise msgspec.DecodeError(f"parcel state of version {raw[:1].hex() or 'none'}, wanted {VERSION.hex()}")
    try:
        return _decoder.decode(memoryview(raw)[1:])
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(f"{type(error).__name__} in a parcel state") from error


def _scans_of(events: Sequence[Event], policy: Policy) -> list[Scan]:
    """Give the scans of the events; one that claims to be of the future gets the time of its reception."""
    scans: list[Scan] = []
    for event in events:
        if isinstance(event, Scanned):
            latest = event.received_at + policy.future_tolerance
            for scan in event.scans:
                if scan.happened_at > latest:
                    scan = msgspec.structs.replace(scan, happened_at=event.received_at, claimed_at=scan.happened_at)
                scans.append(scan)
    return scans


def _heard(events: Sequence[Event]) -> dict[str, int]:
    """Give when each scan was heard first, seconds since 1970: a worker that catches up takes many events at once."""
    heard: dict[str, int] = {}
    for event in events:
        if isinstance(event, Scanned):
            heard_s = int(event.received_at.timestamp())
            for scan in event.scans:
                heard.setdefault(scan.scan_id, heard_s)
    return heard


def _unknown(parcel_id: str) -> Parcel:
    """Give the parcel of an id before anything is known of it.

    The id names carrier and waybill, whatever comes first.
    """
    carrier, _, waybill = parcel_id.partition(":")
    return empty(parcel_id, carrier, waybill)


def advance(
    parcel_id: str,
    watched: Watched | None,
    events: Sequence[Event],
    now: datetime,
    policy: Policy,
    history: Sequence[Scan] | None = None,
    network: Network = NOTHING,
) -> Advance | NeedsHistory:
    """Take events (none when only time has passed) and say what follows at `now`.

    `history`: all stored scans of the parcel, needed only after `NeedsHistory`. `network`: what is known of all the
    others.
    """
    came = _scans_of(events, policy)
    if watched is None:
        parcel = before = _unknown(parcel_id)
        records: tuple[ExceptionRecord, ...] = ()
        known_at, told_at, past = now, None, None
    else:
        parcel = before = watched.parcel
        records = watched.exceptions
        known_at, told_at, past = watched.known_at or now, watched.told_at, watched.past

    registration: Registration | None = None
    reports: list[Report] = []
    meant: dict[str, Meant] = {}
    for event in events:
        if isinstance(event, Registered):
            parcel = with_registration(taken := parcel, event.registration)
            if parcel is not taken:
                registration = event.registration
        elif isinstance(event, Reported):
            reports.append(event.report)
        elif isinstance(event, Reread):
            meant.update((each.scan_id, each) for each in event.scans)
    new_reports: tuple[Report, ...] = ()
    if reports:
        known_reports = {report.report_id for report in before.reports}
        fresh = {report.report_id: report for report in reversed(reports) if report.report_id not in known_reports}
        new_reports = tuple(fresh.values())[::-1]
        parcel = with_reports(parcel, new_reports)

    new: list[Scan] = []
    if came:
        new = [scan for scan in unique(came) if not has_seen(before, scan)] if len(came) > 1 else came
        if len(came) == 1 and has_seen(before, came[0]):
            new = []
    if history is not None:
        stored = {scan.scan_id for scan in history}
        new = [scan for scan in new if scan.scan_id not in stored]
    lessons: list[Lesson] = []
    beats: list[Beat] = []
    heard = _heard(events)
    refold = bool(meant) or (bool(new) and (not is_later(before, new[0]) or rewrites(before, new)))
    if refold and history is None:
        return NeedsHistory("a scan came that is not the latest, or withdraws another, or scans are read anew")
    reread: tuple[Scan, ...] = ()
    scans: tuple[Scan, ...] = ()
    if refold and history is not None:
        new = _read_anew(new, meant)
        anew = _read_anew(history, meant)
        reread = tuple(scan for scan, other in zip(anew, history, strict=True) if scan != other)
        scans = (*anew, *new)
        parcel = fold(parcel_id, parcel.carrier, parcel.waybill, scans, parcel.registration, parcel.reports)
    elif new:
        parcel, lessons, beats = step_and_teach(parcel, new, heard, network)
    if new:
        beats = with_feed(beats, parcel.carrier, new, heard, joins=not before.scans)

    diagnosis = diagnose(parcel, now, policy, network, records)
    long_over = bool(reread) and not parcel.active and (parcel.over_at or now) < now - policy.backlog
    if long_over:
        past = now - policy.backlog
    if diagnosis.findings:
        diagnosis = _without_backlog(diagnosis, parcel, known_at, policy)
        if past is not None:
            diagnosis = _without_past(diagnosis, records, past)
    effects: list[Effect] = []
    expected_at, expected_by = expect(parcel, now, policy, diagnosis.odds)
    for finding in diagnosis.findings:
        if finding.kind is Kind.JAMMED and finding.evidence.expected_at is not None:
            expected_at = max(expected_at or finding.evidence.expected_at, finding.evidence.expected_at)
    if diagnosis.findings or records:
        held = _judge(before, parcel, new, history if refold else None, scans, policy, network)
        why = f"scanned: {parcel.milestone.value}" if new else _ANEW if reread else "no longer holds"
        why_never = _ANEW if reread else _LATE
        changes = reconcile(parcel_id, records, diagnosis, now, held, why, parcel.last_scan_at, why_never)
        effects.extend(changes.effects)
        cases = cases_of(parcel, changes.effects, now, policy)
        effects.extend(cases)
        records = changes.records
        if registration is not None:
            effects.extend(weigh(parcel, before.registration, records, cases, now, policy))
        if parcel.registration is not None and not long_over:
            joined = before.registration is None
            scanned = bool(new or reread)
            records, notice = tell(parcel, changes, diagnosis, joined, scanned, expected_at, told_at, now, policy)
            if notice is not None:
                effects.append(notice)
                told_at = expected_at or told_at
    if parcel.registration is not None and (new or registration is not None):
        told_at, moved = tell_promise(before, parcel, told_at, now, policy)
        if moved is not None and not (effects and isinstance(effects[-1], NoticeWanted)):
            effects.append(moved)
    odds, odds_for = (watched.odds, watched.odds_for) if watched is not None else (b"", None)
    chances = watched.chances if watched is not None else b""
    proven = b""
    missed = settled(odds, odds_for, parcel, now)
    if missed is not None:
        lessons.extend(odds_lessons(parcel.carrier, odds, missed))
        proven, odds, chances = chances, b"", b""
    else:
        said = diagnosis.odds if new or (effects and _warned(effects)) else None
        odds = given(odds, odds_for, parcel, said.raw if said is not None else None)
        chances = given(chances, odds_for, parcel, said.chance if said is not None and new else None)
    arrived = parcel.milestone in ARRIVED and before.milestone is not parcel.milestone
    verdicts = UNJUDGED
    due_at = diagnosis.due_at
    if records or arrived or refold or new_reports:
        verdicts = score(before, parcel, records, effects, new_reports, refold, now, policy)
        records = verdicts.records
        if verdicts.due_at is not None and verdicts.due_at > now and (due_at is None or verdicts.due_at < due_at):
            due_at = verdicts.due_at
    return Advance(
        watched=Watched(
            parcel,
            records,
            due_at,
            expected_at,
            known_at,
            told_at,
            past,
            expected_by,
            odds,
            parcel.promised_at if odds else None,
            chances,
        ),
        new_scans=tuple(new),
        reread=reread,
        new_reports=new_reports,
        effects=tuple(effects),
        registration=registration,
        lessons=tuple(lessons),
        odds=diagnosis.odds if new else None,
        beats=tuple(beats),
        score=verdicts,
        chances=proven,
        missed=bool(missed),
    )


def _warned(effects: Sequence[Effect]) -> bool:
    """Say whether a parcel was called likely late just now."""
    return any(isinstance(e, ExceptionOpened) and e.record.kind is Kind.PREDICTED_LATE for e in effects)


def _without_backlog(diagnosis: Diagnosis, parcel: Parcel, known_at: datetime, policy: Policy) -> Diagnosis:
    """Leave out what began long before we first heard of a parcel that had been silent as long.

    The rule looks at nothing but the parcel, so it is the same for any order of arrival.
    """
    horizon = known_at - policy.backlog
    if parcel.heard_at is not None and parcel.heard_at >= horizon:
        return diagnosis
    findings = tuple(finding for finding in diagnosis.findings if finding.since >= horizon)
    return msgspec.structs.replace(diagnosis, findings=findings)


def _without_past(diagnosis: Diagnosis, records: Sequence[ExceptionRecord], past: datetime) -> Diagnosis:
    """Leave out what began before `past`, but for what is open already."""
    known = {record.kind for record in records if record.state is ExceptionState.OPEN}
    findings = tuple(finding for finding in diagnosis.findings if finding.since >= past or finding.kind in known)
    return msgspec.structs.replace(diagnosis, findings=findings)


def _read_anew(scans: Sequence[Scan], meant: Mapping[str, Meant]) -> list[Scan]:
    """Give the scans as they are read now."""
    return [meant[scan.scan_id].of(scan) if scan.scan_id in meant else scan for scan in scans]


def _first_change(was: Sequence[Scan], stand: Sequence[Scan]) -> datetime | None:
    """Give when the first scan happened in which two histories differ."""
    before, after = ({scan.scan_id: scan for scan in scans} for scans in (was, stand))
    return min(
        (scan.happened_at for scan in (*was, *stand) if before.get(scan.scan_id) != after.get(scan.scan_id)),
        default=None,
    )


def _judge(
    before: Parcel,
    after: Parcel,
    new: Sequence[Scan],
    history: Sequence[Scan] | None,
    scans: Sequence[Scan],
    policy: Policy,
    network: Network,
) -> Callable[[ExceptionRecord], bool]:
    """Give the judgement whether a record holds at its opening, on every scan known by now that had happened by then.

    Without a change from before the opening nothing about that moment has changed. `history` is what was stored and
    `scans` what is to be, new ones included; without them the new scans are later than all before, so that `before` is
    all that had happened until the first of them.
    """
    stand: list[Scan] = []
    earliest = new[0].happened_at if new else None
    if history is not None:
        stand = standing(scans)
        earliest = _first_change(standing(history), stand)

    def held(record: ExceptionRecord) -> bool:
        at = record.horizon
        if earliest is None or earliest > at:
            return True
        if history is not None:
            then = fold(
                before.parcel_id,
                before.carrier,
                before.waybill,
                (scan for scan in stand if scan.happened_at <= at),
                None,
                (),
            )
        else:
            then = msgspec.structs.replace(before, registration=None, reports=(), promised_at=before.eta_at)
            for scan in new:
                if scan.happened_at <= at:
                    then = step(then, scan)
        then = with_reports(
            with_registration(then, after.registration), (report for report in after.reports if report.at <= at)
        )
        registration = after.registration
        if record.kind is Kind.LATE and registration is not None and registration.at > at:
            # The promise of then is gone; the record began when it passed.
            late = policy.rules_for(then.carrier, then.service, registration.shop).late
            then = msgspec.structs.replace(then, promised_at=record.since - late.delta if late else None)
        if is_learned(record) and then.heard_scan is not None and record.mark == mark_of((then.heard_scan,)):
            # The same silence as then: what was learned since does not make it another one.
            return True
        found = diagnose(then, record.opened_at, policy, network, (record,)).findings
        kinds = {finding.kind for finding in found}
        return record.kind in kinds or bool(kinds & SUPERSEDED_BY.get(record.kind, frozenset()))

    return held
