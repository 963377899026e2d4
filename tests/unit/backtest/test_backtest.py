"""A tiny log with known answers: what was right, wrong, found and missed, against what the truth says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from backtest_build import MONDAY, POLICY, Line, at, events, registered, run, scan, write

from backtest.log import LogError
from backtest.main import Nothing, Options, play
from backtest.page import as_html
from backtest.report import KindFigures, Report, as_json, as_text, stories_text
from backtest.shelf import Shelf
from core.event import Scanned
from core.watch import NeedsHistory, advance
from runtime.policy import read_policy


def fate(waybill: str, promised: float, arrived: float | None, *labels: Line) -> Line:
    return {
        "parcel_id": f"yto:{waybill}",
        "registered_at": at(0),
        "promised_at": at(promised),
        "delivered_at": None if arrived is None else at(arrived),
        "available_at": None,
        "returned_at": None,
        "reused_at": None,
        "labels": list(labels),
    }


def label(kind: str, since: float, until: float | None = None, **more: Any) -> Line:
    return {"kind": kind, "from": at(since), **({} if until is None else {"until": at(until)}), **more}


def travels(waybill: str, *steps: tuple[float, str]) -> list[Line]:
    return [scan(waybill, hours, milestone) for hours, milestone in steps]


LOG = {"log": 1, "from": at(0), "until": at(24), "parcels": 5, "seed": 7, "network": 9}
FINE, HELD, LOST, SLOW, HURT = "F1", "H1", "L1", "S1", "D1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One fine parcel, one held for three days, one lost, one silent without a reason, one damaged."""
    scans = [
        *travels(FINE, (2, "picked_up"), (20, "in_transit"), (40, "out_for_delivery"), (44, "delivered")),
        *travels(HELD, (2, "picked_up"), (20, "in_transit"), (110, "out_for_delivery"), (112, "delivered")),
        *travels(LOST, (3, "picked_up"), (21, "in_transit")),
        *travels(SLOW, (4, "picked_up"), (22, "in_transit"), (80, "delivered")),
        *travels(HURT, (5, "picked_up")),
        scan(HURT, 30, "exception", detail="damaged"),
        scan(HURT, 50, "delivered"),
    ]
    return write(
        tmp_path / "log",
        registrations=[registered(name, 0, 96) for name in (FINE, HELD, LOST, SLOW, HURT)],
        scans=sorted(scans, key=lambda line: str(line["received_at"])),
        truth=[
            LOG,
            fate(FINE, 96, 44),
            fate(HELD, 96, 112, label("held", 20, 109, how="hub")),
            fate(LOST, 96, None, label("lost", 21)),
            fate(SLOW, 96, 80),
            fate(HURT, 96, 50, label("damaged", 30, how="code")),
        ],
    )


def kind(report: Report, name: str) -> KindFigures:
    return next(one for one in report.kinds if one.kind == name)


def hits(figures: KindFigures) -> tuple[int, int, int, int]:
    return figures.precision.hits, figures.precision.of, figures.recall.hits, figures.recall.of


def test_known_answers(folder: Path) -> None:
    report = run(folder)
    # Held and lost are right, the one that was silent without a reason is wrong; the held one is found.
    assert hits(kind(report, "stalled")) == (2, 3, 1, 1)
    assert kind(report, "stalled").lead.value == pytest.approx(48)
    assert hits(kind(report, "late")) == (2, 2, 2, 2)
    assert hits(kind(report, "loss_suspected")) == (1, 1, 1, 1)
    assert kind(report, "loss_suspected").lead.value == pytest.approx(0)
    assert hits(kind(report, "damage_reported")) == (1, 1, 1, 1)
    assert kind(report, "damage_reported").lead.value == 0
    assert (report.truth, report.seed, report.network) == ("labels", 7, 9)
    silent, passed, either = report.duels
    assert (silent.naive_false, silent.naive_recall.hits, silent.naive_recall.of) == (1, 2, 2)
    assert (passed.naive_false, passed.naive_recall.hits, passed.our_recall.hits) == (0, 2, 2)
    assert either.our_false == 1
    assert [story.parcel_id for story in report.false_alarms] == [f"yto:{SLOW}"]


def test_what_the_product_says_of_itself_without_labels(folder: Path) -> None:
    report = run(folder)
    own = {one.kind: one for one in report.own}
    # Of three silences one ended late, one in time, and one has not ended and is judged by its broken promise.
    assert (own["stalled"].right, own["stalled"].wrong) == (2, 1)
    assert own["stalled"].recall.share is None
    assert (own["predicted_late"].missed, own["predicted_late"].recall.share) == (2, 0.0)
    assert "the product says of itself" in as_text(report)
    assert b"What the product says of itself" in as_html(report)


def test_what_the_logs_own_future_tells(folder: Path) -> None:
    (folder / "truth.ndjson").unlink()
    late = scan("Z9", 21 + 31 * 24, "picked_up")
    with (folder / "scans.ndjson").open("a") as file:
        file.write(msgspec.json.encode(late).decode() + "\n")
    report = run(folder)
    assert report.truth == "the log's own future"
    assert hits(kind(report, "late")) == (2, 2, 2, 2)
    assert hits(kind(report, "loss_suspected")) == (1, 1, 1, 1)
    # Nobody but a label knows whether a silence had a reason.
    assert (kind(report, "stalled").precision.of, kind(report, "stalled").unknown) == (0, 3)


def test_the_same_log_gives_the_same_report(folder: Path) -> None:
    first, second = run(folder), run(folder)
    assert msgspec.structs.replace(first, run=second.run) == second


def test_what_another_policy_changes(folder: Path, tmp_path: Path) -> None:
    stricter = tmp_path / "strict.toml"
    stricter.write_text('[kinds.stalled.limits]\nin_transit = "80h"\n')
    report = run(folder, other=read_policy(stricter))
    change = next(change for change in report.changes if change.kind == "stalled")
    # The one that was silent for 58 hours is no longer called stalled.
    assert (change.both, change.gone, change.new) == (2, 1, 0)
    assert (change.precision[0].hits, change.precision[0].of) == (2, 3)
    assert (change.precision[1].hits, change.precision[1].of) == (2, 2)
    assert [story.parcel_id for story in change.examples_gone] == [f"yto:{SLOW}"]
    assert "What the other policy changes" in as_text(report)


def test_due_moments_come_in_their_order_and_before_what_is_heard_later(folder: Path) -> None:
    replay = play(events(folder), POLICY, Options(), after=timedelta(days=30)).replay
    opened = [alert.opened_at for alert in replay.tape.alerts]
    assert all(one <= other for one, other in pairwise(opened))
    stalled = next(alert for alert in replay.tape.alerts if alert.kind.value == "stalled")
    # Raised by silence at the very moment at which the limit passed, although the next event is hours away.
    assert stalled.opened_at == stalled.since == MONDAY + timedelta(hours=20 + 48)


def test_a_late_scan_gets_its_history(tmp_path: Path) -> None:
    lines = [scan("A1", 1, "picked_up"), scan("A1", 60, "in_transit"), scan("A1", 30, "in_transit", 61)]
    replay = play(events(write(tmp_path, scans=lines)), POLICY, Options()).replay
    assert replay.refolds == 1
    # The limit for a parcel that was picked up passed at 37 h: the scan of hour 30 shows that it never did.
    assert [alert.state.value for alert in replay.tape.alerts] == ["retracted"]


def test_the_first_days_only_teach(folder: Path) -> None:
    with pytest.raises(Nothing, match="the first 2 only teach"):
        run(folder, warm=2)
    assert kind(run(folder, warm=0.5), "stalled").alerts == 0


def test_a_log_without_events_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Nothing, match="no events"):
        run(write(tmp_path, scans=[]))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([fate(FINE, 96, 44)], "has no line of the log"),
        ([LOG, {"incident": "hub_jam", "index": 1}], ":2: an incident needs from and until"),
        ([LOG, {"carrier": "yto"}], ":2: is neither"),
    ],
)
def test_a_truth_that_is_none_is_refused(folder: Path, lines: list[Line], says: str) -> None:
    write(folder, truth=lines)
    with pytest.raises(LogError, match=says):
        run(folder)


def test_parcels_that_are_over_are_packed_and_still_known(folder: Path) -> None:
    shelf = Shelf()
    for event in events(folder):
        if isinstance(event, Scanned):
            now = event.received_at
            answer = advance(event.parcel_id, shelf.state(event.parcel_id), (event,), now, POLICY)
            assert not isinstance(answer, NeedsHistory)
            shelf.add(event.parcel_id, answer.new_scans)
            shelf.put(event.parcel_id, answer.watched, now)
    whole = {parcel_id: state for parcel_id, state in shelf}
    fine = f"yto:{FINE}"
    scans = shelf.history(fine)
    # A parcel that is over long after the others packs those.
    other = replace_waybill(scans[-1])
    late = advance("yto:X", None, (other,), MONDAY + timedelta(days=30), POLICY)
    assert not isinstance(late, NeedsHistory)
    shelf.put("yto:X", late.watched, MONDAY + timedelta(days=30))
    assert shelf.history(fine) == scans
    assert dict(shelf) == whole | {"yto:X": late.watched}
    assert shelf.state(fine) == whole[fine]
    assert shelf.history(fine) == scans
    assert len(shelf) == len(whole) + 1


def replace_waybill(scan: Any) -> Scanned:
    moved = msgspec.structs.replace(scan, waybill="X")
    return Scanned(parcel_id="yto:X", received_at=moved.happened_at, scans=(moved,))


def test_the_report_in_its_three_forms(folder: Path) -> None:
    report = replace_name(run(folder))
    text = as_text(report)
    assert "stalled" in text and "66.7%" in text and "no scan for 48 h" in text
    assert f"yto:{SLOW}" in stories_text("False alarms", report.false_alarms)
    assert msgspec.json.decode(as_json(report), type=Report).kinds == report.kinds
    page = as_html(report).decode()
    assert "<script" not in page.lower() and "http" not in page
    assert "&lt;b&gt;" in page and "<b>a log" not in page
    assert f"yto:{SLOW}" in page


def replace_name(report: Report) -> Report:
    return msgspec.structs.replace(report, log="<b>a log</b>")


def test_options_are_values() -> None:
    assert replace(Options(), examples=1).examples == 1
