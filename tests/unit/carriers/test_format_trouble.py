"""What goes wrong on the way from a carrier, said to every format: each handled on purpose (see `format_forms`)."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from carrier_helpers import RECEIVED
from format_forms import BY_NAME, FORMS, Form, Told

from carriers.format import Push, Reading, Reason, Rejected
from carriers.registry import FORMATS
from core.fold import fold
from core.scan import Milestone, parcel_id_of

every_form = pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
xml_forms = pytest.mark.parametrize("name", [name for name, form in BY_NAME.items() if "<" in form.event])
several = pytest.mark.parametrize("name", [name for name, form in BY_NAME.items() if form.bundle])

MOVED: Told = (datetime(2026, 3, 4, 9, 15, tzinfo=UTC), "moved")
OUT: Told = (datetime(2026, 3, 5, 6, 5, tzinfo=UTC), "out")
DELIVERED: Told = (datetime(2026, 3, 5, 10, 40, tzinfo=UTC), "delivered")
WAY = (MOVED, OUT, DELIVERED)
# Formats whose table or frame knows no word for these: EPCIS has no step for the last mile.
MILESTONES = {"out": Milestone.OUT_FOR_DELIVERY, "delivered": Milestone.DELIVERED}
NOT_TOLD = {("epcis", "out")}


def read(form: Form, body: bytes) -> Reading:
    return FORMATS[form.wire].read(Push(body), RECEIVED)


def refusal(form: Form, body: bytes) -> Reason:
    with pytest.raises(Rejected) as caught:
        read(form, body)
    return caught.value.reason


def test_every_format_has_a_form() -> None:
    assert {form.wire for form in FORMS} == set(FORMATS)


@every_form
def test_the_form_itself_is_read(form: Form) -> None:
    scans = read(form, form.body(WAY)).scans
    assert [scan.happened_at for scan in scans] == [when for when, _ in WAY]
    assert {scan.waybill for scan in scans} == {form.waybill}
    for scan, (_, step) in zip(scans[1:], WAY[1:], strict=True):
        assert (form.wire, step) in NOT_TOLD or scan.milestone is MILESTONES[step]
    assert scans[0].milestone is Milestone.IN_TRANSIT


@every_form
def test_events_come_in_any_order(form: Form) -> None:
    ids = {scan.scan_id for scan in read(form, form.body(WAY)).scans}
    assert len(ids) == 3
    for order in itertools.permutations(WAY):
        assert {scan.scan_id for scan in read(form, form.body(order)).scans} == ids


@every_form
def test_two_events_in_the_same_second_are_two_scans_and_the_same_event_twice_is_one(form: Form) -> None:
    arrived, left = (DELIVERED[0], "moved"), DELIVERED
    scans = read(form, form.body([arrived, left])).scans
    assert len({scan.scan_id for scan in scans}) == 2
    assert {scan.happened_at for scan in scans} == {DELIVERED[0]}
    assert len({scan.scan_id for scan in read(form, form.body([DELIVERED, DELIVERED])).scans}) == 1


@several
def test_parcels_of_one_payload_stay_apart(name: str) -> None:
    form = BY_NAME[name]
    other = form.waybill[:-1] + "8" if form.wire != "epcis" else "000000000000000784"
    scans = read(form, form.bundled([(form.waybill, [MOVED, OUT]), (other, [DELIVERED])])).scans
    assert [(scan.waybill, scan.happened_at) for scan in scans] == [
        (form.waybill, MOVED[0]),
        (form.waybill, OUT[0]),
        (other, DELIVERED[0]),
    ]
    assert len({scan.scan_id for scan in scans}) == 3


@pytest.mark.parametrize(
    ("name", "one", "another"),
    [
        ("kuaidi100", '"com":"zhongtong"', '"com":"yuantong"'),
        ("kdniao", '"ShipperCode":"ZTO"', '"ShipperCode":"YTO"'),
        ("17track", '"carrier":100002', '"carrier":100003'),
        ("aftership", '"slug":"ups"', '"slug":"fedex"'),
        ("easypost", '"carrier":"UPS"', '"carrier":"FedEx"'),
        ("shippo", '"carrier":"ups"', '"carrier":"fedex"'),
        ("shipengine", '"carrier_code":"ups"', '"carrier_code":"fedex"'),
        ("karrio", '"carrier_name":"ups"', '"carrier_name":"fedex"'),
        ("x12_214", "*UPSN~", "*FXFE~"),
        ("iftsta", "UNOC:3+UPS+", "UNOC:3+FEDEX+"),
        ("csv", ",ups,", ",fedex,"),
        ("canonical", '"carrier":"ups"', '"carrier":"fedex"'),
    ],
)
def test_one_number_of_two_carriers_is_two_parcels(name: str, one: str, another: str) -> None:
    form = BY_NAME[name]
    body = form.body([MOVED])
    changed = body.replace(one.encode(), another.encode())
    first, second = read(form, body).scans[0], read(form, changed).scans[0]
    assert first.waybill == second.waybill
    assert parcel_id_of(first.carrier, first.waybill) != parcel_id_of(second.carrier, second.waybill)
    assert first.scan_id != second.scan_id


@every_form
def test_a_waybill_reused_for_the_return_is_a_second_journey(form: Form) -> None:
    if form.name == "epcis":
        back: list[Told] = [(DELIVERED[0] + timedelta(days=8), "moved")]
    else:
        back = [
            (DELIVERED[0] + timedelta(days=8), "moved"),
            (DELIVERED[0] + timedelta(days=9), "out"),
        ]
    received = RECEIVED + timedelta(days=30)
    scans = FORMATS[form.wire].read(Push(form.body([*WAY, *back])), received).scans
    assert len(scans) == 3 + len(back)
    carrier, waybill = scans[0].carrier, scans[0].waybill
    assert fold(parcel_id_of(carrier, waybill), carrier, waybill, scans, None, ()).journey == 2


@every_form
@pytest.mark.parametrize("years", [-1, 1])
def test_a_date_one_year_off_is_kept_for_the_core_to_judge(form: Form, years: int) -> None:
    wrong = MOVED[0].replace(year=2026 + years)
    assert [scan.happened_at for scan in read(form, form.body([(wrong, "moved"), OUT])).scans] == [wrong, OUT[0]]


@every_form
def test_dates_out_of_all_reason_cost_their_event_only(form: Form) -> None:
    for wrong in (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)):
        reading = read(form, form.body([(wrong, "moved"), OUT]))
        assert [scan.happened_at for scan in reading.scans] == [OUT[0]]
        assert [reject.reason for reject in reading.rejects] == [Reason.BAD_TIME]
        assert refusal(form, form.body([(wrong, "moved")])) is Reason.BAD_TIME


TIMED = [form for form in FORMS if '$time"' in form.event and form.wire != "canonical"]


@pytest.mark.parametrize("form", TIMED, ids=[form.name for form in TIMED])
@pytest.mark.parametrize("time", ["", "soon", "2026-13-45 99:99:99", "123456789012345678901234567890", "0000-00-00"])
def test_times_that_are_none_cost_their_event_only(form: Form, time: str) -> None:
    broken = form.event_of(*MOVED, time=time)
    reading = read(form, form.raw([broken, form.event_of(*OUT)]))
    assert [scan.happened_at for scan in reading.scans] == [OUT[0]]
    assert [reject.reason for reject in reading.rejects] == [Reason.BAD_TIME]


@pytest.mark.parametrize("form", TIMED, ids=[form.name for form in TIMED])
def test_net_ticks_and_epochs_are_read_wherever_a_time_is_text(form: Form) -> None:
    if form.name in ("ship24", "usps_json", "dpd"):
        return  # they stick a zone to the time, or have the same moment a second time beside it
    milliseconds = f"{MOVED[0].timestamp() * 1000:.0f}"
    for time in (f"/Date({milliseconds})/", f"/Date({milliseconds}+0800)/", milliseconds, milliseconds[:-3]):
        reading = read(form, form.raw([form.event_of(*MOVED, time=time)]))
        assert [(scan.happened_at, scan.zone_assumed) for scan in reading.scans] == [(MOVED[0], False)]


@pytest.mark.parametrize("form", TIMED, ids=[form.name for form in TIMED])
def test_times_without_zone_take_the_carriers_own_and_say_so(form: Form) -> None:
    if form.wire in ("usps", "ship24", "epcis", "17track"):
        return  # they have the zone in a field beside the time
    scan = read(form, form.raw([form.event_of(*MOVED, time="2026-03-04T09:15:00")])).scans[0]
    # Two of them document their times as UTC.
    assert scan.zone_assumed
    assert timedelta(seconds=scan.offset_s or 0) == MOVED[0] - scan.happened_at


@every_form
def test_huge_numbers_are_refused_or_read_but_never_stop_the_rest(form: Form) -> None:
    huge = "9" * 400
    body = form.body(WAY, huge)
    assert refusal(form, body) is Reason.NO_WAYBILL
    if form.bundle and form.wire not in ("epcis",):
        mixed = read(form, form.bundled([(huge, [MOVED]), (form.waybill, [OUT])]))
        assert [scan.happened_at for scan in mixed.scans] == [OUT[0]]
        assert [reject.reason for reject in mixed.rejects] == [Reason.NO_WAYBILL]


@every_form
def test_encodings(form: Form) -> None:
    plain = form.body(WAY)
    text = plain.decode()
    expected = read(form, plain).scans
    for body in (
        b"\xef\xbb\xbf" + plain,
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        b"\xfe\xff" + (text + "\n").encode("utf-16-be"),
        b"\r\n \t" + plain + b"\n\n",
        text.encode("gbk"),
        text.encode("gb18030"),
    ):
        assert read(form, body).scans == expected, body[:40]


@every_form
def test_undeclared_western_letters_are_not_taken_for_chinese(form: Form) -> None:
    if "$words" not in form.event:
        return
    words = "Empfänger in Köln war nicht zu Hause"
    body = form.body([OUT]).decode().replace(form.words[1], words).encode("windows-1252")
    assert [scan.text for scan in read(form, body).scans] == [words]


@every_form
def test_a_declared_charset_is_believed_where_the_body_is_no_utf8(form: Form) -> None:
    words = "包裹已送達門市，等候領取"
    text = form.body([OUT]).decode().replace(form.words[1], words)
    for body in (text.encode("big5"), text.encode()):
        push = Push(body, content_type="text/plain; charset=Big5")
        expected = FORMATS[form.wire].read(Push(text.encode()), RECEIVED).scans
        assert FORMATS[form.wire].read(push, RECEIVED).scans == expected


@every_form
def test_bodies_that_are_cut_off_are_refused_or_read_up_to_there(form: Form) -> None:
    body = form.body(WAY)
    whole = {scan.scan_id for scan in read(form, body).scans}
    cuts = random.Random(7).sample(range(1, len(body)), 40)
    for cut in cuts:
        try:
            reading = read(form, body[:cut])
        except Rejected as why:
            assert why.reason in (
                Reason.SYNTAX,
                Reason.SHAPE,
                Reason.NO_WAYBILL,
                Reason.BAD_TIME,
                Reason.ENCODING,
                Reason.EMPTY,
            )
        else:
            # Formats of lines and segments have their whole events; the last may lack its tail, never its head.
            assert form.wire in ("csv", "canonical", "iftsta", "x12_214")
            assert len({scan.scan_id for scan in reading.scans} - whole) <= 1


HTML = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>",
    b"<html><body>Service Unavailable</body></html>",
    b"\xef\xbb\xbf  <HTML><BODY>Access denied</BODY></HTML>",
    b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org'
    b'/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><body>Maintenance</body></html>',
    b"<html><head><meta charset=utf-8><br><p>unclosed <b>tags</html>",
)


@pytest.mark.parametrize("wire", sorted(FORMATS))
@pytest.mark.parametrize("page", HTML, ids=["gateway", "bare", "marked", "xhtml", "unclosed"])
def test_an_html_page_is_called_one(wire: str, page: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        FORMATS[wire].read(Push(page), RECEIVED)
    assert caught.value.reason is Reason.HTML


@pytest.mark.parametrize("wire", sorted(FORMATS))
@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"], ids=["none", "blank", "bom", "wide"])
def test_an_empty_body_is_called_empty(wire: str, body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        FORMATS[wire].read(Push(body), RECEIVED)
    assert caught.value.reason is Reason.EMPTY


@every_form
def test_an_empty_history_brings_nothing_and_is_no_failure(form: Form) -> None:
    if form.parcel == "$events" and form.wire != "sf":
        return  # they are lists of events, and no event is no payload of theirs
    reading = read(form, form.body([]))
    assert reading.scans == reading.rejects == ()


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        ("kuaidi100", b'{"result":false,"returnCode":"600","message":"expired"}'),
        ("kdniao", b'{"EBusinessID":"1","Success":false,"Reason":"x","ResultCode":"106"}'),
        ("sf", b'{"apiErrorMsg":"x","apiResultCode":"A1006","apiResultData":null}'),
        ("sf", b'<Response service="RouteService"><Head>ERR</Head><ERROR code="8014">x</ERROR></Response>'),
        ("17track", b'{"code":-18010012,"data":{"errors":[{"code":-18010012,"message":"x"}]}}'),
        ("aftership", b'{"meta":{"code":4004,"message":"x","type":"NotFound"},"data":{}}'),
        ("easypost", b'{"error":{"code":"TRACKER.NOT_FOUND","message":"x","errors":[]}}'),
        ("ups", b'{"response":{"errors":[{"code":"TW0001","message":"x"}]}}'),
        ("fedex", b'{"transactionId":"1","errors":[{"code":"NOT.AUTHORIZED.ERROR","message":"x"}]}'),
        ("usps", b'{"apiVersion":"3","error":{"code":"404","message":"x","errors":[]}}'),
        ("usps", b"<Error><Number>80040b1a</Number><Description>x</Description></Error>"),
        ("dhl", b'{"instance":"/expressapi/tracking","detail":"x","title":"x","message":"x","status":"400"}'),
        (
            "dhl",
            b"<ShipmentTrackingErrorResponse><Response><Status><ActionStatus>Failure</ActionStatus><Condition>"
            b"<ConditionCode>111</ConditionCode></Condition></Status></Response></ShipmentTrackingErrorResponse>",
        ),
        ("canada_post", b"<messages><message><code>E002</code><description>x</description></message></messages>"),
        ("ship24", b'{"errors":[{"code":"auth_invalid","message":"x"}],"data":null}'),
        ("shippo", b'{"detail":"Invalid token"}'),
        ("shipengine", b'{"request_id":"1","errors":[{"error_source":"shipengine","message":"x"}]}'),
        ("karrio", b'{"errors":[{"code":"not_found","message":"x"}]}'),
        ("amazon", b'{"errors":[{"code":"InvalidInput","message":"x"}]}'),
        ("gls", b'{"errors":[{"exitCode":"E998","exitMessage":"x"}]}'),
        (
            "dpd",
            b"<Envelope><Body><Fault><faultcode>S</faultcode></Fault></Body></Envelope>",
        ),
        ("cainiao", b'{"success":false,"errorCode":"FAIL_SYS","module":null}'),
        ("shopee", b'{"retcode":-1,"message":"x","data":null}'),
        ("epcis", b'{"type":"epcisException:NoSuchNameException","title":"x","status":404}'),
    ],
)
def test_an_error_answer_is_called_one(wire: str, body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        FORMATS[wire].read(Push(body), RECEIVED)
    assert caught.value.reason is Reason.ERROR_ANSWER


@xml_forms
def test_entities_are_never_expanded_and_nothing_is_fetched(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a parser went to the network"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("a parser went to the network"))
    form = BY_NAME[name]
    body = form.body(WAY).decode()
    spoiled = body.replace(form.words[0], "&b;")
    for dtd in (
        '<!DOCTYPE a [<!ENTITY b "ha">]>',
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "http://192.0.2.1/x">]>',
        '<!DOCTYPE a SYSTEM "http://192.0.2.1/x.dtd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd"> %p;]>',
    ):
        assert refusal(form, (dtd + spoiled).encode()) is Reason.SYNTAX
    assert refusal(form, spoiled.encode()) is Reason.SYNTAX  # an entity that nobody declared
    included = body.replace(
        form.words[0], '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>'
    )
    if "remark=" not in form.event:
        assert len(read(form, included.encode()).scans) == 3
