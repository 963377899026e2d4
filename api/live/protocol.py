"""The messages between the live gateway and a client, JSON text frames; in words: `docs/reference-live-protocol.md`.

Invariant: whatever a client sends is either one of `ClientMessage` or refused with a reason; nothing else comes
through. May import: msgspec, api.live.board.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum

import msgspec

from api.live.board import Filter, Key, Row

MAX_CLIENT_BYTES = 4096


class Close(IntEnum):
    """Why the gateway closes a socket. 1001 and 1013 are the standard's: going away, try again later."""

    GOING_AWAY = 1001
    TRY_LATER = 1013
    BAD_MESSAGE = 4400
    NOT_WELCOME = 4401  # get a new ticket; if that fails, sign in
    RESYNC = 4008  # too slow; come back with the offset


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a client stood."""

    epoch: str
    offset: str


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type", forbid_unknown_fields=True):
    """The first message."""

    ticket: str
    filter: Filter = Filter()
    resume: Resume | None = None


class Refilter(msgspec.Struct, frozen=True, tag="filter", tag_field="type", forbid_unknown_fields=True):
    """From now on show other rows. Answered by a snapshot that carries `id`."""

    filter: Filter
    id: int = 0


ClientMessage = Hello | Refilter
_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_encoder = msgspec.json.Encoder()


def read(raw: str | bytes) -> ClientMessage:
    """Read a client's message. Raises msgspec.DecodeError with the reason in plain words."""
    message = _decoder.decode(raw)
    wanted = message.filter
    if wanted.noun not in ("", "exception", "case", "incident"):
        raise msgspec.ValidationError("filter.noun is exception, case, incident or empty")
    if wanted.assignee not in ("", "me", "none"):
        raise msgspec.ValidationError("filter.assignee is me, none or empty")
    values = (wanted.kind, wanted.carrier, wanted.shop, wanted.state, wanted.severity)
    if len(wanted.text) > 100 or any(len(value) > 50 for value in values):
        raise msgspec.ValidationError("filter: at most 100 characters of text and 50 values a field")
    return message


def _wire(row: Row) -> dict[str, object]:
    return {"noun": row.noun, "key": row.key, "v": row.seq, "body": row.wire}


def snapshot_parts(
    epoch: str, offset: str, rows: Sequence[Row], total: int, per_part: int, request: int
) -> list[bytes]:
    """Encode a snapshot as one or more messages. Only the last carries the offset: half a snapshot is none."""
    slices = [rows[start : start + per_part] for start in range(0, len(rows), per_part)] or [[]]
    return [
        _encoder.encode(
            {
                "type": "snapshot",
                "epoch": epoch,
                "id": request,
                "part": number,
                "parts": len(slices),
                "total": total,
                "recovered": False,
                "rows": [_wire(row) for row in piece],
                **({"offset": offset} if number == len(slices) else {}),
            }
        )
        for number, piece in enumerate(slices, start=1)
    ]


def deltas(
    upserts: Sequence[Row], gone: Sequence[Key], offset: str | None, epoch: str | None = None, recovered: bool = False
) -> bytes:
    """Encode what changed. Without `offset` more is to come before the client may say that it stands there."""
    message: dict[str, object] = {
        "type": "deltas",
        "upsert": [_wire(row) for row in upserts],
        "gone": [{"noun": noun, "key": key} for noun, key in gone],
    }
    if offset is not None:
        message["offset"] = offset
    if epoch is not None:
        message["epoch"] = epoch
    if recovered:
        message["recovered"] = True
    return _encoder.encode(message)


def counts(values: Mapping[str, object]) -> bytes:
    """Encode the counts of the whole board."""
    return _encoder.encode({"type": "counts", **values})


def state(stale_since: datetime | None, now: datetime, offset: str | None = None) -> bytes:
    """Encode whether the feed runs and the server's clock; also the heartbeat that says: still connected."""
    message: dict[str, object] = {"type": "state", "feed": "stale" if stale_since else "live", "now": now}
    if stale_since:
        message["since"] = stale_since
    if offset is not None:
        message["offset"] = offset
    return _encoder.encode(message)
