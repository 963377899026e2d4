"""What the tests of the core build parcels from: hours after one Monday, one carrier, one waybill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from core.event import Event, Meant, Registered, Registration, Report, Reported, ReportKind, Reread, Scanned, Tier
from core.fold import fold
from core.network import NOTHING, Network
from core.parcel import Parcel
from core.policy import Policy
from core.scan import Culprit, Detail, Milestone, Scan, scan_id_of
from core.score import Tally
from core.verdict import Judged
from core.watch import Advance, NeedsHistory, Watched, advance
from runtime.policy import read_policy

POLICY: Policy = read_policy()
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
CARRIER, WAYBILL = "yto", "YT1"
PARCEL = f"{CARRIER}:{WAYBILL}"
M = Milestone


def hour(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def scan(hours: float, milestone: Milestone, **fields: Any) -> Scan:
    at = hour(hours)
    code = f"{milestone}{sorted((name, str(value)) for name, value in fields.items())}"
    return Scan(
        scan_id=scan_id_of(CARRIER, WAYBILL, at, code, fields.get("text"), fields.get("facility")),
        carrier=CARRIER,
        waybill=WAYBILL,
        happened_at=at,
        milestone=milestone,
        source="canonical",
        code=code,
        **fields,
    )


def registration(hours: float = 0, promised: float | None = 96, **fields: Any) -> Registration:
    return Registration(at=hour(hours), shop="shop", promised_at=hour(promised) if promised else None, **fields)


def report(hours: float, kind: ReportKind = ReportKind.DAMAGED, name: str = "r", note: str | None = None) -> Report:
    return Report(report_id=f"{name}{hours}{kind.value}", at=hour(hours), kind=kind, note=note)


def parcel(*scans: Scan, registered: Registration | None = None, reports: tuple[Report, ...] = ()) -> Parcel:
    return fold(PARCEL, CARRIER, WAYBILL, scans, registered, reports)


def unread(scan: Scan) -> Scan:
    """Give the scan as it is stored when nobody can read its code."""
    return msgspec.structs.replace(scan, milestone=M.UNKNOWN, detail=None, culprit=None, signer=None)


def reread(*scans: Scan) -> Reread:
    names = ("scan_id", "milestone", "detail", "culprit", "signer")
    meant = (Meant(**{name: getattr(each, name) for name in names}) for each in scans)
    return Reread(parcel_id=PARCEL, scans=tuple(meant))


class Watcher:
    """Plays the engine: keeps the state and the stored scans, answers NeedsHistory."""

    def __init__(self, policy: Policy = POLICY, network: Network = NOTHING) -> None:
        self.policy = policy
        self.network = network
        self.watched: Watched | None = None
        self.stored: dict[str, Scan] = {}
        self.effects: list[Any] = []
        self.judged: list[Judged] = []
        self.tallies: list[Tally] = []
        self.refolds = 0

    def at(self, now: datetime, *events: Event) -> Advance:
        answer = advance(PARCEL, self.watched, events, now, self.policy, None, self.network)
        if isinstance(answer, NeedsHistory):
            self.refolds += 1
            answer = advance(PARCEL, self.watched, events, now, self.policy, list(self.stored.values()), self.network)
        assert isinstance(answer, Advance)
        for new in answer.new_scans:
            assert new.scan_id not in self.stored
            self.stored[new.scan_id] = new
        for again in answer.reread:
            assert self.stored[again.scan_id] != again
            self.stored[again.scan_id] = again
        self.watched = answer.watched
        self.effects.extend(answer.effects)
        self.judged.extend(answer.score.judged)
        self.tallies.append(answer.score.tally)
        return answer

    def hear(self, hours: float, *scans: Scan) -> Advance:
        return self.at(hour(hours), Scanned(parcel_id=PARCEL, received_at=hour(hours), scans=scans))

    def register(self, hours: float, registered: Registration) -> Advance:
        return self.at(hour(hours), Registered(parcel_id=PARCEL, registration=registered))

    def report(self, hours: float, said: Report) -> Advance:
        return self.at(hour(hours), Reported(parcel_id=PARCEL, report=said))

    def reread(self, hours: float, *scans: Scan) -> Advance:
        """Read stored scans anew, as those that are given."""
        return self.at(hour(hours), reread(*scans))

    def look(self, hours: float) -> Advance:
        return self.at(hour(hours))


TEXTS = (None, None, "包裹破损", "Parcel refused by recipient", "没有破损", "lost, call 13812345678")

scans = st.builds(
    lambda quarters, milestone, detail, text, place, eta, service: scan(
        quarters / 4,
        milestone,
        detail=detail,
        text=text,
        place=place,
        promised_at=hour(eta) if eta else None,
        service=service,
    ),
    st.one_of(st.integers(0, 40), st.integers(0, 1600), st.just(-4_000_000)),
    st.sampled_from(list(Milestone)),
    st.one_of(st.none(), st.sampled_from(list(Detail))),
    st.sampled_from(TEXTS),
    st.sampled_from([None, "杭州", "成都"]),
    st.one_of(st.none(), st.integers(1, 500)),
    st.sampled_from([None, None, "same_city", "taiwan"]),
)
plain_histories = st.lists(scans, max_size=12)


@st.composite
def _withdrawing(draw: st.DrawFn) -> list[Scan]:
    """Draw a history in which some scans are withdrawn, some withdrawals too, and some of what never came."""
    found = draw(plain_histories)
    for _ in range(draw(st.integers(0, 3))):
        gone = draw(st.sampled_from([*(each.scan_id for each in found), "00112233aabbccdd"]))
        found.append(scan(draw(st.integers(0, 400)), draw(st.sampled_from([M.PENDING, M.DELIVERED])), retracts=gone))
    return draw(st.permutations(found))


histories = st.one_of(plain_histories, _withdrawing())
registrations = st.one_of(
    st.none(),
    st.builds(
        lambda at, promised, service, tier: registration(at, promised, service=service, tier=tier),
        st.integers(0, 200),
        st.one_of(st.none(), st.integers(1, 400)),
        st.sampled_from([None, "same_city", "express"]),
        st.sampled_from(list(Tier)),
    ),
)
reports = st.lists(
    st.builds(
        lambda at, kind, name, note: report(at, kind, name, note),
        st.integers(0, 400),
        st.sampled_from(list(ReportKind)),
        st.sampled_from("ab"),
        st.sampled_from([None, "sealed"]),
    ),
    max_size=4,
)
CULPRITS = list(Culprit)
