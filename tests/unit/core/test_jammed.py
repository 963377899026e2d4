"""A parcel in an incident: one finding in place of many, with the incident's date; and no storm after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
from core_build import MONDAY, POLICY, M, Watcher, hour, registration
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st
from test_early import HUB, LEARNED, arrived, departed, opened, watch

from core.diagnose import diagnose
from core.effect import ExceptionCleared, ExceptionOpened, ExceptionRetracted, ExceptionUpdated, NoticeWanted
from core.event import Reported, Scanned
from core.finding import Kind
from core.incident import Incident, IncidentKind, Incidents
from core.incident.pulse import measure
from core.network import Network
from core.policy import PolicyError, load_policy
from core.scan import Detail
from core.watch import Advance, advance
from runtime.policy import DEFAULT

NEXT = "成都转运中心"


def jam(since: float, until: float | None = None, kind: IncidentKind = IncidentKind.HUB_JAM, **fields: str) -> Incident:
    place = fields or ({"facility": HUB} if kind is IncidentKind.HUB_JAM else {})
    return Incident(
        incident_id=f"{kind.value}{since}",
        kind=kind,
        carrier="yto",
        since=hour(since),
        until=hour(until) if until is not None else None,
        expected_at=hour(since + 24) if until is None else None,
        **place,
    )


def network(*incidents: Incident) -> Network:
    return Network(LEARNED.baselines, Incidents(incidents))


def lying(at: float, promised: float = 72) -> Watcher:
    """Give a watcher of a parcel that lies in the hub."""
    watcher = watch(promised)
    watcher.hear(at, make(at, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=HUB))
    return watcher


def messages(watcher: Watcher) -> list[str]:
    return [effect.template for effect in watcher.effects if isinstance(effect, NoticeWanted)]


def test_what_lies_in_a_jam_is_in_it_at_once_and_told_once_with_its_date() -> None:
    watcher = lying(20)
    watcher.network = network(jam(18))
    watcher.look(21)
    assert opened(watcher) == [Kind.JAMMED]
    effect = next(e for e in watcher.effects if isinstance(e, ExceptionOpened))
    rest = POLICY.rules_for("yto", None).remaining[M.IN_TRANSIT]
    evidence = effect.finding.evidence
    assert (evidence.incident, evidence.facility, evidence.facility_to) == ("hub_jam18", HUB, None)
    assert (evidence.rule, evidence.expected_at) == ("jammed.hub_jam", hour(42) + rest)
    assert effect.record.given_at == evidence.expected_at
    assert watcher.watched is not None and watcher.watched.expected_at == evidence.expected_at
    for at in range(22, 42 + int(rest / timedelta(hours=1))):
        watcher.look(at)
    assert opened(watcher) == [Kind.JAMMED]
    assert messages(watcher) == ["jammed"]


def test_a_stall_that_turns_out_to_be_a_jam_gives_way() -> None:
    watcher = lying(0, 300)
    while Kind.STALLED not in opened(watcher):
        assert watcher.watched is not None and watcher.watched.due_at is not None
        watcher.at(watcher.watched.due_at)
    assert watcher.watched is not None
    now = watcher.watched.exceptions[0].opened_at + timedelta(hours=1)
    watcher.network = network(jam((now - MONDAY) / timedelta(hours=1) - 2))
    watcher.at(now)
    assert opened(watcher)[-1] is Kind.JAMMED
    assert [e.reason for e in watcher.effects if isinstance(e, ExceptionCleared)] == ["superseded by jammed"]


def test_it_ends_when_the_parcel_is_heard_of_and_late_counts_from_the_date_that_was_given() -> None:
    watcher = lying(20)
    watcher.network = network(jam(18))
    watcher.look(21)
    watcher.network = network(jam(18, 30))
    given_at = hour(42) + POLICY.rules_for("yto", None).remaining[M.IN_TRANSIT]
    answer = watcher.hear(31, departed(31))
    assert Kind.JAMMED in {e.record.kind for e in answer.effects if isinstance(e, ExceptionCleared)}
    assert not any(isinstance(e, ExceptionRetracted) for e in watcher.effects)
    late = watch(40)
    late.hear(20, make(20, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=HUB))
    late.network = network(jam(18))
    late.look(21)
    late.look(41)
    assert opened(late) == [Kind.JAMMED]
    late.network = network(jam(18, 30))
    late.hear(43, departed(43))
    late.at(given_at - timedelta(minutes=1))
    assert Kind.LATE not in opened(late)
    late.at(given_at)
    assert opened(late)[-1] is Kind.LATE


def test_what_piled_up_is_worked_off_for_a_while() -> None:
    watcher = lying(20)
    watcher.network = network(jam(10, 30))
    watcher.look(32)
    assert opened(watcher) == [Kind.JAMMED]
    watcher.look(39.5)
    assert watcher.watched is not None
    assert [record.kind for record in watcher.watched.exceptions if record.is_open] == [Kind.JAMMED]
    assert watcher.watched.due_at == hour(40)
    watcher.look(40)
    assert [record.kind for record in watcher.watched.exceptions if record.is_open] == []
    # The silence from before the end does not count.
    later = lying(20)
    later.network = network(jam(10, 19))
    later.look(21)
    assert opened(later) == []


def test_on_the_way_it_belongs_to_a_jam_ahead_when_it_is_silent_for_longer_than_most() -> None:
    for incident in (jam(2, facility=NEXT), jam(2, None, IncidentKind.LANE_DEGRADED, facility=HUB, to=NEXT)):
        watcher = Watcher(network=network(incident))
        watcher.hear(0, departed(0))
        assert opened(watcher) == []
        assert watcher.watched is not None and watcher.watched.due_at is not None
        assert hour(20) < watcher.watched.due_at < hour(27)
        watcher.at(watcher.watched.due_at)
        assert opened(watcher) == [Kind.JAMMED]
    unlearned = Watcher(network=Network(Watcher().network.baselines, Incidents((jam(2, facility=NEXT),))))
    unlearned.hear(0, departed(0))
    unlearned.look(40)
    assert opened(unlearned) == []


def test_what_left_a_jam_is_not_in_it_nor_what_is_out_or_lost() -> None:
    for step in (
        departed(20),
        make(20, M.IN_TRANSIT, facility=HUB),
        make(20, M.DELIVERED, facility=HUB),
        make(20, M.EXCEPTION, detail=Detail.LOST, facility=HUB),
    ):
        watcher = Watcher(network=network(jam(18)))
        watcher.hear(20, step)
        watcher.look(24)
        assert Kind.JAMMED not in opened(watcher)
    unknown = Watcher(network=network(jam(18)))
    unknown.register(20, registration(20))
    assert Kind.JAMMED not in opened(unknown)


def test_a_silence_in_an_incident_teaches_nothing() -> None:
    def lessons(*incidents: Incident) -> tuple[int, int]:
        watcher = watch(300, network(*incidents))
        watcher.hear(20, departed(20))
        gaps = watcher.hear(60, arrived(60)).lessons
        rests = watcher.hear(90, make(90, M.DELIVERED)).lessons
        return len(gaps), sum(group[0] == "way" for group, _ in rests)

    assert lessons(jam(0, 10)) == lessons(jam(18, 30)) == lessons()
    assert lessons(jam(30, 50, facility=NEXT)) == (0, 0)
    gaps, rests = lessons(jam(62, 80, facility=NEXT))
    assert gaps > 0 and rests == 0


def test_a_step_beats() -> None:
    watcher = Watcher()
    first = watcher.hear(20, make(19, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=HUB))
    assert [(beat[0], beat[1]) for beat in first.beats] == [(("feed", "yto", "", ""), int(hour(20).timestamp()))]
    again = watcher.hear(21, make(20.5, M.IN_TRANSIT, detail=Detail.WEIGHED, facility=HUB))
    assert {beat[0][0] for beat in again.beats} == {"feed"}
    out = watcher.hear(22, departed(22))
    assert [beat[0] for beat in out.beats] == [("hub", "yto", HUB, ""), ("feed", "yto", "", "")]
    come = watcher.hear(40, arrived(40))
    assert [beat[0] for beat in come.beats] == [("lane", "yto", HUB, NEXT), ("feed", "yto", "", "")]
    # What is folded anew says only that the feed lives; what names no place says nothing of places.
    assert {beat[0][0] for beat in watcher.hear(41, make(30, M.IN_TRANSIT, facility="武汉转运中心")).beats} == {"feed"}
    placeless = Watcher()
    placeless.hear(1, make(1, M.IN_TRANSIT, detail=Detail.ARRIVED))
    assert {beat[0][0] for beat in placeless.hear(2, departed(2)).beats} == {"feed"}
    # A parcel that comes with its past says nothing of how late its feed is; later only the newest scan does.
    joining = Watcher()
    assert joining.hear(50, arrived(3), departed(20), arrived(40)).beats == ()
    caught_up = joining.hear(70, departed(60), make(69, M.OUT_FOR_DELIVERY)).beats
    assert [beat[2] for beat in caught_up if beat[0][0] == "feed"] == [measure(3600)]
    astray = Watcher()
    astray.hear(1, departed(1))
    away = astray.hear(9, make(9, M.IN_TRANSIT, detail=Detail.ARRIVED, facility="武汉转运中心"))
    assert {beat[0][0] for beat in away.beats} == {"feed"}


def test_under_a_silent_feed_nothing_is_late_or_not_picked_up() -> None:
    silent = Network(LEARNED.baselines, Incidents((jam(10, None, IncidentKind.FEED_SILENT),)))
    late, waiting = watch(60), Watcher()
    late.hear(9, departed(9))
    waiting.register(0, registration(0, promised=None))
    late.network = waiting.network = silent
    for at in (41, 61, 100):
        late.look(at)
        waiting.look(at)
    assert opened(late) == opened(waiting) == []
    back = Network(LEARNED.baselines, Incidents((jam(10, 100, IncidentKind.FEED_SILENT),)))
    late.network = waiting.network = back
    late.look(100.5)
    waiting.look(100.5)
    assert opened(late) == opened(waiting) == []
    late.look(101.5)
    waiting.look(101.5)
    assert Kind.LATE in opened(late)
    assert opened(waiting) == [Kind.NOT_PICKED_UP]
    # What was open before the feed fell silent stays so.
    waiting.network = silent
    waiting.look(102)
    assert waiting.watched is not None and [record.is_open for record in waiting.watched.exceptions] == [True]


@given(st.lists(st.integers(0, 10**9), min_size=40, max_size=40, unique=True))
def test_when_a_feed_comes_back_its_parcels_are_judged_one_by_one(names: list[int]) -> None:
    silent = Network(LEARNED.baselines, Incidents((jam(10, None, IncidentKind.FEED_SILENT),)))
    dues: list[datetime] = []
    for name in names:
        parcel_id = f"yto:{name}"
        event = Scanned(parcel_id=parcel_id, received_at=hour(9), scans=(departed(9),))
        first = advance(parcel_id, None, (event,), hour(9), POLICY, None, silent)
        assert isinstance(first, Advance)
        later = advance(parcel_id, first.watched, (), hour(90), POLICY, None, silent)
        assert isinstance(later, Advance) and later.watched.due_at is not None and later.effects == ()
        dues.append(later.watched.due_at)
    dues.sort()
    assert dues[-1] - dues[0] > timedelta(minutes=5)
    assert max(other - one for one, other in pairwise(dues)) < timedelta(minutes=10)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 100), st.booleans())
def test_at_most_one_of_the_jam_and_what_it_mutes_holds(since: int, length: int, at: int, over: bool) -> None:
    incident = jam(since, since + length if over else None)
    watcher = lying(20)
    assert watcher.watched is not None
    parcel = watcher.watched.parcel
    found = {finding.kind for finding in diagnose(parcel, hour(20 + at), POLICY, network(incident)).findings}
    assert not (Kind.JAMMED in found and found & {Kind.STALLED, Kind.PREDICTED_LATE})
    again = diagnose(parcel, hour(20 + at), POLICY, network(incident))
    assert again.due_at is None or again.due_at > hour(20 + at)


def test_a_hub_that_counts_its_shelves_in_a_jam_moves_nothing() -> None:
    watcher = lying(20)
    watcher.network = network(jam(18))
    watcher.look(21)
    for at in (24, 30):
        watcher.hear(at, make(at, M.IN_TRANSIT, detail=Detail.SORTED, facility=HUB))
    assert watcher.watched is not None
    assert [(record.kind, record.is_open) for record in watcher.watched.exceptions] == [(Kind.JAMMED, True)]
    assert messages(watcher) == ["jammed"]


def test_another_date_of_the_incident_moves_the_date_that_counts() -> None:
    watcher = lying(20)
    watcher.network = network(jam(18))
    watcher.look(21)
    watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(66)))
    watcher.look(43)
    assert watcher.watched is not None
    rest = POLICY.rules_for("yto", None).remaining[M.IN_TRANSIT]
    assert watcher.watched.exceptions[0].given_at == hour(66) + rest
    assert messages(watcher) == ["jammed", "jam_lasts"]
    told = watcher.effects[-1]
    assert told.data["before"] == (hour(42) + rest).isoformat()
    assert told.data["expected_at"] == (hour(66) + rest).isoformat()
    assert (told.data["incident"], told.data["facility"], told.data["still"]) == ("hub_jam18", HUB, "jammed")


def test_a_date_that_moved_is_told_once_and_when_it_passes_the_parcel_is_late() -> None:
    rest = POLICY.rules_for("yto", None).remaining[M.IN_TRANSIT]
    watcher = lying(20, 60)
    watcher.network = network(jam(18))
    watcher.look(21)
    watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(50)))
    watcher.look(42)
    assert messages(watcher) == ["jammed"], "by less than is worth a message"
    for end in (66, 114):
        watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(end)))
        watcher.look(end - 20)
    assert messages(watcher) == ["jammed", "jam_lasts"]
    watcher.at(hour(66) + rest - timedelta(minutes=1))
    assert Kind.LATE not in opened(watcher)
    watcher.at(hour(66) + rest)
    assert messages(watcher) == ["jammed", "jam_lasts", "late"]


def test_a_jam_that_was_found_beside_something_graver_is_told_when_its_date_moves() -> None:
    watcher = watch(72)
    watcher.network = network(jam(18))
    damaged = make(20, M.IN_TRANSIT, detail=Detail.DAMAGED, facility=HUB)
    lies = make(20.5, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=HUB)
    watcher.hear(21, damaged, lies)
    assert set(opened(watcher)) == {Kind.DAMAGE_REPORTED, Kind.JAMMED}
    assert messages(watcher) == ["damage_reported"]
    watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(114)))
    watcher.look(43)
    assert messages(watcher) == ["damage_reported", "jammed"]


def test_a_jam_that_moved_and_grows_graver_is_not_told_a_third_time() -> None:
    watcher = lying(20, 60)
    for at, end in ((21, 42), (30, 66), (45, 114)):  # a day in it makes it graver
        watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(end)))
        watcher.look(at)
    assert isinstance(watcher.effects[-1], ExceptionUpdated)
    assert messages(watcher) == ["jammed", "jam_lasts"]


def test_a_jam_that_costs_no_promise_is_not_told_until_it_does() -> None:
    rest = POLICY.rules_for("yto", None).remaining[M.IN_TRANSIT]
    watcher = lying(20, 42 + rest / timedelta(hours=1))
    watcher.network = network(jam(18))
    watcher.look(21)
    assert opened(watcher) == [Kind.JAMMED] and messages(watcher) == []
    watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(43)))
    watcher.look(41)
    assert messages(watcher) == ["jammed"], "by an hour too late is too late"
    watcher.network = network(msgspec.structs.replace(jam(18), expected_at=hour(66)))
    watcher.look(43)
    assert messages(watcher) == ["jammed", "jam_lasts"]
    assert opened(watcher) == [Kind.JAMMED]
    # Without a promise there is nothing that it could keep.
    free = Watcher(network=network(jam(18)))
    free.register(0, registration(0, promised=None))
    free.hear(20, make(20, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=HUB))
    free.look(21)
    assert messages(free) == ["jammed"]


def test_who_was_told_of_a_jam_is_not_told_the_old_promise_or_a_better_guess() -> None:
    watcher = lying(60)
    watcher.network = network(jam(58))
    watcher.look(61)
    said = messages(watcher)
    assert said[-1] == "jammed"
    # The hub scans it again, then it leaves: the promise of the shop stands as it stood, and is no news.
    watcher.hear(64, make(64, M.IN_TRANSIT, detail=Detail.SORTED, facility=HUB))
    watcher.network = network(jam(58, 66))
    watcher.hear(68, departed(68))
    assert opened(watcher)[-1] is Kind.PREDICTED_LATE
    assert messages(watcher) == said
    # Another promise of the carrier is.
    watcher.hear(69, make(69, M.IN_TRANSIT, facility=NEXT, promised_at=hour(200)))
    assert messages(watcher) == [*said, "promise_changed"]


def test_a_report_in_a_jam_is_taken_as_ever() -> None:
    from core_build import PARCEL, report

    watcher = lying(20)
    watcher.network = network(jam(18))
    watcher.at(hour(21), Reported(parcel_id=PARCEL, report=report(21)))
    assert set(opened(watcher)) == {Kind.JAMMED, Kind.DAMAGE_REPORTED}


def test_an_incident_must_not_close_below_where_it_opens() -> None:
    import pytest

    with pytest.raises(PolicyError, match=r"incidents\.closes"):
        load_policy(DEFAULT.read_text("utf-8"), "[incidents]\ncloses = 0.3\n")
