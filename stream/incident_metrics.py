"""The metrics of incidents.

Invariant: labels have few values: kinds, and of carriers no more than have series elsewhere.
May import: prometheus_client, core.incident, stream.metrics.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core.incident import IncidentKind
from core.incident.tower import Change, Verb
from stream.metrics import MOST_CARRIERS


class IncidentMetrics:
    """What a worker says of incidents. All but the containers are the leader's alone."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.open = Gauge(
            "waywarden_incidents_open", "Incidents that last, by the leader", ("kind", "carrier"), registry=registry
        )
        self.opened = Counter("waywarden_incidents_opened_total", "Incidents found", ("kind",), registry=registry)
        self.found = Histogram(
            "waywarden_incident_found_after_seconds",
            "From the beginning of an incident until it was found",
            ("kind",),
            buckets=(300, 600, 900, 1200, 1800, 2700, 3600, 7200, 14400, 28800, 86400, 172800),
            registry=registry,
        )
        self.leader = Gauge("waywarden_incident_leader", "1 for the worker that looks for incidents", registry=registry)
        self.behind = Gauge(
            "waywarden_incident_behind_seconds",
            "How far behind the clock the leader judges, because the log is not known further",
            registry=registry,
        )
        self.containers = Gauge(
            "waywarden_stream_containers",
            "Bags, cages and lorries under way of which this worker knows",
            registry=registry,
        )
        for kind in IncidentKind:
            self.opened.labels(kind.value)

    def tell(
        self, changes: Iterable[Change], open_ones: Iterable[tuple[str, str]], known: datetime | None, now: datetime
    ) -> None:
        """Say what the leader wrote: the changes, kind and carrier of the open ones, up to when all is known."""
        for change in changes:
            one = change.incident
            if change.verb is Verb.OPENED and one.found_at is not None:
                self.opened.labels(one.kind.value).inc()
                self.found.labels(one.kind.value).observe((one.found_at - one.since).total_seconds())
        self.open.clear()
        carriers: set[str] = set()
        for kind, carrier in open_ones:
            if len(carriers) < MOST_CARRIERS or carrier in carriers:
                carriers.add(carrier)
            else:
                carrier = "other"
            self.open.labels(kind, carrier).inc()
        if known is not None:
            self.behind.set((now - known).total_seconds())

    def retire(self) -> None:
        """Say nothing more as the leader."""
        self.leader.set(0)
        self.open.clear()
        self.behind.set(0)
