"""How fast payloads become scans, on one core: canonical NDJSON, Kuaidi100 pushes of 10 events, and every fixture.

Texts, waybills and times differ from push to push as they do in life: a few dozen sentences with changing hubs, so that
the caches of the words work as they would. Invariant: measures this process only; needs no service.
May import: carriers, the standard library.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_from_bytes

import msgspec

from bench.report import write
from carriers.format import Push
from carriers.registry import FORMATS

RECEIVED = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
ROUNDS = 9
_HUBS = [
    f"{town}{kind}"
    for town in "杭州 苏州 成都 武汉 西安 郑州 长沙 南昌".split()
    for kind in ("转运中心", "集散中心", "营业点")
]
_SENTENCES = (
    "【{0}】的快递员已揽收，电话138****0000",
    "快件离开【{0}】，正发往【{1}】",
    "快件到达【{0}】",
    "【{0}】已发出，下一站【{1}】",
    "快件在【{0}】完成分拣",
    "【{0}】的快递员正在派件，请保持电话畅通，取件码{2}",
    "派送不成功，原因：收件人不在家，改日再派",
    "已签收，签收人：本人签收，感谢使用",
)
_MILESTONES = ("picked_up", "in_transit", "in_transit", "in_transit", "in_transit", "out_for_delivery", "delivered")


def ndjson(lines: int) -> bytes:
    """Give canonical scans, 200 bytes each."""
    began = datetime(2026, 3, 1, tzinfo=UTC)
    return b"\n".join(
        msgspec.json.encode(
            {
                "carrier": ("sf", "zto", "jd")[at % 3],
                "waybill": f"SF{at // 7:013d}",
                "happened_at": began + timedelta(seconds=37 * at),
                "milestone": _MILESTONES[at % 7],
                "facility": _HUBS[at % len(_HUBS)],
                "place": "浙江,杭州市",
                "code": str(at % 7),
                "text": _SENTENCES[at % 7].format(_HUBS[at % len(_HUBS)], _HUBS[(at + 5) % len(_HUBS)], at),
            }
        )
        for at in range(lines)
    )


def kuaidi100(nth: int) -> bytes:
    """Give a push of 10 events as the form in which it comes."""
    began = datetime(2026, 3, 1, 8, tzinfo=UTC) + timedelta(minutes=nth)
    events = []
    for at in range(10):
        words = _SENTENCES[(nth + at) % 8].format(_HUBS[(nth + at) % 24], _HUBS[(nth * 3 + at) % 24], nth)
        stamp = f"{began + timedelta(hours=4 * at):%Y-%m-%d %H:%M:%S}"
        events.append({"time": stamp, "ftime": stamp, "context": words, "areaName": "浙江,杭州市", "status": "在途"})
    result = {"nu": f"YT{nth:013d}", "com": "yuantong", "state": "0", "ischeck": "0", "data": events[::-1]}
    document = msgspec.json.encode({"status": "polling", "lastResult": result})
    return b"sign=0123456789ABCDEF&param=" + quote_from_bytes(document, safe="").encode()


def fastest(wire: str, bodies: Sequence[bytes]) -> tuple[float, int]:
    """Give scans a second, best of the rounds, and the scans of one round. Processor time, so others do not count."""
    found = FORMATS[wire]
    best = float("inf")
    scans = 0
    for _ in range(ROUNDS):
        began = time.process_time()
        scans = sum(len(found.read(Push(body), RECEIVED).scans) for body in bodies)
        best = min(best, time.process_time() - began)
    return scans / best, scans


def main() -> None:
    """Measure and write the result down."""
    canonical, lines = fastest("canonical", [ndjson(10_000)] * 5)
    pushes, events = fastest("kuaidi100", [kuaidi100(nth) for nth in range(2_000)])
    path = write(
        "parse",
        command="python -m bench.parse",
        method=(
            f"best of {ROUNDS} rounds in one process, processor time; canonical: {lines} scans, 10,000 a body; "
            f"Kuaidi100: {events} scans in form-encoded pushes of 10 events; texts vary over 8 sentences and 24 hubs"
        ),
        figures={"canonical_scans_per_s": round(canonical), "kuaidi100_scans_per_s": round(pushes)},
        target="one core: canonical NDJSON at least 200,000 scans/s, Kuaidi100 pushes of 10 at least 40,000 scans/s",
    )
    print(f"canonical {canonical:,.0f} scans/s, Kuaidi100 {pushes:,.0f} scans/s -> {path}")


if __name__ == "__main__":
    main()
