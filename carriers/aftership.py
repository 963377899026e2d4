"""AfterShip: the webhook (`msg` holds the tracking) and the tracking objects of its API.

Signature: base64 HMAC-SHA256 of the body in `aftership-hmac-sha256` or `as-signature-hmac-sha256`, or, from older
accounts, in `am-webhook-signature` after `hmac-sha256=`; nothing but the body is signed, so there is no time window.
Expected answer: 200 (AfterShip documentation, webhook signature pages).
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country, zone_at
from carriers._meanings import refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import hmac_base64, matches
from carriers._tables import Meaning, codes_of, folded
from carriers._times import end_of_day, moment
from carriers._values import first, grams, items, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "aftership"
CODES = codes_of(NAME)
HEADERS = ("aftership-hmac-sha256", "as-signature-hmac-sha256", "am-webhook-signature")
# States of the whole parcel that can be set without a checkpoint, by hand or by AfterShip giving up.
_SET = ("Exception", "Delivered", "AttemptFail", "Expired")


def read(push: Push, received_at: datetime) -> Reading:
    """Read a webhook or an API answer."""
    document = mapping(json_of(push.body))
    code = text(mapping(document.get("meta")).get("code"))
    if code is not None and not code.startswith("2"):
        raise Rejected(Reason.ERROR_ANSWER, f"AfterShip answers with error {code}")
    data = mapping(document.get("msg")) or mapping(document.get("data")) or document
    trackings = items(data.get("trackings")) or items(data.get("tracking")) or items(data)
    found = [tracking for tracking in trackings if "tracking_number" in mapping(tracking)]
    if not found and code is None:
        raise shapeless("no tracking_number")
    collected = Collected()
    for tracking in found:
        with collected.part(tracking):
            _tracking(collected, mapping(tracking), received_at)
    return collected.reading()


def _tracking(collected: Collected, tracking: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(tracking.get("tracking_number"))
    carrier = slug_of(NAME, first(tracking, "slug") or "unknown")
    zone = zone_of(carrier)
    told = items(tracking.get("checkpoints")) or items(tracking.get("checkpoint"))  # one: "last checkpoint"
    points = [need_mapping(point, "a checkpoint") for point in told]
    promised = first(mapping(tracking.get("latest_estimated_delivery")), "datetime_max", "datetime") or first(
        tracking, "expected_delivery"
    )
    promised = promised or first(mapping(tracking.get("aftership_estimated_delivery_date")), "estimated_delivery_date")
    newest = max((first(point, "checkpoint_time") or "" for point in points), default="")
    for point in [*points, *_state_point(tracking, points, newest)]:
        with collected.part(point):
            words = first(point, "message", "subtag_message")
            code = first(point, "subtag", "tag")
            when = first(point, "checkpoint_time")
            where = country(text(point.get("country_iso3"), 3))
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(when, zone_at(where, text(point.get("state"), 20), zone), received_at),
                    refine(_coded(code, text(point.get("tag"))), words),
                    code=code,
                    text=words,
                    place=first(point, "city", "location", limit=120),
                    country=where,
                    service=text(tracking.get("shipment_type"), 80),
                    weight_g=grams(tracking.get("shipment_weight"), tracking.get("shipment_weight_unit")),
                    promised_at=end_of_day(promised, zone) if when == newest else None,
                    hubs_in_text=True,
                )
            )


def _state_point(
    tracking: Mapping[str, object], points: list[Mapping[str, object]], newest: str
) -> list[Mapping[str, object]]:
    tag, subtag = text(tracking.get("tag")), text(tracking.get("subtag"))
    told = {text(point.get("subtag" if tag == "Exception" else "tag")) for point in points}
    if tag not in _SET or (subtag if tag == "Exception" else tag) in told:
        return []
    # Its time is that of the newest checkpoint, so that telling it again makes the same scan.
    delivered = text(tracking.get("shipment_delivery_date")) if tag == "Delivered" else None
    # It gives up at its last look; what was set by hand keeps the moment of the newest checkpoint.
    given_up = first(tracking, "last_updated_at", "updated_at") if tag == "Expired" else None
    when = (
        f"{delivered[:19]}Z" if delivered else given_up or newest or tracking.get("created_at")
    )  # the first is UTC without saying so
    return [{"tag": tag, "subtag": subtag, "message": tracking.get("subtag_message"), "checkpoint_time": when}]


def _coded(subtag: str | None, tag: str | None) -> Meaning | None:
    for code in (subtag, (subtag or "").partition("_")[0], tag):
        if code and (known := CODES.get(folded(code))):
            return known
    return None


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check any of the three signature headers. AfterShip always signs."""
    given = next((push.headers[name] for name in HEADERS if push.headers.get(name)), "")
    return matches(given.removeprefix("hmac-sha256="), secrets, lambda secret: hmac_base64(push.body, secret))


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Sign a webhook body."""
    headers = {"content-type": "application/json", HEADERS[0]: hmac_base64(body, secret)}
    return Push(body, headers, {}, "application/json")


FORMAT = Format(NAME, read, verify, sign)
