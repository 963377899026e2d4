"""What the page says: the sentence, the date and why it moved, the steps, what can be reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.track.model import Page
from api.track.render import page_html
from api.track.view import build, offered
from api.track.wording import CATALOGUES, LANGUAGES
from core.event import ReportKind
from core.finding import Evidence, Kind
from core.scan import Milestone, Scan, Signer
from store.track import ClockRow, Message, ReportRow, Tracked, TrackedCase, Trouble

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ANSWER = timedelta(minutes=15)


def scan(milestone: Milestone, ago: timedelta, **fields: Any) -> Scan:
    facts = {"source": "canonical", "offset_s": 28800, "place": "杭州", **fields}
    return Scan(scan_id=str(ago), carrier="sf", waybill="SF1", happened_at=NOW - ago, milestone=milestone, **facts)


def tracked(milestone: Milestone = Milestone.IN_TRANSIT, **fields: Any) -> Tracked:
    facts: dict[str, Any] = {
        "parcel_id": "sf:SF1", "shop_name": "山野茶铺", "order_ref": "A1", "language": "en", "service": None,
        "carrier": "sf", "waybill": "SF1", "milestone": milestone, "promised_at": None, "expected_at": None,
        "last_scan_at": NOW - DAY, "place": "杭州", **fields,
    }  # fmt: skip
    return Tracked(**facts)


def page(parcel: Tracked, language: str = "en", sent: ReportKind | None = None) -> Page:
    return build(parcel, "SF Express", CATALOGUES[language], NOW, ANSWER, sent)


def trouble(kind: Kind, severity: int = 2, **evidence: Any) -> Trouble:
    return Trouble(kind, severity, NOW - DAY, Evidence(rule="r", source="s", **evidence))


def case(kind: str = "damage", state: str = "open", resolve: str = "running", **fields: Any) -> TrackedCase:
    opened = NOW - timedelta(minutes=5)
    clocks = (
        ClockRow("first_answer", "running", opened + ANSWER, None),
        ClockRow("resolve", resolve, opened + 2 * DAY, None),
    )
    facts: dict[str, Any] = {
        "case_id": "c1", "kind": kind, "state": state, "opened_at": opened, "waiting_on": None, "resolution": None,
        "resolved_at": None, "closed_at": None, "clocks": clocks, **fields,
    }  # fmt: skip
    return TrackedCase(**facts)


def test_a_new_date_says_what_it_was_and_why() -> None:
    seen = page(tracked(promised_at=NOW - DAY, expected_at=NOW + 2 * DAY, troubles=(trouble(Kind.STALLED),)))
    assert (seen.date_label, seen.date, seen.date_was) == (
        "New expected date",
        "Fri 20 Nov",
        "Was promised: Tue 17 Nov",
    )
    assert seen.date_why is not None and "stood still" in seen.date_why


def test_the_same_day_is_no_move() -> None:
    seen = page(tracked(promised_at=NOW + timedelta(hours=1), expected_at=NOW + timedelta(hours=3)))
    assert (seen.date_label, seen.date, seen.date_was, seen.date_why) == ("Expected", "today, Wed 18 Nov", None, None)


@pytest.mark.parametrize(
    ("fields", "label", "why"),
    [
        ({"promised_at": NOW + 3 * DAY}, "Promised", None),
        ({"promised_at": NOW - DAY}, None, "The promised date has passed."),
        ({"promised_at": NOW - DAY, "expected_at": NOW - timedelta(hours=1)}, None, "The promised date has passed."),
        ({}, None, None),
    ],
)
def test_other_dates(fields: dict[str, Any], label: str | None, why: str | None) -> None:
    seen = page(tracked(**fields))
    assert seen.date_label == label
    assert (seen.date_why or "").startswith(why or "") and bool(seen.date_why) == bool(why)


def test_a_lost_parcel_gets_no_new_date() -> None:
    seen = page(tracked(promised_at=NOW - DAY, expected_at=NOW + DAY, troubles=(trouble(Kind.LOSS_REPORTED, 4),)))
    assert (seen.date, seen.tone, seen.date_was) == (None, "bad", "Was promised: Tue 17 Nov")


def test_silence_is_said_in_numbers() -> None:
    scans = (scan(Milestone.IN_TRANSIT, timedelta(hours=61)),)
    seen = page(tracked(scans=scans, troubles=(trouble(Kind.STALLED, limit_s=38 * 3600, measured_s=61 * 3600),)))
    assert seen.facts == (
        "No new scan for 61 hours.",
        "Parcels usually move again within 38 hours.",
        "Last seen: 杭州, Mon 16 Nov, 04:30.",
    )


def test_a_delivered_parcel_is_not_late_any_more() -> None:
    scans = (scan(Milestone.DELIVERED, timedelta(hours=2), signer=Signer.LOCKER),)
    seen = page(tracked(Milestone.DELIVERED, scans=scans, troubles=(trouble(Kind.LATE, 3),)))
    assert (seen.headline, seen.tone, seen.date) == ("Your parcel was delivered.", "good", "today, 15:30")
    assert seen.facts == ("It was put into a parcel locker.",)
    assert [step.state for step in seen.steps] == ["done"] * 5
    broken = page(tracked(Milestone.DELIVERED, troubles=(trouble(Kind.LATE, 3), trouble(Kind.DAMAGE_REPORTED, 3))))
    assert "damaged" in broken.headline


def test_times_of_a_scan_are_those_of_its_place() -> None:
    scans = (scan(Milestone.IN_TRANSIT, DAY, offset_s=-18000), scan(Milestone.PICKED_UP, 2 * DAY, offset_s=None))
    seen = page(tracked(scans=scans))
    assert [(entry.time, entry.iso[-6:]) for entry in seen.entries] == [("04:30", "-05:00"), ("04:30", "-05:00")]
    assert "UTC−5" in seen.zone_note


@pytest.mark.parametrize(
    ("milestone", "names", "states"),
    [
        (Milestone.PENDING, 5, "todo todo todo todo todo"),
        (Milestone.CUSTOMS, 5, "done done now todo todo"),
        (Milestone.AVAILABLE, 5, "done done done now todo"),
        (Milestone.RETURNING, 5, "done done done now todo"),
        (Milestone.RETURNED, 5, "done done done done done"),
        (Milestone.CANCELLED, 0, ""),
        (Milestone.EXCEPTION, 5, "done now todo todo todo"),
    ],
)
def test_steps(milestone: Milestone, names: int, states: str) -> None:
    seen = page(tracked(milestone, scans=(scan(Milestone.EXCEPTION, DAY), scan(Milestone.PICKED_UP, 2 * DAY))))
    assert len(seen.steps) == names
    assert " ".join(step.state for step in seen.steps) == states


@pytest.mark.parametrize(
    ("milestone", "kinds"),
    [
        (Milestone.ANNOUNCED, ""), (Milestone.IN_TRANSIT, "damaged"), (Milestone.DELIVERED, "damaged not_received"),
        (Milestone.AVAILABLE, "damaged not_received"), (Milestone.CANCELLED, ""),
    ],
)  # fmt: skip
def test_only_what_can_be_true_is_offered(milestone: Milestone, kinds: str) -> None:
    assert " ".join(offered(tracked(milestone))) == kinds


def test_what_is_worked_on_is_not_offered_again() -> None:
    assert offered(tracked(Milestone.DELIVERED, cases=(case("damage"),))) == (ReportKind.NOT_RECEIVED,)
    assert len(offered(tracked(Milestone.DELIVERED, cases=(case("damage", "closed"),)))) == 2
    pending = ReportRow("not_received", NOW, False)
    assert offered(tracked(Milestone.DELIVERED, reports=(pending,))) == (ReportKind.DAMAGED,)


def test_a_report_shows_before_its_case_is_there() -> None:
    report = ReportRow("damaged", NOW - timedelta(seconds=3), False)
    seen = page(tracked(Milestone.DELIVERED, reports=(report,)), sent=ReportKind.DAMAGED)
    assert [card.state for card in seen.cases] == ["Accepted"]
    assert seen.cases[0].lines == ("We answer by today, 17:44",)
    assert seen.confirmation is not None and "We answer by today, 17:44" in seen.confirmation
    filed = page(tracked(Milestone.DELIVERED, reports=(report,), cases=(case(),)), sent=ReportKind.DAMAGED)
    assert [card.name for card in filed.cases] == ["Damage"]
    assert filed.confirmation is not None and "17:40" in filed.confirmation


def test_a_link_alone_thanks_for_nothing() -> None:
    assert page(tracked(Milestone.DELIVERED), sent=ReportKind.DAMAGED).confirmation is None


def test_cases_in_words() -> None:
    late = page(tracked(cases=(case(resolve="breached"),))).cases[0]
    assert any("passed up to a supervisor" in line for line in late.lines)
    waits = page(tracked(cases=(case(state="waiting", waiting_on="consumer", resolve="paused"),))).cases[0]
    assert (waits.state, waits.tone, waits.lines[-1]) == (
        "Waiting for you",
        "wait",
        "The clock waits while we wait for you",
    )
    asked = page(tracked(cases=(case(state="waiting", waiting_on="consumer", ask="Send us a photo."),))).cases[0]
    assert (asked.story, asked.said) == ("We need something from you:", "Send us a photo.")
    done = page(tracked(cases=(case(state="resolved", resolved_at=NOW - DAY, resolution="Sent anew."),))).cases[0]
    assert (done.said, done.tone) == ("Sent anew.", "done")
    assert not any("answer by" in line for line in done.lines)
    assert page(tracked(cases=(case(state="resolved", resolved_at=NOW - 20 * DAY),))).cases == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [None, *Kind])
def test_every_page_renders_within_its_size(language: str, kind: Kind | None) -> None:
    scans = tuple(
        scan(Milestone.IN_TRANSIT, timedelta(hours=n), text=f"快件到达【集散中心 {n}】<b>") for n in range(1, 61)
    )
    parcel = tracked(
        scans=scans,
        troubles=(trouble(kind, 3, measured=3),) if kind else (),
        cases=(case(), case("delay", "waiting", waiting_on="carrier")),
        messages=(Message("email", "zh-CN", "<i>晚到</i>", "您好 " * 200, NOW),),
    )
    seen = page(parcel, language)
    html = page_html(
        "parcel.html", language, title=seen.title, page=seen, sender="<script>", path="/t/x", here="/t/x",
        action="/t/x/report",
        nonce="n" * 24, note_limit=1000, failed=None,
    )  # fmt: skip
    assert len(html.encode()) < 50_000
    assert "<script" not in html and "&lt;b&gt;" in html and "&lt;i&gt;" in html
    assert seen.not_shown == 20


@pytest.mark.parametrize(
    ("language", "service", "shown"),
    [
        ("zh-CN", "standard", "标准快递"),
        ("zh-TW", "same_city", "同城配送"),
        ("en", "Same-City", "Same city"),
        ("en", " cross border ", "Cross-border"),
        ("zh-CN", "瑞士晨达", "瑞士晨达"),
        ("en", "UPS Worldwide Saver", "UPS Worldwide Saver"),
    ],
)
def test_a_service_has_a_name_for_people(language: str, service: str, shown: str) -> None:
    assert shown in dict(page(tracked(service=service), language).details).values()


def test_a_parcel_without_a_service_says_nothing_of_it() -> None:
    assert "Service" not in dict(page(tracked()).details)


@pytest.mark.parametrize(
    ("state", "tone"), [("open", "bad"), ("waiting", "bad"), ("resolved", "good"), ("closed", "good")]
)
def test_what_was_reported_after_delivery_leads_the_page_until_its_case_is_solved(state: str, tone: str) -> None:
    report = Trouble(Kind.NOT_RECEIVED, 3, NOW - DAY, Evidence(rule="r", source="s"), "c1")
    seen = page(tracked(Milestone.DELIVERED, troubles=(report,), cases=(case("delivery", state, resolved_at=NOW),)))
    assert seen.tone == tone
    assert (seen.headline == page(tracked(Milestone.DELIVERED)).headline) == (tone == "good")


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_a_jam_says_where_and_until_when(language: str) -> None:
    until = NOW + 3 * DAY
    jam = trouble(Kind.JAMMED, 1, facility="杭州转运中心", incident="i1", expected_at=until)
    seen = page(tracked(promised_at=NOW, expected_at=until, troubles=(jam,)), language)
    assert any("杭州转运中心" in fact for fact in seen.facts)
    assert seen.date is not None and seen.date_why is not None and seen.date_was is not None
    lane = trouble(Kind.JAMMED, 1, facility="杭州", facility_to="成都", incident="i1")
    (fact,) = page(tracked(troubles=(lane,)), language).facts
    assert "杭州" in fact and "成都" in fact


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
@pytest.mark.parametrize("feed", ["feed_silent", "feed_late"])
def test_a_silent_feed_is_said_and_is_no_trouble(language: str, feed: str) -> None:
    silent = {"feed": feed, "feed_since": NOW - DAY / 8}
    seen = page(tracked(**silent), language)
    assert any("SF Express" in fact for fact in seen.facts)
    assert seen.tone == "calm"
    assert page(tracked(Milestone.DELIVERED, **silent), language).facts == ()
