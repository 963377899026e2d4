"""How much the process has taken on: requests and the bytes of their bodies.

Invariant: what is admitted is released when its request ends. Full: the newcomer gets 503 with Retry-After, those
who are in are served. May import: api.problems.
"""

from __future__ import annotations

from api.problems import Problem

REQUESTS = 5000
BODY_BYTES = 256 * 1024 * 1024


class Load:
    """The requests under way and the bytes read for them."""

    def __init__(self, requests: int = REQUESTS, body_bytes: int = BODY_BYTES) -> None:
        self._most_requests = requests
        self._most_bytes = body_bytes
        self.requests = 0
        self.bytes = 0

    def enter(self) -> Share:
        """Admit a request. Raises Problem 503."""
        if self.requests >= self._most_requests:
            raise busy()
        return Share(self)

    def has_room(self, size: int) -> bool:
        """Say whether so many bytes more may be held. One request alone always may."""
        return self.bytes == 0 or self.bytes + size <= self._most_bytes


class Share:
    """What one request holds of the load."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._bytes = 0
        load.requests += 1

    def take(self, size: int) -> None:
        """Hold so many bytes more until the request ends. Raises Problem 503."""
        if not self._load.has_room(size):
            raise busy()
        self._load.bytes += size
        self._bytes += size

    def leave(self) -> None:
        """Give back all."""
        self._load.requests -= 1
        self._load.bytes -= self._bytes


def busy() -> Problem:
    """Give the 503 for a process that has enough to do."""
    return Problem(503, "busy", "Too much at once. Send it again after a second.", headers={"Retry-After": "1"})
