from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from runtime import logs


@pytest.fixture
def lines() -> Iterator[Any]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("api", "json", "info", stream)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    "private",
    [
        "li.na@example.com",
        "13812345678",
        "138 1234 5678",
        "+86 13812345678",
        "0912-345-678",
        "+886 912 345 678",
        "+44 20 7946 0958",
    ],
)
def test_what_looks_private_is_redacted_wherever_it_stands(lines: Any, private: str) -> None:
    log = structlog.get_logger()
    log.info("a", text=f"call {private} now", nested={"list": [private]})
    logging.getLogger("library").warning("got %s", private)
    try:
        raise ValueError(f"bad {private}")
    except ValueError:
        log.exception("b")
    assert len(lines()) == 3
    assert private not in json.dumps(lines())
    assert "[redacted]" in lines()[0]["text"]


@pytest.mark.parametrize(
    "kept",
    [
        "SF13812345678",
        "75312345678901",
        "1Z12345E0205271688",
        "2026-11-21T22:00:00Z",
        "127.0.0.1:8080",
        "LP00123456789",
    ],
)
def test_waybills_times_and_addresses_of_machines_stay(lines: Any, kept: str) -> None:
    structlog.get_logger().info("a", value=kept)
    assert lines()[0]["value"] == kept


def test_values_under_secret_names_are_redacted(lines: Any) -> None:
    structlog.get_logger().info("a", password="x1", inner={"Authorization": "Bearer y2"}, token=None)
    line = lines()[0]
    assert line["password"] == "[redacted]" and line["inner"] == {"Authorization": "[redacted]"}
    assert line["token"] is None


def test_every_line_says_service_level_time_and_event(lines: Any) -> None:
    structlog.get_logger().info("scan_accepted", count=3)
    line = lines()[0]
    assert line["service"] == "api" and line["level"] == "info" and line["event"] == "scan_accepted"
    assert line["count"] == 3 and line["timestamp"].endswith("Z")


def test_lines_below_the_level_are_dropped(lines: Any) -> None:
    structlog.get_logger().debug("noise")
    logging.getLogger("library").debug("noise")
    assert lines() == []


def test_values_that_json_does_not_know_do_not_break_a_line(lines: Any) -> None:
    structlog.get_logger().info("a", thing=object(), raw=b"\xff13812345678", deep=[[[[[[[["x"]]]]]]]])
    assert "13812345678" not in json.dumps(lines())
