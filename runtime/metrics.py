"""The metrics of a process: a registry of its own, what the interpreter and the machine say, and the loop's lag.

Invariant: no global registry; every metric hangs on the registry that its owner was given. May import:
prometheus_client.
"""

from __future__ import annotations

import asyncio
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from runtime.lifecycle import pause

_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def own_version() -> str:
    """Give the version of this installation, or of the checkout when it was never installed."""
    try:
        return version("waywarden")
    except PackageNotFoundError:
        pass
    try:
        return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "0+unknown"


def new_registry(service: str) -> CollectorRegistry:
    """Make the registry of a process: memory, file handles, garbage collector, Python, and `waywarden_build_info`."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    info = Gauge("waywarden_build_info", "Always 1; says which version runs", ["version", "service"], registry=registry)
    info.labels(own_version(), service).set(1)
    return registry


class LoopLag:
    """How late the event loop runs its timers: the one figure that shows a blocked loop, whatever blocks it."""

    def __init__(self, registry: CollectorRegistry, interval_s: float = 0.5) -> None:
        self._interval_s = interval_s
        self._worst = Gauge(
            "waywarden_loop_lag_seconds", "How late the event loop woke, worst of the last 10 s", registry=registry
        )
        self._spread = Histogram(
            "waywarden_loop_wake_late_seconds",
            "How late the event loop woke, every sample",
            buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=registry,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until `stop` is set."""
        loop = asyncio.get_running_loop()
        recent: list[float] = []
        keep = max(1, round(10 / self._interval_s))
        while True:
            asked = loop.time()
            if await pause(stop, self._interval_s):
                return
            late = max(0.0, loop.time() - asked - self._interval_s)
            recent = [*recent[1 - keep :], late] if keep > 1 else [late]
            self._spread.observe(late)
            self._worst.set(max(recent))
