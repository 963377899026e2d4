"""What the api counts about itself.

Invariant: labels are bounded: route templates and codes, never ids or addresses. May import: prometheus_client.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class ApiMetrics:
    """The api's metrics on an injected registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Histogram(
            "waywarden_api_request_seconds",
            "Time from the request's headers to the end of the answer",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("waywarden_api_requests_in_flight", "Requests being answered", registry=registry)
        self.problems = Counter(
            "waywarden_api_problems_total", "Answers other than 2xx by problem code", ("code",), registry=registry
        )
        self.sign_ins = Counter(
            "waywarden_api_sign_ins_total", "Staff sign-ins by outcome", ("outcome",), registry=registry
        )
        self.scans = Counter("waywarden_intake_scans_total", "Scans accepted by format", ("format",), registry=registry)
        self.unknown = Counter(
            "waywarden_intake_unknown_scans_total",
            "Scans accepted whose code or status nobody can read yet, by format",
            ("format",),
            registry=registry,
        )
        self.registrations = Counter("waywarden_intake_registrations_total", "Parcels registered", registry=registry)
        self.refused = Counter(
            "waywarden_intake_refused_total", "Pushes or parts refused", ("format", "reason"), registry=registry
        )
        self.quarantined = Counter(
            "waywarden_intake_quarantined_total",
            "Payloads put into quarantine",
            ("format", "reason"),
            registry=registry,
        )
        self.accept_seconds = Histogram(
            "waywarden_intake_accept_seconds",
            "Time from a push received to its events durable in the log or the inbox",
            ("where",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.produce_seconds = Histogram(
            "waywarden_intake_produce_seconds",
            "Time the broker takes to acknowledge one request's events",
            buckets=_SECONDS,
            registry=registry,
        )
        self.produce_failures = Counter(
            "waywarden_intake_produce_failures_total", "Produce calls that failed or timed out", registry=registry
        )
        self.events_in_flight = Gauge(
            "waywarden_intake_events_in_flight", "Events handed to the broker and not acknowledged", registry=registry
        )
        self.diverting = Gauge(
            "waywarden_intake_diverting", "1 while events go to the inbox because the broker is away", registry=registry
        )
        self.diverting.set(1)
        self.inbox_depth = Gauge(
            "waywarden_intake_inbox_depth", "Events waiting in the inbox table for the broker", registry=registry
        )
        self.inbox_drained = Counter(
            "waywarden_intake_inbox_drained_total", "Events moved from the inbox to the log", registry=registry
        )
        self.quarantine_held = Gauge(
            "waywarden_intake_quarantine_held", "Payloads held in quarantine", registry=registry
        )

    def expect(self, formats: Iterable[str]) -> None:
        """Start the counters of the known formats at zero, so that a rate sees their first event."""
        for name in formats:
            self.scans.labels(name)
            self.unknown.labels(name)
            self.refused.labels(name, "signature")
