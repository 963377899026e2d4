from __future__ import annotations

from datetime import timedelta

import pytest
from core_build import POLICY, M, histories, hour, parcel, registration, registrations, report, reports
from core_build import scan as make
from hypothesis import given
from hypothesis import strategies as st

from core.diagnose import ORDER, diagnose
from core.diagnose.look import began
from core.event import Registration, Report, ReportKind
from core.finding import Kind, Severity
from core.parcel import OVER, Parcel
from core.policy import Policy
from core.scan import Detail, Scan, Signer
from runtime.policy import read_policy

ID = "x"
REGISTERED = registration(0, 96)
ADDRESS = {"address_unusable": "address_unusable"}
NOT_RECEIVED = ReportKind.NOT_RECEIVED


def kinds(state: Parcel, hours: float, policy: Policy = POLICY) -> dict[str, str]:
    """Give each kind found with its rule."""
    return {finding.kind.value: finding.evidence.rule for finding in diagnose(state, hour(hours), policy).findings}


# story, parcel, hours, what is found, hours of the next look (None: never)
TABLE: list[tuple[str, Parcel, float, dict[str, str], float | None]] = [
    ("registered", parcel(registered=REGISTERED), 23, {}, 24),
    ("not picked up", parcel(registered=REGISTERED), 24, {"not_picked_up": "not_picked_up"}, 72),
    ("announced only", parcel(make(5, M.ANNOUNCED)), 29, {"not_picked_up": "not_picked_up"}, 77),
    ("registered after the label", parcel(make(5, M.ANNOUNCED), registered=registration(9)), 28, {}, 29),
    ("registered before the label", parcel(make(9, M.ANNOUNCED), registered=registration(5)), 28, {}, 29),
    ("healthy", parcel(make(5, M.IN_TRANSIT), registered=REGISTERED), 52, {}, 53),
    ("stalled", parcel(make(5, M.IN_TRANSIT)), 53, {"stalled": "stalled.in_transit"}, 101),
    ("stalled by milestone", parcel(make(5, M.PICKED_UP)), 41, {"stalled": "stalled.picked_up"}, 89),
    (
        "stalled by service",
        parcel(make(5, M.IN_TRANSIT, service="same_city")),
        17,
        {"stalled": "stalled.same_city.in_transit"},
        65,
    ),
    ("late", parcel(make(90, M.IN_TRANSIT), registered=REGISTERED), 96, {"late": "late"}, 138),
    (
        "stalled and late",
        parcel(make(5, M.IN_TRANSIT), registered=REGISTERED),
        100,
        {"stalled": "stalled.in_transit", "late": "late"},
        101,
    ),
    ("loss suspected", parcel(make(0, M.IN_TRANSIT)), 168, {"loss_suspected": "loss_suspected"}, 240),
    ("ready for collection", parcel(make(5, M.AVAILABLE), registered=REGISTERED), 76, {}, 77),
    (
        "not collected",
        parcel(make(5, M.AVAILABLE), registered=REGISTERED),
        77,
        {"not_collected": "not_collected"},
        125,
    ),
    ("delivered late", parcel(make(200, M.DELIVERED), registered=REGISTERED), 300, {}, None),
    (
        "given up",
        parcel(make(0, M.IN_TRANSIT)),
        181 * 24,
        {"thoroughly_delayed": "thoroughly_delayed.unpromised", "loss_suspected": "loss_suspected"},
        None,
    ),
    ("damaged", parcel(make(5, M.IN_TRANSIT, detail=Detail.DAMAGED)), 6, {"damage_reported": "damage_reported"}, 53),
    (
        "repacked",
        parcel(make(5, M.IN_TRANSIT, detail=Detail.REPACKED)),
        6,
        {"repacked": "repacked"},
        53,
    ),
    (
        "damage reported by the consumer",
        parcel(make(5, M.DELIVERED), reports=(report(9),)),
        10,
        {"damage_reported": "damage_reported.consumer"},
        9 + 720,
    ),
    ("damage settled", parcel(make(5, M.DELIVERED), reports=(report(9),)), 9 + 720, {}, None),
    (
        "damage, then delivered",
        parcel(make(1, M.IN_TRANSIT, detail=Detail.DAMAGED), make(5, M.DELIVERED)),
        6,
        {"damage_reported": "damage_reported"},
        725,
    ),
    (
        "lost",
        parcel(make(5, M.EXCEPTION, detail=Detail.LOST, text="lost"), registered=registration(0, 10)),
        20,
        {"loss_reported": "loss_reported"},
        5 + 90 * 24,
    ),
    (
        "feared lost",
        parcel(make(5, M.EXCEPTION, detail=Detail.LOST, text="快件疑似遗失"), registered=registration(0, 10)),
        20,
        {"loss_suspected": "loss_suspected.words"},
        5 + 90 * 24,
    ),
    (
        "lost for good",
        parcel(make(0, M.EXCEPTION, detail=Detail.LOST)),
        90 * 24,
        {},
        180 * 24,
    ),
    ("attempt failed", parcel(make(5, M.ATTEMPT_FAILED)), 6, {"attempt_failed": "attempt_failed"}, 101),
    (
        "repeated attempts",
        parcel(make(5, M.ATTEMPT_FAILED), make(10, M.ATTEMPT_FAILED)),
        11,
        {"repeated_attempts": "repeated_attempts"},
        106,
    ),
    (
        "out again after two attempts",
        parcel(make(5, M.ATTEMPT_FAILED), make(10, M.ATTEMPT_FAILED), make(12, M.OUT_FOR_DELIVERY)),
        13,
        {"repeated_attempts": "repeated_attempts"},
        36,
    ),
    (
        "two attempts, then a locker",
        parcel(make(5, M.ATTEMPT_FAILED), make(10, M.ATTEMPT_FAILED), make(12, M.AVAILABLE)),
        13,
        {},
        84,
    ),
    ("turned back", parcel(make(5, M.RETURNING)), 6, {"return_to_sender": "return_to_sender"}, 125),
    ("back at the sender", parcel(make(5, M.RETURNING), make(9, M.RETURNED)), 10, {}, None),
    (
        "not received",
        parcel(make(5, M.DELIVERED), reports=(report(9, NOT_RECEIVED),)),
        10,
        {"not_received": "not_received"},
        9 + 720,
    ),
    ("not received, then delivered", parcel(make(12, M.DELIVERED), reports=(report(9, NOT_RECEIVED),)), 13, {}, None),
    ("not received, settled", parcel(make(5, M.DELIVERED), reports=(report(9, NOT_RECEIVED),)), 800, {}, 9 + 180 * 24),
    (
        "not received instead of delivered",
        parcel(make(5, M.IN_TRANSIT), reports=(report(9, NOT_RECEIVED),)),
        10,
        {"not_received": "not_received"},
        53,
    ),
    ("only a report", parcel(reports=(report(9, NOT_RECEIVED),)), 10, {"not_received": "not_received"}, 33),
    (
        "at customs",
        parcel(make(0, M.CUSTOMS), make(90, M.CUSTOMS)),
        96,
        {"customs_hold": "customs_hold"},
        210,
    ),
    (
        "held by customs",
        parcel(make(0, M.CUSTOMS), make(5, M.CUSTOMS, detail=Detail.CUSTOMS_HELD)),
        29,
        {"customs_hold": "customs_hold.held"},
        125,
    ),
    ("unusable address", parcel(make(5, M.ATTEMPT_FAILED, detail=Detail.BAD_ADDRESS)), 6, ADDRESS, 101),
    ("refused", parcel(make(5, M.ATTEMPT_FAILED, detail=Detail.REFUSED)), 6, {"refused": "refused"}, 101),
    (
        "turned back because it was refused",
        parcel(make(5, M.ATTEMPT_FAILED, detail=Detail.REFUSED), make(9, M.RETURNING)),
        10,
        {"return_to_sender": "return_to_sender.refused"},
        129,
    ),
    ("misrouted", parcel(make(5, M.EXCEPTION, detail=Detail.MISROUTED)), 6, {"misrouted": "misrouted"}, 29),
    (
        "going in circles",
        parcel(*(make(n, M.IN_TRANSIT, detail=Detail.ARRIVED, facility="AB"[n % 2]) for n in range(4))),
        4,
        {"looping": "looping"},
        51,
    ),
    (
        "lighter",
        parcel(make(0, M.IN_TRANSIT, weight_g=1000), make(1, M.IN_TRANSIT, weight_g=850)),
        2,
        {"weight_fell": "weight_fell"},
        49,
    ),
    (
        "left in a locker",
        parcel(make(1, M.OUT_FOR_DELIVERY), make(3, M.DELIVERED, signer=Signer.LOCKER)),
        4,
        {"false_signature": "false_signature.unasked"},
        171,
    ),
    (
        "thoroughly delayed",
        parcel(make(400, M.IN_TRANSIT), registered=REGISTERED),
        410,
        {"thoroughly_delayed": "thoroughly_delayed"},
        448,
    ),
    ("only scans without a time", parcel(make(-4_000_00, M.IN_TRANSIT)), 10, {}, None),
    ("nothing at all", parcel(), 10, {}, 34),
]


@pytest.mark.parametrize(("story", "state", "hours", "found", "due"), TABLE, ids=[row[0] for row in TABLE])
def test_table(story: str, state: Parcel, hours: float, found: dict[str, str], due: float | None) -> None:
    assert kinds(state, hours) == found
    assert diagnose(state, hour(hours), POLICY).due_at == (hour(due) if due is not None else None)


def test_evidence_says_what_was_measured_against_what() -> None:
    state = parcel(make(5, M.IN_TRANSIT))
    (finding,) = diagnose(state, hour(60), POLICY).findings
    assert finding.since == hour(53)
    assert (finding.evidence.measured_s, finding.evidence.limit_s) == (55 * 3600, 48 * 3600)
    assert finding.evidence.scans == (state.heard_scan,)
    assert finding.evidence.source.startswith("own default")


def test_evidence_of_attempts_names_them_all() -> None:
    scans = [make(5 * n, M.ATTEMPT_FAILED, text="收件人不在") for n in (1, 2, 3)]
    (finding,) = diagnose(parcel(*scans), hour(16), POLICY).findings
    assert (finding.evidence.measured, finding.evidence.limit) == (3, 2)
    assert finding.evidence.scans == tuple(scan.scan_id for scan in scans)
    assert (finding.since, finding.evidence.words) == (hour(10), "收件人不在")


def test_it_grows_worse() -> None:
    state = parcel(make(0, M.IN_TRANSIT))
    assert diagnose(state, hour(95.9), POLICY).findings[0].severity is Severity.MINOR
    assert diagnose(state, hour(96), POLICY).findings[0].severity is Severity.MAJOR


def test_each_silence_ends_by_a_sign_of_life() -> None:
    assert kinds(parcel(make(0, M.IN_TRANSIT), make(167, M.UNKNOWN)), 168) == {}
    assert kinds(parcel(make(0, M.IN_TRANSIT), make(167, M.EXPIRED)), 168) == {"loss_suspected": "loss_suspected"}


def test_a_limit_can_be_switched_off() -> None:
    from core.policy import load_policy
    from runtime.policy import DEFAULT

    never = "[kinds.not_picked_up]\nlimit = 'never'\n[kinds.late]\nlimit = 'never'\n"
    off = never + "[kinds.stalled.limits]\nin_transit = 'never'"
    policy = load_policy(DEFAULT.read_text("utf-8"), off)
    assert kinds(parcel(registered=REGISTERED), 100, policy) == {}
    assert kinds(parcel(make(0, M.IN_TRANSIT), registered=REGISTERED), 150, policy) == {}


def test_one_that_is_only_heard_of_begins_with_the_report() -> None:
    assert began(parcel(reports=(report(9),)), hour(50)) == hour(9)
    assert began(parcel(), hour(50)) == hour(50)


@given(histories, registrations, reports, st.integers(-10, 6000))
def test_due_at_is_always_to_come(
    scans: list[Scan], registered: Registration | None, said: list[Report], hours: int
) -> None:
    state, now = parcel(*scans, registered=registered, reports=tuple(said)), hour(hours)
    diagnosis = diagnose(state, now, POLICY)
    assert diagnosis.due_at is None or diagnosis.due_at > now
    latest = [at for at in (state.heard_at, registered.at if registered else None, *(r.at for r in said)) if at]
    if state.active and latest and max(latest) + POLICY.give_up > now:
        assert diagnosis.due_at is not None
    if state.milestone in OVER and not state.active and not diagnosis.findings and not state.damage:
        assert diagnosis.due_at is None
    found = [finding.kind for finding in diagnosis.findings]
    assert found == sorted(set(found), key=ORDER.__getitem__)
    assert all(finding.evidence.source and finding.evidence.rule for finding in diagnosis.findings)


@given(histories, registrations, reports, st.integers(-10, 6000))
def test_nothing_changes_before_it_is_due(
    scans: list[Scan], registered: Registration | None, said: list[Report], hours: int
) -> None:
    state, now = parcel(*scans, registered=registered, reports=tuple(said)), hour(hours)
    one = diagnose(state, now, POLICY)
    last = one.due_at - timedelta(seconds=1) if one.due_at else now + timedelta(days=900)
    if last <= now:
        return
    two = diagnose(state, last, POLICY)
    assert [(f.kind, f.severity, f.since, f.evidence.rule) for f in two.findings] == [
        (f.kind, f.severity, f.since, f.evidence.rule) for f in one.findings
    ]


def test_every_kind_is_in_the_table() -> None:
    # What needs more than the parcel and policy has its tests in test_early.py, test_jammed.py and test_kinds.py.
    elsewhere = {"predicted_late", "jammed", "left_behind", "claim_closing"}
    assert {kind for row in TABLE for kind in row[3]} == {kind.value for kind in Kind} - elsewhere
    assert read_policy().version == POLICY.version
