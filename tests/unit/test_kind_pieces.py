"""A kind of exception is whole: rule, words in three languages, page, message, webhook, back-test, and why it is so.

docs/howto-exception-kind.md walks through them; it must name every file in which its example stands.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from api.track.view import STAFF_ONLY
from backtest.judge import RULES
from core.finding import Kind
from core.policy_file import KEYS, OverrideFile

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh-CN", "zh-TW")
POLICY: dict[str, Any] = tomllib.loads((ROOT / "policy" / "default.toml").read_text("utf-8"))["kinds"]
EXAMPLE = re.compile("customs_hold|CUSTOMS_HOLD")
BY_PROMISE = {Kind.LATE, Kind.PREDICTED_LATE}
"""Judged by the promise, without labels."""
NOT_JUDGED = {
    Kind.THOROUGHLY_DELAYED: "a count of days: it is right by definition",
    Kind.CLAIM_CLOSING: "a date in a contract",
    Kind.NOT_RECEIVED: "the consumer's own word",
}

every_kind = pytest.mark.parametrize("kind", Kind)


def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def tables(path: str) -> dict[str, Any]:
    return tomllib.loads(text(path))


@every_kind
def test_policy_says_how_grave_it_is_and_what_it_sets_off(kind: Kind) -> None:
    rule = POLICY[kind]
    assert kind.value in OverrideFile.__struct_fields__
    assert ("notice" in rule) is (kind not in STAFF_ONLY), "no message is sent of what only staff sees"
    assert "notice" in rule or "case" in rule or kind is Kind.REPACKED, "nobody would ever act on it"
    assert set(KEYS.get(kind, ())) - {"limits"} <= set(rule)


@every_kind
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_has_its_name(kind: Kind, language: str) -> None:
    assert f'"kind.{kind.value}": "' in text(f"web/src/lib/messages/{language}.ts")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in STAFF_ONLY])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_consumer_can_be_told(kind: Kind, language: str) -> None:
    page, messages = tables(f"api/track/i18n/{language}.toml"), tables(f"notifier/templates/{language}.toml")
    for section in ("trouble", "trouble_headline", "trouble_story", "why"):
        assert page[section][kind.value]
    assert messages["kinds"][kind.value]
    for template in filter(None, (POLICY[kind]["notice"], POLICY[kind].get("cleared"))):
        assert messages["templates"][template]["happened"]
        assert template in tables("policy/messages.toml")["templates"]
    assert POLICY[kind]["doing"] in messages["doing"]
    assert f"`parcel.{POLICY[kind]['notice']}`" in text("docs/reference-webhooks.md")


@every_kind
def test_the_back_test_judges_it_or_says_why_not(kind: Kind) -> None:
    assert (kind.value in RULES) is (kind not in BY_PROMISE and kind not in NOT_JUDGED)


@every_kind
def test_why_it_is_so_is_written_down(kind: Kind) -> None:
    assert f"`{kind.value}`" in text("docs/decisions/detection.md")


def test_the_how_to_names_every_file_of_its_example() -> None:
    page = text("docs/howto-exception-kind.md")
    named = set(re.findall(r"`([a-z][\w/.-]+\.\w+)`", page))
    missing = [path for path in named if "/" in path and not (ROOT / path).exists()]
    assert missing == []
    folders = ("api", "backtest", "core", "notifier", "ops", "policy", "pull", "runtime", "sim", "store")
    folders += ("stream", "web/src", "migrations")
    found = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".toml", ".ts", ".svelte", ".sql", ".yml") and EXAMPLE.search(path.read_text("utf-8"))
    }
    assert found - named == set()
