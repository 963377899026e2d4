"""Realistic scans for measurements: journeys of eight scans, interleaved, some late, a few with something wrong.

Invariant: the same seed gives the same events. May import: core.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from core.event import Scanned, encode
from core.scan import Detail, Milestone, Scan, parcel_id_of, scan_id_of

SCANS_EACH = 8
_CITIES = ("杭州", "成都", "上海", "广州", "武汉", "西安", "北京", "深圳", "南京", "郑州")
_STEPS: tuple[tuple[float, Milestone, Detail | None, str, str], ...] = (
    (30.0, Milestone.ANNOUNCED, None, "10", "【{a}】商家已下单，等待揽收"),
    (28.0, Milestone.PICKED_UP, None, "50", "【{a}】快件已被揽收，揽收员工号 0571{n:04d}"),
    (24.0, Milestone.IN_TRANSIT, Detail.DEPARTED, "30", "快件在【{a}转运中心】完成分拣，准备发往【{b}转运中心】"),
    (14.0, Milestone.IN_TRANSIT, Detail.ARRIVED, "31", "快件到达【{b}转运中心】，车次 ZH{n:06d}"),
    (10.0, Milestone.IN_TRANSIT, Detail.DEPARTED, "36", "快件已从【{b}转运中心】发出，下一站【{b}高新营业点】"),
    (6.0, Milestone.IN_TRANSIT, Detail.ARRIVED, "31", "快件到达【{b}高新营业点】"),
    (4.0, Milestone.OUT_FOR_DELIVERY, None, "44", "快件交给快递员派送，联系站点查询，工号 028{n:05d}"),
    (1.0, Milestone.DELIVERED, None, "80", "您的快件已签收，签收人凭取货码签收，感谢使用"),
)
_DAMAGED = "外包装破损，已拍照登记，联系寄件人处理中"
_ABSENT = "派送不成功，收件人不在家，约定次日再次派送"


def _journey(n: int, announced: datetime, draw: random.Random, wrong: float) -> list[Scan]:
    waybill = f"SF{1_400_000_000_000 + n}"
    a, b = draw.sample(_CITIES, 2)
    trouble = draw.random()
    scans = []
    for nth, (hours, milestone, detail, code, text) in enumerate(_STEPS):
        at = (announced + timedelta(hours=_STEPS[0][0] - hours, seconds=draw.uniform(0, 1800))).replace(microsecond=0)
        words = text.format(a=a, b=b, n=n % 10_000)
        if nth == 5 and trouble < wrong / 2:
            milestone, detail, code, words = Milestone.EXCEPTION, Detail.DAMAGED, "33", _DAMAGED
        elif nth == 6 and wrong / 2 <= trouble < wrong:
            milestone, detail, code, words = Milestone.ATTEMPT_FAILED, Detail.ABSENT, "70", _ABSENT
        facility = f"{a if nth < 3 else b}转运中心"
        scans.append(
            Scan(
                scan_id=scan_id_of("sf", waybill, at, code, words, facility),
                carrier="sf",
                waybill=waybill,
                happened_at=at,
                milestone=milestone,
                source="sf",
                detail=detail,
                facility=facility,
                place=a if nth < 3 else b,
                country="CN",
                offset_s=28_800,
                zone_assumed=True,
                code=code,
                text=words,
                promised_at=announced + timedelta(hours=40) if nth == 0 else None,
            )
        )
    return scans


def scanned(
    parcels: int, now: datetime, *, seed: int = 1, wrong: float = 0.03, late: float = 0.02, days: float = 3
) -> Iterator[tuple[bytes, bytes, int]]:
    """Give key, value and arrival (milliseconds) of one event a scan, in the order of arrival, the last one at `now`.

    `wrong`: the share of parcels that are damaged or not delivered at the first attempt; `late`: of scans that come
    hours after the one that happened after them. New parcels start evenly over `days`.
    """
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    events: list[tuple[float, int, bytes, bytes]] = []
    first = now - timedelta(days=days)
    for n in range(parcels):
        announced = first + timedelta(days=days * draw.random()) - timedelta(hours=_STEPS[0][0] + 1)
        for scan in _journey(n, announced, draw, wrong):
            delay = draw.uniform(5 * 3600, 12 * 3600) if draw.random() < late else draw.uniform(1, 120)
            arrival = min(now, scan.happened_at + timedelta(seconds=delay))
            parcel_id = parcel_id_of("sf", scan.waybill)
            value = encode(Scanned(parcel_id=parcel_id, received_at=arrival, scans=(scan,)))
            events.append((arrival.timestamp(), len(events), parcel_id.encode(), value))
    events.sort()
    for at, _, key, value in events:
        yield key, value, int(at * 1000)
