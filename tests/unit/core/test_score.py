"""The product's verdicts on itself: one story a rule, and what holds of them all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from core_build import (
    PARCEL,
    POLICY,
    M,
    Watcher,
    histories,
    hour,
    parcel,
    registration,
    registrations,
    report,
    reports,
)
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st

from core.effect import ExceptionRecord, ExceptionState
from core.event import Registration, Report, ReportKind
from core.fate import Outcome, outcome
from core.finding import Kind, Severity
from core.parcel import Parcel
from core.policy import load_policy
from core.scan import Detail, Scan
from core.score import NONE, Tally, missed_id, score
from core.score.judge import Ruling, ruling
from core.verdict import STATED, Verdict, Why
from runtime.policy import DEFAULT

NOT_RECEIVED = ReportKind.NOT_RECEIVED
RIGHT, WRONG, UNKNOWN, MISSED = Verdict
OPEN, CLEARED, RETRACTED = ExceptionState
DAY = 24


def record(
    kind: Kind, opened: float = 50, state: ExceptionState = OPEN, since: float | None = None, **fields: Any
) -> ExceptionRecord:
    tells_of = fields.pop("tells_of", None)
    return ExceptionRecord(
        exception_id=f"{kind.value}.{fields.get('nth', 1)}",
        kind=kind,
        nth=fields.pop("nth", 1),
        severity=Severity.MINOR,
        state=state,
        since=hour(opened if since is None else since),
        opened_at=hour(opened),
        tells_of=hour(tells_of) if tells_of is not None else None,
        **fields,
    )


def in_hub(at: float, facility: str) -> Scan:
    return make(at, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=facility)


def left(at: float, facility: str, to: str) -> Scan:
    return make(at, M.IN_TRANSIT, detail=Detail.DEPARTED, facility=facility, facility_to=to)


UNDER_WAY = make(2, M.IN_TRANSIT)
TRANSIT = (make(1, M.PICKED_UP), UNDER_WAY)
DELIVERED = make(90, M.DELIVERED)
LOST = make(80, M.EXCEPTION, detail=Detail.LOST)
BROKEN = make(40, M.IN_TRANSIT, detail=Detail.DAMAGED)
BACK = make(70, M.RETURNING)

# what became of a promise --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "now", "wanted"),
    [
        (parcel(*TRANSIT), 96, Outcome.OPEN),
        (parcel(*TRANSIT), 96 + DAY, Outcome.MISSED),
        (parcel(*TRANSIT, DELIVERED), 90, Outcome.KEPT),
        (parcel(*TRANSIT, make(97, M.DELIVERED)), 97, Outcome.MISSED),
        (parcel(*TRANSIT, make(95, M.AVAILABLE), make(130, M.DELIVERED)), 130, Outcome.KEPT),
        (parcel(*TRANSIT, make(95, M.AVAILABLE)), 130, Outcome.KEPT),
        (parcel(*TRANSIT, BACK), 200, Outcome.VOID),
        (parcel(*TRANSIT, make(100, M.RETURNING)), 101, Outcome.MISSED),
        (parcel(*TRANSIT, BACK, make(120, M.RETURNED)), 200, Outcome.VOID),
        (parcel(*TRANSIT, make(120, M.CANCELLED)), 121, Outcome.MISSED),
        (parcel(*TRANSIT, BACK, make(80, M.CANCELLED)), 200, Outcome.VOID),
    ],
)
def test_what_became_of_a_promise(state: Parcel, now: float, wanted: Outcome) -> None:
    assert outcome(state, hour(96), hour(now)) is wanted


# one story a rule ----------------------------------------------------------------------------------------------------

STORIES: list[tuple[str, ExceptionRecord, Parcel, float, Ruling | None]] = [
    ("late in time unknown", record(Kind.PREDICTED_LATE, tells_of=96), parcel(*TRANSIT), 97, None),
    ("came late", record(Kind.PREDICTED_LATE, tells_of=60), parcel(*TRANSIT, DELIVERED), 90, Ruling(RIGHT, Why.LATE)),
    (
        "came in time",
        record(Kind.PREDICTED_LATE, tells_of=96),
        parcel(*TRANSIT, DELIVERED),
        90,
        Ruling(WRONG, Why.KEPT),
    ),
    (
        "a warning that was taken back is judged all the same",
        record(Kind.PREDICTED_LATE, state=RETRACTED, tells_of=60),
        parcel(*TRANSIT, DELIVERED),
        90,
        Ruling(RIGHT, Why.LATE),
    ),
    ("turned back", record(Kind.LATE, tells_of=96), parcel(*TRANSIT, BACK), 100, Ruling(UNKNOWN, Why.TURNED_BACK)),
    ("of no promise", record(Kind.LATE), parcel(*TRANSIT), 100, Ruling(UNKNOWN, Why.UNPROMISED)),
    ("taken back", record(Kind.STALLED, state=RETRACTED), parcel(*TRANSIT), 100, Ruling(WRONG, Why.RETRACTED)),
    ("stalls", record(Kind.STALLED, tells_of=96), parcel(*TRANSIT), 100, None),
    ("stalled and late", record(Kind.STALLED, tells_of=60), parcel(*TRANSIT, DELIVERED), 90, Ruling(RIGHT, Why.LATE)),
    ("stalled in vain", record(Kind.STALLED, tells_of=96), parcel(*TRANSIT, DELIVERED), 90, Ruling(WRONG, Why.KEPT)),
    ("stalled when late", record(Kind.STALLED, tells_of=40), parcel(*TRANSIT), 100, None),
    (
        "stalled when it was late already",
        record(Kind.STALLED, state=CLEARED, tells_of=40),
        parcel(*TRANSIT, DELIVERED),
        90,
        Ruling(UNKNOWN, Why.UNPROMISED),
    ),
    ("stalled, of no promise", record(Kind.STALLED), parcel(*TRANSIT), 100, None),
    ("stalled and back", record(Kind.STALLED), parcel(*TRANSIT, BACK), 100, Ruling(RIGHT, Why.TURNED_BACK)),
    ("stalled and lost", record(Kind.STALLED), parcel(*TRANSIT, LOST), 100, Ruling(RIGHT, Why.REPORTED_LOST)),
    (
        "never picked up",
        record(Kind.NOT_PICKED_UP),
        parcel(make(1, M.ANNOUNCED), make(90, M.CANCELLED)),
        100,
        Ruling(UNKNOWN, Why.CANCELLED),
    ),
    ("stands for ever", record(Kind.STALLED), parcel(*TRANSIT), 2 + 720, Ruling(RIGHT, Why.NEVER_SEEN)),
    ("lies ready", record(Kind.NOT_COLLECTED), parcel(make(9, M.AVAILABLE)), 1000, None),
    (
        "never collected",
        record(Kind.NOT_COLLECTED, state=CLEARED),
        parcel(make(9, M.AVAILABLE), make(60, M.RETURNING)),
        1000,
        Ruling(RIGHT, Why.TURNED_BACK),
    ),
    (
        "collected after all",
        record(Kind.NOT_COLLECTED, state=CLEARED),
        parcel(make(9, M.AVAILABLE), make(60, M.DELIVERED)),
        1000,
        Ruling(WRONG, Why.DELIVERED),
    ),
    (
        "nobody had to collect it",
        record(Kind.NOT_COLLECTED, state=CLEARED),
        parcel(make(9, M.AVAILABLE), make(60, M.CANCELLED)),
        1000,
        Ruling(UNKNOWN, Why.CANCELLED),
    ),
    ("nothing known", record(Kind.NOT_PICKED_UP), parcel(reports=(report(3),)), 1000, None),
    ("lost?", record(Kind.LOSS_SUSPECTED), parcel(*TRANSIT), 700, None),
    ("lost", record(Kind.LOSS_SUSPECTED), parcel(*TRANSIT), 722, Ruling(RIGHT, Why.NEVER_SEEN)),
    (
        "the carrier says so",
        record(Kind.LOSS_SUSPECTED, state=CLEARED),
        parcel(*TRANSIT, LOST),
        80,
        Ruling(RIGHT, Why.REPORTED_LOST),
    ),
    (
        "the carrier fears it too",
        record(Kind.LOSS_SUSPECTED),
        parcel(*TRANSIT, msgspec.structs.replace(LOST, text="疑似遗失")),
        80,
        None,
    ),
    (
        "moved on",
        record(Kind.LOSS_SUSPECTED, state=CLEARED),
        parcel(*TRANSIT, in_hub(60, "X")),
        60,
        Ruling(WRONG, Why.SEEN_AGAIN),
    ),
    ("a remark", record(Kind.LOSS_SUSPECTED, state=CLEARED), parcel(*TRANSIT, make(60, M.EXCEPTION)), 60, None),
    (
        "called off",
        record(Kind.LOSS_SUSPECTED, state=CLEARED),
        parcel(*TRANSIT, make(60, M.CANCELLED)),
        60,
        Ruling(UNKNOWN, Why.CANCELLED),
    ),
    (
        "found",
        record(Kind.LOSS_REPORTED, 80, CLEARED),
        parcel(*TRANSIT, LOST, DELIVERED),
        90,
        Ruling(WRONG, Why.SEEN_AGAIN),
    ),
    ("reported lost", record(Kind.LOSS_REPORTED, 80), parcel(*TRANSIT, LOST), 90, None),
    ("left?", record(Kind.LEFT_BEHIND), parcel(left(2, "A", "B")), 60, None),
    ("left for ever", record(Kind.LEFT_BEHIND), parcel(left(2, "A", "B")), 722, Ruling(RIGHT, Why.NEVER_SEEN)),
    (
        "came later",
        record(Kind.LEFT_BEHIND, state=CLEARED),
        parcel(left(2, "A", "B"), in_hub(70, "B")),
        70,
        Ruling(RIGHT, Why.STOOD),
    ),
    (
        "was still there",
        record(Kind.LEFT_BEHIND, state=CLEARED),
        parcel(left(2, "A", "B"), left(70, "A", "B")),
        70,
        Ruling(RIGHT, Why.STOOD),
    ),
    (
        "had come unseen",
        record(Kind.LEFT_BEHIND, state=CLEARED),
        parcel(left(2, "A", "B"), make(70, M.OUT_FOR_DELIVERY)),
        70,
        Ruling(WRONG, Why.SEEN_FARTHER),
    ),
    (
        "nobody remembers the lorry",
        record(Kind.LEFT_BEHIND, 1, CLEARED),
        parcel(in_hub(70, "B")),
        70,
        Ruling(UNKNOWN, Why.NOBODY_SAID),
    ),
    (
        "left behind and lost",
        record(Kind.LEFT_BEHIND, state=CLEARED),
        parcel(left(2, "A", "B"), LOST),
        80,
        Ruling(RIGHT, Why.REPORTED_LOST),
    ),
    ("broken?", record(Kind.DAMAGE_REPORTED), parcel(*TRANSIT, BROKEN), 60, None),
    (
        "nobody ever said",
        record(Kind.DAMAGE_REPORTED, state=CLEARED),
        parcel(*TRANSIT, BROKEN, DELIVERED),
        900,
        Ruling(UNKNOWN, Why.NOBODY_SAID),
    ),
    (
        "the consignee says so too",
        record(Kind.DAMAGE_REPORTED),
        parcel(*TRANSIT, BROKEN, reports=(report(60),)),
        60,
        Ruling(RIGHT, Why.CONSIGNEE),
    ),
    (
        "the consignee said it first",
        record(Kind.DAMAGE_REPORTED),
        parcel(*TRANSIT, BROKEN, reports=(report(30),)),
        60,
        Ruling(UNKNOWN, Why.SAID_FIRST),
    ),
    (
        "only the consignee said it",
        record(Kind.DAMAGE_REPORTED),
        parcel(*TRANSIT, reports=(report(30),)),
        60,
        Ruling(UNKNOWN, Why.SAID_FIRST),
    ),
    (
        "broken and lost",
        record(Kind.DAMAGE_REPORTED),
        parcel(*TRANSIT, BROKEN, LOST),
        80,
        Ruling(RIGHT, Why.REPORTED_LOST),
    ),
    ("wrapped anew", record(Kind.REPACKED), parcel(*TRANSIT), 60, None),
    (
        "wrapped anew and broken",
        record(Kind.REPACKED),
        parcel(*TRANSIT, reports=(report(60),)),
        60,
        Ruling(RIGHT, Why.CONSIGNEE),
    ),
    (
        "wrapped anew, the carrier says broken",
        record(Kind.REPACKED, state=CLEARED),
        parcel(*TRANSIT, BROKEN),
        60,
        Ruling(RIGHT, Why.DAMAGED),
    ),
    ("well wrapped", record(Kind.REPACKED, state=CLEARED), parcel(*TRANSIT), 900, Ruling(UNKNOWN, Why.NOBODY_SAID)),
    (
        "the weight came back",
        record(Kind.WEIGHT_FELL, state=CLEARED),
        parcel(*TRANSIT),
        60,
        Ruling(WRONG, Why.WEIGHED_AGAIN),
    ),
    (
        "the weight did not",
        record(Kind.WEIGHT_FELL, state=CLEARED),
        parcel(
            make(1, M.IN_TRANSIT, detail=Detail.WEIGHED, weight_g=2000),
            make(9, M.IN_TRANSIT, detail=Detail.WEIGHED, weight_g=900),
        ),
        900,
        Ruling(UNKNOWN, Why.NOBODY_SAID),
    ),
    ("signed", record(Kind.FALSE_SIGNATURE, 90), parcel(*TRANSIT, DELIVERED), 91, None),
    (
        "nobody says it did not come",
        record(Kind.FALSE_SIGNATURE, 90, CLEARED),
        parcel(*TRANSIT, DELIVERED),
        300,
        Ruling(UNKNOWN, Why.NOBODY_SAID),
    ),
    (
        "it did not come",
        record(Kind.FALSE_SIGNATURE, 90),
        parcel(*TRANSIT, DELIVERED, reports=(report(95, NOT_RECEIVED),)),
        95,
        Ruling(RIGHT, Why.CONSIGNEE),
    ),
    (
        "the carrier takes it back",
        record(Kind.FALSE_SIGNATURE, 90, CLEARED),
        parcel(*TRANSIT, DELIVERED, make(92, M.ATTEMPT_FAILED)),
        95,
        Ruling(RIGHT, Why.TAKEN_BACK),
    ),
    ("astray", record(Kind.MISROUTED, 50), parcel(in_hub(50, "X")), 60, None),
    (
        "sent on",
        record(Kind.MISROUTED, 50, CLEARED),
        parcel(in_hub(50, "X"), left(60, "X", "Y")),
        60,
        Ruling(RIGHT, Why.MOVED_ON),
    ),
    (
        "delivered from there",
        record(Kind.MISROUTED, 50, CLEARED),
        parcel(in_hub(50, "X"), make(60, M.OUT_FOR_DELIVERY)),
        60,
        Ruling(WRONG, Why.DELIVERED),
    ),
    (
        "back from there",
        record(Kind.MISROUTED, 50, CLEARED),
        parcel(in_hub(50, "X"), make(60, M.RETURNING)),
        60,
        Ruling(UNKNOWN, Why.TURNED_BACK),
    ),
    ("circles", record(Kind.LOOPING), parcel(*TRANSIT), 60, None),
    ("circled", record(Kind.LOOPING, state=CLEARED), parcel(*TRANSIT), 60, Ruling(RIGHT, Why.HELD)),
    ("refused", record(Kind.REFUSED), parcel(*TRANSIT), 60, None),
    ("refused and back", record(Kind.REFUSED), parcel(*TRANSIT, BACK), 70, Ruling(RIGHT, Why.TURNED_BACK)),
    ("refused, then not", record(Kind.REFUSED), parcel(DELIVERED), 90, Ruling(UNKNOWN, Why.DELIVERED)),
    (
        "called off at the door",
        record(Kind.ADDRESS_UNUSABLE),
        parcel(make(60, M.CANCELLED)),
        60,
        Ruling(UNKNOWN, Why.CANCELLED),
    ),
    ("on its way back", record(Kind.RETURN_TO_SENDER, 70), parcel(*TRANSIT, BACK), 80, None),
    (
        "back",
        record(Kind.RETURN_TO_SENDER, 70, CLEARED),
        parcel(BACK, make(90, M.RETURNED)),
        90,
        Ruling(RIGHT, Why.RETURNED),
    ),
    (
        "called off on its way back",
        record(Kind.RETURN_TO_SENDER, 70, CLEARED),
        parcel(BACK, make(90, M.CANCELLED)),
        90,
        Ruling(UNKNOWN, Why.CANCELLED),
    ),
    ("nobody there", record(Kind.ATTEMPT_FAILED), parcel(*TRANSIT), 60, None),
    (
        "nobody was there",
        record(Kind.ATTEMPT_FAILED, state=CLEARED),
        parcel(*TRANSIT),
        60,
        Ruling(UNKNOWN, Why.STATED),
    ),
    (
        "another journey",
        record(Kind.PREDICTED_LATE, tells_of=60),
        parcel(*TRANSIT, make(58, M.DELIVERED), in_hub(90, "A")),
        90,
        Ruling(UNKNOWN, Why.NEW_JOURNEY),
    ),
    (
        "another journey's own",
        record(Kind.STALLED, 150, CLEARED),
        parcel(*TRANSIT, make(58, M.DELIVERED), in_hub(90, "A")),
        151,
        Ruling(UNKNOWN, Why.UNPROMISED),
    ),
]


@pytest.mark.parametrize(("told_of", "state", "now", "wanted"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_a_story_a_rule(told_of: ExceptionRecord, state: Parcel, now: float, wanted: Ruling | None) -> None:
    assert ruling(told_of, state, hour(now)) == wanted


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_rule(kind: Kind) -> None:
    assert ruling(record(kind, state=RETRACTED, tells_of=1), parcel(*TRANSIT), hour(2000)) is not None


@pytest.mark.parametrize("kind", STATED)
def test_a_statement_that_nothing_tests_is_never_right(kind: Kind) -> None:
    assert ruling(record(kind, state=CLEARED), parcel(*TRANSIT, DELIVERED), hour(2000)) == Ruling(UNKNOWN, Why.STATED)


# through the watcher -------------------------------------------------------------------------------------------------


def said(watcher: Watcher) -> list[tuple[Kind, Verdict]]:
    return [(judged.kind, judged.verdict) for judged in watcher.judged]


def tallied(watcher: Watcher) -> Tally:
    return Tally(*(sum(parts) for parts in zip(*watcher.tallies, strict=True)))


def watch(promised: float | None = 96, at: float = 0) -> Watcher:
    watcher = Watcher()
    watcher.register(at, registration(at, promised))
    watcher.hear(at + 1, make(at + 1, M.PICKED_UP))
    return watcher


def test_late_is_right_once_the_parcel_comes_late_and_the_warning_was_missed() -> None:
    watcher = watch(promised=20)
    watcher.look(20)
    watcher.hear(30, make(30, M.DELIVERED))
    assert said(watcher) == [(Kind.LATE, RIGHT), (Kind.PREDICTED_LATE, MISSED)]
    late, missed = watcher.judged
    assert (late.found, late.lead_s, late.opened_at, late.at) == (True, 0, hour(20), hour(30))
    assert missed.verdict_id == missed_id(PARCEL, Kind.PREDICTED_LATE, hour(20).isoformat())
    assert tallied(watcher) == Tally(arrived=1, kept=0, missed=1)


def test_a_parcel_that_comes_in_time_is_counted_and_nothing_is_said() -> None:
    watcher = watch()
    watcher.hear(30, make(30, M.AVAILABLE))
    watcher.hear(200, make(200, M.DELIVERED))
    assert not watcher.judged
    assert tallied(watcher) == Tally(arrived=1, kept=1)


def test_without_a_promise_only_the_arrival_counts() -> None:
    watcher = watch(promised=None)
    watcher.hear(30, make(30, M.DELIVERED))
    assert tallied(watcher) == Tally(arrived=1)


def test_a_delivery_heard_of_too_late_shows_that_it_was_never_found_late() -> None:
    watcher = watch()
    watcher.hear(99, make(97, M.DELIVERED))
    assert said(watcher) == [(Kind.PREDICTED_LATE, MISSED), (Kind.LATE, MISSED)]


def test_the_carriers_estimate_that_comes_with_the_delivery_is_no_promise() -> None:
    watcher = watch(promised=None)
    watcher.hear(2, make(2, M.IN_TRANSIT, promised_at=hour(20)))
    watcher.hear(19, make(19.5, M.IN_TRANSIT))
    watcher.hear(30, make(30, M.DELIVERED, promised_at=hour(31)))
    assert tallied(watcher) == Tally(arrived=1, missed=1)


def test_what_is_given_up_for_late_counts_once_also_when_it_comes() -> None:
    watcher = watch(promised=20)
    watcher.look(20)
    watcher.look(45)
    assert said(watcher) == [(Kind.LATE, RIGHT), (Kind.PREDICTED_LATE, MISSED)]
    watcher.hear(60, make(60, M.DELIVERED))
    assert said(watcher)[2:] == [(Kind.STALLED, UNKNOWN)]
    assert tallied(watcher) == Tally(arrived=1, missed=1)


def test_a_delivery_from_before_the_promise_corrects_everything() -> None:
    watcher = watch(promised=20)
    watcher.look(20)
    watcher.look(45)
    answer = watcher.hear(60, make(19, M.DELIVERED))
    assert (Kind.LATE, WRONG) in said(watcher)
    assert missed_id(PARCEL, Kind.PREDICTED_LATE, hour(20).isoformat()) in answer.score.withdrawn
    assert tallied(watcher) == Tally(arrived=1, kept=1)


def test_a_scan_that_comes_late_corrects_the_arrival() -> None:
    watcher = watch(promised=20)
    watcher.hear(22, make(22, M.DELIVERED))
    assert tallied(watcher) == Tally(arrived=1, missed=1)
    answer = watcher.hear(23, make(18, M.AVAILABLE))
    assert len(answer.score.withdrawn) == 2
    assert tallied(watcher) == Tally(arrived=1, kept=1)
    withdrawing = make(18.5, M.PENDING, retracts=make(18, M.AVAILABLE).scan_id)
    watcher.hear(24, withdrawing)
    assert tallied(watcher) == Tally(arrived=1, missed=1)
    assert said(watcher)[-1] == (Kind.LATE, MISSED)


def test_who_sits_in_a_jam_needed_no_warning() -> None:
    state = parcel(*TRANSIT, make(97, M.DELIVERED), registered=registration())
    before = parcel(*TRANSIT, registered=registration())
    jammed, late = record(Kind.JAMMED, 60), record(Kind.LATE, 96, tells_of=96)
    found = score(before, state, (jammed, late), (), (), False, hour(97), POLICY)
    assert [(each.kind, each.verdict) for each in found.judged] == [(Kind.LATE, RIGHT)]


def test_only_the_first_warning_of_a_promise_finds_it() -> None:
    state = parcel(*TRANSIT, make(97, M.DELIVERED), registered=registration())
    first = record(Kind.PREDICTED_LATE, 60, CLEARED, tells_of=96)
    second = record(Kind.PREDICTED_LATE, 80, CLEARED, nth=2, tells_of=96)
    found = score(state, state, (first, second), (), (), False, hour(97), POLICY)
    assert [(each.found, each.lead_s) for each in found.judged] == [(True, 36 * 3600), (False, 16 * 3600)]
    assert found.tally == NONE


def test_a_suspicion_is_judged_when_it_is_never_seen_again_and_anew_when_it_is() -> None:
    watcher = watch(promised=None)
    suspected_at = 1 + 7 * DAY
    watcher.look(suspected_at)
    assert not watcher.judged
    assert watcher.watched is not None
    (known,) = (r for r in watcher.watched.exceptions if r.kind is Kind.LOSS_SUSPECTED)
    assert known.tells_of == hour(suspected_at)
    never = 1 + 30 * DAY
    while watcher.watched.due_at is not None and watcher.watched.due_at <= hour(never):
        watcher.at(watcher.watched.due_at)
    assert (Kind.LOSS_SUSPECTED, RIGHT) in said(watcher)
    lost = next(judged for judged in watcher.judged if judged.kind is Kind.LOSS_SUSPECTED)
    assert (lost.why, lost.at, lost.lead_s) == (Why.NEVER_SEEN, hour(never), 0)
    watcher.hear(900, make(900, M.IN_TRANSIT))
    assert (Kind.LOSS_SUSPECTED, WRONG) in said(watcher)


def test_a_loss_that_nobody_suspected_is_missed_only_after_the_standards_silence() -> None:
    watcher = watch(promised=None)
    watcher.hear(9 * DAY, make(8 * DAY, M.EXCEPTION, detail=Detail.LOST))
    assert (Kind.LOSS_SUSPECTED, MISSED) in said(watcher)
    early = watch(promised=None)
    early.hear(2 * DAY, make(2 * DAY, M.EXCEPTION, detail=Detail.LOST))
    assert (Kind.LOSS_SUSPECTED, MISSED) not in said(early)
    known = watch(promised=None)
    known.look(1 + 7 * DAY)
    known.hear(8 * DAY, make(8 * DAY, M.EXCEPTION, detail=Detail.LOST))
    assert [verdict for kind, verdict in said(known) if kind is Kind.LOSS_SUSPECTED] == [RIGHT]


def test_without_a_standard_no_loss_is_missed_and_no_moment_is_remembered() -> None:
    never = load_policy(DEFAULT.read_text(encoding="utf-8"), "[kinds.loss_suspected]\nlimit = 'never'")
    state = parcel(*TRANSIT, LOST)
    suspected = record(Kind.LOSS_SUSPECTED)
    found = score(state, state, (suspected,), (), (), False, hour(90), never)
    assert found.records[0].tells_of is None


def test_damage_that_only_the_consignee_tells_of_is_missed_once() -> None:
    watcher = watch()
    watcher.hear(30, make(30, M.DELIVERED))
    watcher.report(31, report(31))
    watcher.report(32, report(32))
    assert said(watcher) == [(Kind.DAMAGE_REPORTED, UNKNOWN), (Kind.DAMAGE_REPORTED, MISSED)]
    hinted = watch()
    hinted.hear(20, make(20, M.IN_TRANSIT, detail=Detail.REPACKED))
    hinted.hear(30, make(30, M.DELIVERED))
    hinted.report(31, report(31))
    assert MISSED not in [verdict for _, verdict in said(hinted)]
    assert (Kind.REPACKED, RIGHT) in said(hinted)


def test_a_delivery_that_did_not_come_and_looked_right_is_missed() -> None:
    watcher = watch()
    watcher.hear(20, make(20, M.OUT_FOR_DELIVERY))
    watcher.report(21, report(21, NOT_RECEIVED))  # before any delivery: nothing was signed for
    assert not watcher.judged
    watcher.hear(30, make(30, M.DELIVERED))
    watcher.report(31, report(31, NOT_RECEIVED))
    assert (Kind.FALSE_SIGNATURE, MISSED) in said(watcher)
    before = len(watcher.judged)
    watcher.report(32, report(32, NOT_RECEIVED, "again"))
    assert len(watcher.judged) == before


def test_a_signature_that_was_doubted_is_right_by_the_consignees_word() -> None:
    state = parcel(*TRANSIT, DELIVERED, reports=(report(95, NOT_RECEIVED),))
    doubted = record(Kind.FALSE_SIGNATURE, 90)
    before = parcel(*TRANSIT, DELIVERED)
    found = score(before, state, (doubted,), (), (report(95, NOT_RECEIVED),), False, hour(95), POLICY)
    assert [(each.kind, each.verdict) for each in found.judged] == [(Kind.FALSE_SIGNATURE, RIGHT)]


@given(
    st.lists(st.tuples(st.integers(0, 60), histories), min_size=1, max_size=4),
    registrations,
    reports,
)
def test_whatever_comes_a_verdict_is_given_once_or_changed_and_the_counts_stay_sane(
    pushes: list[tuple[int, list[Scan]]], registered: Registration | None, reported: list[Report]
) -> None:
    watcher = Watcher()
    now = 0
    if registered is not None:
        watcher.register(now, registered)
    for gap, scans in pushes:
        now += gap
        watcher.look(now)
        watcher.hear(now, *scans)
    for each in reported:
        watcher.report(now, each)
    watcher.look(now + 2000)
    last: dict[str, Verdict] = {}
    for judged in watcher.judged:
        assert judged.opened_at is None or judged.opened_at <= judged.at
        assert last.get(judged.verdict_id) is not judged.verdict or judged.verdict is MISSED
        assert (judged.lead_s is None) == (judged.verdict is not RIGHT)
        last[judged.verdict_id] = judged.verdict
    assert watcher.watched is not None
    for known in watcher.watched.exceptions:
        assert known.verdict is last.get(known.exception_id)
    again = len(watcher.judged)
    watcher.look(now + 2000)
    assert len(watcher.judged) == again
