"""A state made anew from the tables is the state that was lost, as far as anybody outside can see."""

from __future__ import annotations

import msgspec
from core_build import PARCEL, POLICY, Watcher, histories, hour, registration, registrations, report, reports, scan
from hypothesis import given
from hypothesis import strategies as st

from core.effect import (
    ExceptionCleared,
    ExceptionOpened,
    ExceptionRecord,
    ExceptionRetracted,
    ExceptionUpdated,
    NoticeWanted,
)
from core.event import Registration, Report
from core.parcel import empty
from core.rebuild import Remains, Remembered, rebuild
from core.scan import Milestone, Scan
from core.watch import Advance, Watched, advance


def _stored(watcher: Watcher, registered: Registration | None, said: list[Report]) -> Remains:
    """Give what the tables would hold after everything that the watcher did."""
    rows: dict[str, Remembered] = {}
    told: set[str | None] = set()
    told_at = None
    for effect in watcher.effects:
        match effect:
            case ExceptionOpened(record=r, finding=f) | ExceptionUpdated(record=r, finding=f):
                rows[r.exception_id] = Remembered(
                    exception_id=r.exception_id,
                    kind=r.kind,
                    severity=r.severity,
                    state=r.state,
                    since=r.since,
                    opened_at=r.opened_at,
                    closed_at=None,
                    rule=f.evidence.rule,
                    scans=f.evidence.scans,
                    reports=f.evidence.reports,
                )
            case ExceptionCleared(record=r) | ExceptionRetracted(record=r):
                rows[r.exception_id] = msgspec.structs.replace(
                    rows[r.exception_id], state=r.state, closed_at=r.closed_at
                )
            case NoticeWanted() as n:
                told.add(n.exception_id)
                told_at = n.data["expected_at"] or told_at
    for judged in watcher.judged:
        if judged.verdict_id in rows:
            rows[judged.verdict_id] = msgspec.structs.replace(rows[judged.verdict_id], verdict=judged.verdict)
    return Remains(
        scans=list(watcher.stored.values())[::-1],
        registration=registered,
        reports=said,
        exceptions=[msgspec.structs.replace(row, told=row.exception_id in told) for row in rows.values()][::-1],
        heard_at=watcher.watched.known_at if watcher.watched else None,
        told_at=msgspec.convert(told_at, type=type(hour(0))) if told_at else None,
    )


def _seen(record: ExceptionRecord) -> ExceptionRecord:
    return msgspec.structs.replace(record, told=False, known_until=None, tells_of=None)


@given(
    st.lists(st.tuples(st.integers(0, 60), histories), min_size=1, max_size=4),
    registrations,
    reports,
    st.integers(0, 300),
)
def test_what_is_made_anew_is_what_was_lost(
    pushes: list[tuple[int, list[Scan]]], registered: Registration | None, said: list[Report], later: int
) -> None:
    watcher = Watcher()
    now = 0
    if registered is not None:
        watcher.register(now, registered)
    for gap, scans in pushes:
        now += gap
        watcher.look(now)
        watcher.hear(now, *scans)
    for each in said:
        watcher.report(now, each)
    watcher.look(now + later)
    lost = watcher.watched
    assert lost is not None

    again = rebuild(PARCEL, _stored(watcher, registered, said), hour(now + later))
    assert again.parcel == lost.parcel
    assert again.known_at == lost.known_at
    known = {_seen(record) for record in again.exceptions}
    assert {_seen(record) for record in lost.exceptions} <= known
    next_look = advance(PARCEL, again, (), hour(now + later), POLICY)
    assert isinstance(next_look, Advance)
    assert not next_look.effects
    assert next_look.watched.due_at == lost.due_at
    assert next_look.watched.expected_at == lost.expected_at


def test_nothing_told_is_told_again_and_the_next_is_another_number() -> None:
    watcher = Watcher()
    watcher.register(0, registration(promised=None))
    watcher.hear(1, scan(1, Milestone.PICKED_UP))
    watcher.look(90)
    opened = [e.record for e in watcher.effects if isinstance(e, ExceptionOpened)]
    assert opened
    watcher.watched = rebuild(PARCEL, _stored(watcher, registration(promised=None), []), hour(90))
    assert {r.exception_id for r in watcher.watched.exceptions if r.told} == {
        e.exception_id for e in watcher.effects if isinstance(e, NoticeWanted)
    }
    assert any(r.told for r in watcher.watched.exceptions)
    watcher.effects.clear()
    watcher.hear(91, scan(91, Milestone.IN_TRANSIT))
    watcher.look(400)
    ids = [e.record.exception_id for e in watcher.effects if isinstance(e, ExceptionOpened)]
    assert ids
    assert not set(ids) & {r.exception_id for r in opened}


def test_of_nothing_stored_comes_a_parcel_of_which_nothing_is_known() -> None:
    made = rebuild(PARCEL, Remains(), hour(5))
    carrier, waybill = PARCEL.split(":")
    assert made == Watched(empty(PARCEL, carrier, waybill), (), hour(5), None, hour(5), None)
    assert rebuild(PARCEL, Remains(reports=[report(1)]), hour(5)).parcel.reports == (report(1),)
