"""Incidents in a back-test: a feed that falls silent is found, judged and shown; a log that dries up is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from backtest_build import MONDAY, POLICY, Line, at, events, registered, run, scan, write

from backtest.incidents import Found
from backtest.main import Options, play
from backtest.page import as_html
from backtest.report import Report, as_text

DAYS, SILENT, BACK = 10, 9 * 24 + 3, 9 * 24 + 8
"""The feed falls silent at `SILENT` hours and is back at `BACK`."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A parcel picked up every five minutes for ten days; what is scanned in the outage is heard after it."""
    scans: list[Line] = []
    parcels: list[Line] = []
    truth: list[Line] = [{"log": 1, "from": at(0), "until": at(24 * DAYS), "parcels": 1, "seed": 1, "network": 1}]
    for nth in range(24 * DAYS * 12):
        waybill, hour = f"P{nth}", nth / 12
        heard = BACK + 0.01 if SILENT <= hour < BACK else hour + 0.01
        parcels.append(registered(waybill, hour - 1, hour + 96))
        scans.append(scan(waybill, hour, "picked_up", heard))
        held = {"kind": "outage", "from": at(hour), "until": at(BACK), "incident": 0}
        truth.append(
            {
                "parcel_id": f"yto:{waybill}",
                "registered_at": at(hour - 1),
                "promised_at": at(hour + 96),
                "delivered_at": at(hour + 48),
                "labels": [held] if SILENT <= hour < BACK else [],
            }
        )
    truth.append(
        {"incident": "feed_silent", "index": 0, "from": at(SILENT), "until": at(BACK), "parcels": 60, "carrier": "yto"}
    )
    scans.sort(key=lambda line: str(line["received_at"]))
    return write(tmp_path_factory.mktemp("log"), registrations=parcels, scans=scans, truth=truth)


def found(report: Report, kind: str) -> Found:
    return next(one for one in report.incidents if one.kind == kind)


def test_a_silent_feed_is_found_once_and_nothing_else_is(folder: Path) -> None:
    report = run(folder, warm=8)
    silent = found(report, "feed_silent")
    assert (silent.raised, silent.precision.hits, silent.recall.hits, silent.recall.of) == (1, 1, 1, 1)
    assert silent.took[0] < 150
    assert silent.losses == 0
    assert [one.raised for one in report.incidents if one.kind not in ("feed_silent", "feed_late")] == [0, 0]
    assert "feed_silent" in as_text(report)
    assert "<h2>Incidents</h2>" in as_html(report).decode()


def test_a_log_that_dries_up_is_no_silent_feed(folder: Path) -> None:
    end = MONDAY + timedelta(days=DAYS)
    after = timedelta(days=2)

    def late(until: datetime | None) -> int:
        replay = play(events(folder), POLICY, Options(), after=after, until=until).replay
        assert not (until and replay.tower.open)
        return sum(one.found_at is not None and one.found_at > end for one in replay.incidents.values())

    assert late(None) == 1
    assert late(end) == 0
