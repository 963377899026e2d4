"""What a sender signs is accepted, whatever secret is in use; anything changed, late or unsigned is not."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from carrier_helpers import OF_FORMAT, RECEIVED, fixture, read
from standardwebhooks import Webhook

from carriers.format import Push, Reading
from carriers.registry import FORMATS

NEVER_SIGNED = {
    "fedex",
    "usps",
    "dhl",
    "canada_post",
    "cainiao",
    "shopee",
    "x12_214",
    "iftsta",
    "epcis",
    "shipengine",
    "amazon",
    "gls",
    "dpd",
    "csv",
    "karrio",
}
PAIRS = [(wire, names[0]) for wire, names in OF_FORMAT.items() if wire not in NEVER_SIGNED]
UNSIGNED_ARE_ALLOWED = {"kuaidi100", "sf", "ups", "canonical", "ship24", "shippo"}
# The secret itself travels beside the body, which it does not protect.
SECRET_IN_HEADER = {"ups", "ship24"}
TIMED = {"sf", "canonical", "shippo"}


@pytest.mark.parametrize(("wire", "name"), PAIRS)
def test_signed_pushes_are_verified_and_read_like_the_bare_document(wire: str, name: str) -> None:
    push = FORMATS[wire].sign(fixture(name), "secret-α", RECEIVED)
    assert FORMATS[wire].verify(push, ["old", "secret-α"], RECEIVED) is True
    # Any other bearer may be an API key of our own, so Ship24 leaves it to the caller.
    wrong = None if wire == "ship24" else False
    assert FORMATS[wire].verify(push, ["old"], RECEIVED) is wrong
    assert FORMATS[wire].verify(push, [], RECEIVED) is wrong
    assert FORMATS[wire].read(push, RECEIVED).scans == read(wire, fixture(name)).scans


@pytest.mark.parametrize(("wire", "name"), [pair for pair in PAIRS if pair[0] not in SECRET_IN_HEADER])
def test_a_changed_body_is_refused(wire: str, name: str) -> None:
    push = FORMATS[wire].sign(fixture(name), "s", RECEIVED)
    changed = Push(push.body.replace(b"2026", b"2025", 1), push.headers, {}, push.content_type)
    assert changed.body != push.body
    assert FORMATS[wire].verify(changed, ["s"], RECEIVED) is False


@pytest.mark.parametrize(("wire", "name"), PAIRS)
def test_an_unsigned_push_is_never_verified(wire: str, name: str) -> None:
    expected = None if wire in UNSIGNED_ARE_ALLOWED else False
    assert FORMATS[wire].verify(Push(fixture(name)), ["s"], RECEIVED) is expected


@pytest.mark.parametrize(("wire", "name"), [pair for pair in PAIRS if pair[0] in TIMED])
def test_an_old_or_future_timestamp_is_refused(wire: str, name: str) -> None:
    push = FORMATS[wire].sign(fixture(name), "s", RECEIVED)
    for seconds, expected in ((299, True), (301, False), (-299, True), (-301, False)):
        assert FORMATS[wire].verify(push, ["s"], RECEIVED + timedelta(seconds=seconds)) is expected


KNOWN = [
    ("17track", {"sign": "76f18e7bce3a74b46913cbb5b40dd183a27897f2dd0f09d3e45fb24cf65392ab"}),
    ("aftership", {"aftership-hmac-sha256": "w6kv+eJ0zczieljBWnjsbcu9vQA4qH56EbrvICj9i/8="}),
    (
        "easypost",
        {"x-hmac-signature": "hmac-sha256-hex=c3a92ff9e274cdcce27a58c15a78ec6dcbbdbd0038a87e7a11baef2028fd8bff"},
    ),
    (
        "shippo",
        {"shippo-auth-signature": "t=1772971200,v1=8a275a01548981b7883839c9188309678a46df483fb0cc6631bbeb15d24b41a2"},
    ),
    ("ups", {"credential": "k"}),
    ("kuaidi100", b"sign=9B43DFDC68EC43F9D26FAF2A55CDE10F"),
    ("kdniao", b"DataSign=OWI0M2RmZGM2OGVjNDNmOWQyNmZhZjJhNTVjZGUxMGY%3D"),
    ("sf", b"msgDigest=gGC0q5D2KJYRlSr%2B5lR0%2Fg%3D%3D"),
]


@pytest.mark.parametrize(("wire", "signed"), KNOWN)
def test_schemes_are_the_senders_own(wire: str, signed: dict[str, str] | bytes) -> None:
    """The values were made with openssl: they pin the scheme, not only that `sign` and `verify` agree."""
    push = FORMATS[wire].sign(b'{"a":1}', "k", RECEIVED)
    if isinstance(signed, bytes):
        assert signed in push.body.split(b"&")
    else:
        assert signed.items() <= push.headers.items()


def test_canonical_is_signed_as_the_standardwebhooks_library_signs() -> None:
    library = Webhook("whsec_c2VjcmV0").sign("msg_1", RECEIVED, '{"a":1}')
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(RECEIVED.timestamp())), "webhook-signature": library}
    assert FORMATS["canonical"].verify(Push(b'{"a":1}', headers), ["whsec_c2VjcmV0"], RECEIVED) is True


def test_easypost_secrets_are_normalised() -> None:
    push = FORMATS["easypost"].sign(b"{}", "caf\u00e9", RECEIVED)
    assert FORMATS["easypost"].verify(push, ["cafe\u0301"], RECEIVED) is True


@pytest.mark.parametrize("header", ["aftership-hmac-sha256", "as-signature-hmac-sha256", "am-webhook-signature"])
def test_aftership_knows_three_headers(header: str) -> None:
    signed = FORMATS["aftership"].sign(b"{}", "s", RECEIVED).headers["aftership-hmac-sha256"]
    given = f"hmac-sha256={signed}" if header.startswith("am-") else signed
    assert FORMATS["aftership"].verify(Push(b"{}", {header: given}), ["s"], RECEIVED) is True


@pytest.mark.parametrize("wire", sorted(NEVER_SIGNED))
def test_formats_without_signature_say_so(wire: str) -> None:
    push = FORMATS[wire].sign(fixture(OF_FORMAT[wire][0]), "s", RECEIVED)
    assert FORMATS[wire].verify(push, ["s"], RECEIVED) is None
    assert FORMATS[wire].read(push, RECEIVED).scans


def test_answers_are_what_the_senders_expect() -> None:
    nothing = Reading(())
    accepted = {name: wire.accepted(Push(b"{}"), nothing) for name, wire in FORMATS.items()}
    assert all(answer.status == 200 for answer in accepted.values())
    assert msgspec.json.decode(accepted["kuaidi100"].body) == {"result": True, "returnCode": "200", "message": "成功"}
    kdniao = FORMATS["kdniao"]
    push = kdniao.sign(fixture("kdniao_push.json"), "s", RECEIVED)
    assert msgspec.json.decode(kdniao.accepted(push, nothing).body) == {
        "EBusinessID": "1000001",
        "UpdateTime": "2026-03-05 18:00:00",
        "Success": True,
        "Reason": "",
    }
    assert msgspec.json.decode(accepted["sf"].body) == {"return_code": "0000", "return_msg": "成功"}
    sf = FORMATS["sf"].accepted(Push(fixture("sf_push.xml")), nothing)
    assert sf.body == b'<Response service="RoutePushService"><Head>OK</Head></Response>'
    assert sf.content_type == "application/xml"


@pytest.mark.parametrize("wire", FORMATS)
def test_refusals_carry_the_status_and_the_reason(wire: str) -> None:
    for body in (b"", b"{", b"<a", b"a=b"):
        answer = FORMATS[wire].refused(Push(body), 401, "bad <signature>")
        assert answer.status == 401
        assert b"signature" in answer.body
