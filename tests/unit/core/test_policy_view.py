"""What a policy tells of itself: what holds for whom, where it comes from, what an own file changes, what is wrong."""

from __future__ import annotations

from itertools import product

import pytest

from core.finding import Kind
from core.policy import PolicyError, policy_of
from core.policy_file import NEVER, SEVERITIES, delta
from core.policy_flaws import Flaw
from core.policy_layers import Layer, layer
from core.policy_view import Change, Scope, Value, View, view
from core.scan import Milestone
from runtime.policy import DEFAULT

BASE = layer("default.toml", DEFAULT.read_text("utf-8"))
OWN = """
version = "acme-7"
[kinds.stalled]
limit = "40h"
[kinds.stalled.limits]
in_transit = "48h"
[kinds.late]
worse_after = "never"
[early]
warn = 0.9
[promise.remaining]
customs = "70h"
[[override]]
carrier = "sf"
service = "same_city"
source = "contract with SF"
[override.stalled.limits]
in_transit = "6h"
pending = "5h"
[override.repeated_attempts]
count = 3
severity = "critical"
[[override]]
shop = "acme"
source = "contract of 2026"
[override.late]
limit = "2h"
[override.remaining]
in_transit = "20h"
returning = "90h"
[[override]]
shop = "acme"
source = "its amendment"
[override.late]
limit = "3h"
"""
EVERYBODY = [
    Scope(*one) for one in product((None, "sf", "dhl"), (None, "same_city", "taiwan", "international"), (None, "acme"))
]


def own(text: str = OWN) -> list[Layer]:
    return [BASE, layer("own.toml", text)]


def value(told: View, kind: Kind, key: str) -> Value:
    return next(one for one in told.kinds[kind] if one.key == key)


@pytest.mark.parametrize("scope", EVERYBODY, ids=str)
def test_what_is_told_is_what_holds(scope: Scope) -> None:
    policy = policy_of(*own())
    rules = policy.rules_for(scope.carrier or "other", scope.service, scope.shop)
    told = view(own(), scope)
    for kind, limits in ((Kind.STALLED, rules.stalled), (Kind.LOSS_SUSPECTED, rules.loss_suspected)):
        said = dict.fromkeys(Milestone, value(told, kind, "limit").value)
        said |= {Milestone(one.key[7:]): one.value for one in told.kinds[kind] if one.key.startswith("limits.")}
        assert {stone: delta(text) for stone, text in said.items() if text != NEVER} == {
            stone: limit.delta for stone, limit in limits.items()
        }
    for kind, grade in rules.grades.items():
        assert SEVERITIES[value(told, kind, "severity").value] is grade.severity
        after = [one.value for one in told.kinds[kind] if one.key == "worse_after" and one.value != NEVER]
        assert [delta(text) for text in after] == ([grade.worse_after] if grade.worse_after else [])
    late = value(told, Kind.LATE, "limit")
    assert rules.late is not None
    assert (delta(late.value), late.source) == (rules.late.delta, rules.late.source)
    assert value(told, Kind.REPEATED_ATTEMPTS, "count").value == rules.attempts.number
    remaining = {one.key[18:]: one.value for one in told.general if one.key.startswith("promise.remaining.")}
    assert {Milestone(name): delta(text) for name, text in remaining.items()} == rules.remaining


def test_each_value_says_where_it_comes_from() -> None:
    told = view(own(), Scope("sf", "same_city", "acme"))

    def whence(kind: Kind, key: str) -> tuple[str, bool, str]:
        found = value(told, kind, key)
        return found.file, found.own, found.whose

    assert (told.version, told.files) == ("acme-7", ("default.toml", "own.toml"))
    assert whence(Kind.STALLED, "limit") == ("own.toml", True, "")
    assert whence(Kind.STALLED, "limits.customs") == ("default.toml", False, "")
    assert whence(Kind.STALLED, "limits.in_transit") == ("own.toml", True, "carrier sf, service same_city")
    assert whence(Kind.STALLED, "limits.picked_up") == ("default.toml", False, "service same_city or instant")
    assert whence(Kind.LATE, "worse") == ("default.toml", False, "")
    assert whence(Kind.LATE, "worse_after") == ("own.toml", True, "")
    assert whence(Kind.LATE, "limit") == ("own.toml", True, "shop acme")
    assert value(told, Kind.LATE, "limit").source == "its amendment"
    assert [one.key for one in told.kinds[Kind.JAMMED]] == ["severity", "worse", "worse_after", "notice", "doing"]
    general = {one.key: (one.value, one.own, one.whose) for one in told.general}
    assert general["early.warn"] == (0.9, True, "")
    assert general["early.keep"] == (0.5, False, "")
    assert general["promise.remaining.in_transit"] == ("20h", True, "shop acme")
    assert general["promise.remaining.customs"] == ("70h", True, "")
    assert general["promise.remaining.returning"] == ("90h", True, "shop acme")
    assert told.others["carrier sf, service same_city"] == ("stalled", "repeated_attempts")
    assert told.others["shop acme"] == ("late", "remaining")


def test_what_an_own_file_changes_is_told_against_the_default_for_the_same_people() -> None:
    sf, acme = "carrier sf, service same_city", "shop acme"
    assert view(own(), Scope()).changes == (
        Change("version", "", "1", "acme-7"),
        Change("kinds.stalled.limit", "", "48h", "40h"),
        Change("kinds.late.worse_after", "", "48h", NEVER),
        Change("early.warn", "", 0.88, 0.9),
        Change("promise.remaining.customs", "", "72h", "70h"),
        Change("stalled.limits.in_transit", sf, "12h", "6h"),
        Change("stalled.limits.pending", sf, "48h", "5h"),
        Change("repeated_attempts.count", sf, 2, 3),
        Change("repeated_attempts.severity", sf, "major", "critical"),
        Change("late.limit", acme, "0s", "2h", beaten_by=acme),
        Change("remaining.in_transit", acme, "40h", "20h"),
        Change("remaining.returning", acme, None, "90h"),
        Change("late.limit", acme, "0s", "3h"),
    )
    assert view([BASE], Scope()).changes == ()


def flaws(text: str) -> dict[str, Flaw]:
    with pytest.raises(PolicyError) as raised:
        policy_of(*own(text))
    assert str(raised.value) == "\n".join(map(str, raised.value.flaws))
    return {flaw.key: flaw for flaw in raised.value.flaws}


def test_all_that_is_wrong_is_told_at_once_with_what_would_be_right() -> None:
    found = flaws("""
    colour = "red"
    clocks = 5
    [kinds.stalled]
    limt = "40h"
    [kinds.stalled.limits]
    in_transit = "6 hours"
    in_transitt = "6h"
    [kinds.stalld]
    limit = "3h"
    [kinds.late]
    severity = "majr"
    [kinds.repeated_attempts]
    count = 99
    [early]
    warn = 1.5
    [learned]
    least = 0
    [priority.tier]
    vip = -1.0
    [priority]
    value = []
    [[override]]
    carrier = "acme"
    source = "c"
    [override.late]
    limt = 3
    [override.remaining]
    nowhere = "1h"
    [[override]]
    service = []
    """)
    assert {flaw.file for flaw in found.values()} == {"own.toml"}
    told = {key: (flaw.says, flaw.right) for key, flaw in found.items()}
    duration = "it must be a whole number and s, m, h or d, such as 36h"
    milestones = "known here: " + ", ".join(Milestone)
    kinds = "known here: " + ", ".join(Kind)
    assert told.pop("colour")[1].startswith("known here: version, time, ")
    assert told == {
        "clocks": ("cannot be 5", "it must be a table"),
        "kinds.stalled.limt": (
            "is not known",
            "did you mean limit? known here: limit, limits, source, severity, worse, worse_after, case, notice, "
            "cleared, doing",
        ),
        "kinds.stalled.limits.in_transit": ('cannot be "6 hours"', f"{duration}, or never"),
        "kinds.stalled.limits.in_transitt": ("is not known", f"did you mean in_transit? {milestones}"),
        "kinds.stalld": ("is not known", f"did you mean stalled? {kinds}"),
        "kinds.late.severity": (
            'cannot be "majr"',
            "did you mean major? it must be one of info, minor, major, critical",
        ),
        "kinds.repeated_attempts.count": ("cannot be 99", "it must be a whole number from 2 to 8"),
        "early.warn": ("cannot be 1.5", "it must be a number above 0 and below 1"),
        "learned.least": ("cannot be 0", "it must be a whole number of at least 1"),
        "priority.tier.vip": ("cannot be -1.0", "it must be a number above 0"),
        "priority.value": ("cannot be []", "it must be a list"),
        "override[0].source (carrier acme)": ('cannot be "c"', "it must be a text of at least 3 signs"),
        "override[0].late.limt (carrier acme)": (
            "is not known",
            "did you mean limit? known here: limit, severity, worse, worse_after",
        ),
        "override[0].remaining.nowhere (carrier acme)": ("is not known", milestones),
        "override[1].source (service )": ("is missing", ""),
        "override[1].service (service )": ("cannot be []", "it must be a text from 1 to 64 signs or a list"),
    }


def test_a_long_value_is_cut_and_what_has_no_shape_is_named() -> None:
    found = flaws("override = [3]\n[kinds.late]\nlimit = [" + "1, " * 99 + "]")
    assert found["override[0]"].right == "it must be a table"
    assert len(found["kinds.late.limit"].says) < 80
    assert flaws("kinds.stalled.limits = 3")["kinds.stalled.limits"].right == "it must be a table"
    assert flaws("override = 3")["override"].right == "it must be a list"
    assert flaws("early = 2020-01-01")["early"].says == 'cannot be "2020-01-01"'


def test_what_types_cannot_say_is_told_at_once_too() -> None:
    found = flaws("""
    [kinds.stalled]
    severity = "critical"
    [kinds.refused]
    settle = "3d"
    [incidents]
    closes = 0.1
    [[override]]
    source = "own"
    [override.late]
    settle = "3d"
    severity = "major"
    [[override]]
    source = "own"
    carrier = "a"
    service = ["b", "c"]
    [override.late]
    worse = "info"
    """)
    told = {key: f"{flaw.says}; {flaw.right}" for key, flaw in found.items()}
    assert told == {
        "kinds.stalled.worse": 'is no graver than severity critical; say one that is, or worse_after = "never"',
        "kinds.refused.settle": "has no meaning here; nothing is measured of it",
        "override[0]": "is for nobody; it needs shop, carrier or service",
        "override[0].late.settle": "has no meaning here; it has limit",
        "override[0].late.worse": 'is no graver than severity major; say one that is, or worse_after = "never": '
        "critical",
        "override[1].late.worse (carrier a, service b or c)": "is no graver than severity minor; say one that is, or "
        'worse_after = "never": major, critical',
        "incidents.closes": "is not above incidents.opens; it must be higher, or incidents flicker",
    }
