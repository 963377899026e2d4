"""Shares and quantiles have the intervals that the books give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures import middle, quantile, share


def test_wilson() -> None:
    found = share(9, 10)
    # Newcombe 1998, table I gives the interval of 9/10 by the score method.
    assert found.low == pytest.approx(0.5958, abs=1e-4)
    assert found.high == pytest.approx(0.9821, abs=1e-4)
    assert share(0, 0).share is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_in_its_interval(hits: int, of: int) -> None:
    hits = min(hits, of)
    found = share(hits, of)
    assert found.low is not None and found.high is not None and found.share is not None
    assert 0 <= found.low <= found.share + 1e-12 and found.share - 1e-12 <= found.high <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.sampled_from((0.1, 0.5)))
def test_a_quantile_lies_in_its_interval(values: list[float], at: float) -> None:
    found = middle(values, at)
    assert found.low is not None and found.high is not None and found.value is not None
    assert min(values) <= found.low <= found.value <= found.high <= max(values)
    assert middle([]).value is None


def test_a_quantile_of_counted_values() -> None:
    counts = {3: 1, -2: 1, 7: 8}
    assert [quantile(counts, at) for at in (0.1, 0.2, 0.5)] == [-2, 3, 7]
    assert quantile({}, 0.5) is None
