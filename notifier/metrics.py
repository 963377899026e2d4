"""What the notifier counts about itself.

Invariant: labels are bounded: templates, channels and reason words, never ids or addresses. May import:
prometheus_client.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WAIT = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 43_200, 86_400)


class NotifierMetrics:
    """The notifier's metrics on an injected registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.routed = Counter(
            "waywarden_notices_routed_total",
            "Notices routed, by what became of them",
            ("template", "reason"),
            registry=registry,
        )
        self.merged = Counter(
            "waywarden_notices_merged_total", "Notices told inside another one's message", registry=registry
        )
        self.postponed = Counter(
            "waywarden_deliveries_postponed_total", "Messages held until the consumer's morning", registry=registry
        )
        self.sent = Counter("waywarden_deliveries_sent_total", "Messages sent", ("channel",), registry=registry)
        self.failed = Counter(
            "waywarden_deliveries_failed_total", "Tries that failed", ("channel", "reason"), registry=registry
        )
        self.parked = Counter(
            "waywarden_deliveries_parked_total",
            "Messages set aside for a person",
            ("channel", "reason"),
            registry=registry,
        )
        self.suppressed = Counter(
            "waywarden_deliveries_suppressed_total",
            "Messages not sent for a reason",
            ("channel", "reason"),
            registry=registry,
        )
        self.send_seconds = Histogram(
            "waywarden_delivery_send_seconds",
            "Time of one try to send",
            ("channel",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.told_seconds = Histogram(
            "waywarden_notice_to_sent_seconds",
            "Time from the notice to the message sent, quiet hours included",
            ("channel",),
            buckets=_WAIT,
            registry=registry,
        )
        self.under_way = Gauge("waywarden_deliveries_under_way", "Messages being sent", ("channel",), registry=registry)
        self.notices_pending = Gauge("waywarden_outbox_pending", "Notices waiting to be routed", registry=registry)
        self.oldest_notice = Gauge(
            "waywarden_outbox_oldest_pending_seconds",
            "Age of the oldest notice waiting to be routed",
            registry=registry,
        )
        self.deliveries_pending = Gauge(
            "waywarden_deliveries_pending", "Messages waiting, postponed ones included", registry=registry
        )
        self.deliveries_due = Gauge("waywarden_deliveries_due", "Messages that should go out now", registry=registry)
        self.oldest_due = Gauge(
            "waywarden_deliveries_oldest_due_seconds", "How long the longest overdue message is due", registry=registry
        )
        self.parked_now = Gauge(
            "waywarden_deliveries_parked_now", "Messages set aside and not yet looked at", registry=registry
        )
        self.database_errors = Counter(
            "waywarden_notifier_database_errors_total",
            "Rounds given up because the database failed",
            ("loop",),
            registry=registry,
        )
