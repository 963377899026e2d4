from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.words import skeleton


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Held at depot 17 since 09:30", "Held at depot 0 since 0:0"),
        ("快件到达【杭州转运中心】，快递员 13812345678", "快件到达【】，快递员 0"),
        ("已存入【丰巢快递柜】", "已存入【丰巢快递柜】"),
    ],
)
def test_what_changes_from_parcel_to_parcel_is_left_out(text: str, left: str) -> None:
    assert skeleton(text) == left


@given(st.text())
def test_a_skeleton_is_its_own(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)
