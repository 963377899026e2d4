"""One client of the live board: its socket, its filter, and what waits for it.

Full-policy: while the socket's write buffer is above `BUFFER` the client's changes are conflated into `waiting` (a set
of row names; the rows are looked up when they are sent, so it always gets the newest); above `WAITING` names it is
closed with 4008 and comes back with its offset.
Invariant: no change that a client has not been sent stands at or before the `offset` that it was sent.
May import: websockets, api.live, store.live.
"""

from __future__ import annotations

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from api.live import protocol
from api.live.board import Board, Filter, Key, Row
from store.live import Seat

BUFFER = 256 * 1024
WAITING = 500
_PIECE = 100


class Client:
    """A socket that has said hello."""

    def __init__(self, socket: ServerConnection, seat: Seat, wanted: Filter, waiting_limit: int = WAITING) -> None:
        self.socket = socket
        self.seat = seat
        self.wanted = wanted
        self.waiting: dict[Key, None] = {}
        self.waiting_limit = waiting_limit
        #: True while a snapshot is on its way: changes wait, without the limit, because a snapshot may be long.
        self.loading = True
        self.closing = False
        self.request = 0

    @property
    def open(self) -> bool:
        """Say whether anything can still be sent."""
        return not self.closing and self.socket.protocol.state is State.OPEN

    @property
    def congested(self) -> bool:
        """Say whether the peer reads too slowly to be given more now."""
        return int(self.socket.transport.get_write_buffer_size()) > BUFFER

    @property
    def in_step(self) -> bool:
        """Say whether it can be given the same message as everybody with its filter."""
        return not self.loading and not self.waiting and not self.congested

    def write(self, message: bytes) -> None:
        """Hand a message to the socket without waiting; the caller has looked at `congested`."""
        broadcast((self.socket,), message, text=True)

    def hold(self, keys: dict[Key, None]) -> int:
        """Keep changes for later. Gives how many of them were waiting already."""
        before = len(self.waiting)
        self.waiting.update(keys)
        return before + len(keys) - len(self.waiting)

    @property
    def too_slow(self) -> bool:
        """Say whether more waits than a client may have."""
        return not self.loading and len(self.waiting) > self.waiting_limit

    def flush(self, board: Board, offset: str) -> int:
        """Send what waits, as far as the socket takes it, as the board says now. Gives how many changes went."""
        sent = 0
        while self.waiting and not self.congested:
            keys = list(self.waiting)[:_PIECE]
            for key in keys:
                del self.waiting[key]
            upserts, gone = split(board, self.wanted, keys)
            self.write(protocol.deltas(upserts, gone, None if self.waiting else offset))
            sent += len(keys)
        return sent


def split(board: Board, wanted: Filter, keys: list[Key]) -> tuple[list[Row], list[Key]]:
    """Sort names into the rows that the filter shows now and those that it does not (any more)."""
    upserts: list[Row] = []
    gone: list[Key] = []
    for key in keys:
        row = board.get(key)
        if row is not None and wanted.shows(row):
            upserts.append(row)
        elif wanted.wants(key[0]):
            gone.append(key)
    return upserts, gone
