"""SF Express: the route push (XML, or JSON), the push of order states, and the answer to a route query (XML, or JSON).

Wire format (SF open platform, RoutePushService): XML in the form field `content` or bare, answered `<Head>OK</Head>`;
JSON `{"Body":{"WaybillRoute":[…]}}`, answered `{"return_code":"0000"}`. The push carries no signature (integrations in
public code put a secret into its address; here an API key does that). Some gateways send the form fields msgData,
timestamp and msgDigest = base64(MD5(msgData + timestamp + checkword)), as SF's own API is asked.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote_from_bytes, quote_plus
from xml.etree.ElementTree import Element

import msgspec

from carriers._bodies import field, fields_of, json_of, looks_like, xml_of
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import fresh, matches
from carriers._tables import codes_of
from carriers._times import moment
from carriers._values import first, items, mapping, need_waybill, text
from carriers.format import Answer, Format, Push, Reading, Reason, Rejected

NAME = "sf"
ZONE = "Asia/Shanghai"
CODES = codes_of(NAME)


def read(push: Push, received_at: datetime) -> Reading:
    """Read a route push or a route answer."""
    raw = _document(push)
    routes = list(_of_xml(xml_of(raw)) if looks_like(raw, b"<") else _of_json(json_of(raw)))
    collected = Collected()
    for waybill, route in routes:
        with collected.part(route):
            remark = first(route, "remark", "acceptRemark")
            reason = first(route, "reasonName")
            words = text(f"{remark}（{reason}）" if remark and reason and reason not in remark else remark or reason)
            code = first(route, "opCode", "opcode", "op_code")
            collected.add(
                scan_of(
                    NAME,
                    "sf",
                    need_waybill(route.get("mailno"), route.get("mailNo"), waybill),
                    moment(first(route, "acceptTime", "accept_time"), ZONE, received_at),
                    decide(CODES, code, words),
                    code=code,
                    text=words,
                    place=first(route, "acceptAddress", "accept_address", limit=80),
                    hubs_in_text=True,
                )
            )
    return collected.reading()


def _document(push: Push) -> bytes:
    if looks_like(push.body, b"{", b"[", b"<"):
        return push.body
    fields = fields_of(push.body)
    return fields.get("msgData") or fields.get("content") or fields.get("xml") or b""


def _of_xml(root: Element) -> Iterator[tuple[str | None, Mapping[str, object]]]:
    if (root.findtext("Head") or "").strip().upper() == "ERR":
        raise Rejected(Reason.ERROR_ANSWER, "SF answers with an error")
    body = root.find("Body")
    if body is None:
        if root.find("Head") is None:
            raise shapeless("no Body with WaybillRoute")
        return
    for route in body.iter("WaybillRoute"):
        yield None, dict(route.attrib)
    for answer in body.iter("RouteResponse"):
        for route in answer.iter("Route"):
            yield answer.get("mailno"), dict(route.attrib)


def _of_json(document: object) -> Iterator[tuple[str | None, Mapping[str, object]]]:
    found = mapping(document)
    if text(found.get("apiResultCode")) not in (None, "A1000"):
        raise Rejected(Reason.ERROR_ANSWER, f"SF answers with error {text(found.get('apiResultCode'), 20)}")
    nested = found.get("apiResultData")
    found = mapping(json_of(nested.encode()) if isinstance(nested, str) else nested) or found
    body = mapping(found.get("Body")) or mapping(found.get("msgData")) or found
    if "orderState" in found:  # the push of an order's states; what happened to the parcel comes as routes
        for state in items(found.get("orderState")):
            yield first(mapping(state), "waybillNo"), _state(mapping(state))
        return
    if "WaybillRoute" not in body and "routeResps" not in body:
        if found.get("success") is False or found.get("errorCode"):
            raise Rejected(Reason.ERROR_ANSWER, "SF answers with an error")
        raise shapeless("no WaybillRoute")
    for route in items(body.get("WaybillRoute")):
        yield None, mapping(route)
    for answer in items(body.get("routeResps")):
        for route in items(mapping(answer).get("routes")):
            yield first(mapping(answer), "mailNo", "mailno"), mapping(route)


def _state(state: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "opCode": state.get("orderStateCode"),
        "remark": state.get("orderStateDesc"),
        "acceptTime": state.get("lastTime") or state.get("createTm"),
    }


def verify(push: Push, secrets: Sequence[str], now: datetime) -> bool | None:
    """Check `msgDigest` and its timestamp; None for the plain push, which has none."""
    if looks_like(push.body, b"{", b"[", b"<"):
        return None
    try:
        fields = fields_of(push.body)
    except Rejected:
        return False
    given, stamp = field(fields, "msgDigest"), field(fields, "timestamp")
    if not given:
        return None
    data = field(fields, "msgData")
    # The gateway's own demo escapes the text before hashing, other clients of it do not: both are SF's.
    plain = matches(given, secrets, lambda word: _digest(f"{data}{stamp}{word}"))
    return fresh(stamp, now) and (
        plain | matches(given, secrets, lambda word: _digest(quote_plus(f"{data}{stamp}{word}")))
    )


def sign(body: bytes, secret: str, now: datetime) -> Push:
    """Wrap and sign a JSON document as SF's gateway does."""
    stamp = str(int(now.timestamp() * 1000))
    digest = _digest(quote_plus(f"{body.decode('utf-8', 'replace')}{stamp}{secret}"))
    pairs = {
        "serviceCode": b"RoutePushService",
        "timestamp": stamp.encode(),
        "msgDigest": digest.encode(),
        "msgData": body,
    }
    form = "application/x-www-form-urlencoded"
    return Push(
        "&".join(f"{k}={quote_from_bytes(v, safe='')}" for k, v in pairs.items()).encode(),
        {"content-type": form},
        {},
        form,
    )


def _digest(signed: str) -> str:
    return b64encode(hashlib.md5(signed.encode("utf-8", "replace"), usedforsecurity=False).digest()).decode()


def _speaks_xml(push: Push) -> bool:
    try:
        return looks_like(_document(push), b"<")
    except Rejected:
        return False


def accepted(push: Push, _reading: Reading) -> Answer:
    """Answer in the language that was spoken; anything else makes SF send the whole batch again."""
    if _speaks_xml(push):
        return Answer(200, b'<Response service="RoutePushService"><Head>OK</Head></Response>', "application/xml")
    return Answer(200, msgspec.json.encode({"return_code": "0000", "return_msg": "成功"}))


def refused(push: Push, status: int, reason: str) -> Answer:
    """Answer a failure: SF sends again later."""
    if _speaks_xml(push):
        safe = (text(reason) or "").translate({60: None, 62: None, 38: None})
        body = f'<Response service="RoutePushService"><Head>ERR</Head><ERROR code="4001">{safe}</ERROR></Response>'
        return Answer(status, body.encode(), "application/xml")
    return Answer(status, msgspec.json.encode({"return_code": "1000", "return_msg": reason}))


FORMAT = Format(NAME, read, verify, sign, accepted, refused)
