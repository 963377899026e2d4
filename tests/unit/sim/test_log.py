"""A log is the same for the same spec, comes in order of reception, and its truth agrees with its scans."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest

from carriers.format import Push
from carriers.registry import FORMATS
from core.event import Event, Registered, Reported, ReportKind, Scanned, encode
from core.scan import Detail, Milestone, Scan, scan_id_of
from sim.files import write
from sim.incident import IncidentKind
from sim.log import Spec, generate
from sim.network import Network
from sim.truth import IncidentTruth, LabelTruth, LogTruth, ParcelTruth, Truth

SPEC = Spec(parcels=12_000, days=21, seed=4, network=9)
_KINDS = {
    "lost",
    "lost_reported",
    "damaged",
    "repacked",
    "held",
    "slow",
    "misrouted",
    "loop",
    "false_signature",
    "not_picked_up",
    "attempt_failed",
    "unclaimed",
    "returned",
    "customs_hold",
    "jam",
    "lane",
    "outage",
    "weather",
}


@cache
def log() -> tuple[list[Event], list[Truth]]:
    truth: list[Truth] = []
    return list(generate(SPEC, truth.append)), truth


@cache
def parcels() -> dict[str, ParcelTruth]:
    return {one.parcel_id: one for one in log()[1] if isinstance(one, ParcelTruth)}


@cache
def scans() -> dict[str, list[Scan]]:
    found: dict[str, dict[str, Scan]] = defaultdict(dict)
    for item in log()[0]:
        if isinstance(item, Scanned):
            for scan in item.scans:
                found[item.parcel_id][scan.scan_id] = scan
    return {one: sorted(all_.values(), key=lambda scan: scan.happened_at) for one, all_ in found.items()}


def labelled(kind: str) -> list[tuple[ParcelTruth, LabelTruth]]:
    return [(one, label) for one in parcels().values() for label in one.labels if label.kind == kind]


def reception(item: Event) -> datetime:
    if isinstance(item, Registered):
        return item.registration.at
    return item.received_at if isinstance(item, Scanned) else item.report.at


def test_the_same_spec_gives_the_same_bytes_and_another_seed_others() -> None:
    small = Spec(parcels=400, days=5, seed=2, network=3)
    truths: list[list[Truth]] = [[], []]
    one, two = ([encode(item) for item in generate(small, truth.append)] for truth in truths)
    assert one == two
    assert msgspec.json.encode(truths[0]) == msgspec.json.encode(truths[1])
    assert one != [encode(item) for item in generate(Spec(parcels=400, days=5, seed=3, network=3))]
    assert one != [encode(item) for item in generate(Spec(parcels=400, days=5, seed=2, network=4))]


def test_items_come_in_order_of_reception_and_every_parcel_is_registered_once() -> None:
    last = None
    registered = set()
    for item in log()[0]:
        moment = reception(item)
        assert last is None or moment >= last
        last = moment
        if isinstance(item, Registered):
            assert item.parcel_id not in registered
            registered.add(item.parcel_id)
        else:
            assert item.parcel_id in registered
    assert registered == set(parcels())
    assert len(registered) == SPEC.parcels


def test_a_scan_has_the_id_that_intake_gives_it() -> None:
    for item in log()[0][:3000]:
        if isinstance(item, Scanned):
            for scan in item.scans:
                wanted = scan_id_of(scan.carrier, scan.waybill, scan.happened_at, scan.code, scan.text, scan.facility)
                assert scan.scan_id == wanted
                assert item.parcel_id == f"{scan.carrier}:{scan.waybill}"


def test_every_kind_of_trouble_and_incident_happens() -> None:
    assert {label.kind for one in parcels().values() for label in one.labels} == _KINDS
    hows = {(label.kind, label.how) for one in parcels().values() for label in one.labels}
    for how in ("code", "text", "weight"):
        assert ("damaged", how) in hows
    for how in ("far", "locker", "no_out_for_delivery"):
        assert ("false_signature", how) in hows
    for how in ("absent", "refused", "bad_address"):
        assert ("attempt_failed", how) in hows
    assert {one.incident for one in log()[1] if isinstance(one, IncidentTruth)} == set(IncidentKind)


def test_a_parcel_is_delivered_when_its_scan_says_so() -> None:
    for one in parcels().values():
        said = [scan.happened_at for scan in scans()[one.parcel_id] if scan.milestone is Milestone.DELIVERED]
        if one.delivered_at is None:
            assert not said
        else:
            assert abs(said[0] - one.delivered_at) <= timedelta(minutes=1)
            assert one.reused_at is not None or len(said) == 1


def test_a_lost_parcel_is_silent_for_ever_and_a_reported_one_until_the_word() -> None:
    assert labelled("lost")
    for one, label in labelled("lost"):
        assert one.delivered_at is None
        assert label.until is None
        # A clock that runs ahead may put the last scan a little later.
        assert scans()[one.parcel_id][-1].happened_at <= label.since + timedelta(hours=1)
    for one, label in labelled("lost_reported"):
        assert label.until is not None
        last = scans()[one.parcel_id][-1]
        assert last.detail is Detail.LOST
        assert abs(last.happened_at - label.until) <= timedelta(minutes=1)
        assert label.until - label.since > timedelta(days=2)


def test_who_waits_in_a_jam_was_at_that_hub_of_that_carrier_then() -> None:
    jams = {one.index: one for one in log()[1] if isinstance(one, IncidentTruth)}
    assert labelled("jam")
    for one, label in labelled("jam"):
        jam = jams[label.incident if label.incident is not None else -1]
        assert jam.incident is IncidentKind.HUB_JAM
        assert one.parcel_id.startswith(f"{jam.carrier}:")
        assert label.until is not None
        assert jam.since <= label.since < label.until
        during = [
            scan
            for scan in scans()[one.parcel_id]
            if scan.detail is Detail.DEPARTED
            and scan.facility == jam.facility
            and label.since + timedelta(minutes=90) < scan.happened_at < label.until - timedelta(minutes=90)
        ]
        assert not during, (one.parcel_id, label, during)
    under = Counter(index for one in parcels().values() for index in {label.incident for label in one.labels})
    for jam in jams.values():
        assert jam.parcels == under[jam.index]


def test_a_silent_feed_is_silent_and_tells_all_when_it_is_back() -> None:
    silences = [one for one in log()[1] if isinstance(one, IncidentTruth) and one.incident is IncidentKind.FEED_SILENT]
    for silence in silences:
        if not silence.whole:
            continue
        heard = [
            item.received_at
            for item in log()[0]
            if isinstance(item, Scanned) and item.parcel_id.startswith(f"{silence.carrier}:")
        ]
        assert not [at for at in heard if silence.since <= at < silence.until]


def test_nothing_is_known_before_it_happened_apart_from_wrong_clocks() -> None:
    ahead = 0
    count = 0
    for item in log()[0]:
        if isinstance(item, Scanned):
            count += 1
            ahead += item.scans[0].happened_at > item.received_at
    assert ahead < 0.03 * count


def test_most_parcels_are_fine_and_keep_their_promise() -> None:
    all_ = list(parcels().values())
    first = [min(filter(None, (one.delivered_at, one.available_at)), default=None) for one in all_]
    kept = sum(at is not None and at <= one.promised_at for one, at in zip(all_, first, strict=True)) / len(all_)
    assert 0.92 < kept < 0.985
    own = {"lane", "outage", "weather", "jam"}
    troubled = sum(any(label.kind not in own for label in one.labels) for one in all_) / len(all_)
    assert 0.03 < troubled < 0.13


def test_the_season_brings_more_parcels_and_the_festival_fewer() -> None:
    def by_day(start: date) -> list[int]:
        days = [0] * 14
        begin = datetime.fromisoformat(f"{start}T00:00:00+08:00")
        for item in generate(Spec(parcels=4_000, days=14, start=start)):
            if isinstance(item, Registered):
                days[(item.registration.at - begin).days] += 1
        return days

    november = by_day(date(2026, 11, 2))
    assert november[9] > 1.8 * november[3]
    february = by_day(date(2026, 2, 9))
    assert february[9] < 0.6 * february[0]


@pytest.mark.parametrize("days", [1, 3])
def test_a_short_log_has_all_its_parcels(days: int) -> None:
    truth: list[Truth] = []
    items = list(generate(Spec(parcels=77, days=days), truth.append))
    assert sum(isinstance(item, Registered) for item in items) == 77
    assert isinstance(truth[0], LogTruth)


def test_a_waybill_is_given_out_again_only_when_its_first_parcel_is_over() -> None:
    network = Network.drawn(9)
    often = replace(network, orders={**network.orders, "recycled": 0.2})
    truth: list[Truth] = []
    items = list(generate(Spec(parcels=3_000, days=45, drawn=often), truth.append))
    lives: dict[str, list[ParcelTruth]] = defaultdict(list)
    for one in truth:
        if isinstance(one, ParcelTruth):
            lives[one.parcel_id].append(one)
    again = {identity: sorted(them, key=lambda one: one.registered_at) for identity, them in lives.items() if them[1:]}
    assert len(again) > 20
    assert all(len(them) == 2 for them in again.values())
    for item in items:
        if isinstance(item, Scanned) and item.parcel_id in again:
            first, second = again[item.parcel_id]
            scan = item.scans[0]
            if item.received_at < second.registered_at:
                assert first.delivered_at is not None
                assert scan.happened_at < second.registered_at - timedelta(days=20)


def test_consumers_report_what_is_damaged_and_what_has_not_come() -> None:
    kinds = Counter(item.report.kind for item in log()[0] if isinstance(item, Reported))
    assert kinds[ReportKind.DAMAGED] > 10
    assert kinds[ReportKind.NOT_RECEIVED] > 10
    for item in log()[0]:
        if isinstance(item, Reported) and item.report.kind is ReportKind.DAMAGED:
            assert any(label.kind == "damaged" for label in parcels()[item.parcel_id].labels)


def test_what_travels_together_arrives_together_and_what_is_left_behind_does_not() -> None:
    """Bag-mates are at the next hub within an hour of each other; a parcel lost on the dock never is."""
    left: dict[tuple[str, str], list[str]] = defaultdict(list)
    seen: dict[tuple[str, str], dict[str, datetime]] = defaultdict(dict)
    truth: list[Truth] = []
    for item in generate(Spec(parcels=8_000, days=2, network=9), truth.append):
        for scan in item.scans if isinstance(item, Scanned) else ():
            identity = item.parcel_id
            if scan.container and scan.detail is Detail.DEPARTED:
                left[scan.carrier, scan.container].append(identity)
            elif scan.container and scan.detail is Detail.ARRIVED:
                seen[scan.carrier, scan.container][identity] = scan.happened_at
    assert {carrier for carrier, _ in left} == {"sf", "zto", "yunda", "dhl"}
    spans = [max(at.values()) - min(at.values()) for at in seen.values() if len(at) > 1]
    assert sum(span <= timedelta(minutes=95) for span in spans) > 0.95 * len(spans)
    lost = {
        one.parcel_id for one in truth if isinstance(one, ParcelTruth) and any(x.kind == "lost" for x in one.labels)
    }
    behind = [
        (identity, [mate for mate in mates if mate != identity])
        for box, mates in left.items()
        for identity in mates
        if identity in lost and identity not in seen[box] and seen[box]
    ]
    assert behind
    assert all(mates for _, mates in behind)


def test_the_lines_of_a_log_are_read_as_the_very_scans(tmp_path: Path) -> None:
    spec = Spec(parcels=150, days=3, network=5)
    lines = write(spec, tmp_path)
    wanted = [scan for item in generate(spec) if isinstance(item, Scanned) for scan in item.scans]
    assert lines["scans"] == len(wanted)
    assert lines["registrations"] == 150
    now = datetime(2027, 1, 1, tzinfo=UTC)
    body = (tmp_path / "scans.ndjson").read_bytes()
    reading = FORMATS["canonical"].read(Push(body), now)
    assert reading.rejects == ()
    assert list(reading.scans) == wanted
    truth = [msgspec.json.decode(line) for line in (tmp_path / "truth.ndjson").read_bytes().splitlines()]
    assert truth[0]["log"] == 1
    assert sum("parcel_id" in line for line in truth) == 150
