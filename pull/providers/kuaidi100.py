"""Kuaidi100: the real-time query, one number a request.

Wire format: POST form `customer`, `param` (JSON), `sign` = upper(MD5(param + key + customer)), param exactly as it is
sent.
Return codes: 400 no such company or incomplete, 408 phone missing or wrong, 500 no result, 501 and 502 their trouble,
503 wrong signature, 601 no queries left. Sources: api.kuaidi100.com/document/5f0ffb5ebc8da837cbd8aefc and Kuaidi100's
own python-demo (code/synquery.py). Invariant: as `pull.providers.provider`. May import: pull.providers,
pull.question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from pull.providers.common import FORM, Broken, by_status, plain_object, word
from pull.providers.provider import Provider, every
from pull.question import Answer, Credentials, Kind, Outcome, Question, Reply, Request, Result, Verdict

_NO_RESULT = {"500", "201"}
_INVALID = {"400": "no_such_company", "408": "phone"}


def ask(questions: Sequence[Question], credentials: Credentials, _token: str, _nonce: str) -> Request:
    """Ask for one number. `credentials.name` is the customer, `.secret` the key."""
    (question,) = questions
    wish = {"com": question.code, "num": question.waybill, "resultv2": "4", "show": "0", "order": "desc"}
    if question.phone:
        wish["phone"] = question.phone
    param = msgspec.json.encode(wish).decode()
    signed = (param + credentials.secret + credentials.name).encode()
    # MD5 is what their protocol asks for.
    sign = hashlib.md5(signed, usedforsecurity=False).hexdigest().upper()
    body = urlencode({"customer": credentials.name, "sign": sign, "param": param}).encode()
    return Request(method="POST", path="/poll/query.do", headers=FORM, body=body)


def read(questions: Sequence[Question], reply: Reply) -> Answer:
    """Read the answer for one number."""
    if (verdict := by_status(reply)) is not None:
        return Answer(verdict=verdict)
    try:
        document = plain_object(reply.body)
    except Broken as broken:
        return Answer(verdict=Verdict(Kind.TROUBLE, broken.reason))
    (question,) = questions
    code = str(document.get("returnCode") or document.get("status") or "")
    if code == "601":
        return Answer(verdict=Verdict(Kind.EXHAUSTED, "no_queries_left"))
    if code == "503":
        return Answer(verdict=Verdict(Kind.REFUSED, "signature"))
    if document.get("data"):
        return Answer(parts={question.parcel_id: reply.body})
    if code in _NO_RESULT or "data" in document:
        return Answer(results=every(questions, Result(Outcome.UNKNOWN)))
    if code in _INVALID:
        return Answer(results=every(questions, Result(Outcome.INVALID, _INVALID[code])))
    return Answer(verdict=Verdict(Kind.TROUBLE, f"code_{word(code) or 'none'}"))


def join(parts: Sequence[bytes]) -> bytes:
    """Give the one answer."""
    (part,) = parts
    return part


def wrong(waybill: str) -> str | None:
    """A number has 6 to 32 characters."""
    return None if 6 <= len(waybill) <= 32 else "length"


PROVIDER = Provider(
    name="kuaidi100",
    format="kuaidi100",
    host="https://poll.kuaidi100.com",
    ask=ask,
    read=read,
    join=join,
    aggregator="kuaidi100",
    wrong=wrong,
)
