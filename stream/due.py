"""The parcels of a partition whose answer may change because time passed: silence is an event.

Invariant: found by the index on (partition, due_at), never by a scan of the table; a bounded slice at a time, under the
same fence and in the same loop as the partition's batches; the next wake-up is the earliest due moment, not a poll.
May import: core.watch, store, stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from core.watch import Watched
from store import sink, watched
from store.progress import Fenced
from stream.kit import Kit
from stream.ledger import Ledger, Stopped
from stream.recall import Recall
from stream.states import read_states
from stream.think import POSTPONE, Thought

log = structlog.get_logger()
SLICE = 500


class Owner(Protocol):
    """What a sweep uses of the engine that it runs in."""

    partition: int
    reign: int
    kit: Kit
    ledger: Ledger

    async def histories(self, parcel_ids: Sequence[str]) -> Mapping[str, Sequence[bytes]]:
        """Give the stored scans of parcels."""

    async def commit(self, rows: sink.Rows, postponed: Mapping[str, datetime | None], next_offset: int) -> None:
        """Write under the fence."""

    def settle(self, thought: Thought) -> None:
        """Remember what is committed."""


class Due:
    """When a partition's next parcel is due, and the sweep that looks at those that are."""

    def __init__(self) -> None:
        self.next_at: datetime | None = None
        self.recall = Recall()

    async def load(self, owner: Owner) -> None:
        """Ask the database when the next parcel is due."""
        self.next_at = await owner.ledger.ask(lambda c: watched.next_due(c, owner.partition))

    async def begin(self, owner: Owner) -> None:
        """Ask the database who is due, and what was heard of incidents, when a partition was claimed."""
        await self.load(owner)
        await self.recall.load(owner)

    async def hear(self, owner: Owner) -> None:
        """Call the parcels that an incident touches, when there is news of one."""
        if self.recall.is_wanted(owner):
            self.note(await self.recall.call(owner))

    def note(self, moment: datetime | None) -> None:
        """Hear of a parcel that is due then."""
        if moment is not None and (self.next_at is None or moment < self.next_at):
            self.next_at = moment

    def is_due(self, now: datetime) -> bool:
        """Tell whether a sweep is worth it."""
        return self.next_at is not None and self.next_at <= now

    async def sweep(self, owner: Owner, now: datetime) -> None:
        """Look at the parcels that are due, at most a slice. Raises Fenced and Stopped."""
        due = await owner.ledger.ask(lambda c: watched.due(c, owner.partition, now, SLICE))
        if due:
            await self._some(owner, due, now)
            owner.kit.metrics.due.inc(len(due))
        if len(due) < SLICE:
            await self.load(owner)
        else:
            self.next_at = now

    async def _some(self, owner: Owner, due: Sequence[tuple[str, bytes]], now: datetime) -> None:
        """Look at some, by halves when the database refuses."""
        kit = owner.kit
        offset = owner.ledger.next_offset
        try:
            states: dict[str, Watched] = {}
            stored: dict[str, bytes] = {}
            for parcel_id, raw in due:
                cached = kit.cache.get(owner.reign, parcel_id)
                if cached is None:
                    stored[parcel_id] = raw
                else:
                    states[parcel_id] = cached
            states |= await read_states(stored, owner.ledger, kit.metrics, now)
            thought = await kit.thinker.about(dict.fromkeys(states, ()), states, now, owner.histories)
            # A parcel that came out unchanged would be due again at once; one that was called has its own time still.
            later = {
                parcel_id: _later(thought.waits.get(parcel_id, now), now)
                for parcel_id in states
                if parcel_id not in thought.states
            }
            await owner.commit(thought.rows, later, offset)
        except (Fenced, Stopped):
            raise
        except Exception as error:
            log.warning("sweep_refused", partition=owner.partition, parcels=len(due), error=repr(error)[:300])
            if len(due) == 1:
                kit.metrics.poison.inc()
                log.error("due_parcel_is_poison", parcel_id=due[0][0])
                await owner.commit(sink.Rows(), {due[0][0]: now + POSTPONE}, offset)
                return
            await self._some(owner, due[: len(due) // 2], now)
            await self._some(owner, due[len(due) // 2 :], now)
            return
        owner.settle(thought)


def _later(due_at: datetime | None, now: datetime) -> datetime | None:
    return due_at if due_at is None or due_at > now else now + POSTPONE
