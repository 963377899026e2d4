"""What canonical scans say in words beside their milestone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from carriers.format import Push
from carriers.registry import FORMATS
from core.scan import Detail, Milestone

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "text", "milestone", "detail"),
    [
        ({"milestone": "exception"}, "包裹破损，内件损坏", Milestone.EXCEPTION, Detail.DAMAGED),
        ({"milestone": "in_transit"}, "包裹破损", Milestone.IN_TRANSIT, Detail.DAMAGED),
        ({"milestone": "exception"}, "package lost in transit", Milestone.EXCEPTION, Detail.LOST),
        ({"milestone": "exception", "detail": "repacked"}, "包裹破损", Milestone.EXCEPTION, Detail.REPACKED),
        ({"milestone": "in_transit"}, "已签收", Milestone.IN_TRANSIT, None),
        ({"milestone": "picked_up"}, "包裹无破损", Milestone.PICKED_UP, None),
        ({}, "包裹破损", Milestone.EXCEPTION, Detail.DAMAGED),
    ],
)
def test_words_name_the_trouble_and_leave_the_milestone(
    given: dict[str, str], text: str, milestone: Milestone, detail: Detail | None
) -> None:
    line = {"carrier": "sf", "waybill": "SF1", "happened_at": "2026-11-21T10:00:00Z", "text": text, **given}
    [scan] = FORMATS["canonical"].read(Push(json.dumps([line]).encode()), NOW).scans
    assert (scan.milestone, scan.detail) == (milestone, detail)
