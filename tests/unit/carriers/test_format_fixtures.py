"""Each format reads our own fixtures to the scans that a person would read out of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from carrier_helpers import OF_FORMAT, RECEIVED, fixture, read, told

from carriers._gs1 import waybill_of
from carriers.format import Push, Reason, Rejected
from carriers.registry import FORMATS
from core.scan import Milestone

EXPECTED = {
    "kuaidi100_push.json": [
        "yto YT0000000000123 03-05T06:02 exception damaged",
        "yto YT0000000000123 03-05T01:40 in_transit arrived",
        "yto YT0000000000123 03-04T13:15 in_transit departed",
        "yto YT0000000000123 03-04T10:00 picked_up",
    ],
    "kdniao_push.json": [
        "zto 7500000000011 03-03T02:00 picked_up",
        "zto 7500000000011 03-03T18:00 in_transit departed",
        "zto 7500000000011 03-05T09:30 delivered locker",
    ],
    "sf_push.json": [
        "sf SF0000000000001 03-05T07:10 attempt_failed absent consignee",
        "sf SF0000000000002 03-05T07:20 in_transit departed",
    ],
    "sf_push.xml": ["sf SF0000000000003 03-05T08:00 delivered safe_place"],
    "17track_webhook.json": [
        "china_post LX000000001CN 03-05T09:00 exception damaged carrier",
        "china_post LX000000001CN 03-02T00:30 customs customs_cleared",
        "china_post LX000000001CN 03-01T01:00 picked_up",
    ],
    "aftership_webhook.json": [
        "usps 9400000000000001 03-04T05:10 in_transit departed",
        "usps 9400000000000001 03-04T18:00 attempt_failed refused consignee",
        "usps 9400000000000001 03-04T18:00 exception lost carrier",
    ],
    "easypost_event.json": [
        "canada_post EZ0000000077 03-04T03:00 in_transit arrived",
        "canada_post EZ0000000077 03-05T03:00 exception delayed weather",
    ],
    "ups_alert.json": ["ups 1Z00000000000001 03-05T16:15 attempt_failed refused consignee"],
    "ups_track.json": [
        "ups 1Z00000000000002 03-06T17:15 delivered front_desk",
        "ups 1Z00000000000002 03-06T06:15 in_transit departed",
    ],
    "ups_track.xml": [
        "ups 1Z00000000000004 03-05T08:30 delivered neighbour",
        "ups 1Z00000000000004 03-05T05:00 out_for_delivery",
    ],
    "fedex_track.json": [
        "fedex 000000000003 03-06T15:30 exception delayed weather",
        "fedex 000000000003 03-06T02:00 picked_up",
    ],
    "fedex_track.xml": [
        "fedex 000000000001 03-06T22:10 attempt_failed bad_address",
        "fedex 000000000001 03-05T14:00 in_transit arrived",
    ],
    "usps_track.xml": [
        "usps 9400000000000000000011 03-06T18:05 attempt_failed refused consignee",
        "usps 9400000000000000000011 03-06T13:20 out_for_delivery",
        "usps 9400000000000000000011 03-04T05:00 announced",
    ],
    "dhl_track.xml": [
        "dhl 0000000001 03-04T07:00 in_transit arrived",
        "dhl 0000000001 03-05T14:30 customs customs_held customs",
    ],
    "dhl_track_older.xml": ["dhl 0000000002 03-05T05:27 customs", "dhl 0000000002 03-03T23:05 picked_up"],
    "canada_post.xml": [
        "canada_post 0000000000000001 03-05T19:20 attempt_failed absent consignee",
        "canada_post 0000000000000001 03-04T06:00 in_transit sorted",
    ],
    "x12_214.edi": [
        "fedex PRO0000001 03-05T15:15 exception delayed weather",
        "fedex PRO0000001 03-05T23:30 attempt_failed absent consignee",
    ],
    "iftsta.edi": ["ups 1Z00000000000009 03-05T09:45 exception damaged"],
    "ship24_webhook.json": [
        "china_post LB000000001CN 03-05T08:00 customs customs_held customs",
        "china_post LB000000001CN 03-01T22:00 in_transit departed",
    ],
    "cainiao_detail.json": [
        "cainiao LP00000000000001 03-05T08:40 attempt_failed absent consignee",
        "cainiao LP00000000000001 03-04T05:00 customs customs_cleared",
    ],
    "shopee_track.json": [
        "shopee TW000000000001 03-05T08:40 in_transit departed",
        "shopee TW000000000001 03-05T05:53 exception damaged",
    ],
    "shippo_webhook.json": [
        "usps 9200000000000000000017 03-02T09:00 announced",
        "usps 9200000000000000000017 03-04T11:30 in_transit departed",
        "usps 9200000000000000000017 03-05T16:20 exception damaged",
    ],
    "shipengine_webhook.json": [
        "ups 1Z00000000000008 03-05T18:40 attempt_failed refused consignee",
        "ups 1Z00000000000008 03-04T02:15 in_transit departed",
    ],
    "karrio_tracker.json": [
        "canada_post 0000000000000042 03-05T19:20 attempt_failed absent consignee",
        "canada_post 0000000000000042 03-04T18:05 in_transit",
    ],
    "usps_track.json": [
        "usps 9400000000000000000022 03-06T18:05 attempt_failed refused consignee",
        "usps 9400000000000000000022 03-06T05:40 in_transit departed",
    ],
    "dhl_unified.json": [
        "dhl_paket 00340000000000000001 03-05T13:10 attempt_failed refused consignee",
        "dhl_paket 00340000000000000001 03-04T19:05 in_transit",
        "dhl 1234567890 03-04T09:00 customs customs_held customs",
    ],
    "amazon_tracking.json": [
        "amazon TBA000000000001 03-04T18:00 picked_up",
        "amazon TBA000000000001 03-05T11:20 attempt_failed absent consignee",
    ],
    "gls_parcels.json": [
        "gls 000000000011 03-05T14:24 attempt_failed refused consignee",
        "gls 000000000011 03-05T04:10 in_transit arrived",
        "gls 000000000011 03-03T15:00 announced",
        "gls 00000000002 03-05T07:00 out_for_delivery",
        "gls 00000000003 03-05T09:00 delivered",
    ],
    "dpd_lifecycle.json": [
        "dpd 05000000000001 03-03T17:30 picked_up",
        "dpd 05000000000001 03-05T11:45 attempt_failed absent consignee",
    ],
    "table.csv": [
        "zto 7500000000099 03-05T06:30 in_transit departed",
        "zto 7500000000099 03-05T09:00 exception damaged",
    ],
    "epcis_document.json": [
        "gs1 100000000000000014 03-04T07:00 in_transit departed",
        "gs1 000000000000000017 03-04T07:00 in_transit departed",
        "gs1 0000000.CONS-7 03-04T20:30 exception damaged",
        "gs1 0000000.00001.9 03-04T20:30 exception damaged",
        "gs1 100000000000000014 03-05T08:00 pending",
    ],
    "canonical.ndjson": [
        "jd JD0001 03-05T02:00 in_transit weighed",
        "jd JD0001 03-05T10:00 delivered front_desk",
    ],
    "dhl_mydhl.json": [
        "dhl 0000000003 03-05T05:10 attempt_failed absent consignee",
        "dhl 0000000003 03-04T02:05 picked_up",
    ],
    "sf_query.json": [
        "sf SF0000000000005 03-04T01:15 picked_up",
        "sf SF0000000000005 03-06T03:40 delivered",
    ],
    "sf_order_state.json": ["sf SF0000000000007 03-05T01:30 announced"],
    "17track_latest.json": ["17track.19131 RB000000002SG 03-05T15:40 in_transit departed"],
    "aftership_last.json": ["fedex 000000000017 03-05T14:12 attempt_failed absent consignee"],
    "cainiao_latest.json": [
        "cainiao LP00000000000002 03-04T05:00 in_transit departed",
        "cainiao LP00000000000002 03-05T11:00 delivered",
    ],
    "amazon_words.json": [
        "amazon TBA000000000002 03-04T18:00 in_transit arrived",
        "amazon TBA000000000002 03-04T21:30 exception damaged carrier",
    ],
    "x12_214_bare.edi": ["ups PRO0000002 03-05T21:30 in_transit arrived"],
    "iftsta_quantum.edi": [
        "ups 1Z00000000000021 03-05T14:37 delivered",
        "ups 1Z00000000000022 03-05T14:33 customs",
    ],
    "shippo_contradiction.json": [
        "ups 1Z00000000000018 03-04T08:00 exception held",
        "ups 1Z00000000000018 03-05T21:00 delivered safe_place",
    ],
    "shipengine_older.json": ["usps 9400000000000000000044 03-05T17:45 delivered person"],
    "fedex_beside_error.xml": ["fedex 000000000009 03-05T16:00 in_transit arrived"],
    "canada_post_wrapped.xml": ["canada_post 0000000000000002 03-05T16:20 customs customs_held customs"],
    "ups_alert_offset.json": ["ups 1Z00000000000023 03-05T15:15 out_for_delivery"],
    "shopee_return.json": [
        "shopee SPXVN000000000002 03-05T09:00 returned",
        "shopee SPXVN000000000002 03-05T07:00 returning",
    ],
    "usps_facility.xml": [
        "usps 9400000000000000000055 03-05T15:05 in_transit arrived",
        "usps 9400000000000000000055 03-03T09:00 picked_up",
    ],
    "gls_units.json": [
        "gls 00000000004 03-05T13:30 attempt_failed absent consignee",
        "gls 00000000004 03-05T06:20 out_for_delivery",
        "gls 00000000004 03-04T09:39 announced",
    ],
    "gls_unit.json": [
        "gls 00000000005 03-05T12:00 delivered",
        "gls 00000000005 03-05T04:00 in_transit arrived",
        "gls 00000000005 03-04T09:00 announced",
    ],
    "shopee_list.json": [
        "shopee SPXVN000000000003 03-05T07:00 out_for_delivery",
        "shopee SPXVN000000000003 03-04T05:13 in_transit departed",
    ],
    "cainiao_sections.json": [
        "cainiao UB000000003LV 03-05T10:00 delivered",
        "cainiao UB000000003LV 03-03T12:15 in_transit departed",
    ],
}
PAIRS = [(wire, name) for wire, names in OF_FORMAT.items() for name in names]


@pytest.mark.parametrize(("wire", "name"), PAIRS)
def test_scans_say_what_the_payload_says(wire: str, name: str) -> None:
    assert [told(scan) for scan in read(wire, fixture(name)).scans] == EXPECTED[name]


@pytest.mark.parametrize(("wire", "name"), PAIRS)
def test_reading_twice_gives_the_same_ids_and_no_two_are_equal(wire: str, name: str) -> None:
    first, second = read(wire, fixture(name)).scans, read(wire, fixture(name)).scans
    assert first == second
    assert len({scan.scan_id for scan in first}) == len(first)


def test_hubs_are_parsed_out_of_running_text() -> None:
    departure = read("kuaidi100", fixture("kuaidi100_push.json")).scans[2]
    assert (departure.facility, departure.facility_to) == ("湖州集散中心", "苏州转运中心")
    place = read("kuaidi100", fixture("kuaidi100_push.json")).scans[0]
    assert (place.facility, place.place) == ("苏州转运中心", "江苏,苏州市")


def test_promise_is_told_by_the_newest_scan_only() -> None:
    scans = read("kuaidi100", fixture("kuaidi100_push.json")).scans
    assert [scan.promised_at for scan in scans] == [datetime(2026, 3, 7, 12, tzinfo=UTC), None, None, None]
    usps = read("aftership", fixture("aftership_webhook.json")).scans
    assert usps[1].promised_at == datetime(2026, 3, 7, 4, 59, tzinfo=UTC)  # the end of the 6th, New York


def test_weights_are_grams() -> None:
    assert read("17track", fixture("17track_webhook.json")).scans[0].weight_g == 750
    assert read("aftership", fixture("aftership_webhook.json")).scans[0].weight_g == 680
    assert read("easypost", fixture("easypost_event.json")).scans[0].weight_g == 907
    assert read("ups", fixture("ups_track.xml")).scans[0].weight_g == 1200


def test_zone_is_the_payloads_where_it_has_one_and_the_carriers_or_the_places_where_not() -> None:
    stated = read("ups", fixture("ups_alert.json")).scans[0]
    assert (stated.offset_s, stated.zone_assumed) == (-8 * 3600, False)
    placed = read("ups", fixture("ups_track.xml")).scans[0]
    assert (placed.offset_s, placed.zone_assumed) == (3600, True)
    beside = [read("shipengine", fixture("shipengine_webhook.json")), read("usps", fixture("usps_track.json"))]
    assert [(reading.scans[0].offset_s, reading.scans[0].zone_assumed) for reading in beside] == [
        (-6 * 3600, False),
        (-5 * 3600, False),
    ]
    assumed = read("kdniao", fixture("kdniao_push.json")).scans[0]
    assert (assumed.offset_s, assumed.zone_assumed) == (8 * 3600, True)


def test_partly_good_payloads_keep_both_parts() -> None:
    route = read("sf", fixture("sf_push.xml"))
    assert len(route.scans) == 1
    assert [reject.reason for reject in route.rejects] == [Reason.BAD_TIME]
    assert b"SF0000000000004" in route.rejects[0].part
    lines = read("canonical", fixture("canonical.ndjson"))
    assert [reject.reason for reject in lines.rejects] == [Reason.SHAPE]
    assert b"teleported" in lines.rejects[0].part


def test_unknown_codes_carriers_and_texts_are_kept() -> None:
    event = b'{"ftime":"2026-03-01 10:00:00","context":"zzz","statusCode":"9999"}'
    body = b'{"lastResult":{"nu":"Q1","com":"NeuExpress","data":[' + event + b"]}}"
    scan = read("kuaidi100", body).scans[0]
    assert (scan.carrier, scan.milestone, scan.code, scan.text) == (
        "kuaidi100.neuexpress",
        Milestone.UNKNOWN,
        "9999",
        "zzz",
    )


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        ("kuaidi100", b'{"message":"ok","status":"0","state":"1","data":[]}'),
        ("kuaidi100", b'{"status":"abort","message":"x","lastResult":{"nu":"1","com":"sf","data":[]}}'),
        ("kdniao", b'{"EBusinessID":"1","ShipperCode":"SF","LogisticCode":"1","Success":false,"Traces":[]}'),
        ("sf", b'<Response service="RouteService"><Head>OK</Head></Response>'),
        ("17track", b'{"event":"TRACKING_STOPPED","data":{"number":"A1","carrier":2151}}'),
        ("17track", b'{"code":0,"data":{"accepted":[],"rejected":[]}}'),
        (
            "aftership",
            b'{"meta":{"code":201},"data":{"tracking":{"tracking_number":"1","slug":"ups","tag":"Pending"}}}',
        ),
        ("easypost", b'{"object":"Event","description":"tracker.created"}'),
        ("easypost", b'{"claims":[{"object":"Claim","tracking_code":"1","type":"damage"}]}'),
        ("iftsta", b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:1'"),
        ("x12_214", b"ISA" + b"*" * 102 + b"~ST*214~B10*1*2*UPSN~"),
        ("ship24", b'{"data":{"trackings":[]}}'),
        ("cainiao", b'{"mailNo":"1","detailList":[]}'),
        ("shippo", b'{"event":"transaction_updated","data":{"tracking_number":"1"}}'),
        ("shippo", b'{"carrier":"ups","tracking_number":"1","tracking_status":null,"tracking_history":[]}'),
        ("shipengine", b'{"tracking_number":"1","carrier_code":"ups","events":[]}'),
        ("shipengine", b'{"resource_type":"BATCH","resource_url":"x"}'),
        ("karrio", b'{"tracking_number":"1","carrier_name":"ups","events":[]}'),
        ("karrio", b'{"count":0,"results":[]}'),
        ("usps", b'{"trackingNumber":"1","trackingEvents":[]}'),
        ("dhl", b'{"title":"No result found","detail":"x","status":404}'),
        ("dhl", b'{"shipments":[{"id":"1","service":"express","events":[]}]}'),
        ("amazon", b'{"payload":{"trackingId":"1","eventHistory":[]}}'),
        ("gls", b'{"parcels":[{"requested":"1","errorCode":"E_404_01","errorMessage":"Resource Not Found"}]}'),
        ("dpd", b'{"parcellifecycleResponse":{"parcelLifeCycleData":null}}'),
        ("dpd", b'{"parcelLifeCycleData":{"shipmentInfo":{"parcelLabelNumber":"1"},"statusInfo":[{"status":"A"}]}}'),
        ("csv", b"waybill,time,status"),
        ("epcis", b'{"type":"EPCISDocument","epcisBody":{"eventList":[]}}'),
        ("shopee", b'{"sls_tracking_info":{"sls_tn":"1","records":[]}}'),
        ("fedex", b"<TrackReply><TrackDetails><TrackingNumber>1</TrackingNumber></TrackDetails></TrackReply>"),
        ("usps", b'<TrackResponse><TrackInfo ID="1"><Error/></TrackInfo></TrackResponse>'),
        ("dhl", b"<TrackingResponse><AWBInfo><AWBNumber>1</AWBNumber></AWBInfo></TrackingResponse>"),
        ("canada_post", b"<messages><message><code>004</code></message></messages>"),
        (
            "usps",
            b'<TrackResponse><TrackInfo ID="1"><TrackSummary>There is no record of that mail item.</TrackSummary>'
            b"</TrackInfo></TrackResponse>",
        ),
        (
            "dhl",
            b"<TrackingResponse><AWBInfo><AWBNumber/><Status><ActionStatus>No Shipments Found</ActionStatus></Status>"
            b"</AWBInfo></TrackingResponse>",
        ),
        ("gls", b'{"lastError":"E206","exceptionText":"x"}'),
        ("sf", b'{"apiResultCode":"A1000","apiResultData":{"msgData":{"routeResps":[{"mailNo":"1","routes":[]}]}}}'),
        ("ups", b'{"trackResponse":{"shipment":[{"warnings":[{"code":"TW0001"}]}]}}'),
    ],
)
def test_nothing_known_yet_is_a_reading_without_scans(wire: str, body: bytes) -> None:
    reading = read(wire, body)
    assert reading.scans == reading.rejects == ()


@pytest.mark.parametrize(
    ("wire", "body", "reason"),
    [
        ("kuaidi100", b'{"result":false,"returnCode":"500","message":"x"}', Reason.ERROR_ANSWER),
        ("kdniao", b'{"EBusinessID":"1","Success":false,"Reason":"x"}', Reason.ERROR_ANSWER),
        ("sf", b"<Response><Head>ERR</Head></Response>", Reason.ERROR_ANSWER),
        ("sf", b'{"success":false,"errorCode":"8016"}', Reason.ERROR_ANSWER),
        ("17track", b'{"code":-18010002,"data":{}}', Reason.ERROR_ANSWER),
        ("17track", b'{"code":0,"data":{"accepted":[],"rejected":[{"number":"1"}]}}', Reason.ERROR_ANSWER),
        ("aftership", b'{"meta":{"code":401},"data":{}}', Reason.ERROR_ANSWER),
        ("easypost", b'{"error":{"code":"x"}}', Reason.ERROR_ANSWER),
        ("fedex", b'{"errors":[{"code":"NOT.AUTHORIZED.ERROR"}]}', Reason.ERROR_ANSWER),
        ("fedex", b"<TrackReply><HighestSeverity>ERROR</HighestSeverity></TrackReply>", Reason.ERROR_ANSWER),
        ("usps", b"<Error><Number>-1</Number></Error>", Reason.ERROR_ANSWER),
        ("dhl", b"<ErrorResponse/>", Reason.ERROR_ANSWER),
        ("canada_post", b"<messages><message><code>9999</code></message></messages>", Reason.ERROR_ANSWER),
        ("canada_post", b"<a/>", Reason.SHAPE),
        ("x12_214", b"ISA*00~", Reason.SHAPE),
        ("iftsta", b"UNA:+.? 'UNB+x'", Reason.SHAPE),
        ("iftsta", b"UNA::.? 'UNB+x'", Reason.SYNTAX),
        ("ship24", b'{"errors":[{"code":"auth_invalid"}]}', Reason.ERROR_ANSWER),
        ("cainiao", b'{"success":false}', Reason.ERROR_ANSWER),
        ("shippo", b'{"detail":"Authentication failed"}', Reason.ERROR_ANSWER),
        ("shipengine", b'{"request_id":"1","errors":[{"error_code":"unauthorized"}]}', Reason.ERROR_ANSWER),
        ("karrio", b'{"messages":[{"code":"x"}]}', Reason.ERROR_ANSWER),
        ("usps", b'{"error":{"code":"401","message":"x"}}', Reason.ERROR_ANSWER),
        ("usps", b'{"error":"invalid_client"}', Reason.ERROR_ANSWER),
        ("dhl", b'{"title":"Unauthorized","status":401}', Reason.ERROR_ANSWER),
        ("amazon", b'{"errors":[{"code":"InvalidInput"}]}', Reason.ERROR_ANSWER),
        ("gls", b'{"parcels":[{"requested":"1","errorCode":"E_500"}]}', Reason.ERROR_ANSWER),
        ("dpd", b'{"error":"x"}', Reason.ERROR_ANSWER),
        ("dpd", b"<Envelope><Body><Fault><faultcode>Server</faultcode></Fault></Body></Envelope>", Reason.ERROR_ANSWER),
        ("sf", b'{"apiResultCode":"A1001","apiResultData":""}', Reason.ERROR_ANSWER),
        ("csv", b"number,when\n1,2", Reason.SHAPE),
        ("csv", b'waybill,time,carrier\n"1",,sf', Reason.BAD_TIME),
        ("csv", b"waybill,time\n1,2026-03-01", Reason.SHAPE),
        ("epcis", b'{"eventTime":"2026-03-01T00:00:00Z"}', Reason.NO_WAYBILL),
        ("epcis", b'{"epcisBody":{}}', Reason.SHAPE),
        ("shopee", b'{"retcode":1,"data":null}', Reason.ERROR_ANSWER),
        ("ups", b'{"response":{"errors":[{"code":"TV1002"}]}}', Reason.ERROR_ANSWER),
        (
            "ups",
            b"<TrackResponse><Response><ResponseStatusCode>0</ResponseStatusCode></Response></TrackResponse>",
            Reason.ERROR_ANSWER,
        ),
        ("ups", b"<!DOCTYPE html><html><body>502</body></html>", Reason.HTML),
        ("ups", b"<html><body>502</body></html>", Reason.HTML),
        ("17track", b"<html><body>502</body></html>", Reason.HTML),
        ("aftership", b'{"msg":', Reason.SYNTAX),
        ("aftership", b"[" * 50_000, Reason.TOO_DEEP),
        ("aftership", b"{}", Reason.SHAPE),
        ("canonical", b"  \n ", Reason.EMPTY),
        ("easypost", b"\xff\xfe\x00\xd8", Reason.ENCODING),
        ("ups", b'<!DOCTYPE a [<!ENTITY b "c">]><TrackResponse>&b;</TrackResponse>', Reason.SYNTAX),
    ],
)
def test_what_can_not_be_read_says_why(wire: str, body: bytes, reason: Reason) -> None:
    with pytest.raises(Rejected) as caught:
        read(wire, body)
    assert caught.value.reason is reason


def test_gbk_and_byte_order_marks_are_read() -> None:
    text = fixture("kuaidi100_push.json").decode()
    expected = read("kuaidi100", text.encode()).scans
    assert read("kuaidi100", text.encode("gbk")).scans == expected
    assert read("kuaidi100", b"\xef\xbb\xbf" + text.encode()).scans == expected
    assert read("easypost", b"\xff\xfe" + fixture("easypost_event.json").decode().encode("utf-16-le")).scans
    xml = fixture("sf_push.xml").decode().replace("UTF-8", "GBK").encode("gbk")
    assert read("sf", xml).scans == read("sf", fixture("sf_push.xml")).scans


LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><TrackResponse>&c;</TrackResponse>'


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS.encode(),
        LAUGHS.encode("utf-16-le"),
        LAUGHS.encode("utf-16"),
        f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}'.encode(),
        f'<?xml version="1.0" encoding="gbk"?>{LAUGHS}'.encode("gbk"),
        f'<?xml version="1.0" encoding="punycode"?>{LAUGHS}'.encode(),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><TrackResponse/>',
    ],
)
def test_no_dtd_is_ever_read(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        read("ups", body)
    assert caught.value.reason in (Reason.SYNTAX, Reason.ENCODING)


def test_comments_and_character_data_are_read() -> None:
    xml = fixture("ups_track.xml").decode().replace("STANDARD", "<![CDATA[STAN & DARD]]><!-- x -->")
    assert read("ups", xml.encode()).scans[0].service == "STAN & DARD"
    latin = fixture("ups_track.xml").decode().replace('version="1.0"', 'version="1.0" encoding="ISO-8859-1"')
    assert read("ups", latin.encode("latin-1")).scans == read("ups", fixture("ups_track.xml")).scans


def test_dpd_soap_answers_have_the_number_from_the_address_that_was_asked() -> None:
    with pytest.raises(Rejected) as caught:
        read("dpd", fixture("dpd_soap.xml"))
    assert caught.value.reason is Reason.NO_WAYBILL
    push = Push(fixture("dpd_soap.xml"), query={"waybill": "05000000000009"})
    scans = FORMATS["dpd"].read(push, RECEIVED).scans
    assert [told(scan) for scan in scans] == [
        "dpd 05000000000009 03-03T17:30 picked_up",
        "dpd 05000000000009 03-05T11:45 attempt_failed absent consignee",
    ]
    assert [(scan.place, scan.country, scan.service) for scan in scans] == [
        ("Hamburg", "DE", "DPD CLASSIC"),
        ("Gent", "BE", "DPD CLASSIC"),
    ]


def test_an_error_declaration_retracts_the_scan_of_the_event_that_it_names() -> None:
    departed, *_, declared = read("epcis", fixture("epcis_document.json")).scans
    assert declared.retracts == departed.scan_id
    assert declared.scan_id != departed.scan_id
    assert declared.milestone is Milestone.PENDING  # who knows no retractions takes it for no news
    corrected = fixture("epcis_document.json").replace(b"8000-000000000001", b"8000-000000000009", 1)
    assert read("epcis", corrected).scans[0].scan_id != departed.scan_id


def test_epcis_takes_the_carrier_from_the_address() -> None:
    scans = FORMATS["epcis"].read(Push(fixture("epcis_document.json"), query={"carrier": "SF"}), RECEIVED).scans
    assert {scan.carrier for scan in scans} == {"sf"}


@pytest.mark.parametrize(
    ("identifier", "waybill"),
    [
        ("urn:epc:id:sscc:0614141.1234567890", "106141412345678908"),
        ("https://id.gs1.org/00/106141412345678908", "106141412345678908"),
        ("https://id.gs1.org/401/0614141xyz", "0614141XYZ"),
        ("urn:epc:id:ginc:0614141.xyz3311cba", "0614141.XYZ3311CBA"),
        ("https://example.com/some/path/01/09506000134352/21/7?x=1", "09506000134352-7"),
        ("urn:example:parcel:77", "77"),
    ],
)
def test_gs1_identifiers(identifier: str, waybill: str) -> None:
    assert waybill_of(identifier) == waybill


def test_a_canonical_scan_may_retract_another() -> None:
    line = (
        b'{"carrier":"sf","waybill":"1","happened_at":"2026-03-01T00:00:00Z","milestone":"pending","retracts":"ab12"}'
    )
    assert read("canonical", line).scans[0].retracts == "ab12"


@pytest.mark.parametrize(
    ("tracker", "carrier"),
    [
        (b'{"trackingNumber":"LB000000001CN"}', "china_post"),
        (b'{"trackingNumber":"LB000000001CN","courierCode":["us-post"]}', "usps"),
        (b'{"trackingNumber":"9400000000000000000011"}', "usps"),
        (b'{"trackingNumber":"QX1"}', "china_post"),
    ],
)
def test_one_ship24_tracker_is_one_parcel(tracker: bytes, carrier: str) -> None:
    body = fixture("ship24_webhook.json").replace(b'{"trackerId":"t","trackingNumber":"LB000000001CN"}', tracker)
    scans = read("ship24", body).scans
    assert [scan.carrier for scan in scans] == [carrier] * 2
    assert len({scan.waybill for scan in scans}) == 1
    assert scans[0].facility == "fi-post"  # handed over: the other courier is where, not whose
    assert scans[0].offset_s == 7200


def test_released_marks_of_edifact_are_text() -> None:
    head = b"UNB+UNOC:3+UPS+ME'UNH+1+IFTSTA:D:07B:UN'RFF+CW:1Z?+9'"
    body = head + b"STS+1+X'DTM+78:202603051045:203'FTX+AAO+++It?'s 10?:45 ??'"
    scan = read("iftsta", body).scans[0]
    assert (scan.waybill, scan.text) == ("1Z+9", "It's 10:45 ?")
    other = b"UNA*|.! ~" + b"UNH|1|IFTSTA*D~RFF|CW*7~STS|1|X~DTM|78*202603051045~FTX|AAO|||a:b !| !* c~"
    assert [(scan.waybill, scan.text) for scan in read("iftsta", other).scans] == [("7", "a:b | * c")]


def test_a_place_before_its_status_stays_with_it() -> None:
    head, place = b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:7'", b"LOC+5+%s'"
    status = b"STS+1+X'DTM+78:20260305104%d:203'"
    first = head + place % b"AAA" + status % 1 + status % 2 + place % b"BBB" + status % 3
    assert [scan.place for scan in read("iftsta", first).scans] == ["AAA", "BBB", "BBB"]


def test_the_container_is_told_where_the_format_says_so() -> None:
    packed = read("epcis", fixture("epcis_document.json")).scans[2:4]
    assert [(scan.waybill, scan.container) for scan in packed] == [
        ("0000000.CONS-7", "0000000.00001.9"),
        ("0000000.00001.9", None),
    ]
    taken = fixture("epcis_document.json").replace(b'CONS-7"],"action":"OBSERVE"', b'CONS-7"],"action":"DELETE"')
    assert read("epcis", taken).scans[2].container is None
    bare = fixture("x12_214_bare.edi").replace(b"MS1*Denver*CO*US\n", b"MS1*Denver*CO*US\nMS2*UPSN*TRL-77*TL\n")
    assert read("x12_214", bare).scans[0].container == "TRL-77"
    body = b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:7'STS+1+X'DTM+78:202603051045:203'EQD+CN+TRHU4561222'"
    assert read("iftsta", body).scans[0].container == "TRHU4561222"
    table = "waybill,time,carrier,status,包号\n1,2026-03-05 10:00,zto,in_transit,B-1\n".encode()
    assert read("csv", table).scans[0].container == "B-1"
    line = (
        b'{"carrier":"sf","waybill":"1","happened_at":"2026-03-01T00:00:00Z","milestone":"in_transit","container":"C9"}'
    )
    assert read("canonical", line).scans[0].container == "C9"


def test_times_of_edi_are_in_the_zone_that_their_code_names() -> None:
    segment = b"AT7*X1*NS***20260305*1430*LT"
    for code, hour, assumed in (
        (b"LT", 21, True),
        (b"CT", 20, False),
        (b"UT", 14, False),
        (b"08", 6, False),
        (b"20", 19, False),
    ):
        scan = read("x12_214", fixture("x12_214_bare.edi").replace(segment, segment[:-2] + code)).scans[0]
        assert (scan.happened_at.hour, scan.zone_assumed) == (hour, assumed)
    head = b"UNH+1+IFTSTA:D:07B:UN'RFF+CW:7'STS+1+X'DTM+78:"
    for written, hour, assumed in (
        (b"202603051045:203'", 10, True),
        (b"2603051045:201'", 10, True),
        (b"202603051045CET:303'", 9, False),
        (b"20260305104500?+0800:304'", 2, False),
        (b"20260305:102'", 0, True),
    ):
        scan = read("iftsta", head + written).scans[0]
        assert (scan.happened_at.hour, scan.zone_assumed) == (hour, assumed), written
