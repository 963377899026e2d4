"""The headers by which mail programs offer to stop messages (RFC 2369, RFC 8058)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.channel import Message
from notifier.channels.email import EmailChannel, SmtpServer
from notifier.render import Parts, Renderer, Section

PARTS = Parts(
    language="zh-TW", subject="包裹會晚到", greeting="您好：", sections=(Section("t", "h", "d"),), expected_label="",
    expected=None, doing_label="", facts=(), button="b", footer="f",
)  # fmt: skip


def compose(link: str) -> bytes:
    channel = EmailChannel(SmtpServer.parse("smtp://127.0.0.1:25"), "W <w@example.org>", Renderer(), lambda: 0.0)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    message = Message(key="k", recipient="a@example.org", language="zh-TW", created_at=now, parts=PARTS, link=link)
    return channel.compose(message).as_bytes()


@pytest.mark.parametrize("host", ["a.example", "a" * 60 + ".parcels.example"])
def test_the_address_stands_whole_on_its_line(host: str) -> None:
    link = f"https://{host}/t/{'x' * 43}"
    lines = compose(link).split(b"\r\n")
    assert f"List-Unsubscribe: <{link}/stop>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert any(line.startswith(b"Subject: =?utf-8?") for line in lines)


def test_one_click_is_for_https_alone() -> None:
    raw = compose("http://127.0.0.1:8080/t/xyz")
    assert b"List-Unsubscribe: <http://127.0.0.1:8080/t/xyz/stop>" in raw
    assert b"One-Click" not in raw
