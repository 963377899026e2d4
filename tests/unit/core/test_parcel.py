from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from core_build import (
    CARRIER,
    PARCEL,
    WAYBILL,
    M,
    histories,
    hour,
    parcel,
    plain_histories,
    registration,
    registrations,
    report,
    reports,
)
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st

from core.event import Contact, Registration, Report, ReportKind
from core.fold import fold, standing, unique
from core.parcel import (
    GONE,
    REPORTS,
    SEEN,
    empty,
    has_seen,
    is_later,
    key_of,
    rewrites,
    short_id,
    step,
    with_registration,
    with_reports,
)
from core.scan import Culprit, Detail, Milestone, Scan, parcel_id_of


@given(histories, registrations, reports, st.data())
def test_any_order_and_any_duplication_fold_to_the_same(
    scans: list[Scan],
    registered: Registration | None,
    said: list[Report],
    data: st.DataObject,
) -> None:
    expected = fold(PARCEL, CARRIER, WAYBILL, scans, registered, said)
    again = data.draw(st.permutations(scans + scans[:3]))
    told = data.draw(st.permutations(said + said[:1]))
    assert fold(PARCEL, CARRIER, WAYBILL, again, registered, told) == expected


@given(plain_histories, registrations, reports)
def test_step_is_fold_with_one_more(scans: list[Scan], registered: Registration | None, said: list[Report]) -> None:
    ordered = unique(scans)
    state = fold(PARCEL, CARRIER, WAYBILL, [], registered, said)
    for number, scan in enumerate(ordered, 1):
        assert is_later(state, scan)
        state = step(state, scan)
        assert state == fold(PARCEL, CARRIER, WAYBILL, ordered[:number], registered, said)
        assert has_seen(state, scan)
        assert not is_later(state, scan)


@given(histories)
def test_what_is_withdrawn_never_happened(scans: list[Scan]) -> None:
    gone = {scan.retracts for scan in scans if scan.retracts}
    kept = [scan for scan in scans if scan.retracts is None and scan.scan_id not in gone]
    state = parcel(*scans)
    assert msgspec.structs.replace(state, seen=b"", gone=b"") == msgspec.structs.replace(parcel(*kept), seen=b"")
    assert standing(scans) == unique(kept)
    assert all(has_seen(state, scan) for scan in scans)


@given(histories, plain_histories)
def test_a_scan_is_stepped_over_or_rewrites(scans: list[Scan], more: list[Scan]) -> None:
    known = list(scans)
    state = parcel(*known)
    for scan in unique(more):
        if has_seen(state, scan):
            continue
        known.append(scan)
        if is_later(state, scan) and not rewrites(state, [scan]):
            assert step(state, scan) == parcel(*known)
        state = parcel(*known)


@given(histories, registrations, registrations, reports)
def test_registration_and_reports_may_come_at_any_time(
    scans: list[Scan], first: Registration | None, second: Registration | None, said: list[Report]
) -> None:
    known = [each for each in (first, second) if each is not None]
    bare = fold(PARCEL, CARRIER, WAYBILL, scans, None, [])
    one = with_reports(bare, said)
    for each in known:
        one = with_registration(one, each)
    other = bare
    for each in reversed(known):
        other = with_registration(other, each)
    for each in reversed(said):
        other = with_reports(other, [each])
    assert one == other
    assert one == fold(PARCEL, CARRIER, WAYBILL, scans, one.registration, said)


@given(histories)
def test_a_parcel_survives_its_encoding(scans: list[Scan]) -> None:
    state = parcel(*scans)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state)) == state


STORIES: list[tuple[str, list[Scan], Milestone]] = [
    ("nothing", [], M.PENDING),
    ("a label", [make(0, M.ANNOUNCED)], M.ANNOUNCED),
    ("a label printed again on the way", [make(1, M.PICKED_UP), make(2, M.ANNOUNCED)], M.PICKED_UP),
    ("an aggregator that finds nothing", [make(1, M.IN_TRANSIT), make(2, M.PENDING)], M.IN_TRANSIT),
    ("an aggregator that gives up", [make(1, M.IN_TRANSIT), make(900, M.EXPIRED)], M.EXPIRED),
    ("an unreadable code first", [make(1, M.UNKNOWN)], M.UNKNOWN),
    ("an unreadable code later", [make(1, M.IN_TRANSIT), make(2, M.UNKNOWN)], M.IN_TRANSIT),
    ("two in the same second", [make(1, M.OUT_FOR_DELIVERY), make(1, M.IN_TRANSIT)], M.OUT_FOR_DELIVERY),
    ("delivered, then a lagging sort scan", [make(9, M.DELIVERED), make(9.1, M.IN_TRANSIT)], M.DELIVERED),
    ("delivered, then a lagging courier", [make(9, M.DELIVERED), make(9.5, M.OUT_FOR_DELIVERY)], M.DELIVERED),
    ("delivered, out again", [make(9, M.DELIVERED), make(11, M.OUT_FOR_DELIVERY)], M.OUT_FOR_DELIVERY),
    ("delivered, then taken back", [make(9, M.DELIVERED), make(9.1, M.ATTEMPT_FAILED)], M.ATTEMPT_FAILED),
    ("delivered, then returned", [make(9, M.DELIVERED), make(40, M.RETURNING)], M.RETURNING),
    ("delivered, then returned at once", [make(9, M.DELIVERED), make(40, M.RETURNED)], M.RETURNED),
    ("delivered, then refused at the door", [make(9, M.DELIVERED), make(9.1, M.EXCEPTION)], M.DELIVERED),
    ("the way back under the same waybill", [make(9, M.DELIVERED), make(60, M.PICKED_UP)], M.PICKED_UP),
    ("returned", [make(9, M.RETURNING), make(20, M.IN_TRANSIT), make(30, M.RETURNED)], M.RETURNED),
    ("delivered to the sender", [make(9, M.RETURNING), make(30, M.DELIVERED)], M.RETURNED),
    ("on the way back", [make(9, M.RETURNING), make(20, M.OUT_FOR_DELIVERY)], M.RETURNING),
    ("a return that is cancelled", [make(9, M.RETURNING), make(20, M.CANCELLED)], M.CANCELLED),
    ("a cancelled label that moves", [make(9, M.CANCELLED), make(10, M.PICKED_UP)], M.PICKED_UP),
    ("a cancelled label that does not", [make(9, M.CANCELLED), make(10, M.ANNOUNCED)], M.CANCELLED),
    ("refused", [make(9, M.EXCEPTION, detail=Detail.REFUSED)], M.ATTEMPT_FAILED),
    ("no time at all", [make(9, M.IN_TRANSIT), make(-4_000_00, M.DELIVERED)], M.IN_TRANSIT),
]


@pytest.mark.parametrize(("story", "scans", "milestone"), STORIES, ids=[story[0] for story in STORIES])
def test_stories(story: str, scans: list[Scan], milestone: Milestone) -> None:
    assert parcel(*scans).milestone is milestone


def test_a_new_journey_forgets_the_attempts_but_not_the_damage() -> None:
    state = parcel(
        make(1, M.ATTEMPT_FAILED, detail=Detail.ABSENT),
        make(9, M.DELIVERED, detail=Detail.DAMAGED, text="外包装破损", culprit=Culprit.CARRIER),
        make(60, M.PICKED_UP, place="杭州"),
    )
    assert (state.journey, state.attempts, state.tries, state.over_at) == (2, 0, (), None)
    assert state.damage is not None
    assert (state.damage.words, state.damage.culprit) == ("外包装破损", Culprit.CARRIER)
    assert state.active


def test_noise_after_delivery_counts_but_does_not_move() -> None:
    state = parcel(make(9, M.DELIVERED, place="家"), make(9.1, M.IN_TRANSIT, place="杭州", facility="H1"))
    assert (state.place, state.facility, state.scans, state.last_scan_at) == ("家", None, 2, hour(9.1))
    assert (state.over_at, state.active) == (hour(9), False)


def test_one_attempt_scanned_twice_is_one() -> None:
    state = parcel(make(1, M.ATTEMPT_FAILED), make(2, M.ATTEMPT_FAILED, detail=Detail.ABSENT))
    assert (state.attempts, len(state.tries)) == (1, 1)
    state = parcel(make(1, M.ATTEMPT_FAILED), make(1.5, M.OUT_FOR_DELIVERY), make(2, M.ATTEMPT_FAILED))
    assert (state.attempts, len(state.tries)) == (2, 2)
    state = parcel(*(make(5 * n, M.ATTEMPT_FAILED) for n in range(12)))
    assert (state.attempts, len(state.tries)) == (12, 8)


def test_a_failure_ends_when_it_goes_out_again() -> None:
    assert parcel(make(1, M.ATTEMPT_FAILED), make(5, M.IN_TRANSIT)).failed is not None
    assert parcel(make(1, M.ATTEMPT_FAILED), make(5, M.OUT_FOR_DELIVERY)).failed is None
    assert parcel(make(1, M.ATTEMPT_FAILED), make(5, M.CANCELLED)).failed is None


def test_lost_ends_when_it_moves() -> None:
    assert parcel(make(1, M.EXCEPTION, detail=Detail.LOST), make(2, M.EXCEPTION, detail=Detail.LOST)).lost is not None
    assert parcel(make(1, M.EXCEPTION, detail=Detail.LOST), make(2, M.EXCEPTION)).lost is not None
    assert parcel(make(1, M.EXCEPTION, detail=Detail.LOST), make(2, M.IN_TRANSIT)).lost is None


def test_a_loss_that_is_stated_takes_the_place_of_one_that_is_feared() -> None:
    feared, stated = (
        make(n, M.EXCEPTION, detail=Detail.LOST, text=text) for n, text in ((1, "疑似遗失"), (2, "parcel lost"))
    )
    again = make(3, M.EXCEPTION, detail=Detail.LOST, text="suspected lost")
    for scans, scan, suspected in (((feared, again), feared, True), ((feared, stated, again), stated, False)):
        lost = parcel(*scans).lost
        assert lost is not None
        assert (lost.scan_id, lost.suspected) == (scan.scan_id, suspected)
    assert parcel(feared, make(4, M.IN_TRANSIT)).lost is None


def test_damage_and_repacking_are_two_facts_and_each_keeps_the_first_moment() -> None:
    scans = [make(at, M.IN_TRANSIT, detail=said) for at in (1, 3) for said in (Detail.REPACKED, Detail.DAMAGED)]
    state = parcel(*scans)
    assert state.damage is not None
    assert state.repacked is not None
    assert (state.damage.scan_id, state.repacked.scan_id) == (scans[1].scan_id, scans[0].scan_id)


def test_what_nobody_understands_is_kept_without_numbers() -> None:
    fact = parcel(make(1, M.ATTEMPT_FAILED, text="call 13812345678 please")).failed
    assert fact is not None
    assert fact.words == "call *** please"


def test_no_time_is_no_sign_of_life() -> None:
    state = parcel(make(-4_000_00, M.IN_TRANSIT))
    assert (state.heard_at, state.first_scan_at, state.started) == (None, None, True)


def test_the_promise_in_force_is_the_shops_then_the_carriers_latest() -> None:
    first, second = make(1, M.IN_TRANSIT, promised_at=hour(50)), make(2, M.IN_TRANSIT, promised_at=hour(60))
    assert parcel(first, second).promised_at == hour(60)
    assert parcel(second, first, registered=registration(0, 96)).promised_at == hour(96)
    assert parcel(first, registered=registration(0, None)).promised_at == hour(50)


def test_the_later_registration_wins_and_loses_its_contact() -> None:
    old = registration(0, 50, contact=Contact(phone="sealed"))
    new = registration(5, 70)
    state = with_registration(parcel(registered=new), old)
    assert state.registration == new
    state = with_registration(parcel(registered=old), new)
    assert state.registration == new
    kept = parcel(registered=old).registration
    assert kept is not None
    assert kept.contact is None


def test_reports_are_bounded_and_bare() -> None:
    said = [report(n, note="sealed") for n in range(REPORTS + 4)]
    state = parcel(reports=tuple(said))
    assert [each.at for each in state.reports] == [hour(n) for n in range(4, REPORTS + 4)]
    assert all(each.note is None for each in state.reports)


def test_of_two_reports_with_one_id_the_earlier_counts() -> None:
    early, late = Report(report_id="x", at=hour(1), kind=ReportKind.DAMAGED), report(2)
    late = msgspec.structs.replace(late, report_id="x")
    assert parcel(reports=(late, early)).reports == parcel(reports=(early, late)).reports == (early,)


def test_not_received_keeps_a_delivered_parcel_active() -> None:
    said = (report(20, ReportKind.NOT_RECEIVED),)
    assert parcel(make(9, M.DELIVERED), reports=said).active
    assert not parcel(make(30, M.DELIVERED), reports=said).active
    assert not parcel(make(9, M.DELIVERED), reports=(report(20),)).active


def test_seen_is_bounded_and_drops_the_oldest() -> None:
    many = [make(n / 60, M.IN_TRANSIT) for n in range(SEEN + 2)]
    state = parcel(*many)
    assert len(state.seen) == SEEN * 8
    assert not has_seen(state, many[0])
    assert has_seen(state, many[2])
    assert state.scans == SEEN + 2


def test_seen_is_not_fooled_by_ids_that_overlap() -> None:
    one = msgspec.structs.replace(make(1, M.IN_TRANSIT), scan_id="00" * 7 + "01")
    two = msgspec.structs.replace(make(2, M.IN_TRANSIT), scan_id="02" + "00" * 7)
    between = msgspec.structs.replace(make(3, M.IN_TRANSIT), scan_id="00" * 6 + "0102")
    state = parcel(one, two)
    assert short_id(between.scan_id) in state.seen
    assert not has_seen(state, between)


def test_withdrawn_ids_are_bounded_and_then_history_decides() -> None:
    ids = [f"{n:016x}" for n in range(GONE + 1)]
    few, many = (
        parcel(make(9, M.IN_TRANSIT), *(make(n, M.PENDING, retracts=gone) for n, gone in enumerate(ids[:count])))
        for count in (GONE - 1, GONE + 1)
    )
    other = make(99, M.IN_TRANSIT)
    assert not rewrites(few, [other])
    assert rewrites(few, [msgspec.structs.replace(other, scan_id=ids[3])])
    assert rewrites(many, [other])
    assert len(many.gone) == GONE * 8
    assert (many.scans, many.last_scan_at) == (1, hour(9))


def test_a_withdrawal_is_final() -> None:
    wrong = make(9, M.DELIVERED)
    first = make(10, M.PENDING, retracts=wrong.scan_id)
    second = make(11, M.PENDING, retracts=first.scan_id)
    assert parcel(make(1, M.IN_TRANSIT), wrong, first, second).milestone is M.IN_TRANSIT
    itself = make(12, M.DELIVERED)
    assert parcel(msgspec.structs.replace(itself, retracts=itself.scan_id)).milestone is M.PENDING


def test_other_ids_are_remembered_too() -> None:
    assert len(short_id("no hex")) == len(short_id("abcd")) == 8
    assert short_id("0011223344556677") == bytes.fromhex("0011223344556677")


def test_one_id_with_other_contents_is_decided_by_bytes() -> None:
    one = make(1, M.IN_TRANSIT)
    two = msgspec.structs.replace(one, place="杭州")
    assert unique([one, two]) == unique([two, one])
    assert len(unique([one, two, one])) == 1


def test_scans_are_ordered_by_time_then_way_then_id() -> None:
    early = make(1, M.IN_TRANSIT)
    assert key_of(early) < key_of(make(1, M.DELIVERED)) < key_of(make(2, M.ANNOUNCED))
    state = parcel(make(1, M.DELIVERED))
    assert not is_later(state, early)
    assert is_later(empty(PARCEL, CARRIER, WAYBILL), early)


def test_parcel_ids_are_written_one_way() -> None:
    assert parcel_id_of("sf", " sf 12a ") == "sf:SF12A"
    assert datetime(2026, 5, 4, tzinfo=UTC) == hour(0)
