"""KdNiao: the push (form fields RequestData and DataSign) and the answer to a query.

Wire format and signature: DataSign = base64(hex MD5(RequestData + key)); expected answer `{"EBusinessID", "UpdateTime",
"Success": true}` (KdNiao interface documentation, track push 101/102).
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote_from_bytes

import msgspec

from carriers._bodies import field, fields_of, json_of, looks_like
from carriers._meanings import decide, of_newest
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches, md5_hex
from carriers._tables import codes_of, folded
from carriers._times import maybe, moment
from carriers._values import first, items, mapping, need_mapping, need_waybill, text
from carriers.format import Answer, Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "kdniao"
ZONE = "Asia/Shanghai"
CODES = codes_of(NAME)


def read(push: Push, received_at: datetime) -> Reading:
    """Read a push or a query answer."""
    document = mapping(json_of(_document(push)))
    parcels = [parcel for parcel in _parcels(document) if _is_parcel(mapping(parcel))]
    if not parcels:
        if document.get("Success") is False:
            raise Rejected(Reason.ERROR_ANSWER, "KdNiao answers with an error")
        raise shapeless("no parcel with a LogisticCode")
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            _parcel(collected, mapping(parcel), received_at)
    return collected.reading()


def _document(push: Push) -> bytes:
    return push.body if looks_like(push.body, b"{", b"[") else fields_of(push.body).get("RequestData", b"")


def _parcels(document: Mapping[str, object]) -> list[object]:
    inner = document.get("Data") or document.get("data")
    return items(inner) or [document]


def _is_parcel(parcel: Mapping[str, object]) -> bool:
    return bool(first(parcel, "LogisticCode", "logisticCode") or parcel.get("Traces") or parcel.get("traces"))


def _parcel(collected: Collected, parcel: Mapping[str, object], received_at: datetime) -> None:
    waybill = need_waybill(parcel.get("LogisticCode"), parcel.get("logisticCode"))
    carrier = slug_of(NAME, first(parcel, "ShipperCode", "shipperCode") or "unknown")
    zone = zone_of(carrier, ZONE)
    traces = items(parcel.get("Traces") or parcel.get("traces"))
    newest = max(traces, key=lambda trace: first(mapping(trace), "AcceptTime", "acceptTime") or "", default=None)
    state = first(parcel, "StateEx", "stateEx", "State", "state")
    promised_at = maybe(parcel.get("EstimatedDeliveryTime"), zone)
    for trace in traces:
        with collected.part(trace):
            entry = need_mapping(trace, "a trace")
            station = first(entry, "AcceptStation", "acceptStation", "Remark")
            action = first(entry, "Action", "action")
            meaning = decide(CODES, action, station)
            if trace is newest and state and (action is None or folded(action) not in CODES):
                meaning = of_newest(CODES.get(folded(state)), meaning, station)
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(first(entry, "AcceptTime", "acceptTime"), zone, received_at),
                    meaning,
                    code=action,
                    text=station,
                    place=text(entry.get("Location"), 80),
                    promised_at=promised_at if trace is newest else None,
                    hubs_in_text=True,
                )
            )


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check `DataSign`. KdNiao always signs, so a push without it is not from KdNiao."""
    try:
        fields = fields_of(push.body)
    except Rejected:
        return False
    return matches(field(fields, "DataSign"), secrets, lambda key: _signature(fields.get("RequestData", b""), key))


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Sign a push body: the form with `RequestData`, or the bare document, which is wrapped into that form."""
    if looks_like(body, b"{", b"["):
        body = f"RequestData={quote_from_bytes(body, safe='')}&RequestType=102".encode()
    signature = _signature(fields_of(body).get("RequestData", b""), secret)
    form = "application/x-www-form-urlencoded"
    return Push(
        body + f"&DataSign={quote_from_bytes(signature.encode(), safe='')}".encode(), {"content-type": form}, {}, form
    )


def _signature(data: bytes, key: str) -> str:
    return b64encode(md5_hex(data + key.encode()).encode()).decode()


def accepted(push: Push, _reading: Reading) -> Answer:
    """Answer what stops KdNiao from sending again; the time of its own push is echoed."""
    return _answer(push, 200, True, "")


def refused(push: Push, status: int, reason: str) -> Answer:
    """Answer a failure: KdNiao sends again later."""
    return _answer(push, status, False, reason)


def _answer(push: Push, status: int, success: bool, reason: str) -> Answer:
    try:
        document = mapping(json_of(_document(push)))
    except Rejected:
        document = {}
    answer = {
        "EBusinessID": text(document.get("EBusinessID"), 40) or "",
        "UpdateTime": text(document.get("PushTime"), 40) or "",
        "Success": success,
        "Reason": reason,
    }
    return Answer(status, msgspec.json.encode(answer))


FORMAT = Format(NAME, read, verify, sign, accepted, refused)
