"""The events on the topic `parcel-events`: a tagged union, JSON on the wire, key = parcel id.

Invariant: decoding what was encoded gives an equal value; an unknown tag or a broken body raises
`msgspec.DecodeError` (or its subclass `ValidationError`), never anything else. Contact fields are sealed before they
get here. May import: core.scan, msgspec.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from core.scan import Culprit, Detail, Milestone, Scan, Signer

TOPIC = "parcel-events"


class Tier(StrEnum):
    """How much a consumer matters to the shop; raises a case's priority."""

    STANDARD = "standard"
    PLUS = "plus"
    VIP = "vip"


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A consumer's contact, every field sealed by `runtime.sealing` (AES-GCM, key id in front), never in clear."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None


class Registration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a shop told us of a parcel.

    Money in minor units of `currency`. `link` is the digest of the consumer's link. `consent` names who or what may
    take the parcel in the consignee's place, as the consignee said; None: nobody asked.
    """

    at: datetime
    shop: str
    order: str | None = None
    service: str | None = None
    promised_at: datetime | None = None
    declared_minor: int | None = None
    insured_minor: int | None = None
    currency: str = "CNY"
    category: str | None = None
    origin: str | None = None
    destination: str | None = None
    language: str = "zh-CN"
    tier: Tier = Tier.STANDARD
    contact: Contact | None = None
    link: str | None = None
    consent: tuple[Signer, ...] | None = None


class ReportKind(StrEnum):
    """What a consumer can say of a parcel."""

    DAMAGED = "damaged"
    NOT_RECEIVED = "not_received"


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A consumer's own word. `note` is sealed free text."""

    report_id: str
    at: datetime
    kind: ReportKind
    note: str | None = None


class Registered(msgspec.Struct, frozen=True, kw_only=True, tag="registered", tag_field="type"):
    """A shop registered a parcel, or changed its registration (the later `registration.at` wins)."""

    parcel_id: str
    registration: Registration


class Scanned(msgspec.Struct, frozen=True, kw_only=True, tag="scanned", tag_field="type"):
    """A carrier's scans of one parcel arrived in one push, in any order, possibly seen before."""

    parcel_id: str
    received_at: datetime
    scans: tuple[Scan, ...]


class Reported(msgspec.Struct, frozen=True, kw_only=True, tag="reported", tag_field="type"):
    """A consumer reported damage or non-receipt."""

    parcel_id: str
    report: Report


class Meant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a stored scan means by today's tables and mappings. Its facts (time, place, weight) stay what they were."""

    scan_id: str
    milestone: Milestone
    detail: Detail | None = None
    culprit: Culprit | None = None
    signer: Signer | None = None
    mapped: int | None = None

    def of(self, scan: Scan) -> Scan:
        """Give the scan as it is read now."""
        return msgspec.structs.replace(
            scan,
            milestone=self.milestone,
            detail=self.detail,
            culprit=self.culprit,
            signer=self.signer,
            mapped=self.mapped,
        )


class Reread(msgspec.Struct, frozen=True, kw_only=True, tag="reread", tag_field="type"):
    """Stored scans of a parcel are read anew. One that is not stored (any more) is passed over."""

    parcel_id: str
    scans: tuple[Meant, ...]


Event = Registered | Scanned | Reported | Reread

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """Encode an event for the topic."""
    return _encoder.encode(event)


def decode(raw: bytes) -> Event:
    """Decode an event from the topic. Raises `msgspec.DecodeError` when it is none."""
    try:
        return _decoder.decode(raw)
    except (UnicodeDecodeError, RecursionError) as error:
        # msgspec lets these two through; whoever reads the log must not die of one record.
        raise msgspec.DecodeError(f"{type(error).__name__} in an event") from error
