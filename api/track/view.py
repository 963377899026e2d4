"""What the page says: from the stored facts to finished texts, ready for the template.

Invariant: pure; the same facts, language and moment give the same page. Every text comes from the catalogue except the
carrier's own words and what staff wrote for the consumer. May import: core, store.track, api.track.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from api.track.model import CaseCard, Entry, MessageCard, Offer, Page, Silence, Step
from api.track.times import Times, zone_name, zone_of
from api.track.wording import Words
from core.case import CaseKind, CaseState, Clock, ClockState, WaitingOn
from core.event import ReportKind
from core.finding import Kind
from core.scan import Milestone, Scan
from store.track import Message, ReportRow, Tracked, TrackedCase, Trouble

SHOWN_SCANS = 40
_FOLD_AFTER = 6
_RECENT = timedelta(days=14)
"""A case that was solved longer ago than this is no news."""

_OVER = {Milestone.DELIVERED, Milestone.RETURNED, Milestone.CANCELLED}
_LOST = {Kind.LOSS_REPORTED, Kind.LOSS_SUSPECTED, Kind.THOROUGHLY_DELAYED}
_CAN_BE_MISSING = {Milestone.DELIVERED, Milestone.AVAILABLE, Milestone.EXPIRED}
_CANNOT_BE_BROKEN = {Milestone.PENDING, Milestone.ANNOUNCED, Milestone.CANCELLED}
_AFTER_DELIVERY = {Kind.DAMAGE_REPORTED, Kind.FALSE_SIGNATURE, Kind.NOT_RECEIVED}
STAFF_ONLY = {Kind.WEIGHT_FELL, Kind.REPACKED, Kind.LEFT_BEHIND, Kind.CLAIM_CLOSING}
"""What policy sends no message of: the control room looks into it first."""

CASE_OF_REPORT = {ReportKind.DAMAGED: CaseKind.DAMAGE, ReportKind.NOT_RECEIVED: CaseKind.DELIVERY}

_STEPS = (
    Milestone.ANNOUNCED,
    Milestone.PICKED_UP,
    Milestone.IN_TRANSIT,
    Milestone.OUT_FOR_DELIVERY,
    Milestone.DELIVERED,
)
_RETURN_STEPS = (
    Milestone.ANNOUNCED,
    Milestone.PICKED_UP,
    Milestone.IN_TRANSIT,
    Milestone.RETURNING,
    Milestone.RETURNED,
)
_REACHED = {
    Milestone.PENDING: -1,
    Milestone.ANNOUNCED: 0,
    Milestone.PICKED_UP: 1,
    Milestone.IN_TRANSIT: 2,
    Milestone.CUSTOMS: 2,
    Milestone.OUT_FOR_DELIVERY: 3,
    Milestone.AVAILABLE: 3,
    Milestone.ATTEMPT_FAILED: 3,
    Milestone.DELIVERED: 4,
    Milestone.RETURNING: 3,
    Milestone.RETURNED: 4,
}


def offered(tracked: Tracked) -> tuple[ReportKind, ...]:
    """Give what the consumer can report now: not what is being worked on already, and only what can be true."""
    milestone = Milestone(tracked.milestone)
    busy = {CaseKind(case.kind) for case in tracked.cases if _is_open(case)}
    pending = {ReportKind(report.kind) for report in tracked.reports if not report.handled}
    possible = {
        ReportKind.DAMAGED: milestone not in _CANNOT_BE_BROKEN,
        ReportKind.NOT_RECEIVED: milestone in _CAN_BE_MISSING,
    }
    return tuple(
        kind for kind, can in possible.items() if can and kind not in pending and CASE_OF_REPORT[kind] not in busy
    )


def page_zone(tracked: Tracked) -> int | None:
    """Give the offset of the newest scan that knows its zone: where the parcel is."""
    return next((scan.offset_s for scan in tracked.scans if scan.offset_s is not None), None)


def build(
    tracked: Tracked,
    carrier: str,
    words: Words,
    now: datetime,
    answer_within: timedelta,
    sent: ReportKind | None = None,
    done: str | None = None,
) -> Page:
    """Give the page.

    `carrier` is its name for people, `answer_within` the promised time to a first answer, `sent` what has just been
    reported, `done` whether messages have just been stopped or resumed.
    """
    times = Times(words, zone_of(page_zone(tracked)), now)
    trouble = _main_trouble(tracked)
    scans = tracked.scans[:SHOWN_SCANS]
    entries = tuple(_entry(scan, words, times) for scan in scans)
    confirmation = _confirmation(tracked, words, times, answer_within, sent)
    date_label, date, date_was, date_why = _dates(tracked, trouble, words, times, now)
    milestone = Milestone(tracked.milestone)
    return Page(
        title=words("page.title_sent" if confirmation else "page.title", waybill=tracked.waybill),
        tone=_tone(milestone, trouble),
        status=words(f"trouble.{trouble.kind}" if trouble else f"milestone.{milestone}"),
        headline=words(f"trouble_headline.{trouble.kind}" if trouble else f"headline.{milestone}"),
        story=words(f"trouble_story.{trouble.kind}" if trouble else f"story.{milestone}"),
        facts=_facts(tracked, trouble, carrier, words, times, now),
        date_label=date_label,
        date=date,
        date_was=date_was,
        date_why=date_why,
        steps=_steps(tracked, words),
        entries=entries[:_FOLD_AFTER],
        earlier=entries[_FOLD_AFTER:],
        not_shown=max(0, len(tracked.scans) - SHOWN_SCANS),
        cases=_cases(tracked, words, times, now, answer_within),
        messages=tuple(_message(message, words, times) for message in tracked.messages),
        offers=tuple(
            Offer(kind, words(f"report.{kind}"), words(f"report.note_{kind}"), words(f"report.send_{kind}"))
            for kind in offered(tracked)
        ),
        confirmation=confirmation,
        done=_done(tracked, words, done),
        silence=silence(tracked, words, times) if tracked.mailed else None,
        details=_details(tracked, carrier, words),
        zone_note=words("page.zone_note", zone=zone_name(times.zone)),
        updated=words("page.updated", time=times.moment(now)),
    )


def _main_trouble(tracked: Tracked) -> Trouble | None:
    """Give what to speak of first.

    A parcel that has arrived is only troubled by damage or by not being there, and that until its case is solved.
    """
    over = Milestone(tracked.milestone) in _OVER
    known = {kind.value for kind in Kind} - STAFF_ONLY
    solved = {case.case_id for case in tracked.cases if not _is_open(case)}
    for trouble in tracked.troubles:
        if trouble.kind in known and (not over or (trouble.kind in _AFTER_DELIVERY and trouble.case_id not in solved)):
            return trouble
    return None


def _tone(milestone: Milestone, trouble: Trouble | None) -> str:
    if trouble:
        return "bad" if trouble.severity >= 3 else "care"
    if milestone in (Milestone.ATTEMPT_FAILED, Milestone.EXCEPTION, Milestone.EXPIRED, Milestone.RETURNING):
        return "care"
    return "good" if milestone is Milestone.DELIVERED else "calm"


def _facts(
    tracked: Tracked, trouble: Trouble | None, carrier: str, words: Words, times: Times, now: datetime
) -> tuple[str, ...]:
    milestone = Milestone(tracked.milestone)
    facts: list[str] = []
    last = tracked.scans[0] if tracked.scans else None
    if trouble and trouble.kind in (Kind.STALLED, Kind.LOSS_SUSPECTED, Kind.LATE, Kind.NOT_PICKED_UP):
        if last:
            silence = (now - last.happened_at).total_seconds()
            if trouble.kind in (Kind.STALLED, Kind.LOSS_SUSPECTED) and silence > 0:
                facts.append(words("fact.silence", duration=times.duration(silence)))
                if trouble.evidence.limit_s and trouble.kind == Kind.STALLED:
                    facts.append(words("fact.usual", duration=times.duration(trouble.evidence.limit_s)))
            at = times.moment(last.happened_at, zone_of(last.offset_s) if last.offset_s is not None else None)
            place = last.place or last.facility
            facts.append(words("fact.last", place=place, time=at) if place else words("fact.last_time", time=at))
    elif trouble and trouble.kind == Kind.JAMMED and trouble.evidence.facility:
        start, end = trouble.evidence.facility, trouble.evidence.facility_to
        facts.append(words("fact.jam_lane", start=start, end=end) if end else words("fact.jam", place=start))
    elif trouble and trouble.kind == Kind.REPEATED_ATTEMPTS and trouble.evidence.measured:
        facts.append(words("fact.attempts", n=trouble.evidence.measured))
    if tracked.feed and tracked.feed_since and milestone not in _OVER:
        facts.append(words(f"fact.{tracked.feed}", carrier=carrier, time=times.moment(tracked.feed_since)))
    if milestone is Milestone.DELIVERED:
        signer = next((scan.signer for scan in tracked.scans if scan.milestone is milestone and scan.signer), None)
        if signer:
            facts.append(words(f"fact.signer_{signer}"))
    return tuple(facts)


def _dates(
    tracked: Tracked, trouble: Trouble | None, words: Words, times: Times, now: datetime
) -> tuple[str | None, str | None, str | None, str | None]:
    """Give label, date, the date it was, and why it moved."""
    milestone = Milestone(tracked.milestone)
    if milestone is Milestone.DELIVERED:
        at = next((scan.happened_at for scan in tracked.scans if scan.milestone is milestone), tracked.last_scan_at)
        return (words("date.delivered"), times.moment(at), None, None) if at else (None, None, None, None)
    gone = milestone in _OVER or milestone is Milestone.RETURNING or (trouble and trouble.kind in _LOST)
    promised, expected = tracked.promised_at, tracked.expected_at
    if gone:
        was = words("date.was", date=times.date(promised)) if promised and trouble else None
        return None, None, was, None
    if expected and expected > now:
        moved = promised and expected.astimezone(times.zone).date() > promised.astimezone(times.zone).date()
        if moved and promised:
            why = words.get("why", trouble.kind if trouble else "other", "other")
            was = words("date.was", date=times.date(promised))
            return words("date.moved"), times.near_date(expected), was, why
        return words("date.expected"), times.near_date(expected), None, None
    if promised and promised > now:
        return words("date.promised"), times.near_date(promised), None, None
    if promised:
        return None, None, words("date.was", date=times.date(promised)), words("date.passed")
    return None, None, None, None


def _steps(tracked: Tracked, words: Words) -> tuple[Step, ...]:
    milestone = Milestone(tracked.milestone)
    going_back = milestone in (Milestone.RETURNING, Milestone.RETURNED)
    if milestone is Milestone.CANCELLED:
        return ()
    names: list[Milestone] = list(_RETURN_STEPS if going_back else _STEPS)
    if milestone is Milestone.AVAILABLE:
        names[3] = Milestone.AVAILABLE
    # A milestone that is no step (an exception, an unread code) leaves the parcel at the furthest step seen.
    seen = [_REACHED.get(scan.milestone, -1) for scan in tracked.scans]
    reached = _REACHED.get(milestone, max([0, *seen]))
    last = reached == len(names) - 1

    def state(place: int) -> str:
        if place < reached or (place == reached and last):
            return "done"
        return "now" if place == reached else "todo"

    return tuple(
        Step(words(f"step.{name}"), state(place), words(f"page.step_{state(place)}"))
        for place, name in enumerate(names)
    )


def _entry(scan: Scan, words: Words, times: Times) -> Entry:
    zone = zone_of(scan.offset_s) if scan.offset_s is not None else times.zone
    name = words(f"detail.{scan.detail}") if scan.detail else words(f"milestone.{scan.milestone}")
    place = scan.place or scan.facility
    text = (scan.text or "").strip() or None
    bad = scan.milestone in (Milestone.EXCEPTION, Milestone.ATTEMPT_FAILED)
    return Entry(
        date=times.day(scan.happened_at, zone),
        time=times.clock(scan.happened_at, zone),
        iso=scan.happened_at.astimezone(zone).isoformat(),
        name=name,
        place=place,
        words=text if text not in (name, place) else None,
        words_language="zh" if text and any("一" <= char <= "鿿" for char in text) else None,
        tone="care" if bad else "good" if scan.milestone is Milestone.DELIVERED else "calm",
    )


def _is_open(case: TrackedCase) -> bool:
    return case.state not in (CaseState.RESOLVED, CaseState.CLOSED)


def _cases(
    tracked: Tracked, words: Words, times: Times, now: datetime, answer_within: timedelta
) -> tuple[CaseCard, ...]:
    shown = [case for case in tracked.cases if _is_open(case) or now - (case.resolved_at or case.opened_at) < _RECENT]
    return (
        *(_filing(report, words, times, answer_within) for report in _unfiled(tracked)),
        *(_case(case, words, times) for case in shown),
    )


def _unfiled(tracked: Tracked) -> list[ReportRow]:
    """Give the reports that are in the log and have no case yet, one a kind."""
    busy = {case.kind for case in tracked.cases if _is_open(case)}
    unfiled: dict[str, ReportRow] = {}
    for report in tracked.reports:
        if not report.handled and CASE_OF_REPORT[ReportKind(report.kind)] not in busy:
            unfiled.setdefault(report.kind, report)
    return list(unfiled.values())


def _filing(report: ReportRow, words: Words, times: Times, answer_within: timedelta) -> CaseCard:
    kind = CASE_OF_REPORT[ReportKind(report.kind)]
    return CaseCard(
        name=words(f"case_kind.{kind}"),
        state=words("report.filing"),
        story=words("report.filing_story", time=times.moment(report.at)),
        said=None,
        lines=(words("clock.answer_by", time=times.moment(report.at + answer_within)),),
        tone="work",
    )


def _case(case: TrackedCase, words: Words, times: Times) -> CaseCard:
    state = case.state
    if state == CaseState.WAITING:
        state = f"waiting_{case.waiting_on or WaitingOn.CARRIER}"
    elif state == CaseState.OPEN and case.noticed:
        state = "noticed"
    lines = [words("clock.opened", time=times.moment(case.opened_at))]
    clocks = {clock.clock: clock for clock in case.clocks}
    answer, resolve = clocks.get(Clock.FIRST_ANSWER), clocks.get(Clock.RESOLVE)
    if answer:
        if answer.met_at:
            lines.append(words("clock.answered", time=times.moment(answer.met_at)))
        elif answer.state == ClockState.BREACHED and _is_open(case):
            lines.append(words("clock.answer_late", time=times.moment(answer.due_at)))
        elif answer.state == ClockState.RUNNING and _is_open(case):
            lines.append(words("clock.answer_by", time=times.moment(answer.due_at)))
    if not _is_open(case):
        if case.resolved_at:
            lines.append(words("clock.resolved", time=times.moment(case.resolved_at)))
    elif resolve:
        if resolve.state == ClockState.PAUSED:
            lines.append(words("clock.resolve_paused"))
        elif resolve.state == ClockState.BREACHED:
            lines.append(words("clock.resolve_late", time=times.moment(resolve.due_at)))
        elif resolve.state == ClockState.RUNNING:
            lines.append(words("clock.resolve_by", time=times.moment(resolve.due_at)))
    tone = "work" if _is_open(case) else "done"
    return CaseCard(
        name=words(f"case_kind.{case.kind}"),
        state=words(f"case_state.{state}"),
        story=words("case_story.asked" if case.ask and _is_open(case) else f"case_story.{state}"),
        said=case.ask if _is_open(case) else case.resolution,
        lines=tuple(lines),
        tone="wait" if state == "waiting_consumer" else tone,
    )


def _confirmation(
    tracked: Tracked, words: Words, times: Times, answer_within: timedelta, sent: ReportKind | None
) -> str | None:
    """Give the thanks after a report, only when there is such a report: a link with `?sent=` alone promises nothing."""
    report = next((report for report in tracked.reports if report.kind == sent), None)
    if sent is None or report is None:
        return None
    answer_by = report.at + answer_within
    for case in tracked.cases:
        if case.kind == CASE_OF_REPORT[sent] and _is_open(case):
            clock = next((clock for clock in case.clocks if clock.clock == Clock.FIRST_ANSWER), None)
            if clock is None or clock.met_at or clock.due_at < report.at:
                return words("report.already")
            answer_by = clock.due_at
    return words(f"report.sent_{sent}", time=times.moment(report.at), answer=times.moment(answer_by))


def silence(tracked: Tracked, words: Words, times: Times) -> Silence:
    """Give what is said of the messages about a parcel, and the button that changes it."""
    if tracked.stopped_at is None:
        return Silence("stop", words("stop.running"), words("stop.answers"), words("stop.stop"))
    story = words("stop.stopped", time=times.moment(tracked.stopped_at))
    return Silence("resume", story, words("stop.answers"), words("stop.resume"))


def _done(tracked: Tracked, words: Words, done: str | None) -> str | None:
    """Confirm a change of messages, only while it is so: a bookmark of the confirmation promises nothing."""
    if done == "stopped" and tracked.stopped_at is not None:
        return words("stop.done_stopped")
    return words("stop.done_resumed") if done == "resumed" and tracked.stopped_at is None else None


def _message(message: Message, words: Words, times: Times) -> MessageCard:
    return MessageCard(
        channel=words.get("messages", message.channel, "other"),
        at=times.moment(message.sent_at) if message.sent_at else "",
        language=message.language,
        subject=message.subject or words("messages.other"),
        body=(message.body or "").strip(),
    )


def _service(slug: str | None, words: Words) -> str | None:
    """Give a service's name; one that is not known keeps the name that the shop gave it."""
    return words.find("service", re.sub(r"[\s-]+", "_", slug.strip().lower())) or slug if slug else None


def _details(tracked: Tracked, carrier: str, words: Words) -> tuple[tuple[str, str], ...]:
    facts: Sequence[tuple[str, str | None]] = (
        ("carrier", carrier),
        ("waybill", tracked.waybill),
        ("service", _service(tracked.service, words)),
        ("sender", tracked.shop_name),
        ("order", tracked.order_ref),
    )
    return tuple((words(f"page.{name}"), value) for name, value in facts if value)
