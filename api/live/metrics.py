"""What the live gateway measures.

Invariant: registered on the registry it is given. May import: prometheus_client.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class LiveMetrics:
    """The gateway's metrics; without a registry they are counted and shown nowhere."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        on = registry or CollectorRegistry()
        self.clients = Gauge("waywarden_live_clients", "Sockets that have said hello", registry=on)
        self.rows = Gauge("waywarden_live_board_rows", "Rows on the board in memory", registry=on)
        self.refused = Counter("waywarden_live_refused_total", "Sockets refused", ["reason"], registry=on)
        self.closed = Counter("waywarden_live_closed_total", "Sockets closed by the gateway", ["reason"], registry=on)
        self.feed_rows = Counter("waywarden_live_feed_rows_total", "Rows read from the feed", registry=on)
        self.broken_rows = Counter("waywarden_live_broken_rows_total", "Rows that could not be read", registry=on)
        self.deltas = Counter("waywarden_live_deltas_sent_total", "Row changes sent, summed over sockets", registry=on)
        self.conflated = Counter(
            "waywarden_live_deltas_conflated_total", "Changes that a later one of the same row replaced", registry=on
        )
        self.dropped = Counter(
            "waywarden_live_deltas_dropped_total",
            "Changes waiting for a socket when it was closed as too slow",
            registry=on,
        )
        self.resumed = Counter(
            "waywarden_live_hellos_total", "Hellos by how they were answered", ["answer"], registry=on
        )
        self.pruned = Counter("waywarden_live_feed_pruned_total", "Feed rows deleted because of their age", registry=on)
        self.lag = Gauge(
            "waywarden_live_tail_lag_seconds", "How long ago the feed was last read to its end", registry=on
        )
        self.stale = Gauge("waywarden_live_stale", "1 while the database cannot be read", registry=on)
        self.tick = Histogram(
            "waywarden_live_tick_seconds",
            "Time to hand one tick's changes to every socket",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
            registry=on,
        )
        self.snapshot = Histogram(
            "waywarden_live_snapshot_seconds",
            "Time from hello or filter to the last part of the snapshot handed over",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15),
            registry=on,
        )
        self.feed_to_send = Histogram(
            "waywarden_live_feed_to_send_seconds",
            "Age of a feed row when its change was handed to the sockets",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 15),
            registry=on,
        )
