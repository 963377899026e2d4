"""The page for shops says what is sent: every event, every field, the signature, the schedule."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

from core.finding import Diagnosis, Evidence, Finding, Kind, Severity
from core.notice import of_exception
from core.parcel import empty
from core.reconcile import reconcile
from notifier.notice import Notice
from notifier.router import webhook_body
from notifier.rules import read_rules
from notifier.schedule import DELAYS_S
from runtime.policy import read_policy

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference-webhooks.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_every_event_stands_there_and_no_other() -> None:
    wanted = {f"parcel.{name}" for name, template in read_rules().templates.items() if "shop" in template.to}
    assert set(re.findall(r"^\| `(parcel\.\w+)`", PAGE, re.MULTILINE)) == wanted


def test_the_example_has_every_field_and_no_other() -> None:
    example = json.loads(PAGE.partition("```json")[2].partition("```")[0])
    notice = Notice(
        notice_id="n", parcel_id="sf:1", exception_id="e", case_id=None, template="stalled", data={}, at=NOW
    )
    real = webhook_body(notice)
    assert example.keys() == real.keys()
    assert example["data"].keys() == real["data"].keys()
    assert example["type"] == real["type"]


def test_the_details_are_those_of_the_core() -> None:
    finding = Finding(
        kind=Kind.STALLED, severity=Severity.MINOR, since=NOW, evidence=Evidence(rule="stalled", source="test")
    )
    [record] = reconcile("sf:1", (), Diagnosis(findings=(finding,), due_at=None), NOW, lambda _: True).records
    notice = of_exception(empty("sf:1", "sf", "1"), record, finding, "stalled", None, NOW, read_policy())
    example = json.loads(PAGE.partition("```json")[2].partition("```")[0])
    assert example["data"]["details"].keys() == notice.data.keys()


def test_the_example_signature_is_right() -> None:
    said = re.search(r"secret `(\S+)`, the id `(\S+)`, the timestamp\s`(\d+)` and the body `(\S+)` give `(\S+)`", PAGE)
    assert said is not None
    secret, key, at, body, signature = said.groups()
    assert Webhook(secret).sign(key, datetime.fromtimestamp(int(at), UTC), body) == signature


def test_the_schedule_is_the_one_that_is_kept() -> None:
    said = re.search(r"ten tries in all: after (.+?), each up to a fifth later", PAGE)
    assert said is not None
    units = {"s": 1, "min": 60, "h": 3600}
    delays = [int(n) * units[unit] for n, unit in (one.split() for one in said[1].split(", "))]
    assert [0, *delays] == list(DELAYS_S)
