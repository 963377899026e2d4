"""A tower that is made anew from what was counted and found goes on as the one before it would have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log

import msgspec
import numpy as np
import pytest
from tower_build import FEED, HUBS, LANE, LIMITS, START, START_S

from core.incident import Incident, IncidentKind
from core.incident.memory import Memory
from core.incident.pulse import BUCKET_S, Key, Noun
from core.incident.tower import Change, Verb

SHORT = msgspec.structs.replace(LIMITS, days=2.0, longest_s=2 * 86_400)
HOUR = 3600
QUARTER = timedelta(minutes=15)
Counts = list[tuple[Key, int, float, float]]


def life(seed: int, days: float = 7.0) -> Counts:
    """Give the counts of some days: a feed that falls silent and comes back late, a jammed hub, a slow lane."""
    draw = np.random.default_rng(seed)
    begun = {name: 24 * day + float(draw.uniform(0, 8)) for name, day in (("feed", 4.2), ("hub", 3.2), ("lane", 3.3))}
    found: Counts = []
    for quarter in range(round(days * 96)):
        at_s, hour = START_S + quarter * 900, quarter / 4
        silent = 0.0 <= hour - begun["feed"] < 5.0
        late = 5 * HOUR if 5.0 <= hour - begun["feed"] < 11.0 else 120
        for nth in range(3):
            tell(found, FEED, at_s + 300 * nth, 0 if silent else int(draw.poisson(60)), log(late))
        for hub in HUBS:
            jammed = hub == HUBS[2] and 0.0 <= hour - begun["hub"] < 54.0
            tell(found, hub, at_s, 0 if silent else int(draw.poisson(0.6 if jammed else 12)), log(4 * HOUR))
        if quarter % 12 == 0:
            slow = 0.0 <= hour - begun["lane"] < 40.0
            took = (60_000.0 if slow else 20_000.0) * float(np.exp(draw.normal(0.0, 0.05)))
            tell(found, LANE, at_s, 20, log(took))
    return found


def tell(found: Counts, key: Key, start_s: int, count: int, size: float) -> None:
    if count:
        found.append((key, start_s, count, count * size))


def told(counts: Counts) -> Memory:
    memory = Memory(SHORT)
    for each in counts:
        memory.tell(*each)
    return memory


def known(changes: list[Change]) -> list[Incident]:
    """Give each incident as it was left, as a table would."""
    return list({change.incident.incident_id: change.incident for change in changes}.values())


@pytest.mark.parametrize("seed", range(2))
def test_who_takes_over_goes_on_as_the_one_before_would_have(seed: int) -> None:
    counts = life(seed)
    end = START + timedelta(days=7)
    whole = told(counts)
    changes: list[tuple[datetime, Change]] = []
    at = START
    while at < end:
        at += QUARTER
        changes += [(at, change) for change in whole.judge(at)]
    verbs = {(change.verb, change.incident.kind) for _, change in changes}
    assert {kind for _, kind in verbs} == set(IncidentKind)
    assert {(verb, IncidentKind.HUB_JAM) for verb in Verb} <= verbs  # also what lasts so long that it is usual

    cuts = [at for at, change in changes if change.verb is not Verb.GROWN]
    for cut in (*cuts[seed::3], cuts[0] + 2 * QUARTER):
        next_one = told(counts)
        next_one.relive(cut, known([change for at, change in changes if at <= cut]))
        assert next_one.judge(end) == [change for at, change in changes if at > cut]


def test_reliving_says_nothing_and_keeps_what_is_open() -> None:
    found: Counts = []
    tell(found, FEED, START_S, 10, log(120))
    memory = told(found)
    jam = Incident(
        incident_id="jam",
        kind=IncidentKind.HUB_JAM,
        carrier="yto",
        facility="hub1",
        since=START - timedelta(days=2),
        found_at=START - timedelta(days=1),
    )
    over = msgspec.structs.replace(jam, incident_id="over", facility="hub2", until=START - timedelta(hours=1))
    memory.relive(START + timedelta(hours=3), [jam, over])
    assert memory.open == {HUBS[1]: jam}
    assert Memory(SHORT).judge(START) == []
    empty = Memory(SHORT)
    empty.relive(START, [])
    assert empty.judge(START - timedelta(hours=1)) == []


def test_counts_far_ahead_wait_until_their_time_comes() -> None:
    memory = told(life(1, days=3.5))
    ahead = Memory(SHORT)
    for each in sorted(life(1, days=3.5), key=lambda each: -each[1]):
        ahead.tell(*each)
    changes = []
    for hour in range(1, 85):
        now = datetime.fromtimestamp(START_S + hour * HOUR, UTC)
        changes += ahead.judge(now)
    assert changes == memory.judge(datetime.fromtimestamp(START_S + 84 * HOUR, UTC))
    assert ahead.feeds.rows == {FEED: 0}
    assert BUCKET_S[Noun.FEED] * ahead.feeds.head < START_S + 84 * HOUR
