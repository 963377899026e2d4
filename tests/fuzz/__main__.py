"""Fuzzes the carrier parsers one after another: `python -m tests.fuzz --seconds 60 [target …]`.

A target is a format, or `words`, `places`, `signatures`, `csv-mapping`. Starts from the fixtures and keeps what it
learns in `.fuzz/<target>`; an input that breaks something is left in `.fuzz/broken`, and `python -m tests.fuzz.one
TARGET FILE` repeats it. The slowest inputs are timed again without instruments: none may take more than 5 ms for each
100 kB begun. `--record` writes what was seen into bench/results/fuzz.json, each target as it ends, beside what other
runs wrote. Exit code 1 when anything broke, 3 without atheris.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path

from bench.report import commit
from tests.fuzz.record import record
from tests.fuzz.seeds import seeds
from tests.fuzz.target import TARGETS, Broken, seconds, too_slow

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".fuzz"
_WORD = re.compile(rb"[A-Za-z0-9_.:-]{2,40}")


def fuzz(name: str, limit_s: int, runs: int) -> dict[str, object]:
    """Fuzz one target. Gives what was seen; `held` says whether it broke nothing."""
    corpus, broken = KEPT / name, KEPT / "broken"
    corpus.mkdir(parents=True, exist_ok=True)
    broken.mkdir(exist_ok=True)
    known: set[bytes] = set()
    for at, seed in enumerate(seeds(name)):
        (corpus / f"seed-{at}").write_bytes(seed)
        known.update(_WORD.findall(seed)[:100])
    dictionary = KEPT / f"{name}.dict"
    dictionary.write_bytes(b"\n".join(b'"%s"' % word for word in sorted(known)[:2000]) + b"\n")
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", name, str(corpus)),
        *("-max_len=8192", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"),
        *(f"-dict={dictionary}", f"-artifact_prefix={broken}/{name}-"),
        *((f"-max_total_time={limit_s}",) if limit_s else ()),
        *((f"-runs={runs}",) if runs else ()),
    ]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    took = time.monotonic() - began
    counted = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    covered = re.findall(r"\bcov: (\d+)", done.stderr)
    slowest, size, late = _slowest(name)
    seen: dict[str, object] = {
        "commit": commit(),
        "inputs": int(counted[1]) if counted else 0,
        "seconds": round(took, 1),
        "branches_covered": int(covered[-1]) if covered else 0,
        "crashes": int(done.returncode != 0),
        "slowest_ms": round(slowest * 1e3, 2),
        "slowest_bytes": size,
        "over_the_limit": late,
        "held": done.returncode == 0 and not late,
    }
    verdict = "held" if seen["held"] else "BROKEN"
    print(
        f"{name:12} {seen['inputs']:>9} inputs {took:>7.1f} s  slowest {slowest * 1e3:6.2f} ms  {verdict}", flush=True
    )
    if done.returncode:
        print(done.stderr[-4000:], file=sys.stderr)
    return seen


def _slowest(name: str) -> tuple[float, int, int]:
    """Time the slowest inputs again: seconds and bytes of the slowest, and how many take longer than they may."""
    worst, size, late = 0.0, 0, 0
    folder = KEPT / "slow" / name
    for kept in sorted(folder.iterdir()) if folder.exists() else ():
        data = kept.read_bytes()
        try:
            took = seconds(name, data)
        except Broken:
            continue
        late += too_slow(took, len(data))
        if took > worst:
            worst, size = took, len(data)
    return worst, size, late


def main() -> int:
    """Fuzz the targets asked for, else all."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the carrier parsers.")
    parser.add_argument("--seconds", type=int, default=60, help="time for each target; 0 for no limit")
    parser.add_argument("--runs", type=int, default=0, help="inputs for each target; 0 for no limit")
    parser.add_argument("--record", action="store_true", help="write bench/results/fuzz.json")
    parser.add_argument("targets", nargs="*", metavar="target", help="all when none is named")
    asked = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: pip install --require-hashes -r requirements-fuzz.lock", file=sys.stderr)
        return 3
    if unknown := sorted(set(asked.targets) - set(TARGETS)):
        parser.error(f"no such target: {', '.join(unknown)}")
    held = True
    for name in asked.targets or sorted(TARGETS):
        seen = fuzz(name, asked.seconds, asked.runs)
        held = held and bool(seen["held"])
        if asked.record:
            record({name: seen})
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
