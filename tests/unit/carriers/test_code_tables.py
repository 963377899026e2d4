"""Code tables and carrier names: complete against the published lists, unique, and refused when broken."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from carriers import _tables, aftership, easypost, kdniao, kuaidi100, seventeen_track, ups
from carriers._tables import folded, meaning_of
from carriers.names import AGGREGATORS, CARRIERS, LANGUAGES, carrier_slug, code_of, display_name, slug_of, zone_of
from core.scan import Culprit, Detail, Milestone, Signer

TABLES = Path(__file__).parents[4] / "shared" / "code-tables"
shared = pytest.mark.skipif(not TABLES.is_dir(), reason="the folder of published code lists is not at hand")


def test_a_row_is_read_word_by_word() -> None:
    assert meaning_of("delivered damaged carrier locker") == _tables.Meaning(
        Milestone.DELIVERED, Detail.DAMAGED, Culprit.CARRIER, Signer.LOCKER
    )


@pytest.mark.parametrize("row", ["", "flying", "delivered flying", "delivered lost damaged"])
def test_a_broken_row_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match=r"flying|valid Milestone|one too many"):
        meaning_of(row)


def test_the_words_of_details_culprits_and_signers_do_not_collide() -> None:
    words = [*Detail, *Culprit, *Signer]
    assert len(words) == len({str(word) for word in words})


def test_a_code_given_twice_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tables, "read_toml", lambda _name: {"codes": {"A1": "delivered", "a1 ": "returned"}})
    with pytest.raises(ValueError, match="given twice"):
        _tables.codes_of("x")


@shared
def test_published_codes_are_all_mapped() -> None:
    lists = json.loads((TABLES / "aggregator_status_taxonomies.json").read_text("utf-8"))
    track = lists["17track_v2.4"]
    wanted = {
        "kuaidi100": (kuaidi100.CODES, [*lists["kuaidi100"]["state"], *lists["kuaidi100"]["advanced"]]),
        "kdniao": (kdniao.CODES, [*lists["kdniao"]["State"], *lists["kdniao"]["StateEx"]]),
        "17track": (seventeen_track.CODES, [*track["main"], *track["sub"]]),
        "easypost": (easypost.CODES, [code.rstrip("*") for code in lists["easypost"]["status"]]),
        "aftership": (aftership.CODES, lists["aftership"]["tags"]),
    }
    with (TABLES / "ups_status_description_codes.csv").open(encoding="utf-8") as file:
        wanted["ups"] = (ups.CODES, [row["CODE"] for row in csv.DictReader(file)])
    missing = {name: [code for code in codes if folded(code) not in table] for name, (table, codes) in wanted.items()}
    assert not any(missing.values()), missing
    tags = [folded(code.partition("_")[0]) for code in lists["aftership"]["subtags"]]
    assert all(tag in aftership.CODES for tag in tags)


def test_carriers_are_named_in_every_language() -> None:
    for slug, carrier in CARRIERS.items():
        assert carrier_slug(slug) == slug
        assert all(display_name(slug, language) for language in LANGUAGES)
        assert zone_of(slug) == carrier.zone
        for aggregator in AGGREGATORS:
            code = code_of(aggregator, slug)
            assert code is None or slug_of(aggregator, code) == slug


def test_an_unknown_carrier_is_kept_under_its_code() -> None:
    assert slug_of("kdniao", " Foo Bar:1 ") == "kdniao.foo-bar-1"
    assert slug_of("kdniao", "：") == "kdniao.unknown"
    assert display_name("kdniao.foo", "en") == "foo"
    assert zone_of("kdniao.foo", "Asia/Shanghai") == "Asia/Shanghai"
    assert display_name("sf", "fr") == "SF Express"
