"""Every format as a form to be filled in, so that one test can say the same thing to all of them.

A form has the frame of a parcel and of an event, how it writes times, and a code and words for three steps of a way.
`$parcels` is the bundle's place for parcels, where a payload can hold several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from string import Template
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["moved", "out", "delivered"]
Told = tuple[datetime, Step]
"""An event: when (aware), and what."""

LOCAL = "%Y-%m-%d %H:%M:%S"
WITH_T = "%Y-%m-%dT%H:%M:%S"
WORLD = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Form:
    """`zone`: whose local time is written. `time`: strftime, or `s` and `ms` for the epoch's seconds."""

    wire: str
    name: str
    event: str
    parcel: str
    codes: tuple[str, str, str]
    words: tuple[str, str, str] = ("Departed facility", "Out for delivery", "Delivered")
    time: str = WITH_T
    date: str = "%Y-%m-%d"
    clock: str = "%H:%M:%S"
    zone: str = "UTC"
    between: str = ","
    bundle: str = ""
    between_parcels: str = ","
    waybill: str = "1Z00000000000077"

    def event_of(self, when: datetime, step: Step, time: str | None = None, waybill: str | None = None) -> str:
        """Write an event. `time` stands in place of the moment as it is, quotes and all."""
        at = ("moved", "out", "delivered").index(step)
        local = when.astimezone(ZoneInfo(self.zone))
        written = {"s": f"{when.timestamp():.0f}", "ms": f"{when.timestamp() * 1000:.0f}"}.get(
            self.time, local.strftime(self.time)
        )
        return Template(self.event).substitute(
            time=written if time is None else time,
            date=local.strftime(self.date),
            clock=local.strftime(self.clock),
            code=self.codes[at],
            words=self.words[at],
            waybill=waybill or self.waybill,
            serial=f"{when.timestamp():.0f}{at}",
        )

    def body(self, events: Sequence[Told], waybill: str | None = None) -> bytes:
        """Write a payload of one parcel."""
        return self.bundled([(waybill or self.waybill, events)])

    def bundled(self, parcels: Sequence[tuple[str, Sequence[Told]]]) -> bytes:
        """Write a payload of several parcels; of one where the form holds no more."""
        written = [
            self.parcel_of([self.event_of(when, step, waybill=waybill) for when, step in events], waybill)
            for waybill, events in parcels
        ]
        return Template(self.bundle or "$parcels").substitute(parcels=self.between_parcels.join(written)).encode()

    def parcel_of(self, events: Sequence[str], waybill: str | None = None) -> str:
        """Write a parcel of events that are written already."""
        return Template(self.parcel).substitute(waybill=waybill or self.waybill, events=self.between.join(events))

    def raw(self, events: Sequence[str]) -> bytes:
        """Write a payload of one parcel of events that are written already."""
        return Template(self.bundle or "$parcels").substitute(parcels=self.parcel_of(events)).encode()


CHINESE = ("快件离开【绍兴转运中心】，发往【合肥转运中心】", "快件正在派送途中", "已签收")
SHANGHAI = "Asia/Shanghai"
UPS_TRACK = Form(
    "ups",
    "ups_track_json",
    '{"location":{"address":{"countryCode":"US"}},"status":{"type":"X","description":"$words","statusCode":"$code"},'
    '"date":"$date","time":"$clock","gmtDate":"$date","gmtTime":"$clock","gmtOffset":"+00:00"}',
    '{"trackingNumber":"$waybill","activity":[$events]}',
    ("005", "021", "011"),
    date="%Y%m%d",
    clock="%H%M%S",
    bundle='{"trackResponse":{"shipment":[{"package":[$parcels]}]}}',
)
FORMS = [
    Form(
        "canonical",
        "canonical",
        '{"carrier":"ups","waybill":"$waybill","happened_at":"$time","milestone":"$code","text":"$words"}',
        "$events",
        ("in_transit", "out_for_delivery", "delivered"),
        time=WORLD,
        between="\n",
        bundle="$parcels",
        between_parcels="\n",
    ),
    Form(
        "kuaidi100",
        "kuaidi100",
        '{"ftime":"$time","context":"$words","statusCode":"$code"}',
        '{"status":"polling","lastResult":{"nu":"$waybill","com":"zhongtong","data":[$events]}}',
        ("0", "5", "3"),
        CHINESE,
        time=LOCAL,
        zone=SHANGHAI,
        waybill="75000000000077",
    ),
    Form(
        "kdniao",
        "kdniao",
        '{"AcceptTime":"$time","AcceptStation":"$words","Action":"$code"}',
        '{"ShipperCode":"ZTO","LogisticCode":"$waybill","Success":true,"Traces":[$events]}',
        ("2", "202", "3"),
        CHINESE,
        time=LOCAL,
        zone=SHANGHAI,
        bundle='{"Data":[$parcels]}',
        waybill="75000000000077",
    ),
    Form(
        "sf",
        "sf_push_json",
        '{"mailno":"$waybill","acceptTime":"$time","opCode":"$code","remark":"$words","id":"$serial"}',
        "$events",
        ("30", "44", "80"),
        ("快件在【绍兴转运中心】已装车，准备发往【合肥转运中心】", *CHINESE[1:]),
        time=LOCAL,
        zone=SHANGHAI,
        bundle='{"Body":{"WaybillRoute":[$parcels]}}',
        waybill="SF0000000000077",
    ),
    Form(
        "sf",
        "sf_push_xml",
        '<WaybillRoute id="$serial" mailno="$waybill" acceptTime="$time" opCode="$code" remark="$words"/>',
        "$events",
        ("30", "44", "80"),
        CHINESE,
        time=LOCAL,
        zone=SHANGHAI,
        between="",
        bundle='<Request service="RoutePushService"><Body>$parcels</Body></Request>',
        between_parcels="",
        waybill="SF0000000000077",
    ),
    Form(
        "17track",
        "17track",
        '{"time_iso":"$time","description":"$words","sub_status":"$code"}',
        '{"number":"$waybill","carrier":100002,"track_info":{"tracking":{"providers":[{"events":[$events]}]}}}',
        ("InTransit_Departure", "OutForDelivery_Other", "Delivered_Other"),
        time=WORLD,
        bundle='{"code":0,"data":{"accepted":[$parcels]}}',
    ),
    Form(
        "aftership",
        "aftership",
        '{"slug":"ups","message":"$words","subtag":"$code","checkpoint_time":"$time"}',
        '{"tracking_number":"$waybill","slug":"ups","checkpoints":[$events]}',
        ("InTransit_007", "OutForDelivery_001", "Delivered_001"),
        time=WORLD,
        bundle='{"meta":{"code":200},"data":{"trackings":[$parcels]}}',
    ),
    Form(
        "easypost",
        "easypost",
        '{"object":"TrackingDetail","message":"$words","status":"$code","datetime":"$time"}',
        '{"object":"Tracker","tracking_code":"$waybill","carrier":"UPS","tracking_details":[$events]}',
        ("in_transit", "out_for_delivery", "delivered"),
        time=WORLD,
        bundle='{"trackers":[$parcels]}',
    ),
    UPS_TRACK,
    Form(
        "ups",
        "ups_track_xml",
        "<Activity><Status><StatusType><Code>$code</Code><Description>$words</Description></StatusType></Status>"
        "<Date>$date</Date><Time>$clock</Time></Activity>",
        "<Package><TrackingNumber>$waybill</TrackingNumber>$events</Package>",
        ("I", "I", "D"),
        date="%Y%m%d",
        clock="%H%M%S",
        zone="America/New_York",
        between="",
        bundle="<TrackResponse><Response><ResponseStatusCode>1</ResponseStatusCode></Response>"
        "<Shipment>$parcels</Shipment></TrackResponse>",
        between_parcels="",
    ),
    Form(
        "fedex",
        "fedex_json",
        '{"date":"$time","eventType":"$code","eventDescription":"$words"}',
        '{"trackingNumber":"$waybill","trackResults":[{"trackingNumberInfo":{"trackingNumber":"$waybill"},'
        '"scanEvents":[$events]}]}',
        ("DP", "OD", "DL"),
        time="%Y-%m-%dT%H:%M:%S+00:00",
        bundle='{"output":{"completeTrackResults":[$parcels]}}',
        waybill="000000000077",
    ),
    Form(
        "fedex",
        "fedex_xml",
        "<Events><Timestamp>$time</Timestamp><EventType>$code</EventType><EventDescription>$words</EventDescription>"
        "</Events>",
        "<TrackDetails><TrackingNumber>$waybill</TrackingNumber>$events</TrackDetails>",
        ("DP", "OD", "DL"),
        time="%Y-%m-%dT%H:%M:%S+00:00",
        between="",
        bundle="<TrackReply><CompletedTrackDetails>$parcels</CompletedTrackDetails></TrackReply>",
        between_parcels="",
        waybill="000000000077",
    ),
    Form(
        "usps",
        "usps_json",
        '{"eventType":"$words","eventTimestamp":"$time","GMTTimestamp":"${time}Z","eventCode":"$code"}',
        '{"trackingNumber":"$waybill","trackingEvents":[$events]}',
        ("NT", "OF", "01"),
        bundle="[$parcels]",
        waybill="9400000000000000000077",
    ),
    Form(
        "usps",
        "usps_xml",
        "<TrackDetail><EventTime>$clock</EventTime><EventDate>$date</EventDate><Event>$words</Event>"
        "<EventCode>$code</EventCode></TrackDetail>",
        '<TrackInfo ID="$waybill">$events</TrackInfo>',
        ("NT", "OF", "01"),
        date="%B %d, %Y",
        clock="%I:%M %p",
        zone="America/New_York",
        between="",
        bundle="<TrackResponse>$parcels</TrackResponse>",
        between_parcels="",
        waybill="9400000000000000000077",
    ),
    Form(
        "dhl",
        "dhl_unified",
        '{"timestamp":"$time","statusCode":"$code","status":"$words","description":"$words"}',
        '{"id":"$waybill","service":"express","events":[$events]}',
        ("transit", "transit", "delivered"),
        time=WORLD,
        bundle='{"shipments":[$parcels]}',
        waybill="0000000077",
    ),
    Form(
        "dhl",
        "dhl_mydhl",
        '{"date":"$date","time":"$clock","GMTOffset":"+00:00","typeCode":"$code","description":"$words"}',
        '{"shipmentTrackingNumber":"$waybill","events":[$events]}',
        ("DF", "WC", "OK"),
        bundle='{"shipments":[$parcels]}',
        waybill="0000000077",
    ),
    Form(
        "dhl",
        "dhl_xml",
        "<ShipmentEvent><Date>$date</Date><Time>$clock</Time><ServiceEvent><EventCode>$code</EventCode>"
        "<Description>$words</Description></ServiceEvent><ServiceArea><Description>MILAN - ITALY</Description>"
        "</ServiceArea></ShipmentEvent>",
        "<AWBInfo><AWBNumber>$waybill</AWBNumber><ShipmentInfo>$events</ShipmentInfo></AWBInfo>",
        ("DF", "WC", "OK"),
        zone="Europe/Rome",
        between="",
        bundle="<TrackingResponse>$parcels</TrackingResponse>",
        between_parcels="",
        waybill="0000000077",
    ),
    Form(
        "canada_post",
        "canada_post",
        "<occurrence><event-identifier>$code</event-identifier><event-date>$date</event-date>"
        "<event-time>$clock</event-time><event-time-zone>EST</event-time-zone>"
        "<event-description>$words</event-description></occurrence>",
        "<tracking-detail><pin>$waybill</pin><significant-events>$events</significant-events></tracking-detail>",
        ("0100", "0500", "1421"),
        zone="Etc/GMT+5",
        between="",
        waybill="0000000000000077",
    ),
    Form(
        "x12_214",
        "x12_214",
        "AT7*$code*NS***$date*$clock*UT~",
        "ST*214*0001~B10*$waybill**UPSN~LX*1~${events}SE*9*0001~",
        ("P1", "AJ", "D1"),
        date="%Y%m%d",
        clock="%H%M%S",
        between="",
        bundle="ISA*00*          *00*          *ZZ*CARRIER        *ZZ*SHOP           "
        "*260305*0900*U*00401*000000001*0*P*>~"
        "GS*QM*CARRIER*SHOP*20260305*0900*1*X*004010~${parcels}GE*1*1~IEA*1*000000001~",
        between_parcels="",
    ),
    Form(
        "iftsta",
        "iftsta",
        "STS+1+$code'DTM+78:$time:204'FTX+AAO+++$words'",
        "UNH+1+IFTSTA:D:07B:UN'RFF+CW:$waybill'CNI+1'${events}UNT+8+1'",
        ("X", "X", "X"),
        time="%Y%m%d%H%M%S",
        zone="America/New_York",
        between="",
        bundle="UNB+UNOC:3+UPS+SHOP+260305:0900+1'${parcels}UNZ+1+1'",
        between_parcels="",
    ),
    Form(
        "ship24",
        "ship24",
        '{"trackingNumber":"$waybill","status":"$words","occurrenceDatetime":"$time","utcOffset":"+00:00",'
        '"courierCode":"ups","statusMilestone":"$code"}',
        '{"tracker":{"trackingNumber":"$waybill"},"events":[$events]}',
        ("in_transit", "out_for_delivery", "delivered"),
        bundle='{"trackings":[$parcels]}',
    ),
    Form(
        "cainiao",
        "cainiao",
        '{"actionCode":"$code","time":$time,"standerdDesc":"$words"}',
        '{"mailNo":"$waybill","detailList":[$events]}',
        ("LH_DEPART", "GTMS_DO_DEPART", "GTMS_SIGNED"),
        time="ms",
        bundle='{"module":[$parcels]}',
        waybill="LP00000000000077",
    ),
    Form(
        "shopee",
        "shopee",
        '{"tracking_code":"$code","tracking_name":"$words","actual_time":$time}',
        '{"sls_tracking_info":{"sls_tn":"$waybill","records":[$events]}}',
        ("F441", "F600", "F980"),
        time="s",
        waybill="TW000000000077",
    ),
    Form(
        "shippo",
        "shippo",
        '{"status":"$code","status_details":"$words","status_date":"$time"}',
        '{"carrier":"ups","tracking_number":"$waybill","tracking_history":[$events]}',
        ("TRANSIT", "TRANSIT", "DELIVERED"),
        time=WORLD,
        bundle='{"results":[$parcels]}',
    ),
    Form(
        "shipengine",
        "shipengine",
        '{"occurred_at":"$time","description":"$words","status_detail_code":"$code"}',
        '{"tracking_number":"$waybill","carrier_code":"ups","events":[$events]}',
        ("IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"),
        time=WORLD,
    ),
    Form(
        "karrio",
        "karrio",
        '{"timestamp":"$time","description":"$words","status":"$code"}',
        '{"tracking_number":"$waybill","carrier_name":"ups","events":[$events]}',
        ("in_transit", "out_for_delivery", "delivered"),
        time=WORLD,
        bundle='{"results":[$parcels]}',
    ),
    Form(
        "amazon",
        "amazon",
        '{"eventCode":"$code","eventTime":"$time"}',
        '{"payload":{"trackingId":"$waybill","eventHistory":[$events]}}',
        ("Departed", "OutForDelivery", "Delivered"),
        time=WORLD,
        waybill="TBA000000000077",
    ),
    Form(
        "gls",
        "gls",
        '{"code":"$code","description":"$words","eventDateTime":"$time"}',
        '{"requested":"$waybill","unitno":"$waybill","events":[$events]}',
        ("INTRANSIT", "OUTDEL", "DELIVD"),
        time="%Y-%m-%dT%H:%M:%S+0000",
        bundle='{"parcels":[$parcels]}',
        waybill="00000000077",
    ),
    Form(
        "dpd",
        "dpd",
        '{"date":"$time","scanData":{"scanType":{"name":"$code"}},"scanDescription":{"content":["$words"]}}',
        '{"shipmentInfo":{"parcelLabelNumber":"$waybill"},"scanInfo":{"scan":[$events]}}',
        ("ON_THE_ROAD", "OUT_FOR_DELIVERY", "DELIVERED"),
        zone="Europe/Berlin",
        bundle='{"parcelLifeCycleData":[$parcels]}',
        waybill="05000000000077",
    ),
    Form(
        "epcis",
        "epcis",
        '{"type":"ObjectEvent","eventID":"urn:uuid:$serial-$waybill","eventTime":"$time","eventTimeZoneOffset":"+00:00",'
        '"epcList":["https://id.gs1.org/00/$waybill"],"action":"OBSERVE","bizStep":"$code"}',
        "$events",
        ("departing", "loading", "retail_selling"),
        time=WORLD,
        bundle='{"type":"EPCISDocument","epcisBody":{"eventList":[$parcels]}}',
        waybill="000000000000000777",
    ),
    Form(
        "csv",
        "csv",
        "$waybill,$time,ups,$code,$words",
        "$events",
        ("in_transit", "out_for_delivery", "delivered"),
        time=WORLD,
        between="\n",
        bundle="waybill,time,carrier,status,text\n$parcels",
        between_parcels="\n",
    ),
]
BY_NAME = {form.name: form for form in FORMS}
"""The forms by their own name; a format may have several."""


def with_time(form: Form, time: str) -> Form:
    """Give the form with another way to write times."""
    return replace(form, time=time)
