"""What the carrier tests share: the moment of reception, our fixtures, short forms of a scan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from carriers.format import Push, Reading
from carriers.registry import FORMATS
from core.scan import Scan

RECEIVED = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"
OF_FORMAT = {
    "kuaidi100": ("kuaidi100_push.json",),
    "kdniao": ("kdniao_push.json",),
    "sf": ("sf_push.json", "sf_push.xml", "sf_query.json", "sf_order_state.json"),
    "17track": ("17track_webhook.json", "17track_latest.json"),
    "aftership": ("aftership_webhook.json", "aftership_last.json"),
    "easypost": ("easypost_event.json",),
    "ups": ("ups_alert.json", "ups_track.json", "ups_track.xml", "ups_alert_offset.json"),
    "canonical": ("canonical.ndjson",),
    "fedex": ("fedex_track.json", "fedex_track.xml", "fedex_beside_error.xml"),
    "usps": ("usps_track.xml", "usps_track.json", "usps_facility.xml"),
    "dhl": ("dhl_track.xml", "dhl_track_older.xml", "dhl_unified.json", "dhl_mydhl.json"),
    "canada_post": ("canada_post.xml", "canada_post_wrapped.xml"),
    "x12_214": ("x12_214.edi", "x12_214_bare.edi"),
    "iftsta": ("iftsta.edi", "iftsta_quantum.edi"),
    "ship24": ("ship24_webhook.json",),
    "cainiao": ("cainiao_detail.json", "cainiao_latest.json", "cainiao_sections.json"),
    "shopee": ("shopee_track.json", "shopee_return.json", "shopee_list.json"),
    "shippo": ("shippo_webhook.json", "shippo_contradiction.json"),
    "shipengine": ("shipengine_webhook.json", "shipengine_older.json"),
    "karrio": ("karrio_tracker.json",),
    "amazon": ("amazon_tracking.json", "amazon_words.json"),
    "gls": ("gls_parcels.json", "gls_units.json", "gls_unit.json"),
    "dpd": ("dpd_lifecycle.json",),
    "csv": ("table.csv",),
    "epcis": ("epcis_document.json",),
}


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def read(wire: str, body: bytes) -> Reading:
    return FORMATS[wire].read(Push(body), RECEIVED)


def told(scan: Scan) -> str:
    """Give what a scan says in one line: carrier, waybill, UTC time, milestone, detail, culprit, signer."""
    words = (scan.detail, scan.culprit, scan.signer)
    return " ".join(
        [
            scan.carrier,
            scan.waybill,
            f"{scan.happened_at:%m-%dT%H:%M}",
            scan.milestone,
            *(word for word in words if word),
        ]
    )
