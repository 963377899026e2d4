"""What the providers ask and what they make of replies, without a network."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.format import Push
from carriers.registry import FORMATS
from pull.providers import PROVIDERS, fedex, kuaidi100, seventeen_track, ups
from pull.providers.common import token_of
from pull.question import Answer, Credentials, Kind, Outcome, Question, Reply, Result, Token, Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = Credentials("customer", "secret")


def question(waybill: str, carrier: str = "yto", code: str = "yuantong", phone: str | None = None) -> Question:
    return Question(parcel_id=f"{carrier}:{waybill}", carrier=carrier, waybill=waybill, code=code, phone=phone)


def reply(document: Any, status: int = 200, wait: float | None = None) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reply(status, body, wait)


# ---------------------------------------------------------------------------------------------------------- Kuaidi100


def test_kuaidi100_signs_exactly_what_it_sends() -> None:
    request = kuaidi100.ask([question("YT123456", phone="5678")], ACCOUNT, "", "")
    form = {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}
    expected = hashlib.md5((form["param"] + "secret" + "customer").encode(), usedforsecurity=False).hexdigest().upper()
    assert form["sign"] == expected and form["customer"] == "customer"
    assert json.loads(form["param"]) == {
        "com": "yuantong",
        "num": "YT123456",
        "phone": "5678",
        "resultv2": "4",
        "show": "0",
        "order": "desc",
    }
    assert "secret" not in (request.body or b"").decode()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("500", Result(Outcome.UNKNOWN)),
        ("400", Result(Outcome.INVALID, "no_such_company")),
        ("408", Result(Outcome.INVALID, "phone")),
        ("501", Verdict(Kind.TROUBLE, "code_501")),
        ("502", Verdict(Kind.TROUBLE, "code_502")),
        ("503", Verdict(Kind.REFUSED, "signature")),
        ("601", Verdict(Kind.EXHAUSTED, "no_queries_left")),
    ],
)
def test_kuaidi100_return_codes(code: str, expected: Result | Verdict) -> None:
    answer = kuaidi100.read([question("YT1")], reply({"result": False, "returnCode": code, "message": "…"}))
    assert (answer.results.get("yto:YT1") or answer.verdict) == expected


def test_kuaidi100_without_events_is_unknown() -> None:
    answer = kuaidi100.read([question("YT1")], reply({"message": "ok", "status": "200", "nu": "YT1", "data": []}))
    assert answer.results == {"yto:YT1": Result(Outcome.UNKNOWN)}


# ------------------------------------------------------------------------------------------------------------ 17TRACK


def seventeen(*numbers: str) -> list[Question]:
    return [question(number, "sf", "100012") for number in numbers]


def test_17track_asks_for_numbers_with_their_carriers() -> None:
    request = seventeen_track.ask(seventeen("SF1", "SF2"), Credentials("", "key"), "", "")
    assert request.headers["17token"] == "key"
    assert json.loads(request.body or b"") == [
        {"number": "SF1", "carrier": 100012},
        {"number": "SF2", "carrier": 100012},
    ]


def test_17track_sorts_accepted_and_rejected() -> None:
    document = {
        "code": 0,
        "data": {
            "accepted": [{"number": "SF1", "carrier": 100012, "track_info": {}}],
            "rejected": [
                {"number": "SF2", "carrier": "100012", "error": {"code": -18019902, "message": "register first"}},
                {"number": "SF3", "error": {"code": -18019909}},
                {"number": "SF4", "error": {"code": -18010012}},
                {"number": "SF5", "error": {"code": -18019999}},
                {"number": "NOBODY", "error": {"code": -18019902}},
                "rubbish",
            ],
        },
    }
    answer = seventeen_track.read(seventeen("SF1", "SF2", "SF3", "SF4", "SF5"), reply(document))
    assert set(answer.parts) == {"sf:SF1"} and answer.register == ("sf:SF2",) and answer.verdict is None
    assert answer.results == {
        "sf:SF3": Result(Outcome.UNKNOWN),
        "sf:SF4": Result(Outcome.INVALID, "format"),
        "sf:SF5": Result(Outcome.UNKNOWN, "code_-18019999"),
    }


def test_17track_tells_two_carriers_of_one_number_apart() -> None:
    questions = [question("X12345", "sf", "100012"), question("X12345", "yto", "190157")]
    document = {"code": 0, "data": {"accepted": [{"number": "x12345", "carrier": 190157}], "rejected": []}}
    assert set(seventeen_track.read(questions, reply(document)).parts) == {"yto:X12345"}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-18010001, Kind.REFUSED),
        (-18010002, Kind.REFUSED),
        (-18010003, Kind.TROUBLE),
        (-18010004, Kind.REFUSED),
        (-18010014, Kind.LIMITED),
        (-18019907, Kind.EXHAUSTED),
        (-18019908, Kind.EXHAUSTED),
        (-18010013, Kind.TROUBLE),
    ],
)
def test_17track_account_errors_in_every_place(code: int, kind: Kind) -> None:
    for document in (
        {"code": 0, "data": {"errors": [{"code": code, "message": "…"}]}},
        {"code": code, "data": {}},
        {"code": code, "data": None},
    ):
        answer = seventeen_track.read(seventeen("SF1"), reply(document))
        assert answer.verdict is not None and answer.verdict.kind is kind, document


def test_17track_registering() -> None:
    document = {
        "code": 0,
        "data": {
            "accepted": [{"number": "SF1", "carrier": 100012, "origin": 1}],
            "rejected": [
                {"number": "SF2", "error": {"code": -18019901}},
                {"number": "SF3", "error": {"code": -18019903}},
                {"number": "SF4", "error": {"code": -18019908}},
            ],
        },
    }
    answer = seventeen_track.read_registered(seventeen("SF1", "SF2", "SF3", "SF4"), reply(document))
    assert answer.results == {
        "sf:SF1": Result(Outcome.REGISTERED),
        "sf:SF2": Result(Outcome.REGISTERED),
        "sf:SF3": Result(Outcome.INVALID, "carrier_not_detected"),
    }
    assert answer.verdict == Verdict(Kind.EXHAUSTED, "quota")


# ---------------------------------------------------------------------------------------------------------------- UPS


def test_ups_asks_by_path_and_nothing_can_leave_it() -> None:
    request = ups.ask([question("1Z/../x?y", "ups", "ups")], ACCOUNT, "tok", "nonce")
    assert request.path == "/api/track/v1/details/1Z%2F..%2Fx%3Fy?locale=en_US"
    assert request.headers["authorization"] == "Bearer tok" and request.headers["transid"] == "nonce"
    assert ups.token(ACCOUNT).headers["authorization"] == "Basic Y3VzdG9tZXI6c2VjcmV0"


def _ups(document: Any, status: int = 200) -> Answer:
    return ups.read([question("1Z1", "ups", "ups")], reply(document, status))


def test_ups_answers() -> None:
    warned = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001", "message": "Not Found"}]}]}}
    assert _ups(warned).results == {"ups:1Z1": Result(Outcome.UNKNOWN)}
    errors = {"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}
    assert _ups(errors, 400).results == {"ups:1Z1": Result(Outcome.INVALID, "code_tv1002")}
    assert _ups(errors, 404).results["ups:1Z1"].outcome is Outcome.UNKNOWN
    assert _ups(errors, 401).verdict == Verdict(Kind.STALE, "code_tv1002")
    assert _ups(errors, 403).verdict == Verdict(Kind.REFUSED, "http_403")
    assert _ups({"response": {"errors": [{"code": "10429"}]}}, 429).verdict == Verdict(Kind.LIMITED, "http_429")
    assert _ups(b"<html>", 401).verdict == Verdict(Kind.STALE, "http_401")
    assert _ups({"trackResponse": {}}).verdict == Verdict(Kind.TROUBLE, "shape")


# -------------------------------------------------------------------------------------------------------------- FedEx


def _fedex(document: Any, status: int = 200) -> Answer:
    questions = [question(number, "fedex", "fedex") for number in ("1", "2", "3", "4")]
    return fedex.read(questions, reply(document, status))


def test_fedex_takes_each_number_for_itself() -> None:
    def one(number: str, *results: object) -> dict[str, object]:
        return {"trackingNumber": number, "trackResults": list(results)}

    document = {
        "output": {
            "completeTrackResults": [
                one("1", {"scanEvents": []}),
                one("2", {"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}),
                one("3", {"error": {"code": "TRACKING.TRACKINGNUMBER.INVALID"}}),
                one("4", {"error": {"code": "SYSTEM.UNAVAILABLE"}}),
                one("99", {"scanEvents": []}),
            ]
        }
    }
    answer = _fedex(document)
    assert set(answer.parts) == {"fedex:1"}
    assert {key: result.outcome for key, result in answer.results.items()} == {
        "fedex:2": Outcome.UNKNOWN,
        "fedex:3": Outcome.INVALID,
        "fedex:4": Outcome.MISSING,
    }


def test_fedex_tells_a_spent_quota_from_too_many() -> None:
    spent = {"errors": [{"message": "Daily transaction quota exceeded. Retry after 12:00AM GMT"}]}
    assert _fedex(spent, 429).verdict == Verdict(Kind.EXHAUSTED, "daily_quota")
    assert _fedex({"errors": []}, 429).verdict == Verdict(Kind.LIMITED, "http_429")
    assert _fedex({"errors": []}, 401).verdict == Verdict(Kind.STALE, "http_401")
    assert _fedex({"errors": [{"code": "INTERNAL.SERVER.ERROR"}]}).verdict == Verdict(
        Kind.TROUBLE, "code_internal.server.error"
    )


# --------------------------------------------------------------------------------------------------------- in common


def test_tokens() -> None:
    assert token_of(reply({"access_token": "abc", "expires_in": "14399"})) == Token("abc", 14399)
    assert token_of(reply({"access_token": "abc", "expires_in": 3599})) == Token("abc", 3599)
    assert token_of(reply({"access_token": "abc"})) == Token("abc", 0)
    assert token_of(reply({"access_token": "a\nb", "expires_in": 1})) == Verdict(Kind.TROUBLE, "no_token")
    assert token_of(reply({}, 401)) == Verdict(Kind.REFUSED, "http_401")
    assert token_of(reply({}, 400)) == Verdict(Kind.REFUSED, "token_http_400")
    assert token_of(reply(b"<html>")) == Verdict(Kind.TROUBLE, "html")


def test_secrets_have_no_text() -> None:
    assert "secret" not in repr(ACCOUNT) and "abc" not in repr(Token("abc", 1))


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"<!DOCTYPE html><html></html>", 200, Verdict(Kind.TROUBLE, "html")),
        (b'{"code":0,"data":{"acc', 200, Verdict(Kind.TROUBLE, "syntax")),
        (b"", 200, Verdict(Kind.TROUBLE, "empty")),
        (b"\xff\xfe\x00", 200, Verdict(Kind.TROUBLE, "syntax")),
        (b"[" * 100_000, 200, Verdict(Kind.TROUBLE, "syntax")),
        (b"<html>", 500, Verdict(Kind.TROUBLE, "http_500")),
        (b"", 302, Verdict(Kind.TROUBLE, "http_302")),
        (b"", 429, Verdict(Kind.LIMITED, "http_429", 7)),
        (b"", 503, Verdict(Kind.LIMITED, "http_503", 7)),
    ],
)
def test_what_is_no_answer_is_trouble(name: str, body: bytes, status: int, expected: Verdict) -> None:
    got = PROVIDERS[name].read([question("X123456")], Reply(status, body, 7 if status in (429, 503) else None))
    assert got.verdict == expected and not got.parts and not got.results


_NAMES = (
    "code data accepted rejected errors error number carrier returnCode status trackResponse shipment package warnings "
    "output completeTrackResults trackResults trackingNumber access_token expires_in response"
).split()
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-20_000_000, 600) | st.text(max_size=8) | st.sampled_from(["X123456", "0"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("name", PROVIDERS)
@given(document=_json, status=st.sampled_from([200, 200, 200, 400, 401, 404, 429, 500]))
def test_no_document_surprises_a_reader(name: str, document: Any, status: int) -> None:
    provider = PROVIDERS[name]
    answer = provider.read([question("X123456")], reply(document, status))
    assert set(answer.parts) | set(answer.results) | set(answer.register) <= {"yto:X123456"}
    if provider.read_registered is not None:
        assert not provider.read_registered([question("X123456")], reply(document, status)).parts
    assert isinstance(token_of(reply(document, status)), Token | Verdict)
    for part in answer.parts.values():
        # What goes to the intake is JSON that at worst is rejected there.
        msgspec.json.decode(provider.join([part]))


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_format_is_there_and_reads_an_empty_answer_of_its_provider(name: str) -> None:
    assert PROVIDERS[name].format in FORMATS
    assert PROVIDERS[name].host.startswith("https://")


def test_the_17track_sample_is_cut_and_joined_without_a_loss() -> None:
    track = {
        "tracking": {"providers": [{"events": [{"time_iso": "2026-11-19T10:00:00+08:00", "description": "到达"}]}]}
    }
    document = {
        "code": 0,
        "data": {
            "accepted": [{"number": f"SF{n}", "carrier": 100012, "track_info": track} for n in range(40)],
            "rejected": [{"number": "SF99", "error": {"code": -18019902}}],
        },
    }
    questions = seventeen(*(f"SF{n}" for n in range(40)))
    parts = seventeen_track.read(questions, reply(document)).parts
    assert len(parts) == 40
    reading = FORMATS["17track"].read(Push(seventeen_track.join(list(parts.values()))), NOW)
    assert len(reading.scans) == 40 and not reading.rejects
