"""UPS: the Tracking API, one number a request, with an OAuth token of client credentials.

Wire format: GET /api/track/v1/details/{number}, headers `Authorization`, `transId`, `transactionSrc`; token from POST
/security/v1/oauth/token with Basic authentication. A number that UPS does not know is answered with 200 and the
warning TW0001 (UPS-API/api-documentation, issues 102 and 166), by the documentation with 404; too many with 429 and
the code 10429; wrong credentials with 401 and 250002 or 250003. Source: UPS developer documentation, Tracking and
OAuth APIs.
Invariant: as `pull.providers.provider`. May import: pull.providers, pull.question.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import quote

from pull.providers.common import FORM, Broken, by_status, listed, members, plain_object, word
from pull.providers.provider import Provider, every
from pull.question import Answer, Credentials, Kind, Outcome, Question, Reply, Request, Result, Verdict

_NOT_FOUND = "TW0001"


def ask(questions: Sequence[Question], _credentials: Credentials, token: str, nonce: str) -> Request:
    """Ask for one number."""
    (question,) = questions
    path = f"/api/track/v1/details/{quote(question.waybill, safe='')}?locale=en_US"
    headers = {"authorization": f"Bearer {token}", "transid": nonce, "transactionsrc": "waywarden"}
    return Request(method="GET", path=path, headers=headers)


def token(credentials: Credentials) -> Request:
    """Ask for a token. `credentials` are client id and client secret."""
    basic = b64encode(f"{credentials.name}:{credentials.secret}".encode()).decode()
    return Request(
        method="POST",
        path="/security/v1/oauth/token",
        headers={**FORM, "authorization": f"Basic {basic}"},
        body=b"grant_type=client_credentials",
    )


def read(questions: Sequence[Question], reply: Reply) -> Answer:
    """Read the answer for one number."""
    (question,) = questions
    try:
        document = plain_object(reply.body)
    except Broken as broken:
        if reply.status == 401:
            return Answer(verdict=Verdict(Kind.STALE, "http_401"))
        return Answer(verdict=by_status(reply) or Verdict(Kind.TROUBLE, broken.reason))
    if reply.status == 401:
        return Answer(verdict=Verdict(Kind.STALE, _code(document) or "http_401"))
    if reply.status == 404:
        return Answer(results=every(questions, Result(Outcome.UNKNOWN, _code(document))))
    if reply.status == 400:
        return Answer(results=every(questions, Result(Outcome.INVALID, _code(document) or "http_400")))
    if (verdict := by_status(reply)) is not None:
        return Answer(verdict=verdict)
    shipments = [members(shipment) for shipment in listed(members(document.get("trackResponse")).get("shipment"))]
    if any(listed(shipment.get("package")) for shipment in shipments):
        return Answer(parts={question.parcel_id: reply.body})
    warnings = [members(warning) for shipment in shipments for warning in listed(shipment.get("warnings"))]
    if shipments and any(warning.get("code") == _NOT_FOUND for warning in warnings):
        return Answer(results=every(questions, Result(Outcome.UNKNOWN)))
    if shipments:
        codes = [word(warning.get("code")) for warning in warnings]
        return Answer(results=every(questions, Result(Outcome.UNKNOWN, next(iter(codes), "no_package"))))
    return Answer(verdict=Verdict(Kind.TROUBLE, _code(document) or "shape"))


def _code(document: object) -> str:
    errors = listed(members(members(document).get("response")).get("errors"))
    code = members(errors[0]).get("code") if errors else None
    return f"code_{word(code)}" if code else ""


def join(parts: Sequence[bytes]) -> bytes:
    """Give the one answer."""
    (part,) = parts
    return part


def wrong(waybill: str) -> str | None:
    """A number has 7 to 34 characters (UPS Tracking API, inquiryNumber)."""
    return None if 7 <= len(waybill) <= 34 else "length"


PROVIDER = Provider(
    name="ups",
    format="ups",
    host="https://onlinetools.ups.com",
    ask=ask,
    read=read,
    join=join,
    token=token,
    wrong=wrong,
)
