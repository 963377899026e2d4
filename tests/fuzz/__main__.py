"""Fuzzes the carrier parsers one after another: `python -m tests.fuzz --seconds 60 [format …]`.

Starts from the fixtures and keeps what it learns in `.fuzz/<format>`; an input that breaks something is left in
`.fuzz/broken`, and `python -m tests.fuzz.one FORMAT FILE` repeats it. Exit code 1 when anything broke, 3 without
atheris.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from carriers.registry import FORMATS
from tests.unit.carriers.carrier_helpers import OF_FORMAT, fixture

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".fuzz"
_WORD = re.compile(rb"[A-Za-z0-9_.:-]{2,40}")


def fuzz(wire: str, seconds: int, runs: int) -> bool:
    """Fuzz one format. Gives whether it held."""
    corpus, broken = KEPT / wire, KEPT / "broken"
    corpus.mkdir(parents=True, exist_ok=True)
    broken.mkdir(exist_ok=True)
    words: set[bytes] = set()
    for at, seed in enumerate(fixture(name) for name in OF_FORMAT[wire]):
        (corpus / f"fixture-{at}").write_bytes(seed)
        words.update(_WORD.findall(seed))
    dictionary = KEPT / f"{wire}.dict"
    dictionary.write_bytes(b"\n".join(b'"%s"' % word for word in sorted(words)) + b"\n")
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", wire, str(corpus)),
        *("-max_len=8192", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"),
        *(f"-dict={dictionary}", f"-artifact_prefix={broken}/{wire}-"),
        *((f"-max_total_time={seconds}",) if seconds else ()),
        *((f"-runs={runs}",) if runs else ()),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    counted = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    inputs = int(counted[1]) if counted else 0
    print(f"{wire:12} {inputs:>9} inputs  {'held' if done.returncode == 0 else 'BROKEN'}", flush=True)
    if done.returncode:
        print(done.stderr[-4000:], file=sys.stderr)
    return done.returncode == 0


def main() -> int:
    """Fuzz the formats asked for, else all."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the carrier parsers.")
    parser.add_argument("--seconds", type=int, default=60, help="time for each format; 0 for no limit")
    parser.add_argument("--runs", type=int, default=0, help="inputs for each format; 0 for no limit")
    parser.add_argument("formats", nargs="*", metavar="format", help="all when none is named")
    asked = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: pip install --require-hashes -r requirements-fuzz.lock", file=sys.stderr)
        return 3
    if unknown := sorted(set(asked.formats) - set(FORMATS)):
        parser.error(f"no such format: {', '.join(unknown)}")
    held = [fuzz(wire, asked.seconds, asked.runs) for wire in asked.formats or sorted(FORMATS)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
