"""Real payloads of carriers, when they are at hand beside the checkout: everything that carries events is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers.format import Push, Reason, Rejected
from carriers.registry import FORMATS
from core.scan import Milestone

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads"
RECEIVED = datetime(2026, 12, 1, tzinfo=UTC)
FOLDERS = {
    "kuaidi100": ("kuaidi100-callback", "slince-kuaidi100"),
    "kdniao": ("kdniao",),
    "sf": ("sf-express",),
    "17track": ("17track-aio17track",),
    "aftership": ("aftership-pyaftership", "aftership-sdk-go", "aftership-sdk-java"),
    "easypost": ("easypost-cassettes", "easypost-docs"),
    "fedex": ("active_shipping-fedex", "shipit-fedex"),
    "usps": ("active_shipping-usps", "shipit-usps", "slince-usps"),
    "dhl": ("shipit-dhl",),
    "ship24": ("ship24",),
    "x12_214": ("x12-214",),
    "iftsta": ("edifact-iftsta",),
    "cainiao": ("ha-cainiao",),
    "epcis": ("gs1-epcis2",),
    "shopee": ("ha-shopee-xpress",),
    "canada_post": ("active_shipping-canadapost_pws", "shipit-canada_post"),
    "ups": ("active_shipping-ups", "php-ups-api", "shipit-ups", "ups-official"),
}
# What is no tracking at all, and activities without any time, are refused on purpose.
REFUSED = {
    "getquota.json": Reason.SHAPE,
    "error_invalid_api_key.json": Reason.ERROR_ANSWER,
    "example_tracking_response.xml": Reason.BAD_TIME,
    "tracking_response_bad_tracking_number.xml": Reason.ERROR_ANSWER,
    "tracking_response_invalid_tracking_number.xml": Reason.ERROR_ANSWER,
    "tracking_response_test_error.xml": Reason.ERROR_ANSWER,
}
UNTIMED = {"tracking_response_alt.xml"}
# A hospital's own step, which is no news of a parcel.
UNMAPPED = {"Example-TransactionEvents-2020_07_03y.json"}
FILES = [
    (wire, path)
    for wire, folders in FOLDERS.items()
    for name in folders
    for path in sorted((PAYLOADS / name).glob("*"))
]

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the folder of real payloads is not at hand")


@pytest.mark.parametrize(("wire", "path"), FILES, ids=[path.name for _, path in FILES])
def test_real_payload_is_read(wire: str, path: Path) -> None:
    push = Push(path.read_bytes())
    if path.name in REFUSED:
        with pytest.raises(Rejected) as caught:
            FORMATS[wire].read(push, RECEIVED)
        assert caught.value.reason is REFUSED[path.name]
        return
    reading = FORMATS[wire].read(push, RECEIVED)
    assert [reject.reason for reject in reading.rejects if reject.reason is not Reason.ERROR_ANSWER] == (
        [Reason.BAD_TIME] if path.name in UNTIMED else []
    )
    assert path.name in UNMAPPED or all(scan.milestone is not Milestone.UNKNOWN for scan in reading.scans)
    assert all(1990 <= scan.happened_at.year <= 2026 for scan in reading.scans)


def test_all_events_are_read() -> None:
    counts = {
        path.name: len(FORMATS[wire].read(Push(path.read_bytes()), RECEIVED).scans)
        for wire, path in FILES
        if path.name not in REFUSED
    }
    expected = {
        "sf_sending_20151230.json": 8,
        "sto_shutdown_no_record.json": 2,
        "htky_557020683421114.json": 10,
        "yto_YT4318407829600.json": 10,
        "gettrackinfo_yanwen_190012.json": 3,
        "gettrackinfo_correios_2151.json": 3,
        "tracking_webhook_response_landing.json": 6,
        "UpdateTrackingResult.json": 11,
        "MarkAsCompletedResult.json": 15,  # fourteen checkpoints, and the state that was set by hand
        "tracking_response_delivered_at_facility.xml": 19,
        "tracking_response_shipment_exception.xml": 8,
        "tracking_response.xml": 10,
        "delivered_tracking_response.xml": 6,
        "search_Success.json": 9,
        "active_sample.json": 2,
        "ErrorDeclarationAndCorrectiveEvent.json": 4,
        "block4log_pallet_arrive_depart.json": 5,
        "br_data.json": 17,
        "ph_data.json": 23,
        "dhl_delayed.xml": 24,
        "dhl_intransit.xml": 14,
        "tracking_details_en.xml": 10,
        "tracking_details_fr.xml": 10,
        "in_transit_shipment.xml": 6,
        "shipment_from_tiger_direct.xml": 8,
        "ups_delivery_attempt.xml": 6,
    }
    assert {name: counts[name] for name in expected} == expected
