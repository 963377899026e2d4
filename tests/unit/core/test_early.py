"""What is found by what was learned: early warnings, limits of a leg, and that what is open does not flicker."""

from __future__ import annotations

import random
from datetime import timedelta

from core_build import POLICY, M, Watcher, hour, registration
from core_build import scan as make

from core.baseline.learned import Baselines
from core.baseline.sums import Sums
from core.effect import ExceptionCleared, ExceptionOpened, ExceptionRetracted, ExceptionUpdated, NoticeWanted
from core.event import Registered, Registration
from core.finding import Kind
from core.incident import Incident, IncidentKind, Incidents, passes_at
from core.network import Network
from core.scan import Detail, Scan

HUB = "杭州转运中心"


def departed(at: float, facility: str = HUB) -> Scan:
    return make(at, M.IN_TRANSIT, detail=Detail.DEPARTED, facility=facility, facility_to="成都转运中心")


def arrived(at: float) -> Scan:
    return make(at, M.IN_TRANSIT, detail=Detail.ARRIVED, facility="成都转运中心")


def taught(gap_h: float, rest_h: float, count: int = 900) -> Baselines:
    """Let parcels teach by living: picked up, departed, arrived, delivered."""
    draw = random.Random(3)
    sums = Sums()
    for n in range(count):
        watcher = Watcher()
        watcher.at(hour(0), Registered(parcel_id="yto:YT1", registration=registered()))
        day = 24 * (n % 5)
        at = day + 10.0
        for step in (departed(at), arrived(at := at + gap_h * draw.uniform(0.7, 1.3))):
            answer = watcher.hear(at if step.detail is Detail.ARRIVED else day + 10.0, step)
            sums.add(answer.lessons)
        at += rest_h * draw.uniform(0.7, 1.3)
        sums.add(watcher.hear(at, make(at, M.DELIVERED)).lessons)
    return Baselines(sums.frozen(), POLICY.learned.asked)


def registered(promised: float = 72) -> Registration:
    return registration(0, promised, origin="杭州", destination="成都")


LEARNED = Network(taught(20, 20), Incidents())


def watch(promised: float, network: Network = LEARNED) -> Watcher:
    watcher = Watcher(network=network)
    watcher.at(
        hour(0),
        Registered(parcel_id="yto:YT1", registration=registration(0, promised, origin="杭州", destination="成都")),
    )
    return watcher


def opened(watcher: Watcher) -> list[Kind]:
    return [effect.record.kind for effect in watcher.effects if isinstance(effect, ExceptionOpened)]


def test_a_parcel_that_cannot_make_it_is_said_at_the_scan() -> None:
    watcher = watch(promised=72)
    watcher.hear(50, departed(50))
    assert opened(watcher) == [Kind.PREDICTED_LATE]
    effect = next(e for e in watcher.effects if isinstance(e, ExceptionOpened))
    evidence = effect.finding.evidence
    assert evidence.chance is not None and evidence.chance >= 85
    assert evidence.expected_at is not None and evidence.expected_by is not None
    assert hour(72) < evidence.expected_at < evidence.expected_by
    assert (evidence.facility, evidence.facility_to) == (HUB, "成都转运中心")
    notice = next(e for e in watcher.effects if isinstance(e, NoticeWanted))
    assert notice.template == "predicted_late"
    assert watcher.watched is not None
    assert watcher.watched.expected_at == evidence.expected_at
    assert watcher.watched.expected_by == evidence.expected_by


def test_silence_alone_makes_it_likely_and_a_scan_ends_it() -> None:
    watcher = watch(promised=70)
    watcher.hear(20, departed(20))
    assert opened(watcher) == []
    assert watcher.watched is not None
    due_at = hour(20)
    while Kind.PREDICTED_LATE not in opened(watcher):
        assert watcher.watched.due_at is not None
        due_at = watcher.watched.due_at
        assert due_at < hour(70)
        watcher.at(due_at)
    assert due_at > hour(40)
    at = (due_at - hour(0)) / timedelta(hours=1) + 0.1
    watcher.hear(at, arrived(at - 8))
    cleared = {e.record.kind for e in watcher.effects if isinstance(e, ExceptionCleared | ExceptionRetracted)}
    assert Kind.PREDICTED_LATE in cleared


def test_a_passed_promise_takes_the_warnings_place() -> None:
    watcher = watch(promised=72)
    watcher.hear(50, departed(50))
    watcher.at(hour(72))
    assert opened(watcher) == [Kind.PREDICTED_LATE, Kind.LATE]
    assert [e.reason for e in watcher.effects if isinstance(e, ExceptionCleared)] == ["superseded by late"]


def test_a_warning_stays_with_a_scan_that_changes_little() -> None:
    watcher = watch(promised=72)
    watcher.hear(50, departed(50))
    watcher.hear(55, make(55, M.IN_TRANSIT, detail=Detail.DEPARTED, facility=HUB, facility_to="成都转运中心", text="x"))
    assert opened(watcher) == [Kind.PREDICTED_LATE]
    assert [type(e) for e in watcher.effects if isinstance(e, ExceptionCleared | ExceptionUpdated)] == [
        ExceptionUpdated
    ]


def test_the_learned_limit_takes_the_place_of_the_fixed_one() -> None:
    watcher = Watcher(network=LEARNED)
    watcher.hear(0, departed(0))
    assert watcher.watched is not None and watcher.watched.due_at is not None
    assert hour(40) < watcher.watched.due_at < hour(60)
    watcher.at(watcher.watched.due_at)
    effect = next(e for e in watcher.effects if isinstance(e, ExceptionOpened))
    evidence = effect.finding.evidence
    assert (effect.record.kind, evidence.rule) == (Kind.STALLED, "stalled.leg")
    assert evidence.share == POLICY.learned.asked.stalled_share * 100
    assert evidence.count and evidence.limit_s and evidence.usual_s and evidence.measured_s
    assert evidence.usual_s < 27 * 3600 < evidence.limit_s
    # The limit moves up: what is open with the same last scan stays open.
    watcher.network = Network(taught(40, 20, 500), Incidents())
    watcher.at(hour(60))
    assert [r.state.value for r in watcher.watched.exceptions] == ["open"]
    # A late scan from before shows another silence, judged by what is known now.
    answer = watcher.hear(61, departed(12, "武汉转运中心"))
    assert any(isinstance(e, ExceptionRetracted) for e in answer.effects)


def test_hindsight_with_the_same_last_scan_changes_nothing() -> None:
    watcher = Watcher(network=LEARNED)
    watcher.hear(0, departed(0))
    assert watcher.watched is not None and watcher.watched.due_at is not None
    watcher.at(watcher.watched.due_at)
    watcher.network = Network(taught(40, 20, 500), Incidents())
    answer = watcher.hear(60, make(-5, M.PICKED_UP))
    assert not any(isinstance(e, ExceptionRetracted) for e in answer.effects)


def incident(since: float, until: float | None, **fields: str) -> Incident:
    return Incident(
        incident_id=f"{since}",
        kind=IncidentKind.HUB_JAM if fields.get("facility") else IncidentKind.FEED_SILENT,
        carrier="yto",
        since=hour(since),
        until=hour(until) if until is not None else None,
        **fields,
    )


def test_the_clock_of_silence_stands_in_an_incident() -> None:
    day = timedelta(hours=24)
    assert passes_at(hour(0), day, ()) == hour(24)
    assert passes_at(hour(0), day, (incident(30, 40),)) == hour(24)
    assert passes_at(hour(0), day, (incident(10, 20),)) == hour(34)
    assert passes_at(hour(0), day, (incident(-10, -5),)) == hour(24)
    assert passes_at(hour(0), day, (incident(-10, 5),)) == hour(29)
    assert passes_at(hour(0), day, (incident(10, 20), incident(15, 25))) == hour(39)
    assert passes_at(hour(0), day, (incident(10, None),)) is None


def test_under_a_silent_feed_nothing_is_called_silent() -> None:
    watcher = Watcher(network=Network(LEARNED.baselines, Incidents((incident(10, None),))))
    watcher.hear(0, departed(0))
    assert watcher.watched is not None
    watcher.at(hour(70))
    assert opened(watcher) == []
    assert watcher.watched.due_at is not None
    assert timedelta(minutes=20) <= watcher.watched.due_at - hour(70) < timedelta(minutes=35)
    watcher.network = Network(LEARNED.baselines, Incidents((incident(10, 71),)))
    watcher.at(hour(72))
    assert opened(watcher) == []
    watcher.at(hour(115))
    assert opened(watcher) == [Kind.STALLED]


def test_incidents_are_found_by_what_they_are_about() -> None:
    hub = incident(0, None, facility=HUB)
    lane = incident(1, None, facility=HUB, to="成都转运中心")
    feed = incident(2, None)
    incidents = Incidents((feed, lane, hub))
    assert incidents.about("yto", HUB, "成都转运中心") == (feed, hub)
    assert incidents.about("yto", HUB, "成都转运中心", left=True) == (feed, lane)
    assert incidents.about("yto", "武汉转运中心", HUB, left=True) == (feed, hub)
    assert incidents.about("yto", HUB, "", left=True) == (feed,)
    assert incidents.about("yto") == (feed,)
    assert incidents.about("sf", HUB) == ()
    assert incidents and not Incidents()
    assert Incidents().about("yto", HUB) == ()


def test_no_warning_by_the_usual_in_an_incident() -> None:
    watcher = watch(72, Network(LEARNED.baselines, Incidents((incident(49, None, facility="成都转运中心"),))))
    watcher.hear(50, departed(50))
    assert opened(watcher) == []


def test_chances_are_judged_when_the_truth_is_known() -> None:
    watcher = watch(promised=72)
    watcher.hear(50, departed(50))
    assert watcher.watched is not None and len(watcher.watched.odds) == 1
    answer = watcher.hear(80, make(80, M.DELIVERED))
    assert any(group == ("odds", "yto", 1) for group, _ in answer.lessons)
    assert watcher.watched.odds == b""
    kept = watch(promised=72)
    kept.hear(20, departed(20))
    answer = kept.hear(60, make(60, M.DELIVERED))
    assert any(group == ("odds", "yto", 0) for group, _ in answer.lessons)
    collected = watch(promised=72)
    collected.hear(20, departed(20))
    assert ("odds", "yto", 0) in {group for group, _ in collected.hear(60, make(60, M.AVAILABLE)).lessons}
    assert not any(group[0] == "odds" for group, _ in collected.hear(90, make(90, M.DELIVERED)).lessons)
    silent = watch(promised=72)
    silent.hear(20, departed(20))
    assert not any(group[0] == "odds" for group, _ in silent.at(hour(80)).lessons)
    assert any(group == ("odds", "yto", 1) for group, _ in silent.at(hour(97)).lessons)


def test_when_the_learned_time_is_over_policys_date_is_shown() -> None:
    watcher = watch(promised=300)
    watcher.hear(20, departed(20))
    watcher.at(hour(100))
    assert watcher.watched is not None
    assert watcher.watched.expected_by is None
    assert watcher.watched.expected_at == hour(300)


def test_another_promise_begins_anew_and_the_given_chances_are_bounded() -> None:
    watcher = watch(promised=240)
    for n in range(40):
        watcher.hear(20 + n, departed(20 + n))
    assert watcher.watched is not None and len(watcher.watched.odds) == 32
    later = registration(61, 300, origin="杭州", destination="成都")
    watcher.at(hour(61), Registered(parcel_id="yto:YT1", registration=later))
    assert watcher.watched.odds == b""


def test_a_promise_is_kept_by_lying_ready_whatever_comes_after() -> None:
    watcher = watch(promised=72)
    watcher.hear(20, departed(20))
    ready = watcher.hear(60, make(60, M.AVAILABLE))
    assert any(group[0] == "way" for group, _ in ready.lessons)
    watcher.hear(70, make(70, M.EXCEPTION, detail=Detail.UNCLAIMED))
    watcher.at(hour(80))
    assert opened(watcher) == [Kind.NOT_COLLECTED]
    collected = watcher.hear(90, make(90, M.DELIVERED))
    assert not any(group[0] == "way" for group, _ in collected.lessons)


def test_ready_after_the_promise_ends_being_late() -> None:
    watcher = watch(promised=72)
    watcher.hear(20, departed(20))
    watcher.at(hour(72))
    watcher.hear(80, make(80, M.AVAILABLE))
    watcher.hear(90, make(90, M.EXCEPTION, detail=Detail.UNCLAIMED))
    watcher.at(hour(100))
    assert opened(watcher).count(Kind.LATE) == 1


def test_the_shops_promise_is_not_for_the_way_back_under_the_same_waybill() -> None:
    watcher = watch(promised=72)
    watcher.hear(20, departed(20))
    watcher.hear(40, make(40, M.DELIVERED))
    watcher.hear(60, make(60, M.PICKED_UP))
    watcher.hear(66, departed(66))
    watcher.at(hour(73))
    assert watcher.watched is not None and watcher.watched.parcel.promised_at is None
    assert opened(watcher) == []
    again = registration(74, 140, origin="成都", destination="杭州")
    watcher.at(hour(74), Registered(parcel_id="yto:YT1", registration=again))
    assert watcher.watched.parcel.promised_at == hour(140)


def test_a_silence_found_by_a_learned_limit_keeps_its_rule_when_the_learned_is_gone() -> None:
    watcher = Watcher(network=LEARNED)
    watcher.hear(0, departed(0))
    assert watcher.watched is not None and watcher.watched.due_at is not None
    first = watcher.watched.due_at
    watcher.at(first)
    watcher.network = Network(Baselines({}, POLICY.learned.asked), Incidents())
    watcher.at(first + timedelta(hours=1))
    watcher.at(first + timedelta(hours=48))
    assert opened(watcher) == [Kind.STALLED]
    kept = next(record for record in watcher.watched.exceptions if record.kind is Kind.STALLED)
    assert kept.rule.startswith("stalled.")


def test_what_lay_ready_once_has_kept_its_promise() -> None:
    watcher = watch(promised=40)
    watcher.hear(20, make(20, M.AVAILABLE, facility="成都转运中心"))
    watcher.hear(30, make(30, M.OUT_FOR_DELIVERY))
    assert opened(watcher) == []
    assert watcher.watched is not None and watcher.watched.odds == b""


def test_a_hub_that_scans_again_and_again_moves_nothing() -> None:
    hub = "成都转运中心"
    arrived_first = make(0, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=hub)
    again = make(20, M.IN_TRANSIT, detail=Detail.SORTED, facility=hub)
    remark = make(40, M.EXCEPTION, text="暂存")
    network = Network(taught(20, 20), Incidents())
    watcher = Watcher(network=network)
    lessons = [
        lesson
        for n, scan in ((0, arrived_first), (20, again), (40, remark))
        for lesson in watcher.hear(n, scan).lessons
    ]
    assert lessons == []
    assert watcher.watched is not None
    parcel = watcher.watched.parcel
    assert (parcel.stood_at, parcel.heard_at, len(parcel.trail)) == (hour(0), hour(40), 1)
    watcher.at(hour(75))
    evidence = next(e for e in watcher.effects if isinstance(e, ExceptionOpened)).finding.evidence
    assert evidence.measured_s is not None and evidence.measured_s >= 40 * 3600
    assert watcher.hear(80, departed(80, hub)).lessons
