"""Signatures: constant-time comparison, several secrets at once, and the timestamp window.

Invariant: total; every secret is tried, so that the time taken does not tell which one was near.
May import: the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime

WINDOW_S = 300


def matches(given: str, secrets: Sequence[str], made: Callable[[str], str]) -> bool:
    """Say whether the given signature is the one that any of the secrets makes, in constant time."""
    raw = given.encode("utf-8", "surrogatepass")
    good = False
    for secret in secrets:
        good |= bool(secret) and hmac.compare_digest(raw, made(secret).encode())
    return good


def fresh(timestamp: str, now: datetime) -> bool:
    """Say whether a timestamp in seconds or milliseconds lies within the window around now."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 13):
        return False
    seconds = int(timestamp) / (1000 if len(timestamp) == 13 else 1)
    return abs(now.timestamp() - seconds) <= WINDOW_S


def hmac_base64(body: bytes, secret: str) -> str:
    """Give base64(HMAC-SHA256(secret, body))."""
    return b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def md5_hex(body: bytes) -> str:
    """Give the MD5 that a carrier's protocol asks for; it is no choice of ours."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
