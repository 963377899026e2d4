"""17TRACK v2.4: gettrackinfo for up to 40 numbers; a number that it does not know yet is registered first.

Wire format: POST JSON list of `{number, carrier}`, header `17token`; answer `{code, data: {accepted, rejected}}` or
`{code, data: {errors}}`. Codes: -180100xx the account or the request, -180199xx one number: 01 registered already, 02
not registered, 03 and 10 carrier wrong or not found, 07 daily limit, 08 quota used up, 09 nothing known yet.
Sources: 17TRACK API v2.4 documentation and its error list. Registering costs quota, asking does not.
Invariant: as `pull.providers.provider`. May import: pull.providers, pull.question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from pull.providers.common import JSON, Broken, by_status, listed, members, plain_object, raw_items, raw_object, word
from pull.providers.provider import Provider
from pull.question import Answer, Credentials, Kind, Outcome, Question, Reply, Request, Result, Verdict

_REGISTERED, _NOT_REGISTERED, _NOTHING_YET = -18019901, -18019902, -18019909
_ACCOUNT: dict[int, tuple[Kind, str]] = {
    -18010001: (Kind.REFUSED, "address_not_allowed"),
    -18010002: (Kind.REFUSED, "key"),
    -18010003: (Kind.TROUBLE, "internal"),
    -18010004: (Kind.REFUSED, "account_disabled"),
    -18010005: (Kind.REFUSED, "unauthorized"),
    -18010014: (Kind.LIMITED, "too_many"),
    -18019907: (Kind.EXHAUSTED, "daily_limit"),
    -18019908: (Kind.EXHAUSTED, "quota"),
}
_INVALID = {-18010012: "format", -18019903: "carrier_not_detected", -18019910: "carrier"}


def ask(questions: Sequence[Question], credentials: Credentials, _token: str, _nonce: str) -> Request:
    """Ask for at most 40 numbers. `credentials.secret` is the API key."""
    return _post("/track/v2.4/gettrackinfo", questions, credentials)


def register(questions: Sequence[Question], credentials: Credentials, _token: str, _nonce: str) -> Request:
    """Tell 17TRACK of at most 40 numbers."""
    return _post("/track/v2.4/register", questions, credentials)


def _post(path: str, questions: Sequence[Question], credentials: Credentials) -> Request:
    body = msgspec.json.encode([{"number": one.waybill, "carrier": _code(one)} for one in questions])
    return Request(method="POST", path=path, headers={**JSON, "17token": credentials.secret}, body=body)


def _code(question: Question) -> int:
    return int(question.code) if question.code.isdigit() else 0


def read(questions: Sequence[Question], reply: Reply) -> Answer:
    """Read what is known of the numbers."""
    return _read(questions, reply, registering=False)


def read_registered(questions: Sequence[Question], reply: Reply) -> Answer:
    """Read which numbers are registered now."""
    return _read(questions, reply, registering=True)


def _read(questions: Sequence[Question], reply: Reply, *, registering: bool) -> Answer:
    if (verdict := by_status(reply)) is not None:
        return Answer(verdict=verdict)
    try:
        document = plain_object(reply.body)
        if (verdict := _of_account(document)) is not None:
            return Answer(verdict=verdict)
        data = raw_object(raw_object(reply.body)["data"])
    except Broken as broken:
        return Answer(verdict=Verdict(Kind.TROUBLE, broken.reason))
    parts: dict[str, bytes] = {}
    results: dict[str, Result] = {}
    to_register: list[str] = []
    for raw in raw_items(data.get("accepted")):
        for question in _about(questions, members(msgspec.json.decode(raw))):
            if registering:
                results[question.parcel_id] = Result(Outcome.REGISTERED)
            else:
                parts[question.parcel_id] = bytes(raw)
    for refusal in listed(members(document.get("data")).get("rejected")):
        code = _number(members(members(refusal).get("error")).get("code"))
        if code in _ACCOUNT:
            # One number refused for the account's sake stands for the account.
            verdict = Verdict(*_ACCOUNT[code])
            continue
        for question in _about(questions, members(refusal)):
            if code == _NOT_REGISTERED and not registering:
                to_register.append(question.parcel_id)
            else:
                results[question.parcel_id] = _of_number(code)
    return Answer(verdict=verdict, parts=parts, results=results, register=tuple(to_register))


def _of_account(document: Mapping[str, object]) -> Verdict | None:
    errors = listed(members(document.get("data")).get("errors"))
    codes = [_number(document.get("code")), *(_number(members(error).get("code")) for error in errors)]
    known = next((_ACCOUNT[code] for code in codes if code in _ACCOUNT), None)
    if known is not None:
        return Verdict(*known)
    if codes[0] or errors or not isinstance(document.get("data"), dict):
        return Verdict(Kind.TROUBLE, f"code_{word(codes[-1])}")
    return None


def _of_number(code: int) -> Result:
    if code == _REGISTERED:
        return Result(Outcome.REGISTERED)
    if code in _INVALID:
        return Result(Outcome.INVALID, _INVALID[code])
    return Result(Outcome.UNKNOWN, "" if code == _NOTHING_YET else f"code_{word(code)}")


def _about(questions: Sequence[Question], item: Mapping[str, object]) -> Iterator[Question]:
    """Give the questions that an item answers: by number, and by carrier where several ask for one number."""
    number = str(item.get("number", "")).upper()
    same = [question for question in questions if question.waybill.upper() == number]
    if len(same) > 1:
        same = [question for question in same if _code(question) == _number(item.get("carrier"))]
    yield from same


def _number(value: object) -> int:
    if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdigit():
        return int(value[:20])
    return value if isinstance(value, int) else 0


def join(parts: Sequence[bytes]) -> bytes:
    """Put accepted numbers back into an answer."""
    return b'{"code":0,"data":{"accepted":[' + b",".join(parts) + b"]}}"


def wrong(waybill: str) -> str | None:
    """A number has 5 to 50 letters and digits."""
    return None if 5 <= len(waybill) <= 50 and waybill.isascii() and waybill.isalnum() else "format"


PROVIDER = Provider(
    name="17track",
    format="17track",
    host="https://api.17track.net",
    ask=ask,
    read=read,
    join=join,
    aggregator="17track",
    wrong=wrong,
    register=register,
    read_registered=read_registered,
)
