"""The example of the how-to page is run as it stands there, so that it can not go stale."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from carrier_helpers import RECEIVED, told

from carriers import _tables
from carriers.format import Push, Reason

PAGE = Path(__file__).parents[3] / "docs" / "howto-carrier-format.md"


def test_the_example_reads_signs_and_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text("utf-8")
    table, code = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("toml", "python"))
    assert table is not None
    assert code is not None
    assert code[1].count("\n") <= 100
    monkeypatch.setattr(_tables, "read_toml", lambda _name: tomllib.loads(table[1]))
    module: dict[str, object] = {}
    exec(code[1], module)  # noqa: S102  our own page
    wire = module["FORMAT"]
    body = (
        b'{"parcels":[{"number":"a 1","events":[{"code":"DMG","time":"2026-03-01 10:00","kg":"1.5"},{"code":"PU"}]}]}'
    )
    push = wire.sign(body, "s", RECEIVED)
    assert wire.verify(push, ["s"], RECEIVED) is True
    assert wire.verify(Push(body), ["s"], RECEIVED) is False
    reading = wire.read(push, RECEIVED)
    assert [told(scan) for scan in reading.scans] == ["acme A1 03-01T10:00 exception damaged carrier"]
    assert [reject.reason for reject in reading.rejects] == [Reason.BAD_TIME]
