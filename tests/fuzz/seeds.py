"""What the fuzzer starts from: our own fixtures, also in the forms in which they travel, and remarks of carriers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

from tests.fuzz.target import SEPARATOR
from tests.unit.carriers.carrier_helpers import OF_FORMAT, fixture

ROOT = Path(__file__).resolve().parents[2]
_REMARKS = ROOT / "bench" / "data" / "words"
_HEADERS = (
    b"aftership-hmac-sha256: 5Zt2\nas-signature-hmac-sha256: 5Zt2",
    b"webhook-signature: v1,5Zt2 v1a,x\nwebhook-id: 7\nwebhook-timestamp: 1772971200",
    b"x-hmac-signature: hmac-sha256-hex=00ff",
    b"sign: 00ff",
    b"authorization: Bearer s",
    b"shippo-auth-signature: t=1772971200,v1=00ff",
    b"credential: s",
)
_MAPPING = b"""carrier = "acme"
zone = "Asia/Shanghai"
time_format = "%d.%m.%Y %H:%M"
delimiter = ";"
weight_unit = "g"
[columns]
waybill = ["number", "waybill"]
happened_at = "time"
code = "status"
text = "remark"
weight = "weight"
[codes]
"D" = "delivered"
"X" = "exception lost carrier"
"""
_TABLE = "number;time;status;remark;weight\n1;01.03.2026 10:00;D;已签收;300\n2;02.03.2026 10:00;X;包裹遗失;\n".encode()


def seeds(name: str) -> Iterator[bytes]:
    """Give the seeds of a target."""
    if name in ("words", "places"):
        for path in sorted(_REMARKS.glob("*.tsv")):
            for line in path.read_text("utf-8").splitlines()[1 :: 4 if name == "words" else 12]:
                yield line.split("\t")[3].encode()
        yield "快件离开【青岛转运中心】，正发往【广州番禺转运中心】，电话138****0000".encode()
    elif name == "signatures":
        bodies = [fixture(names[0]) for names in OF_FORMAT.values()]
        for at, headers in enumerate(_HEADERS):
            yield headers + SEPARATOR + bodies[at]
        for body in bodies:
            yield b"\n".join(_HEADERS) + SEPARATOR + body
    elif name == "csv-mapping":
        yield _MAPPING + SEPARATOR + _TABLE
        yield (ROOT / "carriers" / "csv.toml").read_bytes() + SEPARATOR + fixture("table.csv")
    else:
        for file in OF_FORMAT[name]:
            body = fixture(file)
            yield body
            yield b"\xef\xbb\xbf" + body
            if body[:1] == b"{" and name in ("kuaidi100", "kdniao", "sf"):
                field = {"kuaidi100": b"param", "kdniao": b"RequestData", "sf": b"msgData"}[name]
                yield b"sign=00FF&" + field + b"=" + quote_from_bytes(body, safe="").encode()
