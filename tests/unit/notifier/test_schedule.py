"""The retry schedule."""

from datetime import UTC, datetime

import pytest

from notifier.schedule import DELAYS_S, MAX_ATTEMPTS, next_try

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("attempts", range(1, MAX_ATTEMPTS))
def test_each_failure_waits_its_own_time(attempts: int) -> None:
    early, late = next_try(attempts, NOW, lambda: 0.0), next_try(attempts, NOW, lambda: 0.999)
    assert early is not None and late is not None
    assert (early - NOW).total_seconds() == DELAYS_S[attempts]
    assert DELAYS_S[attempts] < (late - NOW).total_seconds() < DELAYS_S[attempts] * 1.2


def test_the_whole_schedule_takes_75_hours_and_a_half() -> None:
    assert sum(DELAYS_S) == 75 * 3600 + 35 * 60 + 5


def test_after_the_last_there_is_none() -> None:
    assert next_try(MAX_ATTEMPTS, NOW, lambda: 0.0) is None


@pytest.mark.parametrize(("wish", "seconds"), [(0.0, 5), (60.0, 60), (10.0**9, 86_400)])
def test_a_wish_to_be_asked_later_is_honoured_up_to_a_day(wish: float, seconds: int) -> None:
    moment = next_try(1, NOW, lambda: 0.0, wish)
    assert moment is not None
    assert (moment - NOW).total_seconds() == seconds
