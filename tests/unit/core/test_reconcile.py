from __future__ import annotations

from core_build import PARCEL, hour, report
from core_build import scan as make

from core.effect import ExceptionRecord, ExceptionState, digest
from core.event import Reported, Scanned, decode, encode
from core.finding import Diagnosis, Evidence, Finding, Kind, Severity
from core.reconcile import PAST, Changes, reconcile
from core.scan import Milestone


def finding(kind: Kind, since: float = 0, **evidence: object) -> Finding:
    return Finding(
        kind=kind,
        severity=Severity.MINOR,
        since=hour(since),
        evidence=Evidence(rule=kind.value, source="own", **evidence),  # type: ignore[arg-type]
    )


def run(
    records: tuple[ExceptionRecord, ...], hours: float, *findings: Finding, held: bool | dict[str, bool] = True
) -> Changes:
    def judged(record: ExceptionRecord) -> bool:
        return held if isinstance(held, bool) else held.get(record.exception_id, True)

    return reconcile(PARCEL, records, Diagnosis(findings=findings, due_at=None), hour(hours), judged)


def names(changes: Changes) -> list[str]:
    return [type(effect).__name__.removeprefix("Exception") for effect in changes.effects]


def test_opened_updated_cleared_and_opened_again() -> None:
    one = run((), 1, finding(Kind.STALLED))
    assert names(one) == ["Opened"]
    (record,) = one.records
    assert (record.exception_id, record.nth, record.opened_at) == (digest(PARCEL, "stalled", "1"), 1, hour(1))
    assert run(one.records, 2, finding(Kind.STALLED, measured_s=99)) == Changes(one.records, ())
    two = run(one.records, 2, finding(Kind.STALLED, scans=("a",)))
    assert names(two) == ["Updated"]
    three = run(two.records, 3)
    assert names(three) == ["Cleared"]
    assert (three.records[0].state, three.records[0].closed_at) == (ExceptionState.CLEARED, hour(3))
    four = run(three.records, 4, finding(Kind.STALLED, 3.5))
    assert [(record.nth, record.state.value) for record in four.records] == [(1, "cleared"), (2, "open")]


def test_evidence_moved_between_scans_and_reports_is_a_change() -> None:
    one = run((), 1, finding(Kind.DAMAGE_REPORTED, scans=("a",)))
    assert names(run(one.records, 2, finding(Kind.DAMAGE_REPORTED, reports=("a",)))) == ["Updated"]


def test_what_began_after_the_opening_is_another() -> None:
    one = run((), 1, finding(Kind.STALLED))
    two = run(one.records, 9, finding(Kind.STALLED, 5))
    assert names(two) == ["Cleared", "Opened"]
    assert [record.since for record in two.records] == [hour(0), hour(5)]


def test_retracted_is_final_and_told_once() -> None:
    one = run((), 1, finding(Kind.STALLED))
    two = run(one.records, 2, finding(Kind.STALLED), held=False)
    assert names(two) == ["Retracted", "Opened"]
    three = run(two.records, 3, finding(Kind.STALLED), held={one.records[0].exception_id: False})
    assert names(three) == []


def test_superseded_says_by_what() -> None:
    one = run((), 1, finding(Kind.STALLED))
    two = run(one.records, 2, finding(Kind.LOSS_REPORTED))
    assert two.effects[0].reason == "superseded by loss_reported"  # type: ignore[union-attr]


def test_the_past_is_bounded_and_the_numbers_go_on() -> None:
    records: tuple[ExceptionRecord, ...] = run((), 0, finding(Kind.LATE)).records
    records = run(records, 0).records
    for n in range(1, 30):
        records = run(records, 2 * n, finding(Kind.STALLED, 2 * n)).records
        records = run(records, 2 * n + 1).records
    assert len(records) == PAST + 2
    assert records[0].kind is Kind.LATE
    assert records[-1].nth == 29
    # Out of order, as nothing forbids: the latest of its kind still carries the number.
    again = run(tuple(reversed(records)), 99, finding(Kind.STALLED, 99))
    assert again.records[-1].nth == 30


def test_the_event_after_the_opening_is_remembered() -> None:
    diagnosis = Diagnosis(findings=(finding(Kind.LATE),), due_at=None)
    ahead = reconcile(PARCEL, (), diagnosis, hour(1), lambda _: True, last_scan_at=hour(3)).records[0]
    usual = reconcile(PARCEL, (), diagnosis, hour(1), lambda _: True, last_scan_at=hour(1)).records[0]
    assert (ahead.horizon, usual.horizon) == (hour(3), hour(1))


def test_events_survive_the_topic() -> None:
    said = Reported(parcel_id=PARCEL, report=report(1))
    pushed = Scanned(parcel_id=PARCEL, received_at=hour(1), scans=(make(1, Milestone.IN_TRANSIT, place="杭州"),))
    assert decode(encode(said)) == said
    assert decode(encode(pushed)) == pushed
