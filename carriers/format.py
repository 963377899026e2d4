"""What a carrier format is: how a push is read, verified, answered, and (for the simulator and tests) signed.

Invariant: `Format.read` raises `Rejected` and nothing else, whatever bytes come. May import: core,
carriers._encodings, carriers._tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from carriers._encodings import normal
from carriers._tables import Codes
from core.scan import Scan


class Push(msgspec.Struct, frozen=True):
    """One request as it came: raw body, headers with lower-case names, query, content type."""

    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    query: Mapping[str, str] = MappingProxyType({})
    content_type: str = ""


class Reason(StrEnum):
    """Why a payload, or a part of one, could not be read."""

    EMPTY = "empty"  # no bytes at all
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    ENCODING = "encoding"  # in no encoding that is read, nor in what it says it is
    SYNTAX = "syntax"  # truncated or broken JSON, XML or form
    HTML = "html"  # an error page in place of a payload
    SHAPE = "shape"  # well-formed, but not this format
    NO_WAYBILL = "no_waybill"
    BAD_TIME = "bad_time"  # missing, unreadable, or years off
    ERROR_ANSWER = "error_answer"  # the sender reports an error of its own
    FAILED = "failed"  # a bug of ours: kept, so that it can be replayed after the fix


class Reject(msgspec.Struct, frozen=True):
    """A part of a payload that could not be read, kept for quarantine. `part` is that part as JSON or as it came."""

    reason: Reason
    detail: str
    part: bytes


class Reading(msgspec.Struct, frozen=True):
    """What a payload says. Both empty: the sender knows the parcel but nothing of it yet."""

    scans: tuple[Scan, ...]
    rejects: tuple[Reject, ...] = ()


class Rejected(Exception):
    """Nothing of the payload could be read. `detail` is for operators and holds no payload text."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Answer(msgspec.Struct, frozen=True):
    """The HTTP answer that a sender expects."""

    status: int
    body: bytes
    content_type: str = "application/json"


def plain_accepted(_push: Push, _reading: Reading) -> Answer:
    """Answer 200 `{"ok":true}`: for senders that look at the status only."""
    return Answer(200, b'{"ok":true}')


def plain_refused(_push: Push, status: int, reason: str) -> Answer:
    """Answer the status with the reason, for senders that look at the status only."""
    return Answer(status, msgspec.json.encode({"ok": False, "reason": reason}))


def unsigned(_push: Push, _secrets: Sequence[str], _now: datetime) -> bool | None:
    """Say that pushes of this format carry no signature."""
    return None


def sent_bare(body: bytes, _secret: str, _now: datetime) -> Push:
    """Give the push of a body that nobody signs."""
    return Push(body)


_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,200}-->\s*)?<(?:!doctype\s+html|html)\b",
    re.IGNORECASE,
)


def _named(why: Rejected, body: bytes) -> Rejected:
    """Call an error page and an empty body by their names, whatever the format made of them."""
    if _PAGE.match(body):
        return Rejected(Reason.HTML, "an HTML page in place of a payload")
    if not body.removeprefix(b"\xef\xbb\xbf").strip():
        return Rejected(Reason.EMPTY, "the body is empty")
    return why


@dataclass(frozen=True)
class Format:
    """One wire format.

    `verify` says True or False for a signed push, None where a push of this format carries no signature (then the
    caller must authenticate it otherwise). `sign` wraps a payload as the sender would: for the simulator and tests.
    `reader` is what a format file implements; callers use `read`. `codes` is a code table that stands in no file of
    ours, for reading stored scans again.
    """

    name: str
    reader: Callable[[Push, datetime], Reading]
    verify: Callable[[Push, Sequence[str], datetime], bool | None] = unsigned
    sign: Callable[[bytes, str, datetime], Push] = sent_bare
    accepted: Callable[[Push, Reading], Answer] = plain_accepted
    refused: Callable[[Push, int, str], Answer] = plain_refused
    codes: Codes | None = None

    def read(self, push: Push, received_at: datetime) -> Reading:
        """Read a push received at an aware moment. Raises `Rejected` and nothing else."""
        try:
            body = normal(push.body, push.content_type)
        except UnicodeError as failure:
            raise Rejected(Reason.ENCODING, "the body is not in the encoding that it has or declares") from failure
        try:
            return self.reader(push if body is push.body else msgspec.structs.replace(push, body=body), received_at)
        except Rejected as why:
            raise _named(why, body) from why
        except Exception as failure:  # a bug of ours must not lose a carrier's push: it goes to quarantine
            raise Rejected(Reason.FAILED, f"{self.name}: {type(failure).__name__}") from failure
