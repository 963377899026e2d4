"""What the tests of the back-test write logs with: hours after one Monday."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backtest.log import Files, read_log
from backtest.main import Options, backtest, truth_of
from backtest.report import Report
from core.event import Event
from core.policy import Policy
from runtime.policy import read_policy

POLICY: Policy = read_policy()
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
Line = dict[str, Any]


def at(hours: float) -> str:
    return (MONDAY + timedelta(hours=hours)).isoformat()


def registered(waybill: str, hours: float, promised: float, **more: Any) -> Line:
    return {"carrier": "yto", "waybill": waybill, "registered_at": at(hours), "promised_at": at(promised), **more}


def scan(waybill: str, hours: float, milestone: str, heard: float | None = None, **more: Any) -> Line:
    received = at(hours if heard is None else heard)
    return {
        "carrier": "yto", "waybill": waybill, "received_at": received, "happened_at": at(hours),
        "milestone": milestone, **more,
    }  # fmt: skip


def write(folder: Path, **files: list[Line]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return folder


def events(folder: Path, notes: list[str] | None = None, sort: bool = False) -> list[Event]:
    said = notes if notes is not None else []
    return list(read_log(Files.of([folder]), said.append, sort))


def run(folder: Path, other: Policy | None = None, policy: Policy = POLICY, warm: float = 0) -> Report:
    files = Files.of([folder])

    def again() -> Iterator[Event]:
        return read_log(files, lambda _: None)

    options = Options(warm=timedelta(days=warm))
    return backtest("a log", again, policy, options, truth=truth_of(files, lambda _: None), other=other)
