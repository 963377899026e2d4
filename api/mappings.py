"""The "unmapped" page's data: what nobody can read, and mapping it by adding a row.

Invariant: a mapping is never changed, another one takes its place, and who did it is kept; stored scans follow only
when a person asks for it. Texts are shown with telephone numbers hidden. May import: carriers, core, store, api.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import structlog
from pydantic import BaseModel, Field, model_validator

from api.paging import Cursor, Limit, read_cursor, write_cursor
from api.problems import Problem
from api.reread import look
from api.routes import Auth, Body, Call, route
from carriers.mappings import Mappings, text_key
from core.scan import Culprit, Detail, Milestone, Scan
from core.words import hide_numbers
from store import mappings as store
from store.mappings import Group, NewMapping, Place, Which

log = structlog.get_logger()

_scan = msgspec.json.Decoder(Scan)
_TEXTS = 20
_PAGES = 8  # pages of scans that one call reads again: some four thousand
_Name = Annotated[str, Field(min_length=1, max_length=64)]


class UnmappedQuery(Body):
    """Filters and the page."""

    source: _Name | None = None
    carrier: _Name | None = None
    q: Annotated[str | None, Field(min_length=1, max_length=100, description="a part of the code or text")] = None
    cursor: Cursor = None
    limit: Limit = 50


class Example(BaseModel):
    """The latest scan of a group; telephone numbers in `text` are hidden."""

    parcel_id: str
    waybill: str
    happened_at: datetime
    place: str | None
    text: str | None


class UnmappedGroup(BaseModel):
    """A code that nobody can read, or where a scan has none its text (`said`, without hub names and digits).

    `texts` counts the different texts that came with the code.
    """

    source: str
    carrier: str
    code: str | None
    said: str | None
    scans: int
    texts: int
    parcels: int
    first_at: datetime
    last_at: datetime
    example: Example | None


class UnmappedPage(BaseModel):
    """The biggest groups first. `by_source` counts all scans that nobody can read."""

    items: list[UnmappedGroup]
    next: str | None
    by_source: dict[str, int]


class TextsQuery(Body):
    """A group of the list."""

    source: _Name
    carrier: _Name | None = None
    code: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    said: Annotated[str | None, Field(min_length=1, max_length=500)] = None


class SaidText(BaseModel):
    """A text of a group: `said` is what a mapping compares."""

    said: str | None
    scans: int
    last_at: datetime
    example: Example | None


class SaidTexts(BaseModel):
    """The commonest texts first, at most 20."""

    items: list[SaidText]


class MappingBody(Body):
    """What a code, a text or both mean. Without `carrier`: for all carriers of the source.

    With a text the meaning is the last word; with a code alone the text may still refine it, as in a code table. Hub
    names and digits in the text do not count.
    """

    source: _Name
    carrier: _Name | None = None
    code: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    text: Annotated[str | None, Field(min_length=1, max_length=1000)] = None
    milestone: Milestone
    detail: Detail | None = None
    culprit: Culprit | None = None
    note: Annotated[str | None, Field(max_length=200)] = None

    @model_validator(mode="after")
    def _says_something(self) -> MappingBody:
        if self.code is None and self.text is None:
            raise ValueError("give a code, a text, or both")
        if self.milestone is Milestone.UNKNOWN:
            raise ValueError("unknown is no meaning; take the mapping back instead")
        return self


class MappingItem(BaseModel):
    """A mapping. `scans`: stored scans that it reads. `added_by`: `staff:<id>` (with `added_name`) or `cli:<user>`."""

    mapping_id: int
    source: str
    carrier: str | None
    code: str | None
    text: str | None
    milestone: Milestone
    detail: Detail | None
    culprit: Culprit | None
    note: str | None
    added_at: datetime
    added_by: str
    added_name: str | None
    retired_at: datetime | None
    retired_by: str | None
    scans: int


class MappingQuery(Body):
    """Filters and the page."""

    source: _Name | None = None
    retired: bool = False
    before: int = Field(default=2**62, ge=1)
    limit: Limit = 50


class MappingPage(BaseModel):
    """Newest first. `next` is the `before` of the next page, null at the end."""

    items: list[MappingItem]
    next: int | None


class RereadBody(Body):
    """Where to go on: `next` of the answer before; without it from the start."""

    cursor: Cursor = None


class RereadAnswer(BaseModel):
    """How many stored scans were looked at and how many of them mean something else now.

    The stream rewrites these within moments. `next`: call again with it, null at the end.
    """

    read: int
    reread: int
    parcels: int
    next: str | None


def _example(row: Any) -> Example | None:
    if row["body"] is None:
        return None
    scan = _scan.decode(row["body"])
    return Example(
        parcel_id=row["parcel_id"],
        waybill=scan.waybill,
        happened_at=scan.happened_at,
        place=scan.place or scan.facility,
        text=hide_numbers(scan.text) if scan.text else None,
    )


@route(
    "GET", "/v1/unmapped", auth=Auth.AGENT, summary="What nobody can read", query=UnmappedQuery,
    answers={200: UnmappedPage}, tag="mappings",
)  # fmt: skip
async def list_unmapped(call: Call[None, UnmappedQuery]) -> UnmappedPage:
    """Give a page of codes and texts that no table and no mapping explains."""
    query = call.query
    after = read_cursor("unmapped", query.cursor, Group)
    async with call.services.pool.acquire(timeout=5) as connection:
        rows = await store.unread(connection, after, query.limit + 1, query.source, query.carrier, query.q)
        counts = await store.unread_count(connection)
    shown = rows[: query.limit]
    names = ("source", "carrier", "code", "said", "scans", "texts", "parcels", "first_at", "last_at")
    items = [UnmappedGroup(**{name: row[name] for name in names}, example=_example(row)) for row in shown]
    last = None
    if len(rows) > query.limit:
        last = Group(**{name: shown[-1][name] for name in ("scans", "source", "carrier", "code", "said")})
    return UnmappedPage(items=items, next=write_cursor("unmapped", last), by_source=counts)


@route(
    "GET", "/v1/unmapped/texts", auth=Auth.AGENT, summary="The texts that came with a code", query=TextsQuery,
    answers={200: SaidTexts}, tag="mappings",
)  # fmt: skip
async def list_texts(call: Call[None, TextsQuery]) -> SaidTexts:
    """Give the texts of a group, for mapping one of them alone."""
    query = call.query
    rows = await store.texts(call.services.pool, query.source, query.carrier, query.code, query.said, _TEXTS)
    return SaidTexts(
        items=[
            SaidText(said=row["said"], scans=row["scans"], last_at=row["last_at"], example=_example(row))
            for row in rows
        ]
    )


@route(
    "GET", "/v1/mappings", auth=Auth.AGENT, summary="What people mapped", query=MappingQuery,
    answers={200: MappingPage}, tag="mappings",
)  # fmt: skip
async def list_mappings(call: Call[None, MappingQuery]) -> MappingPage:
    """Give a page of mappings."""
    query = call.query
    rows = await store.page(call.services.pool, query.before, query.limit, query.source, query.retired)
    items = [MappingItem(**dict(row)) for row in rows]
    return MappingPage(items=items, next=items[-1].mapping_id if len(items) == query.limit else None)


@route(
    "POST", "/v1/mappings", auth=Auth.SUPERVISOR, summary="Map a code or a text", body=MappingBody,
    description="Takes the place of the mapping of the same source, carrier, code and text. New scans are read by it "
    "within seconds; stored ones when it is replayed.",
    answers={201: MappingItem}, tag="mappings",
)  # fmt: skip
async def add_mapping(call: Call[MappingBody, None]) -> MappingItem:
    """Add a mapping."""
    services, body = call.services, call.body
    new = NewMapping(
        source=body.source,
        carrier=body.carrier,
        code=body.code,
        text=text_key(body.text) if body.text else None,
        milestone=body.milestone.value,
        detail=body.detail.value if body.detail else None,
        culprit=body.culprit.value if body.culprit else None,
        note=body.note,
    )
    async with services.pool.acquire(timeout=5) as connection:
        number = await store.add(connection, new, services.now(), f"staff:{call.staff.staff_id}")
        await services.book.read(connection)
        row = await store.one(connection, number)
    if row is None:
        raise Problem(409, "taken-back", "Somebody took the mapping back in this moment.")
    log.info("mapping_added", mapping_id=number, source=new.source, milestone=new.milestone)
    return MappingItem(**dict(row))


@route(
    "DELETE", "/v1/mappings/{mapping_id:[0-9]{1,18}}", auth=Auth.SUPERVISOR, summary="Take a mapping back",
    description="New scans are read without it; stored ones when it is replayed.", answers={204: None}, tag="mappings",
)  # fmt: skip
async def retire_mapping(call: Call[None, None]) -> None:
    """Take a mapping back; done twice it changes nothing."""
    services, number = call.services, int(call.path("mapping_id"))
    async with services.pool.acquire(timeout=5) as connection:
        if await store.one(connection, number) is None:
            raise Problem(404, "no-such-mapping", "There is no mapping of this number.")
        await store.retire(connection, number, services.now(), f"staff:{call.staff.staff_id}")
        await services.book.read(connection)


@route(
    "POST", "/v1/mappings/{mapping_id:[0-9]{1,18}}/replay", auth=Auth.SUPERVISOR, body=RereadBody,
    summary="Read stored scans again by a mapping",
    description="Reads the stored scans that the mapping speaks for and that nobody could read, or that a mapping "
    "read. Some thousands a call; call again with `next` until it is null. Safe to stop and to repeat.",
    answers={200: RereadAnswer, 503: None}, tag="mappings", timeout_s=60,
)  # fmt: skip
async def replay_mapping(call: Call[RereadBody, None]) -> RereadAnswer:
    """Read stored scans again by a mapping, or without it when it was taken back."""
    services, number = call.services, int(call.path("mapping_id"))
    row = await store.one(services.pool, number)
    if row is None:
        raise Problem(404, "no-such-mapping", "There is no mapping of this number.")
    await services.book.read(services.pool)
    mappings: Mappings = services.book.mappings
    if row["retired_at"] is None:
        which = Which(source=row["source"], carrier=row["carrier"], code=row["code"], said=row["text"])
    else:
        which = Which(mapping_id=number)
    place = read_cursor("reread", call.body.cursor, Place) or Place()
    read = reread = parcels = 0
    more = True
    for _ in range(_PAGES):
        step = await look(services.pool, services.intake, mappings, which, place)
        read, reread, parcels = read + step.read, reread + step.reread, parcels + step.parcels
        more = step.next is not None
        if step.next is None:
            break
        place = step.next
    log.info("mapping_replayed", mapping_id=number, read=read, reread=reread)
    return RereadAnswer(read=read, reread=reread, parcels=parcels, next=write_cursor("reread", place) if more else None)


ROUTES = (list_unmapped, list_texts, list_mappings, add_mapping, retire_mapping, replay_mapping)
