"""Our own format: a JSON array or NDJSON of scans. For those who can write what we read, and for the simulator.

A scan needs `carrier`, `waybill`, `happened_at` (ISO 8601; without zone the carrier's own is assumed); all else of
`core.scan.Scan` is optional. Without `milestone`, `code` and `text` decide. Signature: Standard Webhooks
(webhook-id, webhook-timestamp, webhook-signature), optional: without it an API key is asked for.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Annotated

import msgspec

from carriers._bodies import checked, looks_like, utf8
from carriers._meanings import refine
from carriers._scans import Collected
from carriers._signatures import fresh
from carriers._tables import Meaning
from carriers._times import maybe, placed
from carriers._values import MAX_TEXT, Unreadable, need_waybill
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import carrier_slug, zone_of
from core.scan import Culprit, Detail, Milestone, Scan, Signer, scan_id_of

NAME = "canonical"


class Line(msgspec.Struct, frozen=True, gc=False):
    """A scan as it is sent to us. Weight in grams; times ISO 8601."""

    carrier: str
    waybill: str
    happened_at: datetime
    milestone: Milestone | None = None
    detail: Detail | None = None
    culprit: Culprit | None = None
    facility: str | None = None
    facility_to: str | None = None
    place: str | None = None
    country: str | None = None
    service: str | None = None
    weight_g: int | None = None
    signer: Signer | None = None
    promised_at: datetime | None = None
    code: str | None = None
    text: str | None = None
    retracts: str | None = None
    container: str | None = None


_Short = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class _ShortLine(Line, frozen=True, gc=False):
    """A line none of whose texts has to be cut: the decoder has seen to it, many times faster than we could."""

    facility: _Short | None = None
    facility_to: _Short | None = None
    place: _Short | None = None
    country: _Short | None = None
    service: _Short | None = None
    code: _Short | None = None
    text: _Short | None = None
    retracts: _Short | None = None
    container: _Short | None = None


_one = msgspec.json.Decoder(Line)
_short_one = msgspec.json.Decoder(_ShortLine)
_short_many = msgspec.json.Decoder(list[_ShortLine])
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_ENDINGS = (b"\r\n", b"\n")


def read(push: Push, received_at: datetime) -> Reading:
    """Read a JSON array, one object, or NDJSON. Good lines are kept when others are not."""
    body = checked(utf8(checked(push.body)))
    try:
        lines = _short_many.decode(body) if looks_like(body, b"[") else _short_one.decode_lines(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
        return _by_parts(body, received_at)
    clean = b"\\u0000" not in body
    collected = Collected()
    for line in lines:
        try:
            collected.add(scan_from(line if clean else _cut(line), received_at))
        except Unreadable as why:
            collected.reject(why, line)
    return collected.reading()


def _by_parts(body: bytes, received_at: datetime) -> Reading:
    if looks_like(body, b"["):
        try:
            parts = [bytes(raw) for raw in _raws.decode(body)]
        except RecursionError as failure:
            raise Rejected(Reason.TOO_DEEP, "nested too deeply") from failure
        except (msgspec.DecodeError, UnicodeError, ValueError) as failure:
            raise Rejected(Reason.SYNTAX, "broken or truncated JSON") from failure
    else:
        parts = [part for raw in body.split(b"\n") if (part := raw.strip())]
    collected = Collected()
    for part in parts:
        with collected.part(part):
            collected.add(scan_from(_cut(_decoded(part)), received_at))
    return collected.reading()


def _decoded(part: bytes) -> Line:
    try:
        return _one.decode(part)
    except msgspec.ValidationError as failure:
        raise Unreadable(Reason.SHAPE, str(failure)[:200]) from failure
    except RecursionError as failure:
        raise Unreadable(Reason.TOO_DEEP, "nested too deeply") from failure
    except (msgspec.DecodeError, UnicodeError, ValueError) as failure:
        raise Unreadable(Reason.SYNTAX, "broken JSON") from failure


def scan_from(line: Line, received_at: datetime) -> Scan:
    """Give the scan of a line whose texts are short and without NUL. Raises `Unreadable`."""
    carrier = carrier_slug(line.carrier)
    if not carrier:
        raise Unreadable(Reason.SHAPE, "the carrier is empty")
    waybill = need_waybill(line.waybill)
    when = placed(line.happened_at, zone_of(carrier), received_at)
    code, text, facility = line.code or None, line.text or None, line.facility or None
    milestone, detail, culprit, signer = line.milestone, line.detail, line.culprit, line.signer
    if milestone is None or (detail is None and text is not None):
        # The sender's milestone stands, but trouble that only the words name must not be missed.
        meaning = refine(None if milestone is None else Meaning(milestone, None, culprit, signer), text)
        if milestone is None or milestone is Milestone.EXCEPTION:
            milestone = meaning.milestone
        detail, culprit, signer = detail or meaning.detail, culprit or meaning.culprit, signer or meaning.signer
    return Scan(
        scan_id=scan_id_of(carrier, waybill, when.at, code, text, facility),
        carrier=carrier,
        waybill=waybill,
        happened_at=when.at,
        milestone=milestone,
        source=NAME,
        detail=detail,
        culprit=culprit,
        facility=facility,
        facility_to=line.facility_to or None,
        place=line.place or None,
        country=line.country or None,
        service=line.service or None,
        weight_g=line.weight_g if line.weight_g and 0 < line.weight_g < 100_000_000 else None,
        signer=signer,
        promised_at=maybe(line.promised_at, zone_of(carrier)) if line.promised_at else None,
        offset_s=when.offset_s,
        zone_assumed=when.assumed,
        code=code,
        text=text,
        retracts=line.retracts or None,
        container=line.container or None,
    )


def _cut(line: Line) -> Line:
    texts = {
        name: value.replace("\0", "")[:MAX_TEXT]
        for name in ("facility", "facility_to", "place", "country", "service", "code", "text", "retracts", "container")
        if (value := getattr(line, name))
    }
    return msgspec.structs.replace(line, **texts)


def verify(push: Push, secrets: Sequence[str], now: datetime) -> bool | None:
    """Check Standard Webhooks headers; None where there are none."""
    headers = push.headers
    given = headers.get("webhook-signature", "")
    if not given:
        return None
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not fresh(stamp, now):
        return False
    offered = [part[3:].encode("utf-8", "surrogatepass") for part in given.split(" ")[:16] if part.startswith("v1,")]
    good = False
    for secret in secrets:
        expected = _signature(identity, stamp, push.body, secret)
        for one in offered:
            good |= hmac.compare_digest(one, expected)
    return good


def sign(payload: bytes, secret: str, now: datetime) -> Push:
    """Sign a body by Standard Webhooks; the message id is the digest of the body."""
    identity = f"msg_{blake2b(payload, digest_size=12).hexdigest()}"
    stamp = str(int(now.timestamp()))
    kind = "application/json" if looks_like(payload, b"[") else "application/x-ndjson"
    headers = {
        "content-type": kind,
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_signature(identity, stamp, payload, secret).decode()}",
    }
    return Push(payload, headers, {}, kind)


def _signature(identity: str, stamp: str, body: bytes, secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = secret.encode()
    signed = f"{identity}.{stamp}.".encode("utf-8", "surrogatepass") + body
    return b64encode(hmac.digest(key, signed, "sha256"))


FORMAT = Format(NAME, read, verify, sign)
