"""The kinds that look at a journey: its way, its weights, its container, its end. One story a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from core_build import PARCEL, POLICY, M, Watcher, hour, parcel, registration, report
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st

from core.baseline.learned import Baselines
from core.baseline.lessons import REST_HOUR
from core.baseline.sums import Sums
from core.container import Containers, Mates, changes, counted
from core.diagnose import diagnose
from core.door import LEFT
from core.effect import ExceptionCleared, ExceptionOpened, ExceptionRetracted, NoticeWanted
from core.event import ReportKind
from core.finding import Evidence, Kind
from core.incident import Incident, IncidentKind, Incidents
from core.network import NOTHING, Network
from core.parcel import Parcel
from core.place import same_place, says_town
from core.policy import Policy, load_policy
from core.route import VISITS
from core.scan import Detail, Milestone, Scan, Signer
from core.stop import stop_of
from core.words.consent import agreed
from runtime.policy import DEFAULT

NOT_RECEIVED = ReportKind.NOT_RECEIVED


def evidence(
    kind: Kind, state: Parcel, hours: float, policy: Policy = POLICY, network: Network = NOTHING
) -> Evidence | None:
    found = {each.kind: each.evidence for each in diagnose(state, hour(hours), policy, network).findings}
    return found.get(kind)


def arrived(at: float, facility: str, **fields: Any) -> Scan:
    return make(at, M.IN_TRANSIT, detail=Detail.ARRIVED, facility=facility, **fields)


def departed(at: float, facility: str, to: str | None, **fields: Any) -> Scan:
    return make(at, M.IN_TRANSIT, detail=Detail.DEPARTED, facility=facility, facility_to=to, **fields)


def way(*legs: str) -> list[Scan]:
    """Give scans an hour apart: "A" arrives there, "A>B" leaves there for B, "A>" leaves and nobody says for where."""
    scans = []
    for nth, leg in enumerate(legs):
        here, sign, to = leg.partition(">")
        scans.append(departed(nth, here, to or None) if sign else arrived(nth, here))
    return scans


# ------------------------------------------------------------------------------------------------------------ the way

STRAIGHT = [
    ("straight on", ["A", "A>B", "B", "B>C", "C"]),
    ("a hub between is not scanned", ["A", "A>B", "C", "C>D", "D", "D>E", "E"]),
    ("the departure is scanned twice", ["A", "A>B", "A>B", "B", "B>C"]),
    ("it waits for another lorry", ["A", "A>B", "A", "A>B", "B"]),
    ("nobody says where it goes", ["A", "A>", "B", "B>", "C"]),
    ("elsewhere, and on from there", ["A", "A>B", "Y", "Y>C", "C"]),
]
ASTRAY = [
    ("sent back to where it should go", ["A", "A>B", "Y", "Y>B"], ("Y", "A", "B")),
    ("sent back to where it came from", ["A", "A>B", "Y", "Y>A"], ("Y", "A", "B")),
    ("the arrival there is not scanned", ["A", "A>B", "Y>B"], ("Y", "A", "B")),
    ("its departure there is not scanned", ["A", "A>B", "Y", "B"], ("Y", "A", "B")),
    ("back where it came from, unseen", ["A", "A>B", "Y", "A"], ("Y", "A", "B")),
]


@pytest.mark.parametrize("legs", [legs for _, legs in STRAIGHT], ids=[story for story, _ in STRAIGHT])
def test_missing_scans_are_not_taken_for_a_wrong_way(legs: list[str]) -> None:
    for upto in range(1, len(legs) + 1):
        state = parcel(*way(*legs[:upto]))
        assert evidence(Kind.MISROUTED, state, 20) is None
        assert evidence(Kind.LOOPING, state, 20) is None


@pytest.mark.parametrize(("legs", "where"), [row[1:] for row in ASTRAY], ids=[row[0] for row in ASTRAY])
def test_misrouted_is_shown_by_what_comes_next(legs: list[str], where: tuple[str, str, str]) -> None:
    scans = way(*legs)
    assert evidence(Kind.MISROUTED, parcel(*scans[:-1]), 20) is None
    found = evidence(Kind.MISROUTED, parcel(*scans), 20)
    assert found is not None
    assert (found.place, found.facility, found.facility_to) == where
    gone_on = [*scans, departed(10, "B", "C")]
    assert evidence(Kind.MISROUTED, parcel(*gone_on), 20) is None
    assert evidence(Kind.MISROUTED, parcel(*scans, make(10, M.OUT_FOR_DELIVERY)), 20) is None


def test_the_carrier_says_that_it_is_at_a_wrong_place() -> None:
    astray = make(3, M.EXCEPTION, detail=Detail.MISROUTED, facility="Y")
    for scans, left, expected in (
        ([*way("A", "A>B"), astray], "A", "B"),
        ([*way("A", "A>B", "Y"), astray], "A", "B"),
        ([astray], None, None),
        ([*way("A"), make(3, M.EXCEPTION, detail=Detail.MISROUTED)], None, None),
    ):
        found = evidence(Kind.MISROUTED, parcel(*scans), 20)
        assert found is not None
        assert (found.facility, found.facility_to) == (left, expected)
    twice = parcel(astray, make(4, M.EXCEPTION, detail=Detail.MISROUTED, facility="Y"))
    found = evidence(Kind.MISROUTED, twice, 20)
    assert found is not None
    assert found.scans == (astray.scan_id,)


def test_a_circle_is_a_leg_that_is_gone_again() -> None:
    once = way("A", "A>B", "B", "B>A", "A")
    assert evidence(Kind.LOOPING, parcel(*once), 20) is None
    again = [*once, departed(5, "A", "B")]
    found = evidence(Kind.LOOPING, parcel(*again), 20)
    assert found is not None
    assert (found.facility, found.facility_to, found.measured, found.limit) == ("A", "B", 2, 1)
    assert evidence(Kind.LOOPING, parcel(*again, arrived(6, "B"), departed(7, "B", "C")), 20) is None
    assert evidence(Kind.LOOPING, parcel(*again, arrived(6, "C")), 20) is None
    # On the way back every hub comes again.
    assert evidence(Kind.LOOPING, parcel(*way("A", "B", "A"), make(3, M.RETURNING), arrived(4, "B")), 20) is None


def test_a_way_is_bounded() -> None:
    state = parcel(*(arrived(n, f"hub {n}") for n in range(3 * VISITS)))
    assert state.course.route.visits == tuple(f"hub {n}" for n in range(2 * VISITS, 3 * VISITS))


@given(st.permutations(way("A", "A>B", "Y", "Y>A", "A", "A>B", "B", "B>A", "A", "A>B")))
def test_a_way_is_the_same_in_any_order_of_arrival(scans: list[Scan]) -> None:
    watcher = Watcher()
    for each in scans:
        watcher.hear(20, each)
    assert watcher.watched is not None
    assert watcher.watched.parcel == parcel(*scans)


def test_a_late_scan_retracts_what_it_disproves() -> None:
    watcher = Watcher()
    a, ab, y, yb = way("A", "A>B", "Y", "Y>B")
    watcher.hear(4, a, ab, y, yb)
    assert [e.record.kind for e in watcher.effects if isinstance(e, ExceptionOpened)] == [Kind.MISROUTED]
    # It had been sent to Y after all.
    watcher.hear(5, departed(1.5, "A", "Y"))
    assert [e.record.kind for e in watcher.effects if isinstance(e, ExceptionRetracted)] == [Kind.MISROUTED]


# ----------------------------------------------------------------------------------------------------------- weights


def weighed(*grams: int | None) -> Parcel:
    return parcel(*(make(nth, M.IN_TRANSIT, weight_g=each) for nth, each in enumerate(grams)))


@pytest.mark.parametrize(
    ("grams", "missing"),
    [
        ((1000, 880), 120),
        ((1000, None, 880), 120),
        ((1000, 990, 850), 140),
        ((1000, 850, 860), 150),
        ((1000, 850, 600), 250),
        ((1000, 600, 550), 400),
        ((1000, 881), None),  # below the share
        ((200, 165), None),  # below the grams
        ((1000, 850, 990), None),  # the scale between was wrong
        ((850, 1000), None),
        ((1000,), None),
        ((1000, 0, -5), None),
    ],
)
def test_a_weight_that_fell(grams: tuple[int | None, ...], missing: int | None) -> None:
    found = evidence(Kind.WEIGHT_FELL, weighed(*grams), 20)
    assert (found.measured if found else None) == missing
    if found is not None:
        assert found.unit == "g"
        assert len(found.scans) == 2
        assert found.limit is not None
        assert found.limit <= (found.measured or 0)


def test_damage_settles_and_weighs_more_than_a_new_wrapping() -> None:
    fell = [make(0, M.IN_TRANSIT, weight_g=1000), make(1, M.IN_TRANSIT, weight_g=500, detail=Detail.REPACKED)]
    assert [f.kind for f in diagnose(parcel(*fell), hour(2), POLICY).findings] == [Kind.WEIGHT_FELL]
    over = parcel(*fell, make(3, M.DELIVERED))
    assert [f.kind for f in diagnose(over, hour(3 + 24 * 29), POLICY).findings] == [Kind.WEIGHT_FELL]
    assert diagnose(over, hour(3 + 24 * 30), POLICY).findings == ()


# ------------------------------------------------------------------------------------------------------------ customs


def test_customs_end_by_clearance_or_by_a_move_but_not_by_words() -> None:
    held = [make(0, M.CUSTOMS), make(1, M.EXCEPTION, detail=Detail.DELAYED)]
    assert evidence(Kind.CUSTOMS_HOLD, parcel(*held), 96) is not None
    for last in (make(2, M.CUSTOMS, detail=Detail.CUSTOMS_CLEARED), arrived(2, "A"), make(2, M.OUT_FOR_DELIVERY)):
        assert evidence(Kind.CUSTOMS_HOLD, parcel(*held, last), 200) is None


def test_who_never_limits_customs_hears_of_a_hold_all_the_same() -> None:
    held = parcel(make(0, M.CUSTOMS), make(50, M.CUSTOMS, detail=Detail.CUSTOMS_HELD, text="海关查验"))
    own = "[kinds.customs_hold]\nlimit = 'never'"
    found = evidence(Kind.CUSTOMS_HOLD, held, 74, load_policy(DEFAULT.read_text("utf-8"), own))
    assert found is not None
    assert (found.rule, found.measured_s, found.words) == ("customs_hold.held", 24 * 3600, "海关查验")
    late = parcel(make(0, M.CUSTOMS), make(90, M.CUSTOMS, detail=Detail.CUSTOMS_HELD))
    assert (found := evidence(Kind.CUSTOMS_HOLD, late, 96)) is not None
    assert found.rule == "customs_hold"
    off = load_policy(DEFAULT.read_text("utf-8"), own + "\nheld = 'never'")
    assert evidence(Kind.CUSTOMS_HOLD, held, 500, off) is None


# -------------------------------------------------------------------------------------------------------- at the door


def test_an_obstacle_ends_by_another_try_or_another_address() -> None:
    bad = make(5, M.ATTEMPT_FAILED, detail=Detail.BAD_ADDRESS, text="地址不详")
    found = evidence(Kind.ADDRESS_UNUSABLE, parcel(bad), 6)
    assert found is not None
    assert (found.words, found.measured) == ("地址不详", 1)
    for last in (
        make(6, M.OUT_FOR_DELIVERY),
        make(6, M.IN_TRANSIT, detail=Detail.REDIRECTED),
        make(6, M.DELIVERED),
    ):
        assert evidence(Kind.ADDRESS_UNUSABLE, parcel(bad, last), 7) is None
    other = make(6, M.ATTEMPT_FAILED, detail=Detail.ABSENT)
    assert evidence(Kind.ADDRESS_UNUSABLE, parcel(bad, other), 7) is not None
    on_the_way = make(5, M.IN_TRANSIT, detail=Detail.BAD_ADDRESS)
    assert evidence(Kind.ADDRESS_UNUSABLE, parcel(on_the_way), 7) is not None


def test_a_failed_attempt_says_why_and_whose_fault() -> None:
    from core.scan import Culprit

    absent = make(5, M.ATTEMPT_FAILED, detail=Detail.ABSENT, culprit=Culprit.CONSIGNEE)
    found = evidence(Kind.ATTEMPT_FAILED, parcel(absent), 6)
    assert found is not None
    assert (found.reason, found.culprit) == (Detail.ABSENT, Culprit.CONSIGNEE)


def test_not_collected_by_the_clock_or_by_the_carriers_word() -> None:
    ready = make(5, M.AVAILABLE)
    assert evidence(Kind.NOT_COLLECTED, parcel(ready), 76.9) is None
    assert evidence(Kind.NOT_COLLECTED, parcel(ready), 77) is not None
    told = make(30, M.EXCEPTION, detail=Detail.UNCLAIMED, text="逾期未取")
    found = evidence(Kind.NOT_COLLECTED, parcel(ready, told), 31)
    assert found is not None
    assert (found.words, len(found.scans)) == ("逾期未取", 2)
    for last in (make(40, M.DELIVERED), make(40, M.RETURNING), arrived(40, "A")):
        assert evidence(Kind.NOT_COLLECTED, parcel(ready, told, last), 200) is None
    off = load_policy(DEFAULT.read_text("utf-8"), "[kinds.not_collected]\nlimit = 'never'")
    assert evidence(Kind.NOT_COLLECTED, parcel(ready), 400, off) is None


# --------------------------------------------------------------------------------------------------------- signatures


def knows(unseen: int, seen: int = 900) -> Network:
    """Give a network that saw so many deliveries without and with "out for delivery"."""
    sums = Sums()
    for stage, count in (("out", seen), ("arrived", unseen)):
        sums.add([((REST_HOUR, "yto", stage, 2, 0, 0), 0)] * count)
    return Network(Baselines(sums.frozen(), POLICY.learned.asked), Incidents())


SCANS_IT = knows(1)
AT_STATION = arrived(2, "杭州城西营业点", place="杭州")
EVENING = 13.5  # 21:30 in China


def signed(at: float, **fields: Any) -> Scan:
    return make(at, M.DELIVERED, **fields)


def test_signed_for_in_another_town() -> None:
    to = registration(0, 96, destination="浙江省杭州市西湖区")
    out = make(5, M.OUT_FOR_DELIVERY, place="杭州市")
    found = evidence(Kind.FALSE_SIGNATURE, parcel(out, signed(7, place="成都"), registered=to), 8)
    assert found is not None
    assert (found.rule, found.place, len(found.scans)) == ("false_signature.far", "成都", 2)
    for honest in (
        parcel(out, signed(7, place="杭州"), registered=to),
        parcel(out, signed(7, place="西湖区"), registered=to),
        parcel(out, signed(7, place="文三路驿站"), registered=to),  # finer than a town: says nothing
        parcel(out, signed(7), registered=to),
        parcel(out, signed(7, place="成都")),  # nobody said where it goes
        parcel(make(5, M.OUT_FOR_DELIVERY), signed(7, place="成都"), registered=to),
        parcel(make(5, M.OUT_FOR_DELIVERY, place="拱墅"), signed(7, place="成都"), registered=to),
        parcel(make(4, M.IN_TRANSIT, detail=Detail.REDIRECTED), out, signed(7, place="成都"), registered=to),
    ):
        assert evidence(Kind.FALSE_SIGNATURE, honest, 8) is None


@pytest.mark.parametrize("signer", sorted(LEFT))
def test_left_somewhere_without_consent(signer: Signer) -> None:
    out = make(5, M.OUT_FOR_DELIVERY)
    found = evidence(Kind.FALSE_SIGNATURE, parcel(out, signed(7, signer=signer)), 8)
    assert found is not None
    assert (found.rule, found.signer) == ("false_signature.unasked", signer)
    others = tuple(LEFT - {signer})
    for consent, doubted in (((signer,), False), (others, True), ((), True), (None, True)):
        state = parcel(out, signed(7, signer=signer), registered=registration(0, 96, consent=consent))
        assert (evidence(Kind.FALSE_SIGNATURE, state, 8) is not None) is doubted
    collected = parcel(make(5, M.AVAILABLE), signed(7, signer=signer))
    assert evidence(Kind.FALSE_SIGNATURE, collected, 8) is None
    said = parcel(out, signed(7, signer=signer, text="经收件人同意投放丰巢柜"))
    assert evidence(Kind.FALSE_SIGNATURE, said, 8) is None


def test_who_signs_in_person_or_for_the_house_is_believed() -> None:
    for signer in (Signer.PERSON, Signer.FRONT_DESK, None):
        state = parcel(make(5, M.OUT_FOR_DELIVERY), signed(7, signer=signer))
        assert evidence(Kind.FALSE_SIGNATURE, state, 200) is None


@pytest.mark.parametrize(
    ("before", "at", "doubted"),
    [
        (AT_STATION, 2.5, True),  # as soon as it arrived
        (AT_STATION, 5, False),  # at noon: a scan may be missing
        (AT_STATION, EVENING, True),
        (AT_STATION, 21.5, True),  # before dawn
        (departed(2, "杭州", "杭州城西营业点"), 4, True),  # the drive takes its time
        (departed(2, "杭州", "杭州城西营业点"), 5, False),
        (make(2, M.ANNOUNCED), 2.5, False),  # never seen on its way
    ],
)
def test_signed_for_without_having_been_out(before: Scan, at: float, doubted: bool) -> None:
    state = parcel(before, signed(at))
    assert evidence(Kind.FALSE_SIGNATURE, state, at + 5.9, network=SCANS_IT) is None
    found = evidence(Kind.FALSE_SIGNATURE, state, at + 6, network=SCANS_IT)
    assert (found is not None) is doubted
    if found is not None:
        assert (found.rule, found.limit_s) == ("false_signature.unseen", 6 * 3600)


def test_carriers_that_do_not_scan_it_are_not_doubted() -> None:
    state = parcel(AT_STATION, signed(2.5))
    for network in (NOTHING, knows(100), knows(0, 200)):
        assert evidence(Kind.FALSE_SIGNATURE, state, 20, network=network) is None
    network = knows(1)
    assert network.baselines.unseen("yto") == network.baselines.unseen("yto") == pytest.approx(1 / 901)
    off = load_policy(DEFAULT.read_text("utf-8"), "[kinds.false_signature]\nlimit = 'never'")
    assert evidence(Kind.FALSE_SIGNATURE, state, 20, off, SCANS_IT) is None
    assert evidence(Kind.FALSE_SIGNATURE, parcel(signed(2.5)), 20, network=SCANS_IT) is None


def test_a_dead_feed_is_no_proof() -> None:
    state = parcel(AT_STATION, signed(2.5))

    def under(kind: IncidentKind, since: float, until: float | None) -> Network:
        one = Incident(
            incident_id="i", kind=kind, carrier="yto", since=hour(since), until=hour(until) if until else None
        )
        return Network(SCANS_IT.baselines, Incidents([one]))

    silent = IncidentKind.FEED_SILENT
    for network, doubted in (
        (under(silent, 2.2, 2.4), False),
        (under(silent, 2.2, None), False),
        (under(silent, 0.5, 1), True),
        (under(silent, 3, None), True),
        (under(IncidentKind.HUB_JAM, 2.2, None), True),
    ):
        assert (evidence(Kind.FALSE_SIGNATURE, state, 20, network=network) is not None) is doubted


def test_the_consignees_word_ends_the_waiting_and_the_missing_scan_retracts() -> None:
    watcher = Watcher(network=SCANS_IT)
    watcher.register(0, registration(0, 96))
    watcher.hear(2, AT_STATION)
    watcher.hear(2.5, signed(2.5))
    assert watcher.effects == []
    watcher.report(4, report(4, NOT_RECEIVED))
    opened = [e.record.kind for e in watcher.effects if isinstance(e, ExceptionOpened)]
    assert opened == [Kind.FALSE_SIGNATURE, Kind.NOT_RECEIVED]
    assert [e.template for e in watcher.effects if isinstance(e, NoticeWanted)] == ["not_received"]
    watcher.hear(5, make(2.2, M.OUT_FOR_DELIVERY))
    assert [e.record.kind for e in watcher.effects if isinstance(e, ExceptionRetracted)] == [Kind.FALSE_SIGNATURE]


def test_a_doubt_ends_by_time_and_when_the_delivery_is_taken_back() -> None:
    watcher = Watcher()
    watcher.hear(7, make(5, M.OUT_FOR_DELIVERY), signed(7, signer=Signer.LOCKER))
    watcher.hear(9, make(9, M.ATTEMPT_FAILED))
    assert [e.record.kind for e in watcher.effects if isinstance(e, ExceptionCleared)] == [Kind.FALSE_SIGNATURE]
    state = parcel(make(5, M.OUT_FOR_DELIVERY), signed(7, signer=Signer.LOCKER))
    assert evidence(Kind.FALSE_SIGNATURE, state, 7 + 7 * 24) is None


# ---------------------------------------------------------------------------------------------------------- containers


def boxed(at: float, box: str | None = "C1", facility: str = "A") -> Scan:
    return departed(at, facility, "B", container=box)


def under_way(left: int, there: int, opened_h: float | None, incidents: Incidents = NOTHING.incidents) -> Network:
    opened_s = int(hour(opened_h).timestamp()) if opened_h is not None else 0
    mates = Mates(left, there, int(hour(1).timestamp()), opened_s)
    containers = Containers([(("yto", "C1", int(hour(1).timestamp()) // 86_400), mates)])
    return Network(NOTHING.baselines, incidents, containers)


def test_left_behind_when_its_mates_have_arrived() -> None:
    state = parcel(boxed(1))
    found = evidence(Kind.LEFT_BEHIND, state, 16, network=under_way(10, 8, 10))
    assert found is not None
    assert (found.measured, found.limit, found.measured_s) == (8, 10, 6 * 3600)
    waits = diagnose(state, hour(15), POLICY, under_way(10, 8, 10))
    assert (waits.findings, waits.due_at) == ((), hour(16))
    for network in (under_way(10, 6, 10), under_way(4, 4, 10), under_way(10, 0, None)):
        assert evidence(Kind.LEFT_BEHIND, state, 17, network=network) is None
    # Nobody tells an engine that a lorry was opened, so it looks again.
    assert diagnose(state, hour(5), POLICY, under_way(10, 0, None)).due_at == hour(7)
    # Its mates are still being scanned, here or in another partition.
    assert diagnose(state, hour(2), POLICY, under_way(1, 0, None)).due_at == hour(4)
    assert diagnose(state, hour(8), POLICY, under_way(1, 0, None)).due_at != hour(10)
    assert evidence(Kind.LEFT_BEHIND, parcel(boxed(1), arrived(12, "B")), 17, network=under_way(10, 9, 10)) is None
    assert evidence(Kind.LEFT_BEHIND, parcel(boxed(1, None)), 17, network=under_way(10, 9, 10)) is None
    assert evidence(Kind.LEFT_BEHIND, parcel(boxed(1, "C2")), 17, network=under_way(10, 9, 10)) is None
    jam = Incidents([Incident(incident_id="j", kind=IncidentKind.HUB_JAM, carrier="yto", facility="B", since=hour(0))])
    assert evidence(Kind.LEFT_BEHIND, state, 17, network=under_way(10, 9, 10, jam)) is None
    off = load_policy(DEFAULT.read_text("utf-8"), "[kinds.left_behind]\nlimit = 'never'")
    assert evidence(Kind.LEFT_BEHIND, state, 17, off, under_way(10, 9, 10)) is None


def test_what_a_stop_counts() -> None:
    left, there, unnamed = stop_of(boxed(1)), stop_of(arrived(9, "B")), stop_of(boxed(1, None))
    name = ("yto", "C1", left.at // 86_400)
    assert counted("yto", None, left) == (name, Mates(left=1, left_s=left.at))
    assert counted("yto", left, left) is None  # scanned twice
    assert counted("yto", left, there) == (name, Mates(arrived=1, opened_s=there.at))
    assert counted("yto", unnamed, there) is None
    assert counted("yto", None, there) is None
    assert counted("yto", left, stop_of(arrived(2, "A"))) is None  # taken off again
    assert changes("yto", (), (left,)) == [(name, Mates(left=1, left_s=left.at))]
    assert changes("yto", (left,), (left, there)) == [(name, Mates(arrived=1, opened_s=there.at))]
    late = changes("yto", (there,), (left, there))  # it left after all, as we hear late
    assert late == [(name, Mates(left=1, left_s=left.at)), (name, Mates(arrived=1, opened_s=there.at))]
    assert changes("yto", (left, there), (left, there)) == []  # folded anew
    assert changes("yto", (unnamed, left, there), (left, there)) == []  # only so many stops are remembered
    assert changes("yto", (left,), ()) == []


def test_containers_of_days_gone_by_are_forgotten() -> None:
    containers = Containers()
    for day in (3, 4):
        containers.add(("yto", "C1", day), Mates(left=1))
    containers.forget(4)
    assert containers.of("yto", "C1", 3 * 86_400) is None
    assert containers.of("yto", "C1", 4 * 86_400) == Mates(left=1)


@given(st.lists(st.sampled_from([Mates(1, 0, 50, 0), Mates(0, 1, 0, 90), Mates(0, 1, 0, 70)]), max_size=6), st.data())
def test_counts_of_a_container_add_up_in_any_order(parts: list[Mates], data: st.DataObject) -> None:
    name = ("yto", "C1", 0)
    one = Containers([(name, part) for part in parts])
    other = Containers([(name, part) for part in data.draw(st.permutations(parts))])
    assert one.of("yto", "C1", 5) == other.of("yto", "C1", 5)
    assert bool(one) is bool(parts)
    if parts:
        assert Containers({name: one.of("yto", "C1", 0) or Mates()}).of("yto", "C1", 0) == one.of("yto", "C1", 0)


# -------------------------------------------------------------------------------------------------------------- claims


def at_dhl(*scans: Scan, **known: Any) -> Parcel:
    return msgspec.structs.replace(parcel(*scans, **known), carrier="dhl")


def test_a_claim_is_due_before_its_window_closes() -> None:
    damaged = [make(1, M.PICKED_UP), make(5, M.IN_TRANSIT, detail=Detail.DAMAGED), make(9, M.DELIVERED)]
    opens, closes = 1 + 23 * 24, 1 + 30 * 24
    state = at_dhl(*damaged)
    assert evidence(Kind.CLAIM_CLOSING, state, opens - 1) is None
    assert diagnose(state, hour(20), POLICY).due_at == hour(opens)
    found = evidence(Kind.CLAIM_CLOSING, state, opens)
    assert found is not None
    assert (found.rule, found.expected_by) == ("claim_closing.dhl", hour(closes))
    assert evidence(Kind.CLAIM_CLOSING, state, closes) is None
    assert evidence(Kind.CLAIM_CLOSING, at_dhl(*damaged[:1], damaged[2]), opens) is None
    assert evidence(Kind.CLAIM_CLOSING, parcel(*damaged), opens) is None  # no window is known
    told = at_dhl(damaged[0], damaged[2], reports=(report(20),))
    assert evidence(Kind.CLAIM_CLOSING, told, opens) is not None
    late = at_dhl(make(1, M.PICKED_UP), registered=registration(0, 30))
    assert evidence(Kind.CLAIM_CLOSING, late, opens) is not None
    unknown = at_dhl(reports=(report(20),))
    assert evidence(Kind.CLAIM_CLOSING, unknown, opens) is None


def test_a_thorough_delay_can_be_switched_off_and_needs_a_start() -> None:
    off = load_policy(DEFAULT.read_text("utf-8"), "[kinds.thoroughly_delayed]\nlimit = 'never'")
    assert evidence(Kind.THOROUGHLY_DELAYED, parcel(make(1, M.IN_TRANSIT)), 900, off) is None
    timeless = parcel(make(-4_000_00, M.IN_TRANSIT), make(1, M.UNKNOWN))
    assert evidence(Kind.THOROUGHLY_DELAYED, timeless, 900) is None
    again = parcel(make(0, M.IN_TRANSIT), make(5, M.DELIVERED), make(100, M.PICKED_UP))
    assert again.started_at == hour(100)


def test_where_nobody_promised_only_a_standard_makes_a_thorough_delay() -> None:
    found = evidence(Kind.THOROUGHLY_DELAYED, parcel(make(1, M.IN_TRANSIT)), 1 + 72 + 7 * 24)
    assert found is not None and found.rule == "thoroughly_delayed.unpromised"
    assert (found.measured_s, found.limit_s) == (10 * 86_400, 10 * 86_400)
    assert evidence(Kind.THOROUGHLY_DELAYED, parcel(make(1, M.IN_TRANSIT)), 72 + 7 * 24) is None
    # No standard says how long a parcel abroad may take.
    assert evidence(Kind.THOROUGHLY_DELAYED, at_dhl(make(1, M.IN_TRANSIT)), 900) is None


# ---------------------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("已签收，经收件人同意投放丰巢柜", True),
        ("已按收件人要求放入快递柜，已签收", True),
        ("應收件人要求放置門口", True),
        ("已与客户沟通后放在驿站", True),
        ("收件人同意放驿站", True),
        ("Delivered to parcel locker as requested by the recipient", True),
        ("Left with neighbour at the customer's request", True),
        ("Left in safe place with consignee's consent", True),
        ("recipient has authorised leaving it at the door", True),
        ("未经收件人同意投放快递柜", False),
        ("未按收件人要求派送", False),
        ("快递柜代收", False),
        ("Delivered to parcel locker", False),
    ],
)
def test_consent_is_read_in_words(text: str, yes: bool) -> None:
    assert agreed(text) is yes


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("杭州", "杭州市", True),
        ("浙江省杭州市西湖区", "杭州市", True),
        ("【杭州】", "杭州转运中心", True),
        ("HANGZHOU - CHINA MAINLAND", "Hangzhou", True),
        ("Los Angeles, CA", "Los Angeles", True),
        ("杭州", "成都", False),
        ("", "成都", False),
        ("Hangzhou", "Chengdu", False),
    ],
)
def test_places(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same_place(other, one) is same


def test_what_says_a_town() -> None:
    assert all(map(says_town, ("杭州", "杭州市", "Los Angeles", "台北市")))
    assert not any(map(says_town, ("西湖区", "文三路驿站", "12 Main Street", "Pudong District", "丰巢柜", " ")))


def test_times_are_what_they_were() -> None:
    assert PARCEL == "yto:YT1"
    assert hour(EVENING) == datetime(2026, 5, 4, 13, 30, tzinfo=UTC)
    assert Milestone.DELIVERED is M.DELIVERED


def test_an_override_may_leave_a_bound_as_it_is() -> None:
    extra = "[[override]]\nsource = 'own'\ncarrier = 'yto'\n[override.weight_fell]\ngrams = 5000\n"
    policy = load_policy(DEFAULT.read_text("utf-8"), extra)
    assert evidence(Kind.WEIGHT_FELL, weighed(1000, 500), 20) is not None
    assert evidence(Kind.WEIGHT_FELL, weighed(1000, 500), 20, policy) is None


def test_a_second_signature_changes_nothing() -> None:
    state = parcel(make(5, M.OUT_FOR_DELIVERY), signed(7), signed(8, text="x"))
    assert state.course.door.signed is not None
    assert state.course.door.signed.at == hour(7)


def test_a_circle_is_told_once() -> None:
    legs = [*way("A", "A>B", "B", "B>A", "A"), departed(5, "A", "B"), departed(6, "A", "B")]
    found = evidence(Kind.LOOPING, parcel(*legs), 20)
    assert found is not None
    assert found.scans[-1] == legs[5].scan_id


def test_a_report_of_damage_does_not_shorten_the_waiting_for_a_missing_scan() -> None:
    hurt = report(14, ReportKind.DAMAGED)
    state = parcel(AT_STATION, signed(EVENING), reports=(hurt,))
    assert evidence(Kind.FALSE_SIGNATURE, state, EVENING + 5, network=SCANS_IT) is None
    assert evidence(Kind.FALSE_SIGNATURE, state, EVENING + 6, network=SCANS_IT) is not None


def test_a_remark_does_not_end_the_waiting_for_collection() -> None:
    waiting = parcel(make(5, M.AVAILABLE), make(6, M.EXCEPTION))
    assert waiting.course.door.available is not None
    assert parcel(make(5, M.AVAILABLE), make(6, M.OUT_FOR_DELIVERY)).course.door.available is None
