"""The control room's figures as metrics: what is open now, counted in the database.

Every api process reports the same figures, so dashboards take `max`, never `sum` over processes. Invariant: a
combination that is no longer there disappears, it does not stay at its last figure. May import: prometheus_client,
store.census.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from store.census import Census


class CensusMetrics:
    """Gauges of what is open."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.exceptions = Gauge("waywarden_exceptions_open", "Open exceptions", ("kind", "severity"), registry=registry)
        self.cases = Gauge("waywarden_cases_live", "Cases that are not closed", ("kind", "state"), registry=registry)
        self.clocks = Gauge(
            "waywarden_case_clocks", "Clocks of cases being worked on", ("clock", "state"), registry=registry
        )

    def show(self, census: Census) -> None:
        """Replace all figures."""
        for gauge, counts in (
            (self.exceptions, census.exceptions),
            (self.cases, census.cases),
            (self.clocks, census.clocks),
        ):
            gauge.clear()
            for labels, n in counts.items():
                gauge.labels(*(str(label) for label in labels)).set(n)
