"""One HTTP request out, one whole reply or a word of trouble back.

Invariant: no redirect is followed, no proxy or cookie used, a body is read whole and bounded, every request ends
within its time; nothing of a request is logged. May import: aiohttp (client), pull.question.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

from pull.question import Kind, Reply, Request, Verdict

MAX_BODY = 8 * 1024 * 1024
_TIMEOUT_S = 20.0
_CONNECT_S = 5.0
_CHUNK = 64 * 1024
_LONGEST_S = 86_400.0


class Client:
    """Sends requests to providers and to our own intake."""

    def __init__(self, now: Callable[[], datetime], timeout_s: float = _TIMEOUT_S) -> None:
        self._now = now
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(_CONNECT_S, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64, limit_per_host=16),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": "Waywarden-Pull/1", "accept": "application/json"},
            )
        return self._session

    async def send(self, base: str, request: Request) -> Reply | Verdict:
        """Send a request. Whatever goes wrong on the way is a verdict; never raises for the other side."""
        try:
            async with self._open().request(
                request.method,
                base + request.path,
                headers=dict(request.headers),
                data=request.body,
                allow_redirects=False,
            ) as response:
                body = bytearray()
                async for piece in response.content.iter_chunked(_CHUNK):
                    body += piece
                    if len(body) > MAX_BODY:
                        response.close()
                        return Verdict(Kind.TROUBLE, "too_large")
                wish = retry_after_s(response.headers.get("retry-after"), self._now())
                return Reply(response.status, bytes(body), wish)
        except TimeoutError:
            return Verdict(Kind.TROUBLE, "timeout")
        except aiohttp.ClientPayloadError:
            # Cut short, or not in the encoding that it says it is in.
            return Verdict(Kind.TROUBLE, "payload")
        except aiohttp.ClientConnectorCertificateError:
            return Verdict(Kind.TROUBLE, "certificate")
        except (aiohttp.ClientError, OSError, ValueError):
            return Verdict(Kind.TROUBLE, "connection")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or a date, a day at most. None when it is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_S)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), _LONGEST_S)
