"""FedEx: the Track API, 30 numbers a request, with an OAuth token of client credentials.

Wire format: POST /track/v1/trackingnumbers with `trackingInfo`; token from POST /oauth/token, valid for an hour. A
number that FedEx does not know is an error inside a 200 (`TRACKING.TRACKINGNUMBER.NOTFOUND`). A spent daily quota is
a 429 that says "Daily transaction quota exceeded. Retry after 12:00AM GMT". Sources: FedEx developer portal, Track
API, Authorization API and "Quotas & rate limits guide". Invariant: as `pull.providers.provider`. May import:
pull.providers, pull.question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from pull.providers.common import (
    FORM,
    JSON,
    Broken,
    by_status,
    listed,
    members,
    plain_object,
    raw_items,
    raw_object,
    word,
)
from pull.providers.provider import Provider
from pull.question import Answer, Credentials, Kind, Outcome, Question, Reply, Request, Result, Verdict

_NOT_FOUND = "NOTFOUND"
_INVALID = (".INVALID", ".EMPTY")
_NOTHING = msgspec.Raw(b"{}")


def ask(questions: Sequence[Question], _credentials: Credentials, token: str, nonce: str) -> Request:
    """Ask for at most 30 numbers."""
    wish = {
        "includeDetailedScans": True,
        "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": question.waybill}} for question in questions],
    }
    headers = {**JSON, "authorization": f"Bearer {token}", "x-locale": "en_US", "x-customer-transaction-id": nonce}
    return Request(method="POST", path="/track/v1/trackingnumbers", headers=headers, body=msgspec.json.encode(wish))


def token(credentials: Credentials) -> Request:
    """Ask for a token. `credentials` are API key and secret key."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": credentials.name,
        "client_secret": credentials.secret,
    }
    return Request(method="POST", path="/oauth/token", headers=FORM, body=urlencode(fields).encode())


def read(questions: Sequence[Question], reply: Reply) -> Answer:
    """Read what is known of the numbers."""
    if reply.status == 401:
        return Answer(verdict=Verdict(Kind.STALE, "http_401"))
    if reply.status == 429 and b"quota" in reply.body.lower():
        return Answer(verdict=Verdict(Kind.EXHAUSTED, "daily_quota", reply.retry_after_s))
    if (verdict := by_status(reply)) is not None:
        return Answer(verdict=verdict)
    try:
        document = raw_object(reply.body)
        output = raw_object(document.get("output", _NOTHING))
        errors = listed(plain_object(reply.body).get("errors"))
    except Broken as broken:
        return Answer(verdict=Verdict(Kind.TROUBLE, broken.reason))
    if "completeTrackResults" not in output:
        code = members(errors[0]).get("code") if errors else "none"
        return Answer(verdict=Verdict(Kind.TROUBLE, f"code_{word(code)}"))
    asked = {question.waybill.upper(): question.parcel_id for question in questions}
    parts: dict[str, bytes] = {}
    results: dict[str, Result] = {}
    for raw in raw_items(output["completeTrackResults"]):
        complete = members(msgspec.json.decode(raw))
        parcel_id = asked.get(str(complete.get("trackingNumber", "")).upper())
        if parcel_id is None:
            continue
        found = [members(result) for result in listed(complete.get("trackResults"))]
        if any("error" not in result for result in found):
            parts[parcel_id] = bytes(raw)
        else:
            results[parcel_id] = _of_number(found)
    return Answer(parts=parts, results=results)


def _of_number(results: Sequence[Mapping[str, object]]) -> Result:
    code = str(members(results[0].get("error")).get("code", "none")) if results else "none"
    if not results or code.endswith(_NOT_FOUND):
        return Result(Outcome.UNKNOWN)
    return Result(Outcome.INVALID if code.endswith(_INVALID) else Outcome.MISSING, f"code_{word(code)}")


def join(parts: Sequence[bytes]) -> bytes:
    """Put numbers' results back into an answer."""
    return b'{"output":{"completeTrackResults":[' + b",".join(parts) + b"]}}"


def wrong(waybill: str) -> str | None:
    """A number has letters and digits only, 34 of them at most."""
    return None if waybill.isascii() and waybill.isalnum() and len(waybill) <= 34 else "format"


PROVIDER = Provider(
    name="fedex",
    format="fedex",
    host="https://apis.fedex.com",
    ask=ask,
    read=read,
    join=join,
    token=token,
    wrong=wrong,
)
