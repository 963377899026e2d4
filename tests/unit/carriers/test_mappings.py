"""Mappings of people laid over what was read, and stored scans read again by mappings and tables."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from carrier_helpers import FIXTURES, OF_FORMAT, RECEIVED
from hypothesis import given
from hypothesis import strategies as st

from carriers._tables import read_toml
from carriers.again import SECTIONS, WHOLE, meaning_of, read_again
from carriers.csv_table import format_of
from carriers.format import Push
from carriers.mappings import Mapping, Mappings, text_key
from carriers.registry import _FORMATS, FORMATS
from core.event import Meant
from core.scan import Culprit, Detail, Milestone, Scan, Signer

NONE = Mappings()


def scan(
    code: str | None = "X9", text: str | None = None, milestone: Milestone = Milestone.UNKNOWN, **more: object
) -> Scan:
    facts: dict[str, object] = {"source": "sf", "carrier": "sf", "detail": None, **more}
    return Scan(
        scan_id="00" * 8,
        waybill="W1",
        happened_at=datetime(2026, 3, 1, tzinfo=UTC),
        milestone=milestone,
        code=code,
        text=text,
        **facts,  # type: ignore[arg-type]
    )


def mapping(number: int = 1, milestone: Milestone = Milestone.CUSTOMS, **more: str | None) -> Mapping:
    return Mapping(mapping_id=number, source="sf", milestone=milestone, **{"code": "x9", **more})  # type: ignore[arg-type]


def test_the_most_special_mapping_wins() -> None:
    said = text_key("Held at 【杭州转运中心】 since 09:30")
    rows = [
        mapping(1, code=None, text=said),
        mapping(2),
        mapping(3, text=said),
        mapping(4, code=None, text=said, carrier="sf"),
        mapping(5, carrier="sf"),
        mapping(6, text=said, carrier="sf"),
    ]
    held = scan("x9 ", "Held at 【成都转运中心】 since 10:05")
    for most in range(len(rows), 0, -1):
        found = Mappings(rows[:most]).of(held)
        assert found is not None
        assert found.mapping_id == most
    assert Mappings(rows).of(scan("x9", "something else")) == rows[4]
    assert Mappings(rows).of(scan("other", "something else")) is None
    assert Mappings(rows).of(scan(None, None)) is None
    assert Mappings(rows).of(msgspec.structs.replace(held, source="ups")) is None
    assert Mappings(rows).of(msgspec.structs.replace(held, retracts="ab")) is None
    assert len(Mappings([*rows, mapping(7)])) == len(rows)


def test_a_mapping_by_code_is_refined_by_the_text_and_one_with_a_text_has_the_last_word() -> None:
    broken = scan(text="包裹破损")
    by_code = Mappings([mapping(1, Milestone.EXCEPTION)]).meant(broken)
    assert by_code is not None
    assert (by_code.milestone, by_code.detail, by_code.mapped) == (Milestone.EXCEPTION, Detail.DAMAGED, 1)
    by_text = Mappings([mapping(2, Milestone.IN_TRANSIT, text=text_key("包裹破损"))]).meant(broken)
    assert by_text is not None
    assert (by_text.milestone, by_text.detail) == (Milestone.IN_TRANSIT, None)
    locker = scan(text="已存入丰巢快递柜")
    kept = Mappings([mapping(3, Milestone.DELIVERED, text=text_key("已存入丰巢快递柜"))]).meant(locker)
    assert kept is not None
    assert (kept.milestone, kept.signer) == (Milestone.DELIVERED, Signer.LOCKER)


def test_mappings_are_laid_over_what_was_just_read() -> None:
    table = Mappings([mapping(1, Milestone.CUSTOMS, detail="customs_held", culprit="customs")])
    known, other = scan(milestone=Milestone.IN_TRANSIT), scan("other")
    read = table.read((known, other))
    assert read[1] is other
    assert (read[0].milestone, read[0].detail, read[0].culprit, read[0].mapped) == (
        "customs",
        "customs_held",
        "customs",
        1,
    )
    assert read[0].scan_id == known.scan_id
    assert NONE.read((known,)) == (known,)


def test_what_nobody_could_read_is_read_by_mapping_table_and_words() -> None:
    assert read_again(scan(), NONE) is None
    mapped = read_again(scan(), Mappings([mapping(4)]))
    assert mapped == Meant(scan_id="00" * 8, milestone=Milestone.CUSTOMS, mapped=4)
    by_words = read_again(scan(text="快件在运输途中丢失"), NONE)
    assert by_words is not None
    assert (by_words.detail, by_words.mapped) == (Detail.LOST, None)
    by_table = read_again(scan("Delivered", source="17track"), NONE)
    assert by_table is not None
    assert by_table.milestone is Milestone.DELIVERED


def test_a_mapping_that_was_taken_back_lets_the_scan_go() -> None:
    once = scan(milestone=Milestone.CUSTOMS, mapped=4)
    assert read_again(once, Mappings([mapping(4)])) is None
    assert read_again(once, NONE) == Meant(scan_id="00" * 8, milestone=Milestone.UNKNOWN)
    other = read_again(once, Mappings([mapping(5)]))
    assert other is not None
    assert other.mapped == 5


def test_what_was_understood_is_left_alone_unless_asked_and_its_format_allows_it() -> None:
    wrong = scan("Delivered", source="17track", milestone=Milestone.IN_TRANSIT)
    assert read_again(wrong, NONE) is None
    again = read_again(wrong, NONE, understood=True)
    assert again is not None
    assert again.milestone is Milestone.DELIVERED
    assert read_again(msgspec.structs.replace(wrong, source="kuaidi100"), NONE, understood=True) is None
    gone = scan("no such code", source="17track", milestone=Milestone.IN_TRANSIT)
    assert read_again(gone, NONE, understood=True) is None
    withdrawing = scan("Delivered", source="17track", retracts="ab")
    assert read_again(withdrawing, NONE, understood=True) is None


codes = st.sampled_from([None, "", "X9", "x9", "AP.AQ", "Delivered_Other", "44", "A.B.C", "."])
texts = st.sampled_from([None, "包裹破损", "zz 1", "delivered to locker", "Held 7"])
sources = st.sampled_from([*FORMATS, "nobody", "../names"])


@given(sources, codes, texts, st.sampled_from(list(Milestone)), st.sampled_from([None, 1, 9]), st.booleans())
def test_reading_again_is_done_after_once(
    source: str, code: str | None, text: str | None, milestone: Milestone, mapped: int | None, understood: bool
) -> None:
    table = Mappings([mapping(9, Milestone.CUSTOMS), mapping(10, Milestone.EXPIRED, text="zz 0")])
    before = scan(code, text, milestone, source=source, mapped=mapped)
    meant = read_again(before, table, understood)
    if meant is None:
        return
    after = meant.of(before)
    assert after != before
    assert read_again(after, table, understood) is None
    assert (after.scan_id, after.code, after.text, after.happened_at) == (
        before.scan_id,
        code,
        text,
        before.happened_at,
    )
    assert after.milestone is not Milestone.UNKNOWN or mapped is not None


def test_formats_that_depend_on_code_and_text_alone_are_read_again_as_the_first_time() -> None:
    seen = set()
    for name, files in OF_FORMAT.items():
        for file in files:
            for one in FORMATS[name].read(Push((FIXTURES / file).read_bytes()), RECEIVED).scans:
                meaning = meaning_of(one.source, one.code, one.text)
                if name in WHOLE:
                    seen.add(name)
                    assert (meaning.milestone, meaning.detail, meaning.culprit, meaning.signer) == (
                        one.milestone,
                        one.detail,
                        one.culprit,
                        one.signer,
                    ), one
    assert seen == WHOLE


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_code_table_is_known_to_the_second_reading(name: str) -> None:
    try:
        sections = read_toml(name)
    except FileNotFoundError:
        return
    tables = {section for section, rows in sections.items() if isinstance(rows, dict)} - {"columns", "zones"}
    assert tables <= set(SECTIONS)


def test_a_csv_mapping_of_ones_own_is_a_code_table(monkeypatch: pytest.MonkeyPatch) -> None:
    own = format_of(
        "csv-own", '[columns]\nwaybill = "w"\nhappened_at = "t"\n[codes]\n"77" = "exception damaged carrier"\n'
    )
    monkeypatch.setitem(_FORMATS, "csv-own", own)
    meaning = meaning_of("csv-own", "77", None)
    assert (meaning.milestone, meaning.detail, meaning.culprit) == (
        Milestone.EXCEPTION,
        Detail.DAMAGED,
        Culprit.CARRIER,
    )
