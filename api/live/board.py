"""The board in memory: every live exception, case and incident as it stands, counts, and which rows a filter shows.

Invariant: for one key the row with the highest feed `seq` wins, in whatever order rows are applied; a row that went
away cannot come back by an older one. Pure: no I/O, no clock. May import: msgspec, store.feed (types).
"""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from store.feed import BoardRow, FeedRow

Key = tuple[str, str]

_TOMBSTONES = 50_000  # forgotten oldest first: by then nothing older than them can still be read
_FIRST = 1_000_000
_GONE_STATES = {
    "exception": frozenset({"cleared", "retracted"}),
    "case": frozenset({"resolved", "closed"}),
}


class _ClockFacts(msgspec.Struct, gc=False):
    state: str
    met_at: str | None = None


class _Facts(msgspec.Struct, gc=False):
    """What filters, order and counts need of a row's body."""

    kind: str
    state: str
    severity: int
    opened_at: str
    parcel_id: str | None = None
    carrier: str | None = None
    waybill: str | None = None
    shop: str | None = None
    place: str | None = None
    facility: str | None = None
    facility_to: str | None = None
    assignee: str | None = None
    priority: int = 0
    parcels: int = 0
    clocks: tuple[_ClockFacts, ...] = ()


_facts = msgspec.json.Decoder(_Facts)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One live row: what it shows (`wire`, ready to be sent) and what is asked of it."""

    noun: str
    key: str
    seq: int
    wire: msgspec.Raw
    kind: str
    state: str
    severity: int
    carrier: str
    shop: str
    assignee: str | None
    breached: bool
    haystack: str
    order: tuple[int, str, str]

    @property
    def id(self) -> Key:
        """Give what names the row on the board."""
        return (self.noun, self.key)


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which rows a client wants; empty means all. `assignee` is `me` or `none`; every word of `text` must occur.

    `incidents`: besides the rows of `noun`, those of incidents, whatever else is asked but for the carrier.
    """

    noun: str = ""
    incidents: bool = False
    severity: tuple[int, ...] = ()
    kind: tuple[str, ...] = ()
    carrier: tuple[str, ...] = ()
    shop: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    assignee: str = ""
    breached: bool = False
    text: str = ""

    def for_staff(self, staff_id: UUID) -> Filter:
        """Put the person's id in the place of `me`, so that equal filters show equal rows."""
        if self.assignee == "me":
            return msgspec.structs.replace(self, assignee=str(staff_id))
        return self

    def wants(self, noun: str) -> bool:
        """Say whether it may show rows of a noun at all."""
        return not self.noun or noun == self.noun or (self.incidents and noun == "incident")

    def shows(self, row: Row) -> bool:
        """Say whether a row passes."""
        if self.incidents and row.noun == "incident":
            return not self.carrier or row.carrier in self.carrier
        return (
            (not self.noun or row.noun == self.noun)
            and (not self.severity or row.severity in self.severity)
            and (not self.kind or row.kind in self.kind)
            and (not self.carrier or row.carrier in self.carrier)
            and (not self.shop or row.shop in self.shop)
            and (not self.state or row.state in self.state)
            and (not self.breached or row.breached)
            and (not self.assignee or (row.assignee or "none") == self.assignee)
            and (not self.text or all(word in row.haystack for word in self.text.lower().split()))
        )


def read_row(noun: str, key: str, seq: int, body: str) -> Row | None:
    """Read a row of the feed or of the tables; None when it is not live any more. Raises msgspec.DecodeError.

    An incident that is over stays while its backlog is worked off.
    """
    facts = _facts.decode(body)
    if facts.state in _GONE_STATES.get(noun, ()):
        return None
    if noun == "incident" and facts.state == "closed" and not (facts.parcels and facts.facility):
        return None
    places = (facts.place, facts.facility, facts.facility_to)
    words = (facts.waybill, facts.parcel_id, key, *places, facts.carrier, facts.shop, facts.kind)
    return Row(
        noun=noun,
        key=key,
        seq=seq,
        wire=msgspec.Raw(body.encode()),
        kind=facts.kind,
        state=facts.state,
        severity=facts.severity,
        carrier=facts.carrier or "",
        shop=facts.shop or "",
        assignee=facts.assignee,
        breached=any(clock.state == "breached" and clock.met_at is None for clock in facts.clocks),
        haystack=" ".join(word for word in words if word).lower(),
        order=(-_urgency(noun, facts), facts.opened_at, key),
    )


def _urgency(noun: str, facts: _Facts) -> int:
    """Give by what rows are ordered. Incidents come first, so that no snapshot is too small for them."""
    return _FIRST + facts.severity if noun == "incident" else facts.priority if noun == "case" else facts.severity


class Board:
    """All live rows, with running counts."""

    def __init__(self) -> None:
        #: Grows with every change; equal versions mean equal boards.
        self.version = 0
        self._clear()

    def _clear(self) -> None:
        self._rows: dict[Key, Row] = {}
        self._gone: OrderedDict[Key, int] = OrderedDict()
        self._counts: dict[str, dict[str, Counter[str]]] = {}
        self._totals: Counter[str] = Counter()
        self._breached: Counter[str] = Counter()
        self._unassigned: Counter[str] = Counter()
        self.version += 1

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def get(self, key: Key) -> Row | None:
        """Give a live row."""
        return self._rows.get(key)

    def load(self, rows: Iterable[BoardRow]) -> int:
        """Take the rows of the tables in place of everything. Gives how many could not be read."""
        self._clear()
        broken = 0
        for stored in rows:
            try:
                row = read_row(stored.noun, stored.key, stored.seq, stored.body)
            except msgspec.DecodeError:
                broken += 1
                continue
            if row is not None:
                self._put(row.id, None, row)
        return broken

    def apply(self, change: FeedRow) -> tuple[Row | None, Row | None] | None:
        """Apply a row of the feed; give the row before and after, or None when a newer one was there already.

        Raises msgspec.DecodeError when the body cannot be read; the board is then as before.
        """
        key = (change.noun, change.key)
        seq = change.position.seq
        before = self._rows.get(key)
        if (before.seq if before else self._gone.get(key, -1)) >= seq:
            return None
        after = read_row(change.noun, change.key, seq, change.body)
        if after is None:
            self._gone[key] = seq
            self._gone.move_to_end(key)
            if len(self._gone) > _TOMBSTONES:
                self._gone.popitem(last=False)
        else:
            self._gone.pop(key, None)
        if before is not None or after is not None:
            self._put(key, before, after)
        return before, after

    def _put(self, key: Key, before: Row | None, after: Row | None) -> None:
        if before is not None:
            self._count(before, -1)
        if after is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = after
            self._count(after, 1)
        self.version += 1

    def _count(self, row: Row, by: int) -> None:
        self._totals[row.noun] += by
        self._breached[row.noun] += by * row.breached
        self._unassigned[row.noun] += by * (row.assignee is None)
        fields = self._counts.setdefault(
            row.noun, {name: Counter() for name in ("severity", "kind", "state", "carrier")}
        )
        for name, value in (
            ("severity", str(row.severity)),
            ("kind", row.kind),
            ("state", row.state),
            ("carrier", row.carrier),
        ):
            counter = fields[name]
            counter[value] += by
            if not counter[value]:
                del counter[value]

    def counts(self) -> dict[str, dict[str, object]]:
        """Give by noun the whole board's totals: all, breached, unassigned, by severity, kind, state and carrier."""
        return {
            noun: {
                "total": self._totals[noun],
                "breached": self._breached[noun],
                "unassigned": self._unassigned[noun],
                **{name: dict(counter) for name, counter in self._counts.get(noun, {}).items()},
            }
            for noun in ("exception", "case", "incident")
        }

    def select(self, wanted: Filter, limit: int) -> tuple[list[Row], int]:
        """Give the most urgent rows that a filter shows, at most `limit`, and how many it shows in all."""
        shown = [row for row in self._rows.values() if wanted.shows(row)]
        total = len(shown)
        if total > limit:
            return heapq.nsmallest(limit, shown, key=lambda row: row.order), total
        shown.sort(key=lambda row: row.order)
        return shown, total
