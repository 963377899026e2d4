"""The worker's metrics.

Invariant: labels have few values: partitions, stages, kinds of exception, never a parcel.
May import: prometheus_client, core.verdict.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core.verdict import WARNINGS, Judged

STAGES = ("decode", "load", "think", "write")
_BATCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_LEAD_SECONDS = (0, 3_600, 7_200, 14_400, 28_800, 43_200, 64_800, 86_400, 129_600, 172_800, 259_200, 432_000, 604_800)
MOST_CARRIERS = 50
"""Carriers with series of their own: an aggregator knows thousands."""


class StreamMetrics:
    """Everything that the worker counts and times."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, words: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(f"waywarden_stream_{name}", words, labels, registry=registry)

        def gauge(name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(f"waywarden_stream_{name}", words, labels, registry=registry)

        self.events = counter("events_total", "Events taken from the log")
        self.reread = counter("scans_reread_total", "Stored scans that mean something else now")
        self.scans = counter("scans_total", "New scans stored; those seen before are not counted")
        self.batches = counter("batches_total", "Batches committed")
        self.stage = Histogram(
            "waywarden_stream_batch_seconds",
            "Time of a batch by stage",
            ["stage"],
            buckets=_BATCH_SECONDS,
            registry=registry,
        )
        self.lessons = counter("lessons_total", "What parcels taught about durations, counted")
        self.lessons_dropped = counter("lessons_dropped_total", "Lessons dropped while the database was away")
        self.groups = gauge("baseline_groups", "Groups of parcels (legs, hours, ways) of which something is learned")
        self.arrival = Histogram(
            "waywarden_stream_arrival_to_commit_seconds",
            "From the event's time in the log until its batch was committed, the oldest event of each batch",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
            registry=registry,
        )
        self.lag = gauge("lag_events", "Events in the log that are not committed yet", ("partition",))
        self.since_commit = gauge("since_commit_seconds", "Since the last committed transaction", ("partition",))
        self.owned = gauge("partitions", "Partitions this worker has", ("state",))
        self.cache_hits = counter("cache_hits_total", "Parcel states found in memory")
        self.cache_misses = counter("cache_misses_total", "Parcel states asked of the database")
        self.cached = gauge("cache_parcels", "Parcel states in memory")
        self.fenced = counter("fenced_total", "Partitions lost to another worker in the middle of work")
        self.dead = counter("dead_events_total", "Events put aside in dead_event", ("reason",))
        self.due = counter("due_parcels_total", "Parcels looked at because time passed")
        self.opened = counter("exceptions_opened_total", "Exceptions opened", ("kind",))
        self.closed = counter("exceptions_closed_total", "Exceptions cleared or retracted", ("kind", "how"))
        self.refolds = counter("refolds_total", "Parcels folded again because of a late or corrected scan")
        self.rebuilt = counter("rebuilt_states_total", "Parcel states that could not be read and were made anew")
        self.retries = counter("database_retries_total", "Tries again after trouble with the database")
        self.poison = counter("poison_parcels_total", "Parcels that the core failed on: a bug to report")
        self.log_resets = counter("log_resets_total", "Partitions read again from the start of the log", ("why",))
        self.holes = counter("missing_offsets_total", "Offsets that the log no longer has", ("why",))
        self.reseeks = counter("reseeks_total", "Times the consumer was sent back to the database's offset")
        self.clocks = counter("clocks_breached_total", "Case clocks that ran out", ("clock",))
        self.stuck = counter("watchdog_trips_total", "Times the watchdog ended the process", ("why",))
        self.verdicts = Counter(
            "waywarden_verdicts_total",
            "Verdicts on exceptions (right, wrong, unknown), and troubles that were missed",
            ("kind", "carrier", "verdict"),
            registry=registry,
        )
        self.lead = Histogram(
            "waywarden_verdict_lead_seconds",
            "How long before the moment it tells of a right exception was opened, the first of its trouble",
            ("kind",),
            buckets=_LEAD_SECONDS,
            registry=registry,
        )
        self._carriers: set[str] = set()
        for stage in STAGES:
            self.stage.labels(stage)

    def judged(self, carrier: str, judged: Judged) -> None:
        """Count a verdict; carriers beyond the first `MOST_CARRIERS` count as one."""
        if carrier not in self._carriers:
            if len(self._carriers) < MOST_CARRIERS:
                self._carriers.add(carrier)
            else:
                carrier = "other"
        self.verdicts.labels(judged.kind.value, carrier, judged.verdict.value).inc()
        if judged.found and judged.kind in WARNINGS and judged.lead_s is not None:
            self.lead.labels(judged.kind.value).observe(judged.lead_s)

    def forget(self, partition: int) -> None:
        """Drop the series of a partition that this worker no longer has."""
        for metric in (self.lag, self.since_commit):
            try:
                metric.remove(str(partition))
            except KeyError:
                continue
