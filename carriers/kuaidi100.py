"""Kuaidi100: the push callback (form field `param`, or bare JSON) and the answer to a query.

Wire format and signature: sign = upper(MD5(param + salt)), no salt agreed → no signature; expected answer
`{"result":true,"returnCode":"200","message":"成功"}` (Kuaidi100 API documentation, official java-demo).
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote_from_bytes

import msgspec

from carriers._bodies import field, fields_of, json_of, looks_like
from carriers._meanings import of_newest, refine
from carriers._scans import Collected, scan_of, shapeless
from carriers._signatures import matches, md5_hex
from carriers._tables import Meaning, codes_of, folded
from carriers._times import maybe, moment
from carriers._values import first, items, mapping, need_mapping, need_waybill, text
from carriers.format import Answer, Format, Push, Reading, Reason, Rejected
from carriers.names import slug_of, zone_of

NAME = "kuaidi100"
ZONE = "Asia/Shanghai"
CODES = codes_of(NAME)
WORDS = codes_of(NAME, "words")


def read(push: Push, received_at: datetime) -> Reading:
    """Read a callback or a query answer."""
    raw = push.body if looks_like(push.body, b"{", b"[") else fields_of(push.body).get("param", b"")
    document = mapping(json_of(raw))
    result = mapping(document.get("lastResult")) or document
    if "data" not in result and "nu" not in result:
        if (code := text(document.get("returnCode"))) and code != "200":
            raise Rejected(Reason.ERROR_ANSWER, f"Kuaidi100 answers with error {code}")
        raise shapeless("neither lastResult nor data")
    collected = Collected()
    with collected.part(document):
        events = items(result.get("data")) + items(mapping(document.get("destResult")).get("data"))
        if events:
            _events(collected, result, events, received_at)
    return collected.reading()


def _events(collected: Collected, result: Mapping[str, object], events: list[object], received_at: datetime) -> None:
    waybill = need_waybill(result.get("nu"), result.get("codenumber"))
    carrier = slug_of(NAME, first(result, "com", "companytype", "comNew") or "unknown")
    zone = zone_of(carrier, ZONE)
    state = text(result.get("state"))
    # The state of the whole parcel says what its newest event means; Kuaidi100 sends events newest first or last.
    newest = max(events, key=_time_text)
    promised_at = maybe(result.get("arrivalTime"), zone)
    for event in events:
        with collected.part(event):
            entry = need_mapping(event, "an event")
            context = text(entry.get("context"))
            code = text(entry.get("statusCode"))
            coded = _coded(code, text(entry.get("status")))
            meaning = refine(coded, context)
            if event is newest and coded is None and state is not None:
                meaning = of_newest(CODES.get(folded(state)), meaning, context)
            collected.add(
                scan_of(
                    NAME,
                    carrier,
                    waybill,
                    moment(entry.get("ftime") or entry.get("time"), zone, received_at),
                    meaning,
                    code=code,
                    text=context,
                    place=text(entry.get("areaName"), 80) or text(entry.get("location"), 80),
                    promised_at=promised_at if event is newest else None,
                    hubs_in_text=True,
                )
            )


def _time_text(event: object) -> str:
    when = event.get("ftime") or event.get("time") if isinstance(event, dict) else None
    return when if isinstance(when, str) else ""


def _coded(code: str | None, word: str | None) -> Meaning | None:
    if code is not None and (known := CODES.get(folded(code))):
        return known
    return WORDS.get(folded(word)) if word else None


def verify(push: Push, secrets: Sequence[str], _now: datetime) -> bool | None:
    """Check `sign`; None where the push has none, because no salt was agreed at the subscription."""
    if looks_like(push.body, b"{", b"["):
        return None
    try:
        fields = fields_of(push.body)
    except Rejected:
        return False
    if not (given := field(fields, "sign")):
        return None
    param = fields.get("param", b"")
    return matches(given.upper(), secrets, lambda salt: md5_hex(param + salt.encode()).upper())


def sign(body: bytes, secret: str, _now: datetime) -> Push:
    """Sign a push body: the form with `param`, or the bare document, which is wrapped into that form."""
    if looks_like(body, b"{", b"["):
        body = f"param={quote_from_bytes(body, safe='')}".encode()
    signature = md5_hex(fields_of(body).get("param", b"") + secret.encode()).upper()
    form = "application/x-www-form-urlencoded"
    return Push(body + f"&sign={signature}".encode(), {"content-type": form}, {}, form)


def accepted(_push: Push, _reading: Reading) -> Answer:
    """Answer what stops Kuaidi100 from sending again."""
    return Answer(200, msgspec.json.encode({"result": True, "returnCode": "200", "message": "成功"}))


def refused(_push: Push, status: int, reason: str) -> Answer:
    """Answer a failure: Kuaidi100 sends again later."""
    return Answer(status, msgspec.json.encode({"result": False, "returnCode": str(status), "message": reason}))


FORMAT = Format(NAME, read, verify, sign, accepted, refused)
