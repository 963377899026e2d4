"""What engines are made with: what a worker's engines share, and what they ask of the log's side.

Invariant: the clock and the randomness come in here. May import: stream.cache, stream.lookout,
stream.metrics, stream.school, stream.think.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from stream.cache import Cache
from stream.lookout import Lookout
from stream.metrics import StreamMetrics
from stream.school import School
from stream.think import Thinker


class Status(StrEnum):
    """What an engine is doing."""

    CLAIMING = "claiming"
    RUNNING = "running"
    WAITING = "waiting_for_database"
    FENCED = "fenced"
    STOPPED = "stopped"


class Log(Protocol):
    """What an engine asks of the log's side. `highwater` is None until something was fetched."""

    async def seek(self, partition: int, offset: int) -> None:
        """Read on from an offset."""

    async def first_from(self, partition: int, offset: int) -> int | None:
        """Give the offset of the log's first record at or after `offset`, None when that cannot be said now."""

    async def log_start(self, partition: int) -> int | None:
        """Give the first offset that the log still has, None when nobody can say now."""

    def highwater(self, partition: int) -> int | None:
        """Give the offset that the next event will get; None while the broker has not said so lately."""

    def pause(self, partition: int) -> None:
        """Stop fetching a partition; what is fetched already still comes."""

    def resume(self, partition: int) -> None:
        """Fetch the partition again."""


class Kit:
    """What all engines of a worker share."""

    def __init__(
        self,
        *,
        topic: str,
        log_id: str,
        worker: str,
        pool: Any,
        thinker: Thinker,
        cache: Cache,
        metrics: StreamMetrics,
        now: Callable[[], datetime],
        school: School | None = None,
        lookout: Lookout | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.topic = topic
        self.log_id = log_id
        self.worker = worker  # unlike any other worker's, also of the same machine
        self.pool = pool
        self.thinker = thinker
        self.cache = cache
        self.metrics = metrics
        self.now = now
        self.school = school  # None: what parcels teach is not kept
        self.lookout = lookout  # None: nobody hears of incidents
        self.draw = draw  # 0..1, for jitter
