"""What a person read out of the real payloads beside the checkout is what the formats read, file by file.

The payloads belong to others and are not committed: without `../shared/payloads` these tests are skipped and say so,
and only the judgement itself (`bench/data/payloads.tsv`) and the last figures (`bench/results`) are checked.
"""

from __future__ import annotations

import msgspec
import pytest

from bench.payloads import JUDGED, PAYLOADS, Found, Judged, compare, figures, judged, read

PERSON = judged(JUDGED)
RESULTS = JUDGED.parents[1] / "results" / "payloads.json"
here = pytest.mark.skipif(
    not PAYLOADS.is_dir(), reason="NOT MEASURED: the real payloads (../shared/payloads) are not beside this checkout"
)


@here
@pytest.mark.parametrize("name", sorted(PERSON))
def test_file_is_read_as_a_person_reads_it(name: str) -> None:
    person, found = PERSON[name], read(PERSON[name].wire, (PAYLOADS / name).read_bytes())
    verdict = compare(person, found)
    assert verdict.read, found
    assert not verdict.crashed
    assert (verdict.timely, verdict.right) == (verdict.events, verdict.events), found


@here
def test_every_payload_of_a_format_is_judged() -> None:
    folders = {name.partition("/")[0] for name in PERSON}
    present = {
        str(path.relative_to(PAYLOADS))
        for folder in folders
        for path in (PAYLOADS / folder).iterdir()
        if path.is_file()
    }
    assert present - set(PERSON) == set()


@here
def test_committed_figures_are_those_of_today() -> None:
    told = msgspec.json.decode(RESULTS.read_bytes())["figures"]
    told.pop("unseen")
    assert told == figures(PAYLOADS, PERSON)


def test_committed_figures_reach_the_target() -> None:
    told = msgspec.json.decode(RESULTS.read_bytes())["figures"]
    assert told["files_with_events_fully_read"] == told["files_with_events"] >= 60
    assert told["times_right"] == told["events"] >= 350
    assert told["milestones_right"] >= 0.97 * told["events"]
    assert told["crashes"] == 0
    first, today = told["unseen"]["first_look"], told["unseen"]["today"]
    assert 100 <= first["files"] <= today["files"]
    assert today["fully_read"] >= 0.95 * today["files"]
    assert first["crashes"] == today["crashes"] == 0


@pytest.mark.parametrize(
    ("person", "found", "verdict"),
    [
        (("2026-03-01T10:00:00 delivered",), ("2026-03-01T10:00:00 delivered",), (1, 1, True)),
        (("2026-03-01T10:00:00 delivered",), ("2026-03-01T10:00:00 unknown",), (1, 0, True)),
        (("2026-03-01T10:00:00 delivered",), ("2026-03-01T11:00:00 delivered",), (0, 0, False)),
        (("2026-03-01T* a|b",), ("2026-03-01T10:00:00 b",), (1, 1, True)),
        (("2026-03-01T10:00:00 a",), ("2026-03-01T10:00:00 a", "2026-03-02T10:00:00 a"), (1, 1, False)),
        ((), (), (0, 0, True)),
        ((), ("2026-03-01T10:00:00 a",), (0, 0, False)),
    ],
)
def test_the_comparison_can_fail(
    person: tuple[str, ...], found: tuple[str, ...], verdict: tuple[int, int, bool]
) -> None:
    told = compare(Judged("ups", person), Found(found))
    assert (told.timely, told.right, told.read) == verdict


def test_what_has_to_be_refused_must_be() -> None:
    assert compare(Judged("ups", None), Found(refused="shape: x")).read
    assert not compare(Judged("ups", None), Found()).read
    crash = compare(Judged("ups", None), Found(refused="failed: KeyError"))
    assert crash.crashed
    assert not crash.read
