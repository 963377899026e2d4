"""A log is read whole, in order, from both forms alike; what cannot be read is said with file, line and reason."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from backtest_build import MONDAY, events, registered, scan, write

from backtest.log import Files, LogError, moment_of
from core.event import Registered, Reported, Scanned

REGISTERED = [registered("A1", 0, 96, origin="杭州", tier="vip"), registered("B2", 5, 96)]
SCANS = [
    scan("A1", 1, "picked_up", facility="杭州一站", text="已揽收, “您好”"),
    scan("A1", 2, "in_transit", 6, detail="departed"),
    scan("A1", 3, "in_transit", 6, detail="arrived"),
    scan("B2", 6, "picked_up", 7),
]
REPORTS = [{"carrier": "yto", "waybill": "A1", "reported_at": MONDAY.isoformat(), "kind": "damaged"}]


def as_csv(path: Path, lines: list[dict[str, object]]) -> None:
    names = sorted({name for line in lines for name in line})
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(lines)


def test_events_come_in_the_order_of_reception_and_pushes_are_whole(tmp_path: Path) -> None:
    found = events(write(tmp_path, registrations=REGISTERED, scans=SCANS, reports=REPORTS))
    assert [type(event) for event in found] == [Registered, Reported, Scanned, Registered, Scanned, Scanned]
    assert [moment_of(event) for event in found] == sorted(moment_of(event) for event in found)
    pushed = found[4]
    assert isinstance(pushed, Scanned) and len(pushed.scans) == 2 and pushed.parcel_id == "yto:A1"


def test_csv_and_gzip_say_the_same_as_ndjson(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain", registrations=REGISTERED, scans=SCANS)
    table = tmp_path / "table"
    table.mkdir()
    as_csv(table / "registrations.csv", REGISTERED)
    as_csv(table / "scans.csv", SCANS)
    packed = tmp_path / "packed"
    packed.mkdir()
    for path in plain.iterdir():
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert events(plain) == events(table) == events(packed)


def test_without_reception_what_happened_counts(tmp_path: Path) -> None:
    line = scan("A1", 1, "picked_up")
    del line["received_at"]
    (event,) = events(write(tmp_path, scans=[line]))
    assert moment_of(event) == MONDAY.replace(hour=1)


def test_unknown_columns_are_noted_once(tmp_path: Path) -> None:
    notes: list[str] = []
    events(write(tmp_path, scans=[line | {"colour": "red"} for line in SCANS]), notes)
    assert notes == ["scans.ndjson: passed over the columns colour"]
    notes = []
    as_csv(tmp_path / "registrations.csv", [line | {"colour": "red"} for line in REGISTERED])
    events(tmp_path, notes)
    assert "registrations.csv: passed over the columns colour" in notes


def test_lines_out_of_order_are_refused_or_sorted(tmp_path: Path) -> None:
    folder = write(tmp_path, scans=[SCANS[3], SCANS[0]])
    with pytest.raises(LogError, match=r"scans\.ndjson:2: was received before the line above; --sort"):
        events(folder)
    assert events(folder, sort=True) == events(write(tmp_path / "sorted", scans=[SCANS[0], SCANS[3]]))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("scans.ndjson", '{"carrier":"yto"}\n', r"scans\.ndjson:1: .*waybill"),
        ("scans.ndjson", "\n{broken\n", r"scans\.ndjson:2: is no JSON object"),
        ("scans.ndjson", '{"carrier":"yto","waybill":"","happened_at":"2026-05-04T00:00:00Z"}\n', r":1: the waybill"),
        ("scans.ndjson", '{"carrier":" ","waybill":"A","happened_at":"2026-05-04T00:00:00Z"}\n', r":1: the carrier"),
        (
            "scans.ndjson",
            '{"carrier":"a","waybill":"A","happened_at":"2026-05-04T00:00:00Z","received_at":"2026-05-04T00:00:00"}\n',
            r":1: received_at has no zone",
        ),
        ("scans.csv", "", r"scans\.csv:1: is empty"),
        ("scans.csv", "carrier,waybill\n", r"scans\.csv:1: has no column happened_at"),
        ("scans.csv", "carrier,waybill,happened_at\na,b\n", r"scans\.csv:2: has 2 cells, the first line 3"),
        ("scans.csv", "carrier,waybill,happened_at\na,b,soon\n", r"scans\.csv:2: .*happened_at"),
        ("scans.csv", 'carrier,waybill,happened_at\na,"b"c,d\n', r"scans\.csv:\d: cannot be read"),
        ("scans.ndjson.gz", "no gzip", r"cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_with_file_line_and_reason(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LogError, match=says):
        events(tmp_path)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "holds no file"),
        (("registrations.csv",), "there is no file of scans"),
        (("scans.csv", "scans.ndjson"), "there is .* already"),
        (("scans.csv", "readme.csv"), "its name must begin with"),
    ],
)
def test_a_folder_that_is_no_log_is_refused(tmp_path: Path, names: tuple[str, ...], says: str) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(LogError, match=says):
        Files.of([tmp_path])


def test_files_may_be_given_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "scans-may.csv").touch()
    assert Files.of([tmp_path / "scans-may.csv"]) == Files(tmp_path / "scans-may.csv")
    with pytest.raises(LogError, match="is no file"):
        Files.of([tmp_path / "scans-june.csv"])
    with pytest.raises(LogError, match="must end in"):
        Files.of([tmp_path / __file__])
