"""Webhooks to shops, signed by the Standard Webhooks specification.

Invariant: `webhook-id` is the delivery's id on every try; no redirect is followed; unless a setting allows it, nothing
is sent to an address that is not public, neither by name nor by number. May import: aiohttp (client), standardwebhooks,
notifier.channel.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import Webhook

from notifier.channel import Failed, Message, Sent

BODY_LIMIT = 20_000  # bytes: the specification's advice
_TIMEOUT_S = 20.0
_CONNECT_S = 5.0
_UNICAST = IPv6Network("2000::/3")  # all that IANA gives out for the public internet
_NAT64 = IPv6Network("64:ff9b::/96")  # the last four bytes are an IPv4 address, of the inside too


class PrivateAddressError(OSError):
    """A webhook's name leads to an address that is not public."""


class PublicResolver(AbstractResolver):
    """Resolves names and refuses those that lead anywhere private, at the moment of connecting."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses of a name. Raises PrivateAddressError when one of them is not public."""
        found = await self._inner.resolve(host, port, family)
        if any(not is_public(result["host"]) for result in found):
            raise PrivateAddressError("the name leads to an address that is not public")
        return found

    async def close(self) -> None:
        """Close the resolver beneath."""
        await self._inner.close()


def is_public(host: str) -> bool:
    """Say whether an IP address is one that the whole internet can reach. False for what is no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if address.version == 6 and address in _NAT64:
        return is_public(str(IPv4Address(address.packed[-4:])))
    if address.version == 6 and address not in _UNICAST:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (mapped is None or is_public(str(mapped)))


def url_fault(url: str, private_allowed: bool) -> str | None:
    """Give the reason why a webhook must not be sent to a URL, None when it may be."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "bad_url"
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or "@" in parts.netloc:
        return "bad_url"
    if private_allowed:
        return None
    if parts.scheme != "https":
        return "not_https"
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        # A name that looks like a number is one to some resolvers: 2130706433, 0x7f.1.
        last = host.rstrip(".").rpartition(".")[2]
        return "private_address" if last.isdigit() or last.startswith("0x") else None
    return None if is_public(host) else "private_address"


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or a date. None when it is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - now).total_seconds()) if moment.tzinfo is not None else None


class WebhookChannel:
    """Posts signed JSON to shops."""

    name = "webhook"

    def __init__(self, now: Callable[[], datetime], private_allowed: bool, timeout_s: float = _TIMEOUT_S) -> None:
        self._now = now
        self._private_allowed = private_allowed
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(_CONNECT_S, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver: AbstractResolver = aiohttp.ThreadedResolver()
            if not self._private_allowed:
                resolver = PublicResolver(resolver)
            connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=64, limit_per_host=8)
            # trust_env stays off: a proxy would connect where the resolver did not look.
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._session

    async def send(self, message: Message) -> Sent | Failed:
        """Post one message; `recipient` is the URL, `secret` the shop's signing secret."""
        body = (message.body or "").encode()
        if fault := url_fault(message.recipient, self._private_allowed):
            return Failed(permanent=True, reason=fault)
        if len(body) >= BODY_LIMIT:
            return Failed(permanent=True, reason="too_large")
        now = self._now()
        headers = {
            "content-type": "application/json",
            "user-agent": "Waywarden-Webhooks/1",
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if not message.secret:
            return Failed(permanent=True, reason="no_secret")
        try:
            headers["webhook-signature"] = Webhook(message.secret).sign(message.key, now, body.decode())
        except ValueError:
            return Failed(permanent=True, reason="bad_secret")
        try:
            async with self._open().post(
                message.recipient, data=body, headers=headers, allow_redirects=False
            ) as response:
                status, wish = response.status, response.headers.get("retry-after")
                # The answer's body says nothing to us and may be endless.
                response.close()
        except PrivateAddressError:
            return Failed(permanent=True, reason="private_address")
        except TimeoutError:
            return Failed(permanent=False, reason="timeout")
        except aiohttp.ClientConnectorCertificateError:
            return Failed(permanent=False, reason="certificate")
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddressError):
                return Failed(permanent=True, reason="private_address")
            return Failed(permanent=False, reason="connection")
        except aiohttp.InvalidURL:
            return Failed(permanent=True, reason="bad_url")
        except (aiohttp.ClientError, OSError):
            return Failed(permanent=False, reason="connection")
        if 200 <= status < 300:
            return Sent(None)
        if status == 410:
            return Failed(permanent=True, reason="http_410", gone=True)
        return Failed(permanent=False, reason=f"http_{status}", retry_after_s=retry_after_s(wish, self._now()))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
