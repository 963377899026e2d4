"""AfterShip's and 17TRACK's words, there and back without loss."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from carrier_helpers import OF_FORMAT, fixture, read
from hypothesis import given
from hypothesis import strategies as st

from carriers._tables import Meaning, codes_of, meaning_of, words_of
from carriers.statuses import VOCABULARIES, meaning_from, status_of, status_of_scan
from core.scan import Culprit, Detail, Milestone, Scan, Signer

TAXONOMIES = Path(__file__).parents[4] / "shared" / "code-tables" / "aggregator_status_taxonomies.json"
MAINS = {
    "aftership": {
        *("Pending", "InfoReceived", "InTransit", "OutForDelivery", "AttemptFail", "Delivered", "AvailableForPickup"),
        *("Exception", "Expired"),
    },
    "17track": {
        *("NotFound", "InfoReceived", "InTransit", "Expired", "AvailableForPickup", "OutForDelivery"),
        *("DeliveryFailure", "Delivered", "Exception"),
    },
}
# Rows of statuses.toml whose milestone is another one to AfterShip: without our words beside them they lose it.
OTHERS = {
    ("aftership", "exception refused"),
    ("aftership", "exception customs_held"),
    ("aftership", "exception delayed customs"),
    ("aftership", "cancelled"),
}
# Codes that are the same to us as another of the vocabulary.
SAME = {
    "InTransit_008": "InTransit_001",
    "InTransit_004": "InTransit_003",
    "OutForDelivery_003": "OutForDelivery_001",
    "AttemptFail_003": "AttemptFail_002",
    "Delivered_004": "Delivered_003",
    "NotFound_InvalidCode": "NotFound_Other",
}

vocabularies = pytest.mark.parametrize("vocabulary", VOCABULARIES)
meanings = st.builds(
    Meaning,
    st.sampled_from([milestone for milestone in Milestone if milestone is not Milestone.UNKNOWN]),
    st.none() | st.sampled_from(Detail),
    st.none() | st.sampled_from(Culprit),
    st.none() | st.sampled_from(Signer),
)


def subs(vocabulary: str) -> list[str]:
    """The finer words of a vocabulary that our table has, as the vocabulary writes them."""
    written = re.compile(r'^"([A-Za-z0-9]+_\w+)" =', re.MULTILINE)
    return written.findall((Path(__file__).parents[3] / "carriers" / f"{vocabulary}.toml").read_text("utf-8"))


@given(meanings, st.sampled_from(VOCABULARIES))
def test_there_and_back_changes_nothing(meaning: Meaning, vocabulary: str) -> None:
    status = status_of(meaning, vocabulary)
    assert status is not None
    assert status.main in MAINS[vocabulary]
    assert meaning_from(status.main, status.sub, status.words, vocabulary) == meaning


@vocabularies
def test_without_our_words_the_milestone_stays(vocabulary: str) -> None:
    for row, sub in words_of("statuses", vocabulary).items():
        same = meaning_from(sub.partition("_")[0], sub, "", vocabulary).milestone is meaning_of(row).milestone
        assert same != ((vocabulary, row) in OTHERS), row


@vocabularies
def test_back_and_there_keeps_every_status(vocabulary: str) -> None:
    found = subs(vocabulary)
    assert len(found) > 25
    for sub in found:
        meaning = codes_of(vocabulary)[sub.casefold()]
        status = status_of(meaning, vocabulary)
        assert status is not None
        assert status.sub == SAME.get(sub, sub)
        assert meaning_from("", sub, "", vocabulary) == meaning
        scan = Scan(
            scan_id="0" * 16,
            carrier="ups",
            waybill="1",
            happened_at=datetime(2026, 3, 1, tzinfo=UTC),
            milestone=meaning.milestone,
            detail=meaning.detail,
            culprit=meaning.culprit,
            signer=meaning.signer,
            source=vocabulary,
            code=sub,
        )
        own = status_of_scan(scan, vocabulary)
        assert own is not None
        assert own.sub == sub


@vocabularies
def test_every_row_says_a_word_of_the_vocabulary(vocabulary: str) -> None:
    known = {sub.casefold() for sub in subs(vocabulary)}
    alone = {"inforeceived", "pending_001", "inforeceived_001", "availableforpickup_001", "expired_001"}
    assert {sub.casefold() for sub in words_of("statuses", vocabulary).values()} <= known | alone


@vocabularies
def test_an_unknown_milestone_has_no_status(vocabulary: str) -> None:
    assert status_of(Meaning(Milestone.UNKNOWN), vocabulary) is None
    assert meaning_from("Teleported", "Teleported_001", "anything at all", vocabulary) == Meaning(Milestone.UNKNOWN)
    with pytest.raises(KeyError):
        status_of(Meaning(Milestone.UNKNOWN), "other")


def test_words_that_say_another_status_are_not_believed() -> None:
    lost = meaning_from("Exception", "Exception_013", "delivered", "aftership")
    assert lost.detail is Detail.LOST


def test_a_scan_that_people_mapped_has_the_status_of_its_meaning() -> None:
    scan = read("aftership", fixture("aftership_webhook.json")).scans[2]
    own = status_of_scan(scan, "aftership")
    assert own is not None
    assert (own.main, own.sub) == ("Exception", "Exception_013")
    there = status_of_scan(scan, "17track")
    assert there is not None
    assert (there.main, there.sub, there.words) == ("Exception", "Exception_Lost", "exception lost carrier")


def test_every_fixture_has_a_status_in_both() -> None:
    for wire, names in OF_FORMAT.items():
        for name in names:
            if name == "dpd_soap.xml":
                continue
            for scan in read(wire, fixture(name)).scans:
                for vocabulary in VOCABULARIES:
                    assert (status_of_scan(scan, vocabulary) is None) == (scan.milestone is Milestone.UNKNOWN)


@pytest.mark.skipif(not TAXONOMIES.is_file(), reason="the vocabularies' own lists are not beside this checkout")
def test_the_tables_know_every_word_of_the_vocabularies_own_lists() -> None:
    lists = json.loads(TAXONOMIES.read_text("utf-8"))
    aftership, track = codes_of("aftership"), codes_of("17track")
    for tag in lists["aftership"]["tags"]:
        assert tag.casefold() in aftership
    for sub in lists["aftership"]["subtags"]:
        assert sub.casefold() in aftership or sub.partition("_")[0].casefold() in aftership
    for word in (*lists["17track_v2.4"]["main"], *lists["17track_v2.4"]["sub"]):
        assert word.casefold() in track
