"""An SMTP sink that counts what arrived, by Message-ID and by recipient.

Invariant: keeps everything it accepted in memory; for measurements only. May import: aiosmtpd.
"""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Start, read `port`, stop.

    `ids` counts arrivals by Message-ID; `seen` maps a Message-ID to (recipient, subject).
    """

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.seen: dict[str, tuple[str, str]] = {}
        self._controller: Any = None
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        mail = message_from_bytes(envelope.content)
        message_id = str(mail["Message-ID"])
        self.ids[message_id] += 1
        self.seen[message_id] = (envelope.rcpt_tos[0], str(make_header(decode_header(str(mail["Subject"])))))
        return "250 OK"

    def start(self, port: int) -> None:
        """Listen on a loopback port."""
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()
        self.port = port

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()
