"""E-mail by SMTP: text and HTML in one message, connections kept and reused.

Invariant: the Message-ID is made of the delivery's id, so a repeated message is recognised as the same one.
May import: aiosmtplib, notifier.channel, notifier.render.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from notifier.channel import Failed, Message, Sent
from notifier.render import Renderer, stop_link

_TIMEOUT_S = 20.0  # of one whole send; well under the lease
_IDLE_S = 30.0  # servers drop idle clients after a while: do not find out by a failed send


class _Whole(UnstructuredHeader, BaseHeader):
    """A header that is one word: the library would encode a long one, and no mail program would read it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Whole)
_POLICY = SMTP.clone(header_factory=_HEADERS)
_OURS = {421, 454, 530, 534, 535, 538}  # their refusal of us, not of the message


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed over."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Read `smtp[s]://[user:pass@]host[:port]`. Raises ValueError in plain words."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("WAYWARDEN_SMTP_URL: smtp[s]://[user:pass@]host:port")
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
        )


class EmailChannel:
    """Sends e-mail. `now` is the monotonic clock in seconds, for idle connections."""

    name = "email"

    def __init__(
        self,
        server: SmtpServer,
        mail_from: str,
        renderer: Renderer,
        monotonic: Callable[[], float],
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        name, address = parseaddr(mail_from)
        if "@" not in address:
            raise ValueError("WAYWARDEN_MAIL_FROM: Name <mailbox@domain>")
        self._server = server
        self._from = Address(display_name=name, addr_spec=address)
        self._renderer = renderer
        self._monotonic = monotonic
        self._timeout_s = timeout_s
        # Never more than are under way at once: each goes back here or is closed.
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    def compose(self, message: Message) -> EmailMessage:
        """Make the mail. Raises ValueError for an address or subject that no mail can have."""
        if message.parts is None or message.link is None:
            raise ValueError("a mail needs its parts and its link")
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = self._from
        mail["To"] = Address(addr_spec=message.recipient)
        mail["Subject"] = message.parts.subject
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = f"<{message.key}@{self._from.domain}>"
        mail["Content-Language"] = message.language
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["List-Unsubscribe"] = f"<{stop_link(message.link)}>"
        if message.link.startswith("https://"):
            # One click (RFC 8058) is for https alone.
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(self._renderer.text(message.parts, message.link, message.links), cte="quoted-printable")
        mail.add_alternative(
            self._renderer.html(message.parts, message.link, message.links), subtype="html", cte="quoted-printable"
        )
        return mail

    async def send(self, message: Message) -> Sent | Failed:
        """Hand one mail to the server."""
        try:
            mail = self.compose(message)
        except (ValueError, IndexError):
            # The parser's words would quote the address.
            return Failed(permanent=True, reason="bad_address")
        client: aiosmtplib.SMTP | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                client = await self._connected()
                if message.recipient.isascii():
                    # The library's send_message would parse and fold all headers once more.
                    _, answer = await client.sendmail(self._from.addr_spec, [message.recipient], mail.as_bytes())
                else:
                    _, answer = await client.send_message(mail)
            self._idle.append((self._monotonic(), client))
            client = None
            return Sent(_queue_id(answer))
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0].code)
        except aiosmtplib.SMTPResponseException as error:
            if isinstance(error, aiosmtplib.SMTPConnectError):
                return Failed(permanent=False, reason=f"smtp_{error.code}")
            return _refused(error.code)
        except aiosmtplib.SMTPNotSupported:
            return Failed(permanent=True, reason="smtp_not_supported")
        except TimeoutError:
            return Failed(permanent=False, reason="timeout")
        except (OSError, aiosmtplib.SMTPException):
            return Failed(permanent=False, reason="connection")
        finally:
            if client is not None:
                client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        while self._idle:
            since, client = self._idle.pop()
            if client.is_connected and self._monotonic() - since < _IDLE_S:
                return client
            client.close()
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.username,
            password=self._server.password,
            use_tls=self._server.tls,
            timeout=self._timeout_s,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            _, client = self._idle.pop()
            client.close()


def _refused(code: int) -> Failed:
    return Failed(permanent=code >= 500 and code not in _OURS, reason=f"smtp_{code}")


def _queue_id(answer: str) -> str | None:
    """Keep the server's own id, which stands in its last words, in bounded length."""
    return answer.strip()[:200] or None
