from __future__ import annotations

import pytest
from core_build import POLICY, M, histories, hour, parcel, registration, registrations
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st

from core.event import Registration
from core.parcel import OVER, Parcel
from core.promise import expect
from core.scan import Detail, Scan

REGISTERED = registration(0, 96)

TABLE: list[tuple[str, Parcel, float, float | None]] = [
    ("promised", parcel(make(40, M.IN_TRANSIT), registered=REGISTERED), 41, 96),
    ("promised, cannot make it", parcel(make(80, M.IN_TRANSIT), registered=REGISTERED), 81, 120),
    ("promised, out already", parcel(make(40, M.OUT_FOR_DELIVERY), registered=REGISTERED), 41, 48),
    ("promise passed", parcel(make(90, M.IN_TRANSIT), registered=REGISTERED), 97, 130),
    ("the carrier's estimate", parcel(make(80, M.IN_TRANSIT, promised_at=hour(90)), registered=REGISTERED), 81, 90),
    ("the carrier's estimate passed", parcel(make(40, M.IN_TRANSIT, promised_at=hour(45))), 46, 80),
    ("the usual time passed", parcel(make(0, M.IN_TRANSIT)), 45, 85),
    ("not moving yet", parcel(registered=registration(0, None)), 1, 96),
    ("an unusual milestone, promised", parcel(make(5, M.IN_TRANSIT), make(6, M.EXPIRED), registered=REGISTERED), 7, 96),
    ("probably lost", parcel(make(0, M.IN_TRANSIT)), 168, None),
    ("lost", parcel(make(0, M.EXCEPTION, detail=Detail.LOST)), 1, None),
    ("ready for collection", parcel(make(0, M.AVAILABLE)), 1, None),
    ("turned back", parcel(make(0, M.RETURNING)), 1, None),
    ("delivered", parcel(make(0, M.DELIVERED)), 1, None),
]


@pytest.mark.parametrize(("story", "state", "hours", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_table(story: str, state: Parcel, hours: float, expected: float | None) -> None:
    assert expect(state, hour(hours), POLICY) == (hour(expected) if expected is not None else None, None)


def test_without_a_loss_limit_there_is_still_a_date() -> None:
    from core.policy import load_policy
    from runtime.policy import DEFAULT

    policy = load_policy(DEFAULT.read_text("utf-8"), '[kinds.loss_suspected.limits]\nin_transit = "never"')
    assert expect(parcel(make(0, M.IN_TRANSIT)), hour(900), policy) == (hour(940), None)


@given(histories, registrations, st.integers(-10, 3000))
def test_it_is_never_in_the_past(scans: list[Scan], registered: Registration | None, hours: int) -> None:
    state = parcel(*scans, registered=registered)
    date, _ = expect(state, hour(hours), POLICY)
    assert date is None or date >= hour(hours)
    assert date is None or state.milestone not in OVER
