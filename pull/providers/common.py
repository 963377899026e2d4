"""What the providers share: telling trouble from answers, and cutting answers into parts.

Invariant: total, whatever bytes come back. May import: msgspec, pull.question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from pull.question import Credentials, Kind, Reply, Token, Verdict

_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, object])
_WORD = re.compile(r"[^a-z0-9_.-]+")
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


class Broken(Exception):
    """A body that is not the provider's JSON: an error page, a truncated answer, another encoding."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def raw_object(body: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Decode an object, its members left as they came. Raises Broken."""
    try:
        return _raw_object.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as failure:
        raise Broken(_broken(bytes(body))) from failure


def plain_object(body: bytes) -> dict[str, object]:
    """Decode an object whole. Raises Broken."""
    try:
        return _object.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as failure:
        raise Broken(_broken(body)) from failure


def raw_items(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    """Give a list's items as they came; empty for what is no list."""
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw]) if raw is not None else []
    except msgspec.DecodeError:
        return []


def members(value: object) -> Mapping[str, object]:
    """Give an object's members; empty for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """Give a list's items; empty for anything else."""
    return value if isinstance(value, list) else []


def word(value: object) -> str:
    """Give a provider's code as a short label: lower case, without what no label should hold."""
    return _WORD.sub("_", str(value).lower())[:40]


def by_status(reply: Reply) -> Verdict | None:
    """Judge a reply by its status alone; None where the body has to be read."""
    status = reply.status
    if status == 200:
        return None
    if status == 429:
        return Verdict(Kind.LIMITED, "http_429", reply.retry_after_s)
    if status in (401, 403):
        return Verdict(Kind.REFUSED, f"http_{status}")
    if status in (502, 503, 504) and reply.retry_after_s is not None:
        return Verdict(Kind.LIMITED, f"http_{status}", reply.retry_after_s)
    return Verdict(Kind.TROUBLE, f"http_{status}", reply.retry_after_s)


def token_of(reply: Reply) -> Token | Verdict:
    """Read an OAuth answer (RFC 6749, 5.1). UPS gives `expires_in` as text, FedEx as a number."""
    verdict = by_status(reply)
    if verdict is not None:
        # 400 is what RFC 6749 answers to wrong credentials.
        return Verdict(Kind.REFUSED, f"token_http_{reply.status}") if reply.status == 400 else verdict
    try:
        found = plain_object(reply.body)
    except Broken as broken:
        return Verdict(Kind.TROUBLE, broken.reason)
    value, lasts = found.get("access_token"), found.get("expires_in")
    try:
        seconds = float(lasts) if isinstance(lasts, str | int | float) else 0.0
    except ValueError:
        seconds = 0.0
    # A header can not hold everything that JSON can.
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        return Verdict(Kind.TROUBLE, "no_token")
    return Token(value, max(0.0, min(seconds, 86_400.0)))


def no_token(_credentials: Credentials) -> None:
    """Say that a provider works without a token."""
    return None


def _broken(body: bytes) -> str:
    head = body[:200].lstrip().lower()
    if not head:
        return "empty"
    return "html" if head.startswith(b"<") else "syntax"
