"""Whatever comes in, a format gives a reading or a typed rejection; `FAILED` would be a bug of ours."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec
import pytest
from carrier_helpers import OF_FORMAT, RECEIVED, fixture
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from carriers import registry
from carriers._bodies import fields_of
from carriers._hubs import Hubs
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.registry import FORMATS
from tests.fuzz import target
from tests.fuzz.seeds import seeds
from tests.fuzz.target import TARGETS, Broken, attempt, seconds, too_slow

SWAPS = (
    "null",
    "true",
    "-1",
    "1e308",
    "123456789012345678901234567890",
    '""',
    '"\\u0000"',
    "[]",
    "{}",
    "[[]]",
    '"9999-12-31"',
)
BODIES = {wire: tuple(fixture(name) for name in names) for wire, names in OF_FORMAT.items()}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def wires() -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(FORMATS))


def test_the_check_itself_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(_push: Push, _at: datetime) -> Reading:
        raise KeyError("x")

    def lies(_push: Push, _at: datetime) -> Reading:
        good = FORMATS["canonical"].read(Push(LINE % (1, 1)), RECEIVED).scans[0]
        return Reading((msgspec.structs.replace(good, waybill="a b"),))

    monkeypatch.setitem(registry._FORMATS, "stumbles", Format("stumbles", stumbles))
    monkeypatch.setitem(registry._FORMATS, "lies", Format("lies", lies))
    with pytest.raises(Broken, match="stumbles: KeyError"):
        attempt("stumbles", b"{}")
    with pytest.raises(Broken, match="without blanks"):
        attempt("lies", b"{}")


def test_every_format_has_fixtures_to_start_from_and_a_target_of_the_fuzzer() -> None:
    assert set(OF_FORMAT) == set(FORMATS)
    assert set(TARGETS) >= set(FORMATS)
    assert all(list(seeds(name)) for name in TARGETS)


def test_the_check_of_other_readers_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, found: object) -> None:
        reader = lambda _text: found  # noqa: E731
        reader.__wrapped__ = reader  # type: ignore[attr-defined]
        monkeypatch.setattr(target, name, reader)

    broken("hubs_of", Hubs("退货中心13800001234"))
    with pytest.raises(Broken, match="a telephone number is no place"):
        TARGETS["places"](b"x")
    broken("hubs_of", Hubs(" "))
    with pytest.raises(Broken, match="a name of 1 to 80 signs"):
        TARGETS["places"](b"x")
    broken("read_words", object())
    with pytest.raises(AttributeError):
        TARGETS["words"](b"x")
    monkeypatch.setattr(target, "format_of", lambda _name, _toml: Format("m", _stumbles))
    with pytest.raises(Broken, match="m: ZeroDivisionError"):
        TARGETS["csv-mapping"](b"")


def _stumbles(_push: Push, _at: datetime) -> Reading:
    raise ZeroDivisionError


def test_a_slow_input_is_told_from_a_quick_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not too_slow(0.005, 10) and not too_slow(0.0099, 200_000)
    assert too_slow(0.0051, 10) and too_slow(0.0101, 200_000)

    def waits(_push: Push, _at: datetime) -> Reading:
        until = time.process_time() + 0.006
        while time.process_time() < until:
            pass
        return Reading(())

    monkeypatch.setitem(registry._FORMATS, "waits", Format("waits", waits))
    monkeypatch.setitem(target.TARGETS, "waits", partial(attempt, "waits"))  # type: ignore[arg-type]
    assert too_slow(seconds("waits", b"{}", rounds=1), 2)
    assert not too_slow(seconds("canonical", b"{}"), 2)
    monkeypatch.setattr(target, "HANG_S", 0.001)
    with pytest.raises(Broken, match=r"waits: 0\.01 s for 2 bytes"):
        attempt("waits", b"{}")


@QUICK
@given(name=st.sampled_from(["words", "places", "signatures", "csv-mapping"]), data=st.data())
def test_other_readers_of_spoiled_seeds(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(list(seeds(name))))
    cut = data.draw(st.integers(0, len(seed)))
    TARGETS[name](seed[:cut] + data.draw(st.binary(max_size=8)) + seed[cut + data.draw(st.integers(0, 40)) :])


@QUICK
@given(wire=wires(), body=st.binary(max_size=400))
@example(wire="kuaidi100", body=b"param=%ff%fe&sign=1")
@example(
    wire="cainiao",
    body=b'{"module":[{"mailNo":"LP1","detailList":[{"time":1772600400000,"timeZone":"GMT+01:90","actionCode":"X"}]}]}',
)
@example(wire="sf", body=b"msgData={}&msgDigest=1&timestamp=99999999999999999999")
@example(
    wire="sf",
    body=b'{"Body":{"WaybillRoute":[{"mailno":"SF1","acceptTime":"2026-03-01 10:00:00","opCode":"50","remark":"%s",'
    b'"reasonName":"%s"}]}}' % (b"x" * 900, b"y" * 900),
)
@example(
    wire="iftsta",
    body=b"UNH+1+IFTSTA'RFF+CW:1Z999'CNI+1'STS+1+21'DTM+78:20260308'%sUNT+1'" % (b"FTX+AAI+++%s'" % (b"x" * 79) * 20),
)
def test_random_bytes(wire: str, body: bytes) -> None:
    attempt(wire, body)


@QUICK
@given(wire=wires(), data=st.data())
def test_truncated_and_spoiled_fixtures(wire: str, data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(BODIES[wire]))
    cut = data.draw(st.integers(0, len(body)))
    spoiled = body[:cut] + data.draw(st.binary(max_size=3)) + body[cut + data.draw(st.integers(0, 40)) :]
    attempt(wire, spoiled)
    attempt(wire, body[:cut])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just("2026-03-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def spoil(value: object, draw: st.DrawFn, odds: int) -> object:
    """Give the document with some of its values swapped for others of any type."""
    if draw(st.integers(0, odds)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {key: spoil(inner, draw, odds) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoil(inner, draw, odds) for inner in value]
    return value


@st.composite
def spoiled_documents(draw: st.DrawFn) -> tuple[str, bytes]:
    wire = draw(wires().filter(lambda name: any(body.startswith(b"{") for body in BODIES[name])))
    raw = draw(st.sampled_from([body for body in BODIES[wire] if body.lstrip()[:1] in (b"{", b"[")]))
    documents = (
        [msgspec.json.decode(line) for line in raw.splitlines()] if wire == "canonical" else [msgspec.json.decode(raw)]
    )
    return wire, b"\n".join(msgspec.json.encode(spoil(document, draw, 12)) for document in documents)


@QUICK
@given(spoiled_documents())
def test_swapped_types(case: tuple[str, bytes]) -> None:
    attempt(*case)


@pytest.mark.parametrize("wire", sorted(FORMATS))
@pytest.mark.parametrize("swap", SWAPS)
def test_every_value_swapped_in_turn(wire: str, swap: str) -> None:
    """Each scalar of each fixture becomes something absurd; the rest of the payload must survive or be refused."""
    for body in BODIES[wire]:
        parts = body.decode().split('"')
        for at in range(3, len(parts), 4 if wire != "sf" else 2):
            changed = '"'.join(parts[:at]) + "\x01" + '"'.join(parts[at + 1 :])
            attempt(wire, changed.replace('"\x01"', swap).replace("\x01", swap).encode())


def parameters(count: int) -> list[tuple[str, bytes]]:
    """Give bodies of about 100 kB that tempt a parser to go over them again and again."""
    return [
        ("kuaidi100", b"param=" + b"%7B%22" * count),
        (
            "kuaidi100",
            (
                '{"lastResult":{"nu":"1","data":[{"ftime":"2026-03-01 10:00:00","context":"%s"}]}}' % ("【" * count * 2)
            ).encode(),
        ),
        (
            "kuaidi100",
            (
                '{"lastResult":{"nu":"1","data":[{"ftime":"2026-03-01 10:00:00","context":"%s"}]}}'
                % ("到达发往" * count)
            ).encode(),
        ),
        ("aftership", b'{"msg":' * count),
        ("17track", b'{"data":{"number":"' + b"9" * count * 6 + b'"}}'),
        ("easypost", b'{"tracking_code":' + b"9" * count * 6 + b"}"),
        ("sf", b"<a>" * count * 2),
        ("sf", b"<a" * count * 3),
        ("ups", b"<TrackResponse " + b'a="' * count * 2),
        ("canonical", b"{}\n" * count * 2),
        ("iftsta", b"?" * count * 6),
        ("iftsta", b"?" * (count * 6 + 1)),
        ("iftsta", b"UNH'" * count),
        ("x12_214", b"ISA*" + b"*" * 100 + b"~>" * count * 3),
        ("x12_214", b"ISA" + b"*" * 102 + b"~ST*214~B10*1*2*UPSN~" + b"AT7~" * count),
        ("iftsta", b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:1'" + b"STS'" * count),
        ("iftsta", b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:1'" + b"LOC'" * count + b"STS'" * count),
        ("iftsta", b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:1'" + b"LOC+++1'" * count + b"STS+++1'" * count),
        ("iftsta", b"+" * count * 6),
        ("sf", (b"<a>" * count) + b"</a>" * count),
        ("dhl", b"<TrackingResponse>" + b"<AWBInfo/>" * count + b"</TrackingResponse>"),
        ("csv", b"waybill,time\n" + b"1,\n" * count * 2),
        ("csv", b"waybill,time\n" + b'"' * count * 6),
        ("gls", b'{"parcels":[' + b'{"unitno":"1"},' * 6_000 + b"{}]}"),
        ("aftership", b'{"tracking_number":"1","checkpoints":[' + b"{}," * 9_000 + b"{}]}"),
        ("epcis", b'{"epcisBody":{"eventList":[' + b"{}," * 9_000 + b"{}]}}"),
        ("epcis", b'{"eventTime":"2026-03-01T00:00:00Z","epcList":[' + b'"1",' * count + b'"1"]}'),
    ]


@pytest.mark.parametrize(("wire", "body"), parameters(16_000))
def test_no_input_makes_a_parser_slow(wire: str, body: bytes) -> None:
    attempt(wire, body)  # which has a limit: five milliseconds are the aim, quadratic work would take seconds


LINE = b'{"carrier":"sf","waybill":"1","happened_at":"2026-03-01T%02d:%02d:00Z","milestone":"in_transit"}'


def test_rubbish_is_given_up_early_and_as_a_whole() -> None:
    with pytest.raises(Rejected, match="501 parts and hardly one readable") as caught:
        FORMATS["canonical"].read(Push(b"{}\n" * 5_000 + LINE % (1, 1)), RECEIVED)
    assert caught.value.reason is Reason.SHAPE
    with pytest.raises(Rejected, match="a list of 10001 items"):
        FORMATS["aftership"].read(Push(b'{"trackings":[' + b"{}," * 10_000 + b"{}]}"), RECEIVED)


def test_good_parts_among_many_bad_ones_are_all_read_and_the_bad_ones_counted() -> None:
    good = [LINE % (at // 60, at % 60) for at in range(600)]
    reading = FORMATS["canonical"].read(Push(b"\n".join(line + b"\n{}\n{}" for line in good)), RECEIVED)
    assert len(reading.scans) == 600
    assert len(reading.rejects) == 501
    assert "1200" in reading.rejects[-1].detail


@given(st.binary(max_size=60))
@example(b"100%")
@example(b"%\n%41")
@example(b"%4")
@example(b"%%41")
def test_form_escapes_are_decoded_like_the_standard_library_does(raw: bytes) -> None:
    """The quick decoder must agree with the slow one on everything, also on what is no valid escape."""
    value = raw.replace(b"&", b"")
    for part in (value, quote_from_bytes(value, safe="").encode(), value.replace(b"=", b"%")):
        part = part.rstrip()
        assert fields_of(b"v=" + part).get("v") == unquote_to_bytes(part.replace(b"+", b" "))


def test_dhl_express_looks_for_the_newest_event_once() -> None:
    event = b'{"date":"2026-03-01","time":"10:00:00","typeCode":"PU"}'
    body = b'{"shipments":[{"shipmentTrackingNumber":"1234567890","events":[%s]}]}'
    few, many = (seconds("dhl", body % b",".join([event] * count)) for count in (1000, 8000))
    assert many < 16 * few
