"""Calls the parcels of a partition that an incident touches, so that they are looked at although no scan came.

When an incident is opened, gets another date or ends, its parcels are made due within `SPREAD_S`, each at a moment of
its own; the sweep of due parcels takes them from there, a slice at a time between batches, so that a jam of any size
holds up nobody. What a partition has heard of stands in `progress`: after a crash or a rebalance it goes on from there.

Invariant: parcels are called in their partition's own loop, after the news is what the thinker judges by, so that none
is missed. May import: core, store, stream.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import structlog

from store import watchtower
from stream.kit import Kit
from stream.ledger import Ledger

log = structlog.get_logger()
SPREAD_S = 300


class Owner(Protocol):
    """What a recall uses of the engine that it runs in."""

    partition: int
    kit: Kit
    ledger: Ledger


class Recall:
    """What a partition has heard of incidents."""

    def __init__(self) -> None:
        self._heard: datetime | None = None

    async def load(self, owner: Owner) -> None:
        """Ask the database up to which news the parcels were called."""
        kit, partition = owner.kit, owner.partition
        if kit.lookout is not None:
            self._heard = await owner.ledger.ask(lambda c: watchtower.recalled_to(c, kit.topic, partition))

    def is_wanted(self, owner: Owner) -> bool:
        """Tell whether there is news."""
        lookout = owner.kit.lookout
        if lookout is None or lookout.news_at is None:
            return False
        return self._heard is None or lookout.news_at > self._heard

    async def call(self, owner: Owner) -> datetime | None:
        """Call the parcels that the news touches; give when the first of them is due, None when there are none."""
        kit, partition = owner.kit, owner.partition
        lookout = kit.lookout
        if lookout is None or lookout.news_at is None:
            return None
        heard, upto, now = self._heard, lookout.news_at, kit.now()
        news = [
            each.incident
            for each in lookout.news
            if (each.news_at > heard if heard is not None else each.incident.is_open)
        ]
        called = await owner.ledger.ask(
            lambda c: watchtower.recall(c, kit.topic, partition, kit.worker, news, upto, now, SPREAD_S)
        )
        self._heard = upto
        if not called:
            return None
        log.info("parcels_called", partition=partition, parcels=called, incidents=[one.incident_id for one in news])
        return now
