"""Personal data at rest: AES-256-GCM by field, with key ids so that keys can be rotated, and masks for showing.

Invariant: a sealed value opens only with the same context (parcel and field), so it cannot be moved to another row.
May import: cryptography.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class UnsealError(ValueError):
    """A sealed value could not be opened: unknown key, other context, or damaged."""


class Sealer:
    """Seals and opens short texts. The first key seals; all keys open."""

    def __init__(self, keys: str, random: Callable[[int], bytes] = os.urandom) -> None:
        """Read `id:base64,id:base64`. Raises ValueError when there is none or one is not 32 bytes long."""
        self._ciphers: dict[str, AESGCM] = {}
        for part in filter(None, (piece.strip() for piece in keys.split(","))):
            key_id, _, encoded = part.partition(":")
            key = b64decode(encoded, validate=True)
            if not key_id or len(key) != 32:
                raise ValueError("WAYWARDEN_KEYS: each key is id:base64 of 32 bytes")
            self._ciphers[key_id] = AESGCM(key)
        if not self._ciphers:
            raise ValueError("WAYWARDEN_KEYS: no key given; `waywarden keys` makes one")
        self._newest = next(iter(self._ciphers))
        self._random = random

    def seal(self, clear: str, context: str) -> str:
        """Seal a text for a context such as `parcel id|phone`."""
        nonce = self._random(_NONCE)
        box = self._ciphers[self._newest].encrypt(nonce, clear.encode(), context.encode())
        return f"{self._newest}.{urlsafe_b64encode(nonce + box).decode().rstrip('=')}"

    def open(self, sealed: str, context: str) -> str:
        """Open what `seal` made for the same context. Raises UnsealError."""
        key_id, _, body = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnsealError(f"no key {key_id!r}")
        try:
            raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise UnsealError("damaged, or sealed for another context") from error


class Links:
    """Consumers' links: an unguessable token a parcel, derived, so every process can make it and none stores it."""

    def __init__(self, key: str) -> None:
        """Read base64 of at least 32 bytes. Raises ValueError otherwise."""
        self._key = b64decode(key, validate=True)
        if len(self._key) < 32:
            raise ValueError("WAYWARDEN_LINK_KEY: base64 of at least 32 bytes; `waywarden keys` makes one")

    def token(self, parcel_id: str) -> str:
        """Give the token in the link of a parcel: 192 bits, URL-safe."""
        mac = hmac.new(self._key, parcel_id.encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(mac[:24]).decode()

    @staticmethod
    def digest(token: str) -> str:
        """Give what the database keeps to find the parcel of a token."""
        return hashlib.sha256(token.encode()).hexdigest()


def mask_phone(phone: str) -> str:
    """Hide all but the first three and last two digits, at least six (GB/T 41833)."""
    digits = [char for char in phone if char.isdigit()]
    if len(digits) < 11:
        return "*" * max(6, len(digits) - 2) + "".join(digits[-2:]) if len(digits) > 8 else "*" * max(6, len(digits))
    return "".join(digits[:3]) + "*" * (len(digits) - 5) + "".join(digits[-2:])


def mask_name(name: str) -> str:
    """Show the first character only."""
    return name[:1] + "*" * max(1, min(3, len(name) - 1)) if name else ""


def mask_email(email: str) -> str:
    """Show the first character of the mailbox and the domain."""
    box, at, domain = email.partition("@")
    return f"{box[:1]}***{at}{domain}" if at else "***"


def mask_address(address: str) -> str:
    """Show the first six characters: province and city in Chinese addresses, never the unit or room."""
    return address[:6] + "***" if len(address) > 6 else "***"
