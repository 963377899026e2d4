"""What pulling counts about itself.

Invariant: labels are bounded: providers, outcomes and reason words, never numbers of parcels. May import:
prometheus_client.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pull.question import Outcome

STATES = ("ok", "limited", "exhausted", "refused", "trouble")


class PullMetrics:
    """The metrics of pulling on an injected registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "waywarden_pull_requests_total",
            "Requests to a provider, for tokens and registrations too, by what they say of the account",
            ("provider", "result"),
            registry=registry,
        )
        self.request_seconds = Histogram(
            "waywarden_pull_request_seconds",
            "Time of one request to a provider",
            ("provider",),
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
            registry=registry,
        )
        self.parcels = Counter(
            "waywarden_pull_parcels_total",
            "Parcels asked for, by what became of the question",
            ("provider", "outcome"),
            registry=registry,
        )
        self.scans = Counter(
            "waywarden_pull_scans_total", "Scans in answers that are durable now", ("provider",), registry=registry
        )
        self.state = Gauge(
            "waywarden_pull_account_state",
            "1 for the state that the account is in",
            ("provider", "state"),
            registry=registry,
        )
        self.waiting = Gauge(
            "waywarden_pull_parcels_watched", "Parcels that can be asked for", ("provider",), registry=registry
        )
        self.due = Gauge("waywarden_pull_parcels_due", "Parcels whose turn is past", ("provider",), registry=registry)
        self.oldest_due = Gauge(
            "waywarden_pull_oldest_due_seconds",
            "How long the longest waiting parcel's turn is past",
            ("provider",),
            registry=registry,
        )
        self.undelivered = Counter(
            "waywarden_pull_intake_failures_total", "Answers that our own intake did not take", registry=registry
        )
        self.database_errors = Counter(
            "waywarden_pull_database_errors_total",
            "Rounds given up because the database failed",
            ("loop",),
            registry=registry,
        )

    def expect(self, providers: Iterable[str]) -> None:
        """Show every series from the start, so that a first count is an increase."""
        for provider in providers:
            self.scans.labels(provider)
            self.request_seconds.labels(provider)
            for outcome in Outcome:
                self.parcels.labels(provider, outcome)
            self.account(provider, "ok")

    def account(self, provider: str, state: str) -> None:
        """Show the state of an account."""
        for each in STATES:
            self.state.labels(provider, each).set(each == state)
