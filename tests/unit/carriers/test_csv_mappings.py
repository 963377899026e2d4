"""CSV with a mapping file: columns by their headers, codes, times as the file writes them; mappings that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from carrier_helpers import RECEIVED, read, told

from carriers import registry
from carriers.csv_table import format_of
from carriers.format import Push, Reason

MAPPING = """
carrier = "acme"
zone = "Europe/Paris"
time_format = "%d/%m/%Y %Hh%M"
[columns]
waybill = "Colis"
date = "Date"
time = "Heure"
code = "Statut"
text = ["Libellé", "Commentaire"]
weight = "Poids"
[codes]
"LIV" = "delivered person"
"""
TABLE = "Statut;Colis;Date;Heure;Commentaire;Poids\nLIV;AB 1;05/03/2026;14h05;remis;1,5\nXXX;AB 1;05.03.2026;14h05;;\n"


def test_a_mapping_file_is_all_that_a_new_carrier_needs() -> None:
    reading = format_of("csv-acme", MAPPING).read(Push(TABLE.encode()), RECEIVED)
    assert [told(scan) for scan in reading.scans] == ["acme AB1 03-05T13:05 delivered person"]
    assert reading.scans[0].source == "csv-acme"
    assert [reject.reason for reject in reading.rejects] == [Reason.BAD_TIME]


def test_tabs_byte_order_marks_gbk_and_quoted_cells_are_read() -> None:
    rows = 'carrier\twaybill\ttime\tremark\nsf\tSF1\t2026-03-05 10:00\t"到达【上海转运中心】"\n'
    for body in (rows.encode("utf-8-sig"), rows.encode("gbk"), rows.replace("\t", "|").encode()):
        scan = read("csv", body).scans[0]
        assert (scan.carrier, scan.facility) == ("sf", "上海转运中心")


def test_the_address_may_name_the_carrier() -> None:
    push = Push(b"awb,timestamp,status\nQ1,2026-03-05T10:00:00Z,lost", query={"carrier": "UPS"})
    assert [told(scan) for scan in registry.FORMATS["csv"].read(push, RECEIVED).scans] == [
        "ups Q1 03-05T10:00 exception lost carrier"
    ]


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        ("[columns", "csv-x"),
        ("[columns]\nwaybill='a'", "happened_at or date"),
        ("[columns]\nwaybill='a'\ndate='b'\ncolour='c'", "'colour'"),
        ("[columns]\nwaybill='a'\ndate='b'\n[codes]\nX='flown'", "'X'"),
        ("colour='red'\n[columns]\nwaybill='a'\ndate='b'", "colour"),
        ("zone='Mars/Base'\n[columns]\nwaybill='a'\ndate='b'", "Mars/Base"),
        ("zone='Europe'\n[columns]\nwaybill='a'\ndate='b'", "no zone 'Europe'"),
        ("zone='../etc'\n[columns]\nwaybill='a'\ndate='b'", "no zone"),
        ("delimiter='ab'\n[columns]\nwaybill='a'\ndate='b'", "delimiter"),
        ('delimiter="\\n"\n[columns]\nwaybill="a"\ndate="b"', "delimiter"),
        ("delimiter='\"'\n[columns]\nwaybill='a'\ndate='b'", "delimiter"),
        ("time_format='%c.%m.%Y'\n[columns]\nwaybill='a'\ndate='b'", "time_format"),
        ("time_format='%Q'\n[columns]\nwaybill='a'\ndate='b'", "time_format"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(toml: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        format_of("csv-x", toml)


def test_mappings_of_a_folder_become_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_FORMATS", dict(registry.FORMATS))
    (tmp_path / "Acme.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "README").write_text("not a mapping", "utf-8")
    assert registry.add_mappings(tmp_path) == ("csv-acme",)
