"""How fast a log of the made-up network is generated, on one core: scans as structs, in order of reception.

Invariant: measures this process only; needs no service. May import: core, sim, the standard library.
"""

from __future__ import annotations

import resource
import time

from bench.report import write
from core.event import Scanned
from sim.log import Spec, generate
from sim.network import Network

ROUNDS = 3
SPEC = Spec(parcels=100_000, days=14)


def once(spec: Spec) -> tuple[int, float]:
    """Generate the log. Gives scans and seconds of processor time, the network's drawing left out."""
    began = time.process_time()
    scans = sum(1 for item in generate(spec) if type(item) is Scanned)
    return scans, time.process_time() - began


def main() -> None:
    """Measure and write the result down."""
    began = time.process_time()
    network = Network.drawn(1)
    drawn_s = time.process_time() - began
    spec = Spec(parcels=SPEC.parcels, days=SPEC.days, drawn=network)
    runs = [once(spec) for _ in range(ROUNDS)]
    scans, best = min(runs, key=lambda run: run[1])
    path = write(
        "sim",
        command="python -m bench.sim",
        method=(
            f"best of {ROUNDS} rounds in one process, processor time; {SPEC.parcels:,} parcels over {SPEC.days} days, "
            f"{scans:,} scans as core structs in order of reception, registrations and reports among them"
        ),
        figures={
            "scans_per_s": round(scans / best),
            "network_drawn_s": round(drawn_s, 2),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
        target="at least 100,000 scans/s on one core",
    )
    print(f"{scans / best:,.0f} scans/s -> {path}")


if __name__ == "__main__":
    main()
