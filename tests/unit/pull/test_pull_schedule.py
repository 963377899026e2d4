"""When a parcel is asked for: the laws, and the moments that they leave open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scan import Milestone
from pull.policy import _FILE, read_pull_policy
from pull.schedule import Asked, Turn, Watched, Why, bound, next_turn

POLICY = read_pull_policy()
RHYTHM = POLICY.rhythm
LEAST = timedelta(seconds=600)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

_moments = st.timedeltas(-timedelta(days=60), timedelta(0)).map(lambda ago: NOW + ago)
_ahead = st.timedeltas(-timedelta(days=60), timedelta(days=60)).map(lambda ahead: NOW + ahead)


@st.composite
def parcels(draw: st.DrawFn) -> Watched:
    known_at = draw(_moments)
    heard_at = draw(st.none() | _moments)
    return Watched(
        active=draw(st.booleans()),
        milestone=draw(st.sampled_from(Milestone)),
        known_at=known_at,
        heard_at=heard_at,
        moved_at=draw(_moments) if heard_at else None,
        promised_at=draw(st.none() | _ahead),
        due_at=draw(st.none() | _ahead),
    )


@st.composite
def askings(draw: st.DrawFn) -> Asked:
    asked_at = draw(st.none() | _moments)
    answered_at = draw(st.none() | st.just(asked_at)) if asked_at else None
    return Asked(
        asked_at=asked_at,
        answered_at=answered_at,
        unknown=draw(st.integers(0, 40)) if answered_at else 0,
        failures=draw(st.integers(0, 40)),
        retry_at=draw(st.none() | _ahead),
    )


leasts = st.sampled_from([timedelta(seconds=limits.least_s) for limits in POLICY.providers.values()])


@given(parcels(), askings(), leasts)
def test_a_parcel_that_is_over_is_never_asked_for(parcel: Watched, asked: Asked, least: timedelta) -> None:
    turn = next_turn(parcel, asked, RHYTHM, least)
    assert (turn.at is None) == (not parcel.active)
    assert (turn.why is Why.OVER) == (not parcel.active)


@given(parcels(), askings(), leasts)
def test_a_fresh_parcel_is_not_asked_for(parcel: Watched, asked: Asked, least: timedelta) -> None:
    turn = next_turn(parcel, asked, RHYTHM, least)
    if turn.at is not None and parcel.heard_at is not None:
        assert turn.at >= parcel.heard_at + timedelta(seconds=RHYTHM.fresh_s)


@given(parcels(), askings(), leasts)
def test_one_number_is_not_asked_for_more_often_than_the_provider_wants(
    parcel: Watched, asked: Asked, least: timedelta
) -> None:
    turn = next_turn(parcel, asked, RHYTHM, least)
    if turn.at is not None and asked.asked_at is not None:
        assert turn.at >= asked.asked_at + least
    if turn.at is not None and asked.retry_at is not None:
        assert turn.at >= asked.retry_at


@given(parcels(), askings(), leasts)
def test_every_active_silent_parcel_is_asked_for_within_its_bound(
    parcel: Watched, asked: Asked, least: timedelta
) -> None:
    turn = next_turn(parcel, asked, RHYTHM, least)
    if turn.at is None or asked.retry_at is not None:
        return
    heard = [moment for moment in (parcel.heard_at, asked.answered_at) if moment is not None]
    last = max(heard, default=parcel.known_at)
    # A question without an answer counts for the distance between two questions only.
    asked_last = max([last, *([asked.asked_at] if asked.asked_at else [])])
    assert turn.at <= max(last + bound(RHYTHM, least), asked_last + least)


@given(parcels(), askings(), st.integers(0, 20))
def test_the_more_often_unknown_the_later(parcel: Watched, asked: Asked, times: int) -> None:
    if not parcel.active or asked.answered_at is None or parcel.heard_at is not None:
        return

    def at(unknown: int) -> datetime:
        again = Asked(asked_at=asked.asked_at, answered_at=asked.answered_at, unknown=unknown)
        found = next_turn(parcel, again, RHYTHM, LEAST).at
        assert found is not None
        return found

    assert at(times + 1) <= at(times + 2)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 60))
def test_waiting_after_trouble_grows_and_ends(random: float, times: int) -> None:
    wait = RHYTHM.trouble(times, random)
    assert timedelta(seconds=RHYTHM.trouble_s) <= wait <= 1.5 * timedelta(seconds=RHYTHM.trouble_longest_s)
    assert RHYTHM.trouble(times, 0) <= RHYTHM.trouble(times + 1, 0)


def _turn(asked: Asked | None = None, **more: object) -> Turn:
    facts: dict[str, object] = {"active": True, "milestone": "in_transit", "known_at": NOW - timedelta(days=3)} | more
    return next_turn(Watched(**facts), asked or Asked(), RHYTHM, LEAST)  # type: ignore[arg-type]


def test_a_new_parcel_is_asked_for_after_half_an_hour() -> None:
    assert _turn(known_at=NOW) == Turn(NOW + timedelta(minutes=30), Why.FIRST)


@pytest.mark.parametrize(
    ("facts", "hours", "why"),
    [
        ({}, 12, Why.NORMAL),
        ({"milestone": "out_for_delivery"}, 2, Why.NEAR),
        ({"milestone": "attempt_failed"}, 2, Why.NEAR),
        ({"promised_at": NOW + timedelta(hours=10)}, 2, Why.NEAR),
        ({"promised_at": NOW + timedelta(hours=30)}, 6, Why.NEAR),
        ({"promised_at": NOW + timedelta(days=9)}, 12, Why.NORMAL),
        ({"promised_at": NOW - timedelta(days=2)}, 2, Why.NEAR),
        ({"due_at": NOW + timedelta(hours=5, minutes=20)}, 5, Why.DUE),
        ({"moved_at": NOW - timedelta(hours=30)}, 4, Why.SILENT),
        ({"moved_at": NOW - timedelta(hours=18)}, 6, Why.SILENT),
        ({"moved_at": NOW - timedelta(days=15)}, 24, Why.OLD),
    ],
)
def test_the_nearer_and_the_more_silent_the_sooner(facts: dict[str, object], hours: int, why: Why) -> None:
    assert _turn(**({"heard_at": NOW, "moved_at": NOW} | facts)) == Turn(NOW + hours * HOUR, why)


def test_silence_that_would_soon_mean_something_does_not_break_the_freshness() -> None:
    turn = _turn(heard_at=NOW, moved_at=NOW, due_at=NOW + HOUR)
    assert turn == Turn(NOW + 2 * HOUR, Why.FRESH)


def test_a_question_without_an_answer_is_asked_again_after_the_least_distance() -> None:
    asked = Asked(asked_at=NOW, failures=1)
    assert _turn(asked, heard_at=NOW - timedelta(days=2), moved_at=NOW - timedelta(days=2)) == Turn(
        NOW + LEAST, Why.LEAST
    )


def test_news_ends_the_backing_off() -> None:
    asked = Asked(asked_at=NOW - HOUR, answered_at=NOW - HOUR, unknown=9)
    assert _turn(asked).why is Why.UNKNOWN
    assert _turn(asked, heard_at=NOW, moved_at=NOW).why is Why.NORMAL


@pytest.mark.parametrize(("times", "hours"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 48), (400, 48)])
def test_an_unknown_parcel_backs_off(times: int, hours: int) -> None:
    assert _turn(Asked(asked_at=NOW, answered_at=NOW, unknown=times)) == Turn(NOW + hours * HOUR, Why.UNKNOWN)


def test_a_policy_that_could_ask_without_end_is_refused() -> None:
    text = _FILE.read_text(encoding="utf-8")
    for wrong in (
        text.replace("normal_s = 43_200", "normal_s = 0"),
        text.replace("rate = 2.5", "rate = 0.0"),
        text.replace("batch = 40", "batch = 0"),
        text.replace("look_s = 3_600", "look_sec = 3_600"),
    ):
        assert wrong != text
        with pytest.raises(ValueError, match=r"pull\.toml|look_s|field"):
            read_pull_policy(wrong)
