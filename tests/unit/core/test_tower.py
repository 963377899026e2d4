"""Incidents out of counts: what opens them, what closes them, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tower_build import FEED, HUBS, LANE, LIMITS, START, START_S, Made, said

from core.incident import Incident, IncidentKind
from core.incident.gauge import DAY_S, Gauge
from core.incident.lanes import FORGOTTEN, Lane, Lanes
from core.incident.pulse import Counter, Key, Noun, feed_beat, measure
from core.incident.tower import Change, Tower, Verb, key_of

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_said_of_what_is_usual(seed: int) -> None:
    assert Made(seed).run(24 * 8, takes=lambda hour: 20_000.0) == []


def test_a_hub_that_falls_silent_is_one_jam_from_its_beginning_to_its_end() -> None:
    made = Made()
    made.run(24 * 4)
    jam = made.run(30, lambda key, hour: 0.05 if key == HUBS[2] else 1.0)
    assert said(jam)[0] == ("opened", "hub_jam", "hub2")
    assert {change.verb for change in jam[1:]} == {Verb.GROWN}
    found = jam[0].incident
    began = START + timedelta(days=4)
    assert found.found_at is not None and found.found_at - began <= HOUR
    assert abs(found.since - began) <= HOUR
    assert found.measured is not None and found.measured.expected is not None
    assert found.measured.heard < found.measured.expected / 3
    assert found.expected_at == found.since + timedelta(hours=24)
    assert jam[-1].incident.expected_at == found.since + timedelta(hours=48)
    assert jam[-1].incident.incident_id == found.incident_id
    after = made.run(24)
    assert said(after)[-1] == ("closed", "hub_jam", "hub2")
    closed = after[-1].incident
    assert closed.until is not None and closed.until - (began + 30 * HOUR) <= 2 * HOUR
    assert (closed.expected_at, closed.is_open) == (None, False)
    assert made.run(24 * 3) == []


def test_between_the_two_shares_nothing_changes() -> None:
    made = Made()
    made.run(24 * 4)
    assert said(made.run(6, lambda key, hour: 0.05 if key == HUBS[2] else 1.0))[0][0] == "opened"
    half = made.run(12, lambda key, hour: 0.42 if key == HUBS[2] else 1.0)
    assert {change.verb for change in half} == {Verb.GROWN}
    assert {change.verb for change in half + made.run(6)} == {Verb.GROWN, Verb.CLOSED}


def test_a_jam_does_not_end_by_the_silence_of_its_feed() -> None:
    made = Made()
    made.run(24 * 4)
    made.run(4, lambda key, hour: 0.05 if key == HUBS[2] else 1.0)
    made.run(4, lambda key, hour: 0.0)
    assert {incident.kind for incident in made.tower.open.values()} == {IncidentKind.FEED_SILENT, IncidentKind.HUB_JAM}
    made.run(4, lambda key, hour: 0.05 if key == HUBS[2] else 1.0)
    assert made.tower.open.keys() == {HUBS[2]}
    made.run(4)
    assert made.tower.open == {}


def test_where_hardly_anything_is_expected_nothing_ends() -> None:
    made = Made()
    made.run(24 * 4, lambda key, hour: 0.002 if key == HUBS[3] else 1.0)
    seldom = Incident(
        incident_id="seldom", kind=IncidentKind.HUB_JAM, carrier="yto", facility="hub3", since=START + 90 * HOUR
    )
    made.tower.adopt([seldom])
    assert {each[0] for each in said(made.run(6, lambda key, hour: 0.002 if key == HUBS[3] else 1.0))} == {"grown"}


def test_a_silent_feed_is_one_incident_and_no_hub_is_to_blame() -> None:
    made = Made()
    made.run(24 * 4)
    silent = made.run(5, lambda key, hour: 0.0)
    assert said(silent)[0] == ("opened", "feed_silent", "")
    found = silent[0].incident
    began = START + timedelta(days=4)
    assert found.found_at is not None and found.found_at - began <= timedelta(minutes=30)
    assert found.since == began
    back = made.run(12)
    assert ("closed", "feed_silent", "") in said(back)
    assert {change.incident.kind for change in made.changes} == {IncidentKind.FEED_SILENT}


def test_a_feed_that_comes_late_is_called_late_until_it_is_in_time() -> None:
    made = Made()
    made.run(24 * 3)
    late = made.run(6, late=lambda hour: 5 * 3600.0)
    assert said(late)[0] == ("opened", "feed_late", "")
    measured = late[0].incident.measured
    assert measured is not None
    assert measured.usual_s is not None and 119 <= measured.usual_s <= 130
    assert measured.measured_s == pytest.approx(18_000, abs=2)
    assert said(made.run(6))[-1] == ("closed", "feed_late", "")


def test_a_silent_feed_that_comes_back_late_is_late_from_the_silence_on() -> None:
    made = Made()
    made.run(24 * 3)
    made.run(5, lambda key, hour: 0.0)
    back = said(made.run(6, late=lambda hour: 5 * 3600.0))
    assert [each for each in back if each[0] != "grown"] == [("closed", "feed_silent", ""), ("opened", "feed_late", "")]
    opened = [change.incident for change in made.changes if change.verb is Verb.OPENED]
    assert opened[0].since == opened[1].since


def test_lorries_that_take_longer_are_a_slow_lane() -> None:
    made = Made()
    made.run(24 * 6, takes=lambda hour: 20_000.0)
    slow = made.run(24, takes=lambda hour: 32_000.0)
    assert [each for each in said(slow) if each[0] != "grown"] == [("opened", "lane_degraded", "hub0")]
    incident = slow[0].incident
    assert (incident.facility, incident.to) == ("hub0", "hub1")
    measured = incident.measured
    assert measured is not None and measured.usual_s is not None and measured.measured_s is not None
    assert measured.measured_s > 1.35 * measured.usual_s
    assert said(made.run(24, takes=lambda hour: 20_000.0))[-1] == ("closed", "lane_degraded", "hub0")


def test_a_lane_into_a_jam_is_not_judged() -> None:
    made = Made()
    made.run(24 * 6, takes=lambda hour: 20_000.0)
    jam = made.run(30, lambda key, hour: 0.05 if key == HUBS[1] else 1.0, takes=lambda hour: 32_000.0)
    assert {change.incident.kind for change in jam} == {IncidentKind.HUB_JAM}


@pytest.mark.parametrize("key", [HUBS[2], FEED])
def test_what_lasts_is_the_new_usual(key: Key) -> None:
    made = Made()
    made.run(24 * 4)
    changes = made.run(24 * 8, lambda each, hour: 0.05 if each == key else 1.0)
    assert [change.verb for change in changes if change.verb is not Verb.GROWN] == [Verb.OPENED, Verb.CLOSED]
    assert changes[-1].reason == "it has lasted so long that it is usual now"
    assert made.tower.open == {}


def test_a_lane_that_stays_slow_is_learned_anew() -> None:
    made = Made()
    made.run(24 * 6, takes=lambda hour: 20_000.0)
    changes = made.run(24 * 9, takes=lambda hour: 32_000.0)
    assert [each[0] for each in said(changes) if each[0] != "grown"] == ["opened", "closed"]
    assert made.tower.lanes.usual_s(LANE) == pytest.approx(32_000, rel=0.1)


def test_what_is_open_is_taken_over_and_opened_only_once() -> None:
    made = Made()
    made.run(24 * 4)
    jam = made.run(3, lambda key, hour: 0.05 if key == HUBS[2] else 1.0)[0].incident
    gone = msgspec.structs.replace(jam, facility="hub9", until=jam.since + HOUR)
    unknown = msgspec.structs.replace(jam, facility="hub8", since=START)
    made.tower.open.clear()
    made.tower.adopt([jam, gone, unknown])
    rest = made.run(12, lambda key, hour: 0.05 if key == HUBS[2] else 1.0)
    assert {(each[0], each[2]) for each in said(rest)} == {("grown", "hub2"), ("closed", "hub8")}
    assert made.tower.open.keys() == {key_of(jam)}


def test_beats_and_counts_say_the_same() -> None:
    one, two = Tower(LIMITS), Tower(LIMITS)
    for n in range(40):
        beat = feed_beat("yto", START_S + 30 * n - 60.0, START_S + 30 * n)
        one.hear((beat,))
        two.put(beat[0], beat[1] // 300, 1, beat[2], add=True)
    assert one.judge(START + HOUR) == two.judge(START + HOUR) == []
    assert np.array_equal(one.feeds.count, two.feeds.count)
    assert Tower(LIMITS).judge(START) == []


def test_what_is_set_takes_the_place_of_what_was_said_before() -> None:
    gauge, lanes = Gauge(900, (2,), worst=1), Lanes()
    for add, count in ((False, 3), (False, 5), (True, 1)):
        gauge.put(HUBS[0], 100, count, count, add)
        lanes.put(LANE, 100, count, count, add)
    gauge.close()
    lanes.close(100, 0.3, 2)
    assert gauge.count[0, 100 % gauge.ring] == 6
    assert lanes.lanes[LANE].lorries[0].count == 6
    gauge.put(HUBS[0], 100 - gauge.ring, 9, 9, add=False)
    lanes.put(LANE, 99, 9, 9, add=False)
    assert gauge.count.sum() == 6
    assert lanes.pending == {}
    gauge.put(HUBS[0], 500, 1, 1, add=True)
    assert 500 - gauge.head < 24


def test_a_name_that_came_once_is_forgotten() -> None:
    gauge = Gauge(900, (2, 4), worst=1)
    odd = (Noun.HUB, "yto", "hbu1", "")
    for bucket in range(0, 96 * 9):
        if bucket < 100:
            gauge.put((Noun.HUB, "yto", f"odd{bucket}", ""), bucket, 1, 1, add=True)
        gauge.put(HUBS[0], bucket, 10, 10, add=True)
        gauge.put(HUBS[1], bucket, 7, 7, add=True) if bucket > 50 else None
        gauge.close()
    gauge.put(odd, gauge.head, 1, 1, add=True)
    rate = gauge.rate[gauge.rows[HUBS[1]]].copy()
    gauge.forget({(Noun.HUB, "yto", "odd7", "")})
    assert set(gauge.keys) == {HUBS[0], HUBS[1], odd, (Noun.HUB, "yto", "odd7", "")}
    assert all(gauge.keys[row] == key for key, row in gauge.rows.items())
    assert np.array_equal(gauge.rate[gauge.rows[HUBS[1]]], rate)
    assert not gauge.rate[len(gauge.keys) :].any() and (gauge.level[len(gauge.keys) :] == 1).all()
    gauge.forget(())
    assert len(gauge.keys) == 3


def test_a_lane_that_nobody_takes_is_forgotten() -> None:
    lanes = Lanes()
    lanes.forget(())
    other = (Noun.LANE, "yto", "hub0", "hub2")
    for key in (LANE, other):
        lanes.put(key, 10, 20, 20 * log(3600), add=True)
    lanes.close(10, 0.3, 2)
    lanes.close(11 + FORGOTTEN, 0.3, 2)
    lanes.forget({other})
    assert set(lanes.lanes) == {other}
    lanes.forget(())
    lanes.renew(other)
    assert lanes.lanes == {}


def test_a_lorry_is_judged_when_it_is_in() -> None:
    lane = Lane(lorries=[])
    lane.add(0, 10, 10 * 9.0)
    lane.add(3, 10, 10 * 9.2)
    assert len(lane.lorries) == 1
    assert not lane.judge(4, 0.3, 1)
    lane.add(8, 10, 10 * 9.1)
    assert lane.judge(8, 0.3, 1)
    assert (lane.lorries[0].slow, lane.lorries[1].slow, lane.mean) == (False, None, pytest.approx(9.1))
    assert lane.run(slow=True, since=0) == []
    assert [lorry.bucket for lorry in lane.run(slow=False, since=0)] == [0]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5_000), st.floats(1, 1e7)), min_size=1, max_size=60),
    st.integers(1, 4),
    st.randoms(),
)
def test_partitions_do_not_matter(beats: list[tuple[int, int, float]], parts: int, draw: object) -> None:
    keys: list[Key] = [FEED, HUBS[0], HUBS[1], LANE]
    all_beats = [(keys[nth], START_S + at, measure(size)) for nth, at, size in beats]
    whole, counters = Counter(), [Counter() for _ in range(parts)]
    assert not whole
    whole.add(all_beats)
    for nth, beat in enumerate(all_beats):
        counters[nth % parts].add((beat,))
    merged = Counter()
    for counter in reversed(counters):
        merged.merge(counter)
    assert merged
    assert merged.counts.keys() == whole.counts.keys()
    for place, values in whole.counts.items():
        assert merged.counts[place] == pytest.approx(values)


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_when_it_is_judged_does_not_matter(seed: int, every: int) -> None:
    draw = np.random.default_rng(seed)
    often, seldom = Tower(LIMITS), Tower(LIMITS)
    for bucket in range(24):
        for tower, add in ((often, True), (seldom, False)):
            tower.put(FEED, START_S // 300 + bucket, float(bucket % 5), 5.0 * (bucket % 5), add)
        if draw.integers(0, 3):
            often.judge(START + timedelta(seconds=300 * bucket))
        if bucket % every == 0:
            seldom.judge(START + timedelta(seconds=300 * bucket))
    end = START + timedelta(seconds=DAY_S // 12 + 400)
    assert often.judge(end) == seldom.judge(end)
    assert np.allclose(often.feeds.rate, seldom.feeds.rate)
    assert often.feeds.head == seldom.feeds.head


def test_an_incident_has_the_id_of_what_it_is() -> None:
    first, again = Made(), Made()
    jams: list[Incident] = []
    for made in (first, again):
        made.run(24 * 4)
        jams.append(made.run(3, lambda key, hour: 0.05 if key == HUBS[2] else 1.0)[0].incident)
    assert jams[0] == jams[1]
    assert key_of(jams[0]) == HUBS[2]


def pushed(tower: Tower, hours: float, since_h: float = 0.0, every: int = 4) -> list[Change]:
    """Let a feed push what it has with every so many buckets."""
    changes: list[Change] = []
    first = START_S // 300 + round(since_h * 12)
    for bucket in range(first, first + round(hours * 12)):
        if bucket % every == 0:
            tower.put(FEED, bucket, 200, 200 * log(300.0), add=True)
        changes += tower.judge(datetime.fromtimestamp((bucket + 1) * 300 + 61, UTC))
    return changes


def test_a_feed_that_pushes_now_and_then_is_silent_when_it_pauses_longer_than_ever() -> None:
    tower = Tower(LIMITS)
    assert pushed(tower, 24 * 7) == []
    quiet = pushed(tower, 1, since_h=24 * 7, every=1_000_000)
    assert [change.verb for change in quiet] == [Verb.OPENED]
    found = quiet[0].incident
    assert found.found_at is not None
    assert found.found_at - (START + timedelta(days=7)) <= timedelta(minutes=30)
