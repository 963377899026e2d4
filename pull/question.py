"""What the parts of pulling say to each other: questions, requests, replies, answers, verdicts.

Invariant: values only; a `Request` holds credentials and is never logged. May import: msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel to ask for. `code`: the provider's for the carrier; `phone`: its last four digits, where wanted."""

    parcel_id: str
    carrier: str
    waybill: str
    code: str
    phone: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. `path` is appended to the provider's base address."""

    method: str
    path: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None


class Reply(msgspec.Struct, frozen=True):
    """What came back, whole. `retry_after_s` is the header Retry-After, as seconds from now."""

    status: int
    body: bytes
    retry_after_s: float | None = None


class Kind(StrEnum):
    """What an answer means for the account."""

    LIMITED = "limited"  # too much just now
    EXHAUSTED = "exhausted"  # the quota is used up
    REFUSED = "refused"  # the credentials do not hold, or the account is shut
    STALE = "stale"  # the token has ended
    TROUBLE = "trouble"  # the provider, or the way to it, is in trouble


class Verdict(msgspec.Struct, frozen=True):
    """Why a request brought nothing. `reason` is a word from a bounded set, for metrics and people."""

    kind: Kind
    reason: str
    retry_after_s: float | None = None


class Outcome(StrEnum):
    """What became of the question for one parcel."""

    NEWS = "news"  # scans that the last answer did not have
    SAME = "same"  # the same scans as last time
    UNKNOWN = "unknown"  # the carrier does not know it (yet)
    REGISTERED = "registered"  # told to the aggregator, which now begins to look
    INVALID = "invalid"  # it can not be asked like this: a wrong number, a missing phone
    UNREADABLE = "unreadable"  # answered in a form that we do not read; kept in quarantine
    MISSING = "missing"  # asked for, and left out of the answer
    UNDELIVERED = "undelivered"  # answered, but our own intake was away
    TROUBLE = "trouble"  # no answer


class Result(msgspec.Struct, frozen=True):
    """An outcome with a word on why."""

    outcome: Outcome
    detail: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply says: a verdict on the account, or a part or a result for each parcel.

    `parts` are what the format reads, one a parcel; `register` are parcels that the aggregator has to be told of first.
    """

    verdict: Verdict | None = None
    parts: Mapping[str, bytes] = MappingProxyType({})
    results: Mapping[str, Result] = MappingProxyType({})
    register: tuple[str, ...] = ()


class Credentials(msgspec.Struct, frozen=True):
    """An account's name and secret; what each is called differs by provider."""

    name: str
    secret: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Token(msgspec.Struct, frozen=True):
    """An access token and how long it lasts, in seconds."""

    value: str
    lasts_s: float

    def __repr__(self) -> str:
        return "Token(…)"
