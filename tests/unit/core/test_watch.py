from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from core_build import (
    CARRIER,
    MONDAY,
    PARCEL,
    POLICY,
    WAYBILL,
    M,
    Watcher,
    histories,
    hour,
    registration,
    registrations,
    report,
    reports,
    reread,
    unread,
)
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st

from core.diagnose import SUPERSEDED_BY, diagnose
from core.effect import (
    CaseWanted,
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRetracted,
    ExceptionState,
    ExceptionUpdated,
    NoticeWanted,
)
from core.event import Contact, Event, Registered, Registration, Report, Reported, ReportKind, Scanned
from core.finding import Kind, Severity
from core.fold import fold, standing, unique
from core.parcel import SEEN, with_registration, with_reports
from core.scan import Detail, Milestone, Scan
from core.watch import Advance, NeedsHistory, Watched, advance, decode_watched, encode_watched

LATEST = hour(420)


def scanned(*scans: Scan, at: Any = LATEST) -> Scanned:
    return Scanned(parcel_id=PARCEL, received_at=at, scans=scans)


def open_ones(watched: Watched | None) -> set[tuple[Any, ...]]:
    assert watched is not None
    return {
        (record.kind, record.since, record.severity, record.rule, record.mark)
        for record in watched.exceptions
        if record.state is ExceptionState.OPEN
    }


def told(answer: Advance) -> list[str]:
    return [effect.template for effect in answer.effects if isinstance(effect, NoticeWanted)]


def of(answer: Advance, wanted: type) -> list[Kind]:
    return [effect.record.kind for effect in answer.effects if isinstance(effect, wanted)]


# laws ---------------------------------------------------------------------------------------------------------------


@given(histories, registrations, reports, st.integers(0, 1000))
def test_any_order_of_arrival_ends_in_the_same_parcel_and_the_same_exceptions(
    scans: list[Scan], registered: Registration | None, said: list[Report], seed: int
) -> None:
    events: list[Event] = [scanned(scan) for scan in scans]
    events += [Registered(parcel_id=PARCEL, registration=registered)] if registered else []
    events += [Reported(parcel_id=PARCEL, report=each) for each in said]
    if not events:
        return
    at_once = Watcher()
    at_once.at(LATEST, *events)
    random.Random(seed).shuffle(events)
    one_by_one = Watcher()
    for event in (*events, *events[:3]):
        one_by_one.at(LATEST, event)
    assert at_once.watched is not None
    assert one_by_one.watched is not None
    assert one_by_one.watched.parcel == at_once.watched.parcel
    assert one_by_one.watched.expected_at == at_once.watched.expected_at
    assert open_ones(one_by_one.watched) == open_ones(at_once.watched)
    if all(record.is_open for record in one_by_one.watched.exceptions):
        # What opened and closed in between is judged in the end, for which it is looked at once more.
        assert one_by_one.watched.due_at == at_once.watched.due_at


@given(
    st.lists(st.tuples(st.integers(0, 60), histories), max_size=5),
    registrations,
    reports,
    st.sampled_from([M.UNKNOWN, M.IN_TRANSIT, M.DELIVERED, M.EXCEPTION]),
)
def test_nothing_stays_that_hindsight_disproves(
    pushes: list[tuple[int, list[Scan]]], registered: Registration | None, said: list[Report], milestone: Milestone
) -> None:
    """What is not retracted held at its opening, judged on every scan that is known in the end."""
    watcher = Watcher()
    if registered is not None:
        watcher.at(MONDAY, Registered(parcel_id=PARCEL, registration=registered))
    now = 0
    for gap, scans in pushes:
        now += gap
        watcher.look(now)
        watcher.hear(now, *scans)
    for each in said:
        watcher.report(now, each)
    wrong = [scan for scan in watcher.stored.values() if scan.retracts is None][:2]
    watcher.reread(now, *(msgspec.structs.replace(scan, milestone=milestone) for scan in wrong))
    watcher.look(now + 30)
    assert watcher.watched is not None
    assert watcher.watched.parcel.scans == len(standing(watcher.stored.values()))
    for record in watcher.watched.exceptions:
        if record.state is ExceptionState.RETRACTED:
            continue
        at = record.horizon
        then = fold(
            PARCEL,
            CARRIER,
            WAYBILL,
            [s for s in standing(watcher.stored.values()) if s.happened_at <= at],
            registered,
            [],
        )
        then = with_reports(then, watcher.watched.parcel.reports)
        kinds = {finding.kind for finding in diagnose(then, record.opened_at, POLICY).findings}
        if record.kind is Kind.LATE and registered is not None and registered.at > at:
            continue
        assert record.kind in kinds or kinds & SUPERSEDED_BY.get(record.kind, frozenset())


@given(histories, registrations, reports, st.data())
def test_what_is_read_anew_ends_in_the_same_as_what_was_read_at_once(
    scans: list[Scan], registered: Registration | None, said: list[Report], data: st.DataObject
) -> None:
    events: list[Event] = [Registered(parcel_id=PARCEL, registration=registered)] if registered else []
    events += [Reported(parcel_id=PARCEL, report=each) for each in said]
    at_once, later = Watcher(), Watcher()
    at_once.at(LATEST, *events, scanned(*scans))
    anew = unique(data.draw(st.lists(st.sampled_from(scans)))) if scans else []
    later.at(LATEST, *events, scanned(*(unread(scan) if scan in anew else scan for scan in scans)))
    half = len(anew) // 2
    later.at(LATEST, reread(*anew[:half]))
    answer = later.at(LATEST, reread(*anew[half:]), reread(make(7, M.DELIVERED, place="nowhere")))
    assert at_once.watched is not None
    assert later.watched is not None
    assert later.watched.parcel == at_once.watched.parcel
    assert later.stored == at_once.stored
    if later.watched.past is None:
        assert open_ones(later.watched) == open_ones(at_once.watched)
    else:
        assert open_ones(later.watched) <= open_ones(at_once.watched)
        assert not told(answer) or answer.watched.parcel.active
    again = later.at(LATEST, reread(*anew))
    assert (again.reread, again.effects, again.watched) == ((), (), answer.watched)


@given(st.lists(st.tuples(st.integers(0, 60), histories), max_size=4), registrations, reports)
def test_replay_is_identical_byte_for_byte(
    pushes: list[tuple[int, list[Scan]]], registered: Registration | None, said: list[Report]
) -> None:
    def play() -> tuple[bytes, bytes]:
        watcher = Watcher()
        now = 0
        for gap, scans in pushes:
            now += gap
            watcher.hear(now, *scans)
        if registered is not None:
            watcher.register(now, registered)
        for each in said:
            watcher.report(now, each)
        watcher.look(now + 300)
        assert watcher.watched is not None
        assert decode_watched(encode_watched(watcher.watched)) == watcher.watched
        return encode_watched(watcher.watched), msgspec.json.encode(watcher.effects)

    assert play() == play()


@given(histories, registrations, reports, st.integers(0, 3000))
def test_looking_again_changes_nothing(
    scans: list[Scan], registered: Registration | None, said: list[Report], hours: int
) -> None:
    watcher = Watcher()
    watcher.hear(420, *scans)
    if registered is not None:
        watcher.register(420, registered)
    for each in said:
        watcher.report(420, each)
    watcher.look(420 + hours)
    before = watcher.watched
    again = watcher.hear(420 + hours, *scans)
    assert (again.new_scans, again.new_reports, again.effects) == ((), (), ())
    assert again.watched == before


# the engine's view --------------------------------------------------------------------------------------------------


def test_the_fast_path_needs_no_history_and_a_late_scan_does() -> None:
    first, late, last = make(1, M.PICKED_UP), make(5, M.IN_TRANSIT), make(9, M.IN_TRANSIT)
    watcher = Watcher()
    assert watcher.hear(1, first).new_scans == (first,)
    assert watcher.hear(9, first, last, last).new_scans == (last,)
    answer = advance(PARCEL, watcher.watched, [scanned(late, at=hour(10))], hour(10), POLICY)
    assert isinstance(answer, NeedsHistory)
    answer = advance(PARCEL, watcher.watched, [scanned(late, at=hour(10))], hour(10), POLICY, [last, first])
    assert isinstance(answer, Advance)
    assert answer.new_scans == (late,)
    assert answer.watched.parcel == fold(PARCEL, CARRIER, WAYBILL, [first, late, last], None, ())


def test_a_duplicate_that_is_forgotten_asks_for_history_and_adds_nothing() -> None:
    many = [make(n / 60, M.IN_TRANSIT) for n in range(SEEN + 1)]
    watcher = Watcher()
    watcher.hear(9, *many)
    answer = watcher.hear(10, many[0])
    assert watcher.refolds == 1
    assert answer.new_scans == ()


def test_history_may_be_given_though_it_is_not_needed() -> None:
    first, last = make(1, M.PICKED_UP), make(5, M.IN_TRANSIT)
    watcher = Watcher()
    watcher.hear(1, first)
    answer = advance(PARCEL, watcher.watched, [scanned(last, at=hour(5))], hour(5), POLICY, [first])
    assert isinstance(answer, Advance)
    assert answer.new_scans == (last,)


def test_a_withdrawn_scan_takes_its_exception_with_it_and_is_told_once() -> None:
    broken = make(5, M.IN_TRANSIT, detail=Detail.DAMAGED)
    withdrawal = make(8, M.PENDING, retracts=broken.scan_id)
    watcher = Watcher()
    watcher.register(0, registration(0, 96))
    watcher.hear(1, make(1, M.PICKED_UP))
    opened = watcher.hear(5, broken)
    assert of(opened, ExceptionOpened) == [Kind.DAMAGE_REPORTED]
    answer = watcher.hear(8, withdrawal)
    assert (watcher.refolds, answer.new_scans) == (1, (withdrawal,))
    assert (of(answer, ExceptionRetracted), of(answer, ExceptionCleared)) == ([Kind.DAMAGE_REPORTED], [])
    assert told(answer) == ["corrected"]
    for again in (withdrawal, broken):
        answer = watcher.hear(9, again)
        assert (answer.new_scans, answer.effects) == ((), ())
    assert watcher.refolds == 1


def test_a_withdrawal_may_come_before_what_it_withdraws() -> None:
    broken = make(5, M.IN_TRANSIT, detail=Detail.DAMAGED)
    watcher = Watcher()
    watcher.hear(8, make(8, M.PENDING, retracts=broken.scan_id))
    answer = watcher.hear(9, broken)
    assert (answer.new_scans, of(answer, ExceptionOpened)) == ((broken,), [])
    assert answer.watched.parcel.damage is None
    answer = watcher.hear(10, broken, make(10, M.IN_TRANSIT))
    assert answer.watched.parcel.scans == 1


def test_a_code_that_is_understood_later_raises_what_it_says_and_tells_it() -> None:
    broken = make(5, M.IN_TRANSIT, detail=Detail.DAMAGED)
    watcher = Watcher()
    watcher.register(0, registration(0, 96))
    watcher.hear(5, make(1, M.PICKED_UP), unread(broken))
    answer = watcher.reread(10, broken)
    assert (answer.new_scans, answer.reread) == ((), (broken,))
    assert (of(answer, ExceptionOpened), told(answer)) == ([Kind.DAMAGE_REPORTED], ["damage_reported"])
    answer = watcher.reread(11, unread(broken))
    retracted = [effect for effect in answer.effects if isinstance(effect, ExceptionRetracted)]
    assert [(each.record.kind, each.reason) for each in retracted] == [(Kind.DAMAGE_REPORTED, "a scan was read anew")]
    assert told(answer) == ["corrected"]


def test_what_changes_nothing_for_the_consumer_is_silent() -> None:
    sorted_ = make(5, M.IN_TRANSIT, detail=Detail.SORTED)
    watcher = Watcher()
    watcher.register(0, registration(0, 96))
    watcher.hear(5, make(1, M.PICKED_UP), unread(sorted_))
    answer = watcher.reread(10, sorted_)
    assert (answer.reread, answer.effects) == ((sorted_,), ())


def test_of_what_is_long_over_nothing_is_raised_or_told() -> None:
    broken, delivered = make(5, M.IN_TRANSIT, detail=Detail.DAMAGED), make(60, M.DELIVERED)
    watcher = Watcher()
    watcher.register(0, registration(0, 96))
    watcher.hear(5, make(1, M.PICKED_UP), unread(broken))
    watcher.hear(60, unread(delivered))
    watcher.look(180)
    assert any(record.told for record in watcher.watched.exceptions) if watcher.watched else False
    answer = watcher.reread(60 + 24 * 8, broken, delivered)
    assert answer.watched.parcel.damage is not None
    assert (of(answer, ExceptionOpened), told(answer)) == ([], [])
    assert of(answer, ExceptionRetracted)
    assert not open_ones(answer.watched)
    # Nor by what comes later, unless it began later.
    answer = watcher.hear(60 + 24 * 9, make(61, M.DELIVERED))
    assert (of(answer, ExceptionOpened), told(answer)) == ([], [])
    answer = watcher.report(60 + 24 * 9, report(60 + 24 * 9, ReportKind.NOT_RECEIVED))
    assert of(answer, ExceptionOpened) == [Kind.NOT_RECEIVED]


def test_an_event_of_the_future_counts_when_it_was_received() -> None:
    wild = make(5000, M.IN_TRANSIT)
    answer = Watcher().hear(5, wild, make(18, M.PICKED_UP))
    assert [(scan.happened_at, scan.claimed_at) for scan in answer.new_scans] == [
        (hour(5), hour(5000)),
        (hour(18), None),
    ]
    assert answer.watched.due_at is not None
    assert answer.watched.due_at < hour(100)


def test_the_state_has_a_version() -> None:
    watcher = Watcher()
    watcher.look(1)
    assert watcher.watched is not None
    raw = encode_watched(watcher.watched)
    for broken in (b"", b"\x01" + raw[1:], raw[:-1], raw.replace(PARCEL.encode(), b"\xff" * len(PARCEL))):
        with pytest.raises(msgspec.DecodeError):
            decode_watched(broken)


def test_the_registration_in_force_comes_out_once_with_its_contact() -> None:
    watcher = Watcher()
    first = registration(1, contact=Contact(phone="sealed"))
    assert watcher.register(1, first).registration == first
    assert watcher.register(2, first).registration is None
    assert watcher.register(3, registration(0)).registration is None


def test_reports_come_out_once_with_their_note() -> None:
    watcher = Watcher()
    said = report(1, note="sealed")
    events = [Reported(parcel_id=PARCEL, report=said)] * 2
    assert watcher.at(hour(1), *events).new_reports == (said,)
    assert watcher.report(2, said).new_reports == ()


# what follows -------------------------------------------------------------------------------------------------------


def test_a_stall_opens_once_grows_worse_and_clears() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 400, declared_minor=60_000))
    watcher.hear(1, make(1, M.IN_TRANSIT))
    answer = watcher.look(49)
    assert of(answer, ExceptionOpened) == [Kind.STALLED]
    (case,) = [effect for effect in answer.effects if isinstance(effect, CaseWanted)]
    assert (case.kind.value, case.priority, case.reason, case.opened_by) == ("delay", 150, "stalled", "system")
    assert [(c.clock.value, c.due_at, c.met_at) for c in case.clocks] == [
        ("accept", hour(49 + 1 / 30), hour(49)),
        ("first_answer", hour(49.25), None),
        ("resolve", hour(97), None),
    ]
    (notice,) = [effect for effect in answer.effects if isinstance(effect, NoticeWanted)]
    assert notice.template == "stalled"
    assert notice.data["silent_s"] == 48 * 3600
    assert notice.data["doing"] == "asked_carrier"
    assert watcher.look(60).effects == ()
    answer = watcher.look(97)
    assert of(answer, ExceptionUpdated) == [Kind.STALLED]
    assert [e.severity for e in answer.effects if isinstance(e, CaseWanted)] == [Severity.MAJOR]
    assert told(answer) == []
    answer = watcher.hear(98, make(98, M.IN_TRANSIT))
    assert of(answer, ExceptionCleared) == [Kind.STALLED]
    assert [e.reason for e in answer.effects if isinstance(e, ExceptionCleared)] == ["scanned: in_transit"]
    assert told(answer) == ["cleared"]


def test_a_late_scan_retracts_and_is_told_once() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 400))
    watcher.hear(1, make(1, M.IN_TRANSIT))
    watcher.look(50)
    answer = watcher.hear(51, make(40, M.IN_TRANSIT))
    assert of(answer, ExceptionRetracted) == [Kind.STALLED]
    assert told(answer) == ["corrected"]
    assert watcher.refolds == 0  # later than all before: no history is needed to know
    assert watcher.hear(52, make(39, M.IN_TRANSIT)).effects == ()
    assert watcher.refolds == 1


def test_a_late_scan_retracts_what_was_cleared_already() -> None:
    watcher = Watcher()
    watcher.hear(1, make(1, M.IN_TRANSIT))
    watcher.look(50)
    assert of(watcher.hear(60, make(60, M.IN_TRANSIT)), ExceptionCleared) == [Kind.STALLED]
    answer = watcher.hear(61, make(40, M.IN_TRANSIT))
    assert of(answer, ExceptionRetracted) == [Kind.STALLED]
    assert told(answer) == []  # nobody registered it, nobody was told
    assert watcher.watched is not None
    assert watcher.watched.exceptions[0].closed_at == hour(60)


def test_a_correction_says_what_still_holds_and_is_the_only_message() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 400))
    watcher.hear(1, make(1, M.IN_TRANSIT))
    watcher.look(200)  # loss suspected
    answer = watcher.hear(201, make(100, M.IN_TRANSIT))
    assert of(answer, ExceptionRetracted) == [Kind.LOSS_SUSPECTED]
    assert of(answer, ExceptionOpened) == [Kind.STALLED]
    (notice,) = [effect for effect in answer.effects if isinstance(effect, NoticeWanted)]
    assert (notice.template, notice.data["kind"], notice.data["still"]) == ("corrected", "loss_suspected", "stalled")


def test_silence_becomes_suspected_loss_and_one_row_is_left() -> None:
    watcher = Watcher()
    watcher.hear(1, make(1, M.IN_TRANSIT))
    watcher.look(60)
    answer = watcher.look(170)
    assert [e.reason for e in answer.effects if isinstance(e, ExceptionCleared)] == ["superseded by loss_suspected"]
    assert of(answer, ExceptionOpened) == [Kind.LOSS_SUSPECTED]


def test_a_second_failure_is_another_exception() -> None:
    watcher = Watcher()
    watcher.hear(5, make(5, M.ATTEMPT_FAILED))
    answer = watcher.hear(30, make(29, M.OUT_FOR_DELIVERY))
    assert of(answer, ExceptionCleared) == [Kind.ATTEMPT_FAILED]
    watcher.hear(31, make(31, M.DELIVERED))
    answer = watcher.hear(50, make(45, M.PICKED_UP), make(50, M.ATTEMPT_FAILED))
    assert of(answer, ExceptionOpened) == [Kind.ATTEMPT_FAILED]
    answer = watcher.hear(61, make(55, M.DELIVERED), make(60, M.ATTEMPT_FAILED))
    assert of(answer, ExceptionCleared) == [Kind.ATTEMPT_FAILED]
    assert watcher.watched is not None
    assert watcher.watched.exceptions[-1].kind is Kind.REPEATED_ATTEMPTS


def test_a_further_attempt_updates_the_evidence() -> None:
    watcher = Watcher()
    watcher.hear(10, make(5, M.ATTEMPT_FAILED), make(10, M.ATTEMPT_FAILED))
    answer = watcher.hear(20, make(20, M.ATTEMPT_FAILED))
    assert of(answer, ExceptionUpdated) == [Kind.REPEATED_ATTEMPTS]
    assert [e for e in answer.effects if isinstance(e, CaseWanted)] == []


def test_an_event_stamped_ahead_by_a_wrong_zone_is_neither_retracted_nor_reopened() -> None:
    watcher = Watcher()
    watcher.hear(10, make(18, M.ATTEMPT_FAILED))
    assert watcher.look(11).effects == ()
    assert watcher.hear(12, make(9, M.OUT_FOR_DELIVERY)).effects == ()


def test_what_was_over_long_before_we_heard_of_it_is_not_raised() -> None:
    old = [make(1, M.IN_TRANSIT), make(2, M.EXCEPTION, detail=Detail.DAMAGED), make(3, M.DELIVERED)]
    assert Watcher().hear(500, *old).effects == ()
    assert Watcher().hear(500, *old[:2]).effects == ()
    assert Watcher().register(5000, registration(0, 96)).effects == ()
    fresh = Watcher().hear(100, *old)  # delivered four days ago: the consumer may still want to know
    assert of(fresh, ExceptionOpened) == [Kind.DAMAGE_REPORTED]
    going_on = Watcher().hear(500, *old[:2], make(480, M.IN_TRANSIT))  # damaged long ago, and on its way
    assert of(going_on, ExceptionOpened) == [Kind.THOROUGHLY_DELAYED, Kind.DAMAGE_REPORTED]


def test_the_registration_that_joins_tells_what_is_open() -> None:
    watcher = Watcher()
    watcher.hear(5, make(5, M.RETURNING))
    answer = watcher.register(6, registration(0, 96))
    assert told(answer) == ["return_to_sender"]
    assert of(answer, ExceptionOpened) == []


def test_of_several_at_once_the_gravest_is_told() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 50))
    answer = watcher.hear(60, make(5, M.IN_TRANSIT), make(6, M.IN_TRANSIT, detail=Detail.DAMAGED))
    assert of(answer, ExceptionOpened) == [Kind.STALLED, Kind.LATE, Kind.DAMAGE_REPORTED]
    assert told(answer) == ["damage_reported"]


def test_a_change_of_promise_is_told_once() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 96))
    assert told(watcher.hear(1, make(1, M.IN_TRANSIT, promised_at=hour(100)))) == []
    answer = watcher.hear(2, make(2, M.IN_TRANSIT, promised_at=hour(120)))
    assert told(answer) == ["promise_changed"]
    (notice,) = answer.effects
    assert isinstance(notice, NoticeWanted)
    assert (notice.data["before"], notice.data["expected_at"]) == (hour(96).isoformat(), hour(120).isoformat())
    assert told(watcher.hear(3, make(3, M.IN_TRANSIT, promised_at=hour(121)))) == []
    assert told(watcher.hear(4, make(4, M.IN_TRANSIT, promised_at=hour(90)))) == ["promise_changed"]
    assert told(watcher.hear(5, make(5, M.AVAILABLE, promised_at=hour(300)))) == []


def test_a_promise_that_comes_with_worse_news_is_not_told_twice() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 96))
    answer = watcher.hear(1, make(1, M.EXCEPTION, detail=Detail.DAMAGED, promised_at=hour(200)))
    assert told(answer) == ["damage_reported"]
    assert told(watcher.hear(2, make(2, M.IN_TRANSIT))) == []


def test_a_parcel_that_nobody_promised_has_no_promise_to_change() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, None))
    assert told(watcher.hear(1, make(1, M.IN_TRANSIT))) == []
    assert told(watcher.hear(2, make(2, M.IN_TRANSIT, promised_at=hour(100)))) == []
    assert told(watcher.hear(3, make(3, M.IN_TRANSIT, promised_at=hour(200)))) == ["promise_changed"]


def test_a_later_promise_clears_late_and_does_not_retract_it() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 50))
    watcher.hear(40, make(40, M.IN_TRANSIT))
    assert of(watcher.look(51), ExceptionOpened) == [Kind.LATE]
    watcher.register(52, registration(52, 90))
    assert watcher.watched is not None
    assert watcher.watched.exceptions[0].state is ExceptionState.CLEARED
    watcher.hear(53, make(45, M.IN_TRANSIT))
    assert watcher.watched.exceptions[0].state is ExceptionState.CLEARED
    answer = watcher.hear(54, make(44, M.DELIVERED))
    assert of(answer, ExceptionRetracted) == [Kind.LATE]


def test_the_end_is_told_only_when_nothing_told_is_left() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, 60))
    watcher.hear(1, make(1, M.IN_TRANSIT))
    assert told(watcher.look(50)) == ["stalled"]
    assert told(watcher.look(61)) == ["late"]
    assert told(watcher.hear(62, make(62, M.IN_TRANSIT))) == []
    assert told(watcher.hear(70, make(70, M.DELIVERED))) == ["cleared"]


def test_an_end_without_a_message_is_not_told() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, None))
    assert told(watcher.hear(5, make(5, M.ATTEMPT_FAILED))) == ["attempt_failed"]
    assert told(watcher.hear(6, make(6, M.OUT_FOR_DELIVERY))) == []


def test_a_consumer_who_did_not_receive_is_heard() -> None:
    watcher = Watcher()
    watcher.register(0, registration(0, None))
    watcher.hear(5, make(5, M.DELIVERED))
    answer = watcher.report(9, report(9, ReportKind.NOT_RECEIVED))
    assert of(answer, ExceptionOpened) == [Kind.NOT_RECEIVED]
    assert told(answer) == ["not_received"]
    assert told(watcher.hear(40, make(30, M.OUT_FOR_DELIVERY), make(31, M.DELIVERED))) == ["cleared"]


def test_a_report_after_the_opening_does_not_judge_it() -> None:
    watcher = Watcher()
    watcher.hear(1, make(1, M.IN_TRANSIT, detail=Detail.DAMAGED))
    watcher.report(5, report(5))
    answer = watcher.hear(6, make(0.5, M.PICKED_UP))
    assert of(answer, ExceptionRetracted) == []


def test_registering_again_keeps_the_known_promise() -> None:
    state = with_registration(fold(PARCEL, CARRIER, WAYBILL, [], registration(0, 96), ()), registration(2, None))
    assert state.promised_at is None


def test_judging_takes_only_the_new_scans_of_before() -> None:
    watcher = Watcher()
    watcher.hear(1, make(1, M.IN_TRANSIT))
    watcher.look(50)
    answer = watcher.hear(70, make(49.5, M.IN_TRANSIT), make(60, M.DELIVERED))
    assert of(answer, ExceptionRetracted) == [Kind.STALLED]
    assert of(answer, ExceptionCleared) == []


def test_many_events_at_once_count_and_teach_as_one_after_the_other() -> None:
    """A worker that catches up takes what came over hours in one batch; each scan was heard at its own moment."""
    events = [
        scanned(make(1, M.IN_TRANSIT, detail=Detail.DEPARTED, facility="A", facility_to="B"), at=hour(2)),
        scanned(make(9, M.IN_TRANSIT, detail=Detail.ARRIVED, facility="B"), at=hour(10)),
        scanned(make(15, M.IN_TRANSIT, detail=Detail.DEPARTED, facility="B", facility_to="C"), at=hour(17)),
    ]
    together = advance(PARCEL, None, events, hour(18), POLICY)
    assert isinstance(together, Advance)
    watched, beats, lessons = None, [], []
    for event in events:
        one = advance(PARCEL, watched, (event,), event.received_at, POLICY)
        assert isinstance(one, Advance)
        watched = one.watched
        beats += one.beats
        lessons += one.lessons
    assert sorted(together.beats) == sorted(beats)
    assert list(together.lessons) == lessons
    assert {heard_s for _, heard_s, _ in beats} == {int(hour(at).timestamp()) for at in (2, 10, 17)}
