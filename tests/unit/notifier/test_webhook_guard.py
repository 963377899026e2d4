"""Where webhooks may not go, and when they are to come back."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from notifier.channels.webhook import PrivateAddressError, PublicResolver, is_public, retry_after_s, url_fault

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "fec0::1",
        "::7f00:1",
        "name",
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://shop.example/hook", None),
        ("https://8.8.8.8/", None),
        ("http://shop.example/hook", "not_https"),
        ("https://127.0.0.1/hook", "private_address"),
        ("https://[::1]/hook", "private_address"),
        ("https://[::ffff:10.0.0.1]/hook", "private_address"),
        ("https://2130706433/", "private_address"),
        ("https://127.1/", "private_address"),
        ("https://0x7f.0x1/", "private_address"),
        ("https://user:pass@shop.example/", "bad_url"),
        ("https://@shop.example/", "bad_url"),
        ("ftp://shop.example/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("https://", "bad_url"),
        ("https://shop.example:99999/", "bad_url"),
        ("https://[::1/", "bad_url"),
    ],
)
def test_where_a_webhook_may_not_go(url: str, fault: str | None) -> None:
    assert url_fault(url, private_allowed=False) == fault


def test_with_the_setting_a_developer_may_use_this_machine() -> None:
    assert url_fault("http://127.0.0.1:8000/hook", private_allowed=True) is None
    assert url_fault("ftp://127.0.0.1/hook", private_allowed=True) == "bad_url"


class _Names(AbstractResolver):
    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[Any]:
        return [{"hostname": host, "host": address, "port": port} for address in self._addresses]

    async def close(self) -> None:
        pass


async def test_a_name_that_leads_inside_is_refused_even_beside_a_public_one() -> None:
    with pytest.raises(PrivateAddressError):
        await PublicResolver(_Names("8.8.8.8", "10.0.0.1")).resolve("shop.example")
    (found,) = await PublicResolver(_Names("8.8.8.8")).resolve("shop.example")
    assert found["host"] == "8.8.8.8"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 21 Nov 2026 00:01:00 GMT", 60.0),
        ("Fri, 20 Nov 2026 00:01:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
    ],
)
def test_reading_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds
