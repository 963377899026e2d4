"""The feed: an append-only table of board rows as they became, read in an order that never skips one.

Transactions commit out of order, so "everything after the last seq" loses rows. The tail reads below the oldest
transaction still running and orders by `(xid, seq)`; that pair is the cursor. For one key the row with the highest
`seq` is the newest, because whoever publishes holds the lock of the row that it publishes.
Invariant: a cursor, once read past, never gets new rows before it. LISTEN only wakes; the table is the truth.
May import: asyncpg, msgspec, store.statements.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from store.statements import load

_SQL = load("feed")


class Position(NamedTuple):
    """A place in the feed: the last row that was read. Compares in reading order."""

    xid: int
    seq: int

    def __str__(self) -> str:
        """Give the form that clients keep and send back."""
        return f"{self.xid}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read what `str()` gave. Raises ValueError when it is none."""
        xid, dash, seq = text.partition("-")
        if not (dash and xid.isascii() and xid.isdigit() and seq.isascii() and seq.isdigit()) or len(text) > 40:
            raise ValueError(f"not a position: {text[:40]!r}")
        return cls(int(xid), int(seq))


class FeedRow(msgspec.Struct, frozen=True, gc=False):
    """One row of the feed. `body` is the board row as JSON text."""

    position: Position
    at: datetime
    noun: str
    key: str
    shop: str | None
    body: str


class BoardRow(msgspec.Struct, frozen=True, gc=False):
    """One live board row as the tables say now. `seq` is the newest feed row already contained in it, 0 if unknown."""

    noun: str
    key: str
    shop: str | None
    seq: int
    body: str


class Loaded(msgspec.Struct, frozen=True):
    """The whole board at a position: reading the feed from there on loses nothing and repeats only what is harmless."""

    epoch: str
    position: Position
    rows: list[BoardRow]


def _row(record: asyncpg.Record) -> FeedRow:
    return FeedRow(
        Position(record["xid"], record["seq"]),
        record["at"],
        record["noun"],
        record["key"],
        record["shop_id"],
        record["body"],
    )


async def listen(connection: asyncpg.Connection) -> None:
    """Have this connection told when somebody wrote to the feed."""
    await connection.execute(_SQL["listen"])


async def epoch_of(connection: asyncpg.Connection) -> str:
    """Give the epoch in which positions of this database are valid."""
    return str(await connection.fetchval(_SQL["epoch"]))


async def marks(connection: asyncpg.Connection | asyncpg.Pool) -> tuple[Position, Position]:
    """Give the horizon (no readable row stands at or after it) and the newest position that was ever pruned."""
    record = await connection.fetchrow(_SQL["position"])
    return Position(record["xid"], 0), Position(record["pruned_xid"], record["pruned_seq"])


async def load_board(connection: asyncpg.Connection, limit: int) -> Loaded:
    """Read every live incident, exception and case, at most `limit` of each, and the position from which to go on."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        position = await connection.fetchrow(_SQL["position"])
        epoch = await epoch_of(connection)
        above = {(r["noun"], r["key"]): r["seq"] for r in await connection.fetch(_SQL["seen_above"], position["xid"])}
        rows: list[BoardRow] = []
        for noun, name in (
            ("incident", "board_incidents"),
            ("exception", "board_exceptions"),
            ("case", "board_cases"),
        ):
            rows += [
                BoardRow(noun, r["key"], r["shop_id"], above.get((noun, r["key"]), 0), r["body"])
                for r in await connection.fetch(_SQL[name], limit)
            ]
    # No row of the feed has seq 0, so this position stands just before the first one of that transaction.
    return Loaded(epoch, Position(position["xid"], 0), rows)


async def read_after(connection: asyncpg.Connection, position: Position, limit: int) -> list[FeedRow]:
    """Give the next rows after a position, in reading order. Empty when there is nothing new below the horizon."""
    return [_row(r) for r in await connection.fetch(_SQL["read_after"], position.xid, position.seq, limit)]


async def touched_between(
    connection: asyncpg.Connection | asyncpg.Pool, after: Position, upto: Position, limit: int
) -> list[tuple[str, str]] | None:
    """Give (noun, key) of every row after one position up to another, or None: some were pruned, or over `limit`."""
    records: list[Any] = await connection.fetch(
        _SQL["touched_between"], after.xid, after.seq, upto.xid, upto.seq, limit + 1
    )
    # Asked afterwards: what was pruned before or while reading shows, so a hole is never taken for silence.
    if len(records) > limit or (await marks(connection))[1] > after:
        return None
    return [(r["noun"], r["key"]) for r in records]


async def prune(connection: asyncpg.Connection | asyncpg.Pool, older_than: datetime, limit: int = 10_000) -> int:
    """Delete rows older than a moment, at most `limit`, and give how many went. Call again until it gives 0."""
    return int(await connection.fetchval(_SQL["prune"], older_than, limit))
