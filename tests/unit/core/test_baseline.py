"""What is learned: sketches that merge, limits that back off, chances that follow silence and experience."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.baseline.learned import Asked, Baselines
from core.baseline.lessons import (
    BETWEEN,
    DESTINATION,
    ODDS,
    ORIGIN,
    UNKNOWN,
    Lesson,
    Way,
    gap_groups,
    gap_lessons,
    odds_lessons,
    position,
    rest_lessons,
)
from core.baseline.odds import Odds
from core.baseline.school import School
from core.baseline.sketch import BINS, EDGES, FIRST_S, GROWTH, beyond, bin_of, middle_of, pooled, quantile
from core.baseline.sums import Frozen, Sums, sums_of
from core.days import HOLIDAY, day_class, known, slot_of
from core.stop import Stage, Stop, stop_of

H = 3600
DAYS = 90 * 86_400
durations = st.floats(0, DAYS)
ASKED = Asked(
    stalled_share=0.99,
    stalled_margin=1.0,
    stalled_floor=0,
    lost_share=0.999,
    lost_margin=2.0,
    lost_floor=0,
    least=100,
    warn=0.85,
)
WAY = Way("yto", "express", "杭州", "成都", 6)


def learn(*lessons: Lesson) -> Frozen:
    sums = Sums()
    sums.add(lessons)
    return sums.frozen()


def stop(hour: float, stage: Stage = Stage.DEPARTED, facility: str = "杭州转运中心", to: str = "成都转运中心") -> Stop:
    return Stop(int(hour * H), stage, facility, to, 2, 1)


# sketches ---------------------------------------------------------------------------------------------------------


@given(durations)
def test_a_duration_is_inside_its_bin(seconds: float) -> None:
    place = bin_of(seconds)
    assert EDGES[place] <= seconds * (1 + 1e-9)
    assert seconds <= EDGES[place + 1] * (1 + 1e-9) or place == BINS - 1
    assert place == 0 or EDGES[place] <= middle_of(place) <= EDGES[place + 1]


@given(st.lists(durations, min_size=1, max_size=200), st.floats(0.01, 0.999))
def test_a_quantile_is_right_within_a_bin(seconds: list[float], share: float) -> None:
    counts = np.zeros(BINS)
    for one in seconds:
        counts[bin_of(one)] += 1
    rank = min(len(seconds) - 1, int(np.ceil(share * len(seconds))) - 1)
    true = sorted(seconds)[max(0, rank)]
    found = quantile(counts, share)
    if true <= EDGES[-2]:
        assert found <= max(FIRST_S, true * GROWTH * 1.001)
        assert found >= 0 if true <= FIRST_S else found >= true / GROWTH / 1.001


@given(st.lists(durations, max_size=50), st.lists(durations, max_size=50))
def test_sketches_merge_in_any_order(ours: list[float], theirs: list[float]) -> None:
    one, two, both = np.zeros(BINS), np.zeros(BINS), np.zeros(BINS)
    for seconds in ours:
        one[bin_of(seconds)] += 1
        both[bin_of(seconds)] += 1
    for seconds in theirs:
        two[bin_of(seconds)] += 1
        both[bin_of(seconds)] += 1
    assert (one + two == both).all()
    assert (two + one == both).all()


def test_an_empty_sketch_says_nothing() -> None:
    nothing = np.zeros(BINS)
    with pytest.raises(ValueError, match="empty"):
        quantile(nothing, 0.5)
    assert (beyond(nothing) == 1).all()
    assert pooled(nothing, nothing, 10) is nothing


# days -------------------------------------------------------------------------------------------------------------


def days(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def test_days_have_classes() -> None:
    assert day_class("CN", days(date(2026, 5, 13))) == 2
    assert day_class("CN", days(date(2026, 10, 1))) == HOLIDAY
    assert day_class("CN", days(date(2026, 2, 14))) == 0  # a Saturday worked for Spring Festival
    assert day_class("XX", days(date(2026, 10, 1))) == 3
    assert day_class("CN", 10**9) == (10**9 + 3) % 7


def test_an_unknown_year_or_country_is_said_and_does_no_harm() -> None:
    assert known("CN", 2026)
    assert not known("XX", 2026)
    assert not known("CN", 1700)


def test_the_part_of_the_day_is_local() -> None:
    at = int(datetime(2026, 5, 13, 23, tzinfo=UTC).timestamp())
    assert slot_of(at + 28_800, "CN") == (3, 1)
    assert slot_of(at, "XX") == (2, 3)


# lessons ----------------------------------------------------------------------------------------------------------


def test_positions() -> None:
    assert position("杭州转运中心", WAY) == ORIGIN
    assert position("成都转运中心", WAY) == DESTINATION
    assert position("武汉转运中心", WAY) == BETWEEN
    assert position("", WAY) == BETWEEN
    assert position("成都转运中心", Way("yto", "", "", "", 0)) == UNKNOWN


def test_a_delivery_teaches_every_stop_the_rest_of_its_way() -> None:
    trail = (stop(0), stop(10, Stage.ARRIVED), stop(20, Stage.AVAILABLE), stop(30, Stage.OVER))
    lessons = list(rest_lessons(trail, 30 * H, WAY))
    assert [place for _, place in lessons] == [bin_of(20 * H)] * 2 + [bin_of(10 * H)] * 2


# limits -----------------------------------------------------------------------------------------------------------


def seen(count: int, hours: float, spread: float = 0.1, **how: str) -> list[Lesson]:
    draw = random.Random(1)
    return [
        lesson
        for _ in range(count)
        for lesson in gap_lessons(stop(0, **how), int(H * hours * draw.uniform(1 - spread, 1 + spread)), WAY)
    ]


def test_with_too_few_parcels_nothing_is_usual() -> None:
    baselines = Baselines(learn(*seen(50, 10)), ASKED)
    assert baselines.usual(*gap_groups(stop(0), WAY)) is None
    assert Baselines(Sums().frozen(), ASKED).usual(*gap_groups(stop(0), WAY)) is None
    assert not Baselines(Sums().frozen(), ASKED).known
    assert baselines.known


def test_a_leg_has_its_own_limit_and_an_unknown_one_its_carriers() -> None:
    baselines = Baselines(learn(*seen(2000, 10), *seen(2000, 40, to="乌鲁木齐转运中心")), ASKED)
    near = baselines.usual(*gap_groups(stop(0), WAY))
    far = baselines.usual(*gap_groups(stop(0, to="乌鲁木齐转运中心"), WAY))
    new = baselines.usual(*gap_groups(stop(0, to="拉萨转运中心"), WAY))
    assert near and far and new
    assert near[0].level == far[0].level == "leg"
    assert new[0].level == "carrier"
    assert near[0].count == 2000
    assert 35 * H < far[0].seconds < 50 * H
    assert near[0].seconds < far[0].seconds
    assert far[1].seconds >= far[0].seconds
    assert baselines.usual(*gap_groups(stop(0), WAY)) == near
    other = Baselines(learn(*seen(2000, 10), *seen(60, 40, to="乌鲁木齐转运中心")), ASKED)
    quiet = other.usual(*gap_groups(Stop(0, Stage.DEPARTED, "杭州转运中心", "乌鲁木齐转运中心", 6, 3), WAY))
    assert quiet and quiet[0].level == "lane"


def test_without_hours_the_leg_alone_decides() -> None:
    legs = [lesson for lesson in seen(500, 10) if lesson[0][0] == "leg"]
    usual = Baselines(learn(*legs), ASKED).usual(*gap_groups(stop(0), WAY))
    assert usual and 10 * H < usual[0].seconds < 12 * H


def test_a_floor_holds() -> None:
    asked = Asked(
        stalled_share=0.99,
        stalled_margin=1,
        stalled_floor=50 * H,
        lost_share=0.99,
        lost_margin=1,
        lost_floor=60 * H,
        least=1,
        warn=0.85,
    )
    usual = Baselines(learn(*seen(500, 10)), asked).usual(*gap_groups(stop(0), WAY))
    assert usual and (usual[0].seconds, usual[1].seconds) == (50 * H, 60 * H)


def test_beats_need_parcels() -> None:
    baselines = Baselines(learn(*seen(500, 10)), ASKED)
    leg, _ = gap_groups(stop(0), WAY)
    beats = baselines.beats(leg, (0.2, 0.8))
    assert beats and 8.5 * H < beats[0] < beats[1] < 11.5 * H
    assert baselines.beats(gap_groups(stop(0, to="拉萨转运中心"), WAY)[0], (0.5,)) is None


# odds -------------------------------------------------------------------------------------------------------------


def journeys(count: int, gap_h: float, rest_h: float, spread: float = 0.3) -> list[Lesson]:
    draw = random.Random(2)
    lessons: list[Lesson] = []
    for _ in range(count):
        first = stop(0)
        arrived = int(H * gap_h * draw.uniform(1 - spread, 1 + spread))
        over = arrived + int(H * rest_h * draw.uniform(1 - spread, 1 + spread))
        trail = (first, Stop(arrived, Stage.ARRIVED, "成都转运中心", "", 2, 2), Stop(over, Stage.OVER, "", "", 2, 2))
        lessons += gap_lessons(first, arrived, WAY)
        lessons += rest_lessons(trail, over, WAY)
    return lessons


def asked(baselines: Baselines, deadline_h: float, silent_h: float = 0) -> Odds:
    odds = baselines.odds(WAY, stop(0), deadline_h * H, silent_h * H)
    assert odds is not None
    return odds


def test_the_chance_follows_the_deadline_and_the_silence() -> None:
    baselines = Baselines(learn(*journeys(1500, 20, 20)), ASKED)
    assert asked(baselines, 70).chance < 0.05
    assert 0.3 < asked(baselines, 40).chance < 0.7
    assert asked(baselines, 20).chance > 0.95
    assert asked(baselines, 45, 0).chance < asked(baselines, 45, 20).chance < asked(baselines, 45, 25).chance
    odds = asked(baselines, 45)
    assert 35 * H < odds.median_s < 45 * H < odds.nine_s < 55 * H
    assert odds.turns_s is not None
    assert asked(baselines, 45.5, odds.turns_s / H - 3).chance < 0.85
    assert asked(baselines, 45.5, odds.turns_s / H + 1).chance >= 0.8
    assert (asked(baselines, 200).turns_s or 0) > 100 * H
    assert asked(baselines, 3).turns_s == 0  # too late already
    assert asked(baselines, -1).chance == 1
    assert asked(baselines, 45, 60).chance > 0.9  # silent for longer than any before
    assert asked(baselines, 3000, 2900).median_s >= DAYS - 86_400 * 4  # and than can be counted


def test_nothing_learned_gives_no_odds() -> None:
    empty = Baselines(Sums().frozen(), ASKED)
    assert empty.odds(WAY, stop(0), H) is None
    gaps_only = Baselines(learn(*seen(500, 10)), ASKED)
    assert gaps_only.odds(WAY, stop(0), H) is None
    assert gaps_only.odds(WAY, stop(0), H) is None


def test_experience_corrects_what_is_predicted() -> None:
    lessons = journeys(1500, 20, 20)
    for _ in range(50):
        lessons += odds_lessons("yto", bytes([44] * 9), late=True)
        lessons += odds_lessons("yto", bytes([44] * 1), late=False)
    plain = Baselines(learn(*journeys(1500, 20, 20)), ASKED)
    wiser = Baselines(learn(*lessons), ASKED)
    hour = next(h for h in range(20, 60) if asked(plain, h).raw < 0.5)
    assert asked(wiser, hour).raw == asked(plain, hour).raw
    assert asked(wiser, hour).chance > asked(plain, hour).chance + 0.15
    assert ((ODDS, "yto", 1), 44) in set(lessons)


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=300))
def test_corrected_chances_rise_with_predicted_ones(told: list[tuple[int, bool]]) -> None:
    lessons: list[Lesson] = journeys(150, 20, 20)
    for percent, late in told:
        lessons += odds_lessons("yto", bytes([percent]), late)
    baselines = Baselines(learn(*lessons), ASKED)
    chances = [asked(baselines, hour).chance for hour in range(10, 80, 5)]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.baseline.answers.MEMORY", 4)
    baselines = Baselines(learn(*journeys(200, 20, 20)), ASKED)
    for hour in range(1, 40):
        asked(baselines, hour)
        group = gap_groups(Stop(0, Stage.DEPARTED, f"{hour}", "", 2, 1), WAY)
        assert baselines.usual(*group) is not None
        baselines.odds(Way("yto", f"{hour}", "杭州", "成都", 6), stop(0), H)


def test_a_scan_without_zone_or_place_makes_a_stop_too() -> None:
    from core_build import M
    from core_build import scan as make

    made = stop_of(make(0, M.PENDING))
    assert (made.stage, made.facility, made.to) == (Stage.OTHER, "", "")
    assert timedelta(seconds=made.at) == make(0, M.PENDING).happened_at - datetime(1970, 1, 1, tzinfo=UTC)


# school -----------------------------------------------------------------------------------------------------------


def test_older_lessons_weigh_less_and_the_oldest_are_forgotten() -> None:
    school = School(half_life_days=7)
    monday = date(2026, 5, 4)
    school.learn(seen(200, 10), monday)
    baselines = school.baselines(ASKED)
    school.learn([], monday + timedelta(days=7))
    leg, hour = gap_groups(stop(0), WAY)
    assert school.sums.frozen().own(leg).sum() == pytest.approx(100)
    before = baselines.usual(leg, hour)
    assert before and before[0].count == 200
    school.learn(seen(10, 10), monday + timedelta(days=7))
    assert school.sums.frozen().own(leg).sum() == pytest.approx(110)
    school.learn([], monday + timedelta(days=150))
    assert len(school.sums) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, BINS - 1)), max_size=60), st.randoms())
def test_the_order_of_a_days_lessons_does_not_matter(told: list[tuple[int, int]], draw: random.Random) -> None:
    one, two = School(7), School(7)
    lessons: list[Lesson] = [(("leg", "yto", "out", str(group), "", "", 1), place) for group, place in told]
    one.learn(lessons, date(2026, 5, 4))
    draw.shuffle(lessons)
    two.learn(lessons, date(2026, 5, 4))
    ours, theirs = dict(one.sums.items()), dict(two.sums.items())
    assert ours.keys() == theirs.keys()
    assert all((ours[group] == theirs[group]).all() for group in ours)


# sums -------------------------------------------------------------------------------------------------------------


def test_what_is_frozen_does_not_change_and_wider_groups_are_sums() -> None:
    sums = Sums()
    legs: list[Lesson] = [(("leg", "yto", "out", f"{n}", "", "", n % 7), n % BINS) for n in range(1000)]
    sums.add(legs)
    before = sums.frozen()
    sums.add(legs)
    assert before.wide(("leg", "yto", "out")).sum() == before.total(("leg", "yto", "out")) == 1000
    assert sums.frozen().total(("leg", "yto", "out")) == 2000
    assert before.own(("leg", "yto", "out", "5", "", "", 5)).sum() == 1
    assert before.own(("leg",)).sum() == before.wide(("leg",)).sum() == before.total(("leg",)) == 0
    again = sums_of(dict(sums.items()))
    again.put(legs[0][0], dict(sums.items())[legs[0][0]])
    assert len(again) == len(sums)
    assert (again.frozen().wide(("leg", "yto", "out")) == sums.frozen().wide(("leg", "yto", "out"))).all()


def test_answers_are_taken_over_while_little_changes_and_never_for_long() -> None:
    first = Baselines(learn(*journeys(1000, 20, 20)), ASKED)
    before = asked(first, 45)
    one_more = learn(*journeys(1010, 30, 30))
    turns = [first]
    for _ in range(9):
        turns.append(Baselines(one_more, ASKED, turns[-1]))
    answers = [asked(baselines, 45) for baselines in turns]
    fresh = asked(Baselines(one_more, ASKED), 45)
    assert answers[0] == before
    assert answers[-1] == fresh != before
    assert asked(Baselines(learn(*journeys(3000, 30, 30)), ASKED, first), 45).median_s != before.median_s
    leg, hour = gap_groups(stop(0), WAY)
    assert first.usual(leg, hour) == Baselines(learn(*journeys(1000, 20, 20)), ASKED, first).usual(leg, hour)


def test_a_far_deadline_is_out_of_reach() -> None:
    odds = asked(Baselines(learn(*journeys(1000, 20, 20)), ASKED), 24 * 80)
    assert odds.chance < 0.01
    assert odds.turns_s is None
