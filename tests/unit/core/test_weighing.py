"""A registration that comes after the trouble says what the parcel is worth, and its cases get as urgent as that."""

from __future__ import annotations

from core_build import POLICY, M, Watcher, histories, registration, registrations, report, scan
from hypothesis import given

from core.case import priority_of
from core.effect import CaseWanted, ExceptionRecord, ExceptionState
from core.event import Registration, ReportKind, Tier
from core.finding import Kind
from core.scan import Scan
from core.watch import Advance


def wanted(answer: Advance) -> list[CaseWanted]:
    return [effect for effect in answer.effects if isinstance(effect, CaseWanted)]


def stalled() -> Watcher:
    watcher = Watcher()
    watcher.hear(0, scan(0, M.IN_TRANSIT))
    assert [case.priority for case in wanted(watcher.look(60))] == [100]
    return watcher


def test_the_case_gets_as_urgent_as_the_registration_makes_it() -> None:
    watcher = stalled()
    (case,) = wanted(watcher.register(61, registration(61, None, declared_minor=300_000, tier=Tier.VIP)))
    (record,) = watcher.watched.exceptions if watcher.watched else ()
    assert (case.priority, case.exception_id, case.opens) == (400, record.exception_id, False)


def test_a_registration_that_makes_nothing_more_urgent_wants_nothing() -> None:
    watcher = stalled()
    assert wanted(watcher.register(61, registration(61, None))) == []
    # Another one that does, and one that takes it back: a case gets no less urgent by itself.
    assert [c.priority for c in wanted(watcher.register(62, registration(62, None, tier=Tier.PLUS)))] == [150]
    assert wanted(watcher.register(63, registration(63, None))) == []


def test_what_is_over_and_what_has_no_case_is_left_alone() -> None:
    watcher = Watcher()
    watcher.hear(0, scan(0, M.IN_TRANSIT))
    watcher.look(60)
    watcher.hear(61, scan(61, M.ATTEMPT_FAILED))
    assert watcher.watched is not None
    assert {(r.kind, r.state) for r in watcher.watched.exceptions} == {
        (Kind.STALLED, ExceptionState.CLEARED),
        (Kind.ATTEMPT_FAILED, ExceptionState.OPEN),
    }
    assert wanted(watcher.register(62, registration(62, None, tier=Tier.VIP))) == []


def test_what_opens_with_the_registration_is_wanted_once() -> None:
    watcher = Watcher()
    watcher.report(0, report(0, ReportKind.DAMAGED))
    answer = watcher.register(1, registration(0, 0.5, tier=Tier.VIP))
    kinds = {(case.reason, case.opens) for case in wanted(answer)}
    assert kinds == {("late", True), ("damage_reported", False)}


@given(histories, registrations)
def test_every_open_exception_s_case_is_at_least_as_urgent_as_if_the_registration_had_come_first(
    scans: list[Scan], registered: Registration | None
) -> None:
    watcher = Watcher()
    for each in scans:
        watcher.hear(420, each)
    if registered is not None:
        watcher.register(421, registered)
    watcher.look(422)
    highest: dict[str, int] = {}
    for effect in watcher.effects:
        if isinstance(effect, CaseWanted):
            highest[effect.exception_id] = max(effect.priority, highest.get(effect.exception_id, 0))
    for record in _open(watcher):
        assert highest[record.exception_id] >= priority_of(
            record.severity, None, "CNY", registered.tier if registered else Tier.STANDARD, POLICY
        )


def _open(watcher: Watcher) -> list[ExceptionRecord]:
    records = watcher.watched.exceptions if watcher.watched else ()
    return [r for r in records if r.state is ExceptionState.OPEN and POLICY.kinds[r.kind].case is not None]
