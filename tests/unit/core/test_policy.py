from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.case import Clock
from core.finding import Kind, Severity
from core.policy import Policy, PolicyError, load_policy, policy_of
from core.policy_layers import Layer
from core.scan import Milestone
from runtime.policy import DEFAULT, read_policy

TEXT = DEFAULT.read_text("utf-8")


def tables() -> dict[str, Any]:
    return tomllib.loads(TEXT)


def limit(policy: Policy, carrier: str, service: str | None, milestone: Milestone) -> tuple[int, str]:
    found = policy.rules_for(carrier, service).stalled[milestone]
    return found.seconds // 3600, found.rule


def test_the_default_is_whole_and_every_rule_has_a_source() -> None:
    policy = read_policy()
    assert set(policy.kinds) == set(Kind)
    assert all(rule.source for rule in policy.kinds.values())
    assert policy.rules_for("sf", None).grades[Kind.LOSS_SUSPECTED].severity is Severity.CRITICAL
    assert policy.clocks == {
        Clock.ACCEPT: timedelta(minutes=2),
        Clock.FIRST_ANSWER: timedelta(minutes=15),
        Clock.RESOLVE: timedelta(hours=48),
    }
    assert policy.close_after == timedelta(hours=72)


def test_the_more_exact_override_wins() -> None:
    text = """
    [[override]]
    carrier = "sf"
    service = ["same_city", "quick"]
    source = "contract with SF"
    [override.stalled.limits]
    in_transit = "6h"
    [override.repeated_attempts]
    count = 3
    [override.late]
    limit = "2h"
    """
    policy = load_policy(TEXT, text)
    assert limit(policy, "yto", None, Milestone.IN_TRANSIT) == (48, "stalled.in_transit")
    assert limit(policy, "sf", None, Milestone.IN_TRANSIT) == (36, "stalled.sf.in_transit")
    assert limit(policy, "yto", "same_city", Milestone.IN_TRANSIT) == (12, "stalled.same_city.in_transit")
    assert limit(policy, "yto", "instant", Milestone.IN_TRANSIT) == (12, "stalled.same_city.in_transit")
    assert limit(policy, "sf", "same_city", Milestone.IN_TRANSIT) == (6, "stalled.sf.same_city.in_transit")
    assert limit(policy, "sf", "quick", Milestone.IN_TRANSIT) == (6, "stalled.sf.same_city.in_transit")
    rules = policy.rules_for("sf", "quick")
    assert (rules.attempts.number, rules.attempts.rule, rules.attempts.source) == (
        3,
        "repeated_attempts.sf.same_city",
        "contract with SF",
    )
    assert rules.late is not None
    assert (rules.late.seconds, rules.late.rule) == (7200, "late.sf.same_city")
    assert policy.rules_for("yto", None).attempts.number == 2
    assert policy.rules_for("yto", "international").remaining[Milestone.IN_TRANSIT] == timedelta(days=7)


def test_a_general_limit_of_an_override_does_not_touch_limits_by_milestone() -> None:
    rules = read_policy().rules_for("yto", "same_city").loss_suspected
    assert rules[Milestone.IN_TRANSIT].seconds == 3 * 86400
    assert rules[Milestone.CUSTOMS].seconds == 30 * 86400
    assert Milestone.AVAILABLE not in rules


def test_the_memory_of_limits_is_bounded_by_the_policy() -> None:
    policy = read_policy()
    first = policy.rules_for("nobody", "nothing")
    for number in range(1000):
        assert policy.rules_for(f"carrier{number}", f"service{number}") is first
    assert len(policy.memory) == 1


def test_layers_lie_over_one_another() -> None:
    policy = load_policy(TEXT, "[kinds.stalled]\nlimit = '20h'", "[kinds.stalled]\nseverity = 'info'")
    assert policy.rules_for("sf", None).grades[Kind.STALLED].severity is Severity.INFO
    assert limit(policy, "yto", None, Milestone.EXCEPTION) == (20, "stalled")
    assert limit(policy, "yto", "taiwan", Milestone.IN_TRANSIT) == (96, "stalled.taiwan.in_transit")


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(given: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for key in way:
            given = given[int(key)] if isinstance(given, list) else given.setdefault(key, {})
        given[last] = value

    return change


def drop(path: str) -> Callable[[dict[str, Any]], None]:
    def change(given: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for key in way:
            given = given[key]
        del given[last]

    return change


WRONG: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (put("kinds.stalled.limt", "3h"), "kinds.stalled"),
    (put("colour", "red"), "default: colour: is not known"),
    (put("kinds.stalled.limit", "3 hours"), "kinds.stalled.limit"),
    (put("kinds.stalled.limits.nowhere", "3h"), "kinds.stalled.limits"),
    (
        put("override", [{"source": "own", "carrier": "a"}, {"source": "o w", "carrier": "b", "late": {"limit": 3}}]),
        "override[1].late.limit (carrier b): cannot be 3; it must be a whole number and s, m, h or d",
    ),
    (
        put("override", [{"source": "own", "carrier": "a", "stalled": {"limits": {"customs": "1h", "pending": 1}}}]),
        "override[0].stalled.limits.pending",
    ),
    (put("kinds.stalled.severity", "awful"), "kinds.stalled.severity"),
    (put("kinds.stalled.worse", "minor"), "kinds.stalled.worse: is no graver than severity minor"),
    (drop("kinds.stalled.worse"), "kinds.stalled.worse: and worse_after go together"),
    (drop("kinds.late"), "kinds.late: is missing"),
    (drop("kinds.late.source"), "kinds.late.source: is missing"),
    (drop("kinds.late.limit"), "kinds.late.limit: is missing"),
    (put("kinds.return_to_sender.limit", "3h"), "kinds.return_to_sender.limit: has no meaning"),
    (drop("kinds.loss_reported.settle"), "kinds.loss_reported.settle: is missing"),
    (put("kinds.late.settle", "3h"), "kinds.late.settle: has no meaning"),
    (drop("kinds.repeated_attempts.count"), "kinds.repeated_attempts.count: is missing"),
    (put("kinds.late.count", 2), "kinds.late.count: has no meaning"),
    (put("kinds.repeated_attempts.count", 9), "kinds.repeated_attempts.count"),
    (put("kinds.late.limits", {"customs": "1h"}), "kinds.late.limits: has no meaning"),
    (drop("priority.tier.vip"), "priority.tier.vip: is missing"),
    (drop("priority.severity.info"), "priority.severity.info: is missing"),
    (put("early.keep", 0.9), "early.keep"),
    (put("learned.half_life", "0d"), "learned.half_life"),
    (put("priority.value", []), "priority.value"),
    (put("priority.value", [{"from_minor": 5, "factor": 1.0}]), "priority.value: does not begin at 0"),
    (put("override", [{"source": "own"}]), "override[0]: is for nobody; it needs shop, carrier or service"),
    (
        put("override", [{"source": "own", "carrier": "sf", "damage_reported": {"settle": "1d"}}]),
        "override[0].damage_reported.settle (carrier sf): is the same for all",
    ),
    (
        put("override", [{"source": "own", "carrier": "sf", "repeated_attempts": {"limit": "1h"}}]),
        "override[0].repeated_attempts.limit (carrier sf): has no meaning",
    ),
    (
        put("override", [{"source": "own", "carrier": "sf", "late": {"count": 2}}]),
        "override[0].late.count (carrier sf): has no meaning",
    ),
    (
        put("override", [{"source": "own", "carrier": "sf", "late": {"limits": {"customs": "1h"}}}]),
        "override[0].late.limits (carrier sf): has no meaning",
    ),
]


@pytest.mark.parametrize(("change", "says"), WRONG, ids=[says for _, says in WRONG])
def test_what_is_wrong_is_named(change: Callable[[dict[str, Any]], None], says: str) -> None:
    given = tables()
    change(given)
    with pytest.raises(PolicyError) as raised:
        policy_of(Layer("default", given))
    assert says in str(raised.value)


def test_a_layer_that_is_no_toml_is_named() -> None:
    with pytest.raises(PolicyError, match="layer 2: is no TOML"):
        load_policy(TEXT, "= what")


def test_files_are_read_and_a_missing_one_is_named(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[clocks]\naccept = '60s'\n", "utf-8")
    assert read_policy(own).clocks[Clock.ACCEPT] == timedelta(minutes=1)
    with pytest.raises(PolicyError, match=r"none\.toml"):
        read_policy(tmp_path / "none.toml")
