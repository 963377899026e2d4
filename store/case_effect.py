"""What the stream does to cases: opens them, hangs further exceptions on them, and follows up when exceptions end.

Invariant: every change of a case is one version and one audit event, made under the case's row lock, so a change by
staff at the same moment is never lost. May import: core, store.statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.case import Clock
from core.effect import CaseWanted
from store.statements import load

_SQL = load("case_effect")
_ROUNDS = 3  # a case can be closed between our look and our lock, but not forever


async def want(connection: Any, wanted: Sequence[tuple[str, CaseWanted]]) -> set[str]:
    """Give every wanted exception its case, opening those that are missing; give the ids of the cases touched."""
    weighed = await _weigh(connection, [effect for _, effect in wanted if not effect.opens])
    wanted = [pair for pair in wanted if pair[1].opens]
    if not wanted:
        return weighed
    home: dict[str, str] = {}  # exception id -> case id
    made: set[str] = set()
    missing = list(wanted)
    for _ in range(_ROUNDS):
        made |= await _insert(connection, missing)
        await _lock(connection, missing, home)
        missing = [pair for pair in missing if pair[1].exception_id not in home]
        if not missing:
            break
    for _, effect in missing:
        # The case of exactly this exception is there and finished: the exception hangs on it, finished or not.
        home[effect.exception_id] = effect.case_id
    await connection.execute(_SQL["attach"], list(home), list(home.values()))
    await _raise(connection, wanted, home, made)
    return weighed | set(home.values())


async def _weigh(connection: Any, wanted: Sequence[CaseWanted]) -> set[str]:
    """Raise the priority of the open cases that exceptions hang on; a priority that staff set stays."""
    if not wanted:
        return set()
    ids = [w.exception_id for w in wanted]
    if not await connection.fetch(_SQL["lock_of_exceptions"], ids):
        return set()
    now = max(w.opened_at for w in wanted)
    rows = await connection.fetch(_SQL["weigh_cases"], ids, [w.priority for w in wanted], now)
    return {row[0] for row in rows}


async def _insert(connection: Any, wanted: Sequence[tuple[str, CaseWanted]]) -> set[str]:
    rows = [
        (
            w.case_id,
            parcel_id,
            w.kind.value,
            int(w.severity),
            w.priority,
            w.opened_by,
            w.opened_at,
            w.reason,
            w.exception_id,
            next((c.met_at for c in w.clocks if c.clock is Clock.ACCEPT), None),
        )
        for parcel_id, w in wanted
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    made = {row[0] for row in await connection.fetch(_SQL["insert_cases"], *columns)}
    clocks = {
        (w.case_id, c.clock.value): (w.case_id, c.clock.value, w.opened_at, c.due_at, c.met_at)
        for _, w in wanted
        if w.case_id in made
        for c in w.clocks
    }
    if clocks:
        await connection.execute(
            _SQL["insert_clocks"], *(list(column) for column in zip(*clocks.values(), strict=True))
        )
    return made


async def _lock(connection: Any, wanted: Sequence[tuple[str, CaseWanted]], home: dict[str, str]) -> None:
    rows = await connection.fetch(
        _SQL["lock_open"],
        [parcel_id for parcel_id, _ in wanted],
        [w.kind.value for _, w in wanted],
        [w.exception_id for _, w in wanted],
    )
    home.update((row[0], row[1]) for row in rows)


async def _raise(
    connection: Any, wanted: Sequence[tuple[str, CaseWanted]], home: dict[str, str], made: set[str]
) -> None:
    further: dict[str, list[CaseWanted]] = {}
    for _, effect in wanted:
        case_id = home[effect.exception_id]
        if not (case_id in made and case_id == effect.case_id):
            further.setdefault(case_id, []).append(effect)
    if not further:
        return
    rows = [
        (
            case_id,
            max(int(w.severity) for w in group),
            max(w.priority for w in group),
            max(w.opened_at for w in group),
            "; ".join(dict.fromkeys(w.reason for w in group)),
            msgspec.json.encode({"exceptions": [w.exception_id for w in group]}).decode(),
        )
        for case_id, group in further.items()
    ]
    await connection.execute(_SQL["raise_cases"], *(list(column) for column in zip(*rows, strict=True)))


async def follow_up(connection: Any, exception_ids: Sequence[str], now: datetime) -> set[str]:
    """Tell the cases of exceptions that just ended; give the ids of the cases touched."""
    locked = await connection.fetch(_SQL["lock_of_exceptions"], exception_ids)
    if not locked:
        return set()
    return {row[0] for row in await connection.fetch(_SQL["follow_up"], exception_ids, now)}
