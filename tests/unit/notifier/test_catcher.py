"""The mail catcher: one entry a Message-ID, a bounded folder, and pages that run nothing of what a mail brings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest

from notifier import catcher
from notifier.catcher import Inbox

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def mail(number: int, html: str = "<html><head></head><body>你好</body></html>") -> EmailMessage:
    one = EmailMessage()
    one["From"], one["To"] = "Waywarden <a@example.org>", f"c{number}@example.org"
    one["Subject"], one["Message-ID"] = f"包裹 {number}", f"<{number}@example.org>"
    one.set_content("正文")
    one.add_alternative(html, subtype="html")
    return one


def test_a_repeated_mail_is_shown_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    assert inbox.add(mail(1).as_bytes(), NOW) == inbox.add(mail(1, "<p>again</p>").as_bytes(), NOW)
    inbox.add(mail(2).as_bytes(), NOW)
    assert [entry.subject for entry in inbox.entries] == ["包裹 2", "包裹 1"]
    assert inbox.repeats == 1


def test_it_survives_a_restart_and_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catcher, "KEEP", 3)
    inbox = Inbox(tmp_path)
    for number in range(5):
        inbox.add(mail(number).as_bytes(), NOW + timedelta(seconds=number))
    again = Inbox(tmp_path)
    assert sorted(entry.subject for entry in again.entries) == ["包裹 2", "包裹 3", "包裹 4"]
    assert len(list(tmp_path.iterdir())) == 3


def test_nobody_else_on_the_machine_may_read_it(tmp_path: Path) -> None:
    Inbox(tmp_path / "data" / "mail")
    assert (tmp_path / "data" / "mail").stat().st_mode & 0o077 == 0


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[tuple[int, int]]:
    stop = asyncio.Event()
    listening: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(catcher.run(0, 0, stop, tmp_path, listening=listening))
    done, _ = await asyncio.wait([running, listening], return_when=asyncio.FIRST_COMPLETED)
    if running in done:
        running.result()
    yield listening.result()
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_from_smtp_to_the_page(ports: tuple[int, int]) -> None:
    smtp, http = ports
    bad = "<html><head></head><body><script>alert(1)</script>你好</body></html>"
    for one in (mail(1), mail(1), mail(2, bad)):
        await aiosmtplib.send(one, hostname="127.0.0.1", port=smtp, start_tls=False)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{http}") as session:
        listing = await (await session.get("/")).text()
        assert listing.count("<li>") == 2
        mails = await (await session.get("/mails.json")).json()
        key = mails["mails"][0]["key"]
        view = await session.get(f"/mail/{key}")
        page = await view.text()
        assert "<script" not in page and "正文" in page and "sandbox=" in page
        assert "script-src" not in view.headers["content-security-policy"]
        html = await session.get(f"/mail/{key}/html")
        assert "sandbox" in html.headers["content-security-policy"]
        assert "allow-scripts" not in html.headers["content-security-policy"]
        assert "你好" in await html.text()
        source = await session.get(f"/mail/{key}/source")
        assert source.content_type == "text/plain"
        for missing in ("/mail/nope", "/mail/..%2f..%2fetc/source"):
            assert (await session.get(missing)).status == 404
        assert (await session.get("/healthz")).status == 200
