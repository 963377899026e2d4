"""What stands on the topic need not be an event; the reader of the log must hear so in one way only."""

from __future__ import annotations

import msgspec
import pytest

from core.event import decode

_REPORT = b'"report":{"report_id":"r","at":"2026-01-01T00:00:00Z","kind":"damaged"}'


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"type":"other"}',
        b'{"type":"reported","parcel_id":"sf:\xff",' + _REPORT + b"}",
        b'{"type":"reported","parcel_id":"sf:\\ud800",' + _REPORT + b"}",
        b'{"type":"reported","parcel_id":"sf:1","x":' + b"[" * 50_000 + b"]" * 50_000 + b"," + _REPORT + b"}",
    ],
    ids=["empty", "list", "tag", "not utf-8", "half a surrogate", "nested"],
)
def test_whatever_is_no_event_is_a_decode_error(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(raw)
