"""What fuzzing saw, kept in bench/results/fuzz.json beside what earlier runs saw of other targets."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bench.report import RESULTS, write


def record(seen: Mapping[str, object]) -> None:
    """Write what was seen of some targets."""
    path = RESULTS / "fuzz.json"
    figures = json.loads(path.read_text("utf-8"))["figures"] if path.exists() else {}
    figures.update(seen)
    write(
        "fuzz",
        command="python -m tests.fuzz --seconds 0 --runs 1000000 --record; python -m tests.fuzz.large",
        method="atheris (libFuzzer), one process after another, inputs up to 8 kB from the fixtures on; the 16 slowest "
        "inputs of each target timed again without instruments, cold caches, best of 3; bodies_of_100_kb: fixtures "
        "made large by repeating what they list, checks included",
        target="1,000,000 inputs each; no exception but a typed rejection; no input above 5 ms for 100 kB",
        figures=dict(sorted(figures.items())),
    )
