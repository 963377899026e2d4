"""The demo's mail catcher: takes all mail by SMTP, delivers none, and shows it on an inbox page.

A demo tool, not part of the service: therefore aiohttp.web is used here, outside of `api`, and mails lie in clear on
the disk. Invariant: one entry a Message-ID, however often it is sent; at most `KEEP` mails, the oldest go first; what
stands in a mail runs no script here. May import: aiohttp, aiosmtpd, jinja2, structlog.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import structlog
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

log = structlog.get_logger()

KEEP = 500
_SIZE = 2_000_000  # bytes of one mail
_PAGE = Path(__file__).parent / "templates" / "catcher.html"
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}
# The mail's own HTML: no script, nothing from outside, but links may open a new page.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox"
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One mail in the list."""

    key: str
    at: datetime
    sender: str
    to: str
    subject: str
    language: str


class Inbox:
    """The mails in a folder, newest first in `entries`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: dict[str, Entry] = {}
        self.repeats = 0
        # What consumers are told, with their links, is nobody else's on this machine.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in sorted(folder.glob("*.eml"), key=lambda one: (one.stat().st_mtime_ns, one.name)):
            self._remember(file.stem, file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC))

    @property
    def entries(self) -> list[Entry]:
        """Give the mails, newest first."""
        return list(reversed(self._entries.values()))

    def add(self, raw: bytes, now: datetime) -> str:
        """Keep a mail; one with a Message-ID that is there already changes nothing. Gives its key."""
        message_id = str(_parse(raw)["Message-ID"] or "")
        key = hashlib.sha256(message_id.encode() or raw).hexdigest()[:24]
        if key in self._entries:
            self.repeats += 1
            return key
        fresh = self._folder / f"{key}.part"
        fresh.write_bytes(raw)
        os.replace(fresh, self._folder / f"{key}.eml")
        self._remember(key, raw, now)
        while len(self._entries) > KEEP:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            (self._folder / f"{oldest}.eml").unlink(missing_ok=True)
        return key

    def read(self, key: str) -> EmailMessage | None:
        """Give a mail by its key."""
        if key not in self._entries:
            return None
        return _parse((self._folder / f"{key}.eml").read_bytes())

    def entry(self, key: str) -> Entry | None:
        """Give a mail's line in the list."""
        return self._entries.get(key)

    def _remember(self, key: str, raw: bytes, at: datetime) -> None:
        mail = _parse(raw)
        self._entries[key] = Entry(
            key=key,
            at=at,
            sender=str(mail["From"] or ""),
            to=str(mail["To"] or ""),
            subject=str(mail["Subject"] or ""),
            language=str(mail["Content-Language"] or "en"),
        )


def _parse(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


class _Taker:
    """What aiosmtpd calls."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.content
        # A few kB to the local disk: shorter than handing it to a thread.
        key = self._inbox.add(raw if isinstance(raw, bytes) else (raw or "").encode(), datetime.now(UTC))
        return f"250 2.0.0 kept as {key}"


def pages(inbox: Inbox) -> web.Application:
    """Make the inbox pages."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True)
    page = environment.from_string(_PAGE.read_text(encoding="utf-8"))

    def show(**facts: Any) -> web.Response:
        facts = {"entry": None, "text": "", "has_html": False, "entries": inbox.entries, **facts}
        return web.Response(text=page.render(facts), content_type="text/html", headers=_HEADERS)

    def found(request: web.Request) -> tuple[Entry, EmailMessage]:
        key = request.match_info["key"]
        entry, mail = inbox.entry(key), inbox.read(key)
        if entry is None or mail is None:
            raise web.HTTPNotFound(text="This mail is not here (any more).")
        return entry, mail

    async def listing(_request: web.Request) -> web.Response:
        return show()

    async def view(request: web.Request) -> web.Response:
        entry, mail = found(request)
        return show(entry=entry, text=_part(mail, "plain"), has_html=bool(_part(mail, "html")))

    async def html(request: web.Request) -> web.Response:
        _, mail = found(request)
        body = _part(mail, "html").replace("<head>", '<head><base target="_blank">', 1)
        headers = {**_HEADERS, "content-security-policy": _MAIL_POLICY}
        return web.Response(text=body, content_type="text/html", headers=headers)

    async def source(request: web.Request) -> web.Response:
        _, mail = found(request)
        return web.Response(body=mail.as_bytes(), content_type="text/plain", charset="utf-8", headers=_HEADERS)

    async def as_json(_request: web.Request) -> web.Response:
        body = msgspec.json.encode({"mails": inbox.entries, "repeats": inbox.repeats})
        return web.Response(body=body, content_type="application/json", headers=_HEADERS)

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    app = web.Application()
    app.add_routes(
        [
            web.get("/", listing),
            web.get("/mails.json", as_json),
            web.get("/healthz", healthy),
            web.get("/mail/{key}", view),
            web.get("/mail/{key}/html", html),
            web.get("/mail/{key}/source", source),
        ]
    )
    return app


async def run(
    smtp_port: int,
    http_port: int,
    stop: asyncio.Event,
    folder: Path,
    host: str = "127.0.0.1",
    listening: asyncio.Future[tuple[int, int]] | None = None,
) -> None:
    """Catch mail until `stop` is set. Port 0 takes a free one; `listening` then gets (SMTP port, HTTP port)."""
    inbox = await asyncio.to_thread(Inbox, folder)
    taker = _Taker(inbox)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(taker, hostname="catcher.localhost", data_size_limit=_SIZE, enable_SMTPUTF8=True, loop=loop),
        host,
        smtp_port,
    )
    runner = web.AppRunner(pages(inbox), access_log=None, shutdown_timeout=1)
    try:
        await runner.setup()
        await web.TCPSite(runner, host, http_port).start()
        ports = server.sockets[0].getsockname()[1], runner.addresses[0][1]
        log.info("catcher_started", smtp_port=ports[0], http_port=ports[1])
        if listening is not None:
            listening.set_result(ports)
        await stop.wait()
    finally:
        server.close()
        await runner.cleanup()
