"""Builds dashboards/waywarden.json: the control room's overview. Run it after a change: `python ops/grafana/build.py`.

The dashboard is a list of rows of panels here, because a grid written by hand is unreadable and a clicked one is in
nobody's review. Invariant: the JSON in the repository is what this file gives; a test compares them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SOURCE = {"type": "prometheus", "uid": "waywarden-prometheus"}
FILE = Path(__file__).parent / "dashboards" / "waywarden.json"
RATE = "$__rate_interval"
Query = tuple[str, str]  # expression, legend


def quantile(q: float, metric: str, by: str = "") -> str:
    """Give the expression of a quantile of a histogram."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket[{RATE}])))"


def rate(metric: str, by: str = "") -> str:
    """Give the expression of a rate summed over processes."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}[{RATE}]))"


def panel(
    kind: str, title: str, *queries: Query, unit: str = "short", width: int = 8, about: str = "", **more: Any
) -> dict[str, Any]:
    """Make a panel; `limits` gives (amber, red), `stack` piles the lines up."""
    limits: tuple[float, float] | None = more.get("limits")
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if limits:
        steps += [{"color": "orange", "value": limits[0]}, {"color": "red", "value": limits[1]}]
    custom: dict[str, Any] = {"lineWidth": 1, "fillOpacity": 12, "showPoints": "never", "spanNulls": False}
    if more.get("stack"):
        custom |= {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 40}
    instant = kind in ("stat", "bargauge")
    options: dict[str, Any] = (
        {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
        if kind == "timeseries"
        else {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"}
    )
    if kind == "bargauge":
        options = {"reduceOptions": options["reduceOptions"], "displayMode": "gradient", "orientation": "horizontal"}
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": SOURCE,
        "gridPos": {"w": width, "h": 4 if kind == "stat" else 8},
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps},
                "color": {"mode": "thresholds" if instant else "palette-classic"},
                "custom": custom if kind == "timeseries" else {},
            },
            "overrides": [],
        },
        "options": options,
        "targets": [
            {
                "datasource": SOURCE,
                "refId": chr(65 + number),
                "expr": expr,
                "legendFormat": legend,
                "instant": instant,
                "range": not instant,
            }
            for number, (expr, legend) in enumerate(queries)
        ],
    }


ROWS: list[tuple[str, list[dict[str, Any]]]] = [
    (
        "Now",
        [
            panel(
                "stat",
                "Tracking information is this old (p95)",
                (quantile(0.95, "waywarden_stream_arrival_to_commit_seconds"), ""),
                unit="s",
                width=4,
                limits=(60, 300),
                about="From the log to the database. Promised: at most 5 minutes; aim: 1 second.",
            ),
            panel("stat", "Open exceptions", ("sum(max by (kind, severity) (waywarden_exceptions_open))", ""), width=4),
            panel("stat", "Live cases", ("sum(max by (kind, state) (waywarden_cases_live))", ""), width=4),
            panel(
                "stat",
                "Clocks run out, cases still open",
                ('sum(max by (clock) (waywarden_case_clocks{state="breached"})) or vector(0)', ""),
                width=4,
                limits=(1, 10),
            ),
            panel(
                "stat",
                "Oldest message waiting",
                ("max(waywarden_outbox_oldest_pending_seconds)", ""),
                unit="s",
                width=4,
                limits=(30, 120),
            ),
            panel("stat", "Clients on the live board", ("sum(waywarden_live_clients)", ""), width=4),
        ],
    ),
    (
        "What comes in",
        [
            panel(
                "timeseries",
                "Scans accepted by format",
                (rate("waywarden_intake_scans_total", "format"), "{{format}}"),
                unit="cps",
                stack=True,
            ),
            panel(
                "timeseries",
                "Push to durable",
                (quantile(0.5, "waywarden_intake_accept_seconds"), "p50"),
                (quantile(0.99, "waywarden_intake_accept_seconds"), "p99"),
                unit="s",
            ),
            panel(
                "timeseries",
                "Answers by status",
                (rate("waywarden_api_request_seconds_count", "status"), "{{status}}"),
                unit="reqps",
                stack=True,
            ),
            panel(
                "timeseries",
                "Refused",
                (rate("waywarden_intake_refused_total", "format, reason"), "{{format}}: {{reason}}"),
                unit="cps",
            ),
            panel(
                "timeseries",
                "Kept aside",
                ("max(waywarden_intake_inbox_depth)", "inbox (broker away)"),
                ("max(waywarden_intake_quarantine_held)", "quarantine"),
            ),
            panel(
                "timeseries",
                "Slow requests: p99 by route",
                (quantile(0.99, "waywarden_api_request_seconds", "route"), "{{route}}"),
                unit="s",
            ),
        ],
    ),
    (
        "From the log to the database",
        [
            panel(
                "timeseries",
                "Events and scans",
                (rate("waywarden_stream_events_total"), "events taken"),
                (rate("waywarden_stream_scans_total"), "new scans stored"),
                (rate("waywarden_stream_due_parcels_total"), "parcels looked at because time passed"),
                unit="cps",
            ),
            panel(
                "timeseries",
                "Lag",
                ("sum by (partition) (waywarden_stream_lag_events)", "partition {{partition}}"),
                stack=True,
            ),
            panel(
                "timeseries",
                "Since the last commit",
                ("max by (partition) (waywarden_stream_since_commit_seconds)", "partition {{partition}}"),
                unit="s",
            ),
            panel(
                "timeseries",
                "Where a batch spends its time",
                (rate("waywarden_stream_batch_seconds_sum", "stage"), "{{stage}}"),
                unit="s",
                stack=True,
                about="Seconds of work per second.",
            ),
            panel(
                "timeseries",
                "Memory of parcel states",
                (
                    f"{rate('waywarden_stream_cache_hits_total')} / ({rate('waywarden_stream_cache_hits_total')}"
                    f" + {rate('waywarden_stream_cache_misses_total')})",
                    "hit rate",
                ),
                unit="percentunit",
            ),
            panel(
                "timeseries",
                "Trouble",
                (rate("waywarden_stream_fenced_total"), "fenced"),
                (rate("waywarden_stream_dead_events_total"), "dead events"),
                (rate("waywarden_stream_poison_parcels_total"), "poison parcels"),
                (rate("waywarden_stream_database_retries_total"), "database retries"),
                (rate("waywarden_stream_refolds_total"), "late scans"),
                unit="cps",
            ),
        ],
    ),
    (
        "Exceptions and cases",
        [
            panel(
                "bargauge",
                "Open exceptions by kind",
                ("sort_desc(sum by (kind) (max by (kind, severity) (waywarden_exceptions_open)))", "{{kind}}"),
            ),
            panel(
                "timeseries",
                "Exceptions opened in an hour",
                ("sum by (kind) (increase(waywarden_stream_exceptions_opened_total[1h]))", "{{kind}}"),
                stack=True,
            ),
            panel(
                "timeseries",
                "Exceptions over in an hour",
                ("sum by (how) (increase(waywarden_stream_exceptions_closed_total[1h]))", "{{how}}"),
                stack=True,
                about="Retracted: a late scan showed that it never was.",
            ),
            panel(
                "timeseries",
                "Live cases by state",
                ("sum by (state) (max by (kind, state) (waywarden_cases_live))", "{{state}}"),
                stack=True,
            ),
            panel(
                "timeseries",
                "Clocks of open cases",
                ("sum by (clock, state) (max by (clock, state) (waywarden_case_clocks))", "{{clock}}: {{state}}"),
            ),
            panel(
                "timeseries",
                "Clocks run out in an hour",
                ("sum by (clock) (increase(waywarden_stream_clocks_breached_total[1h]))", "{{clock}}"),
                stack=True,
            ),
        ],
    ),
    (
        "Incidents",
        [
            panel(
                "timeseries",
                "Incidents that last, by kind",
                ("sum by (kind) (max by (kind, carrier) (waywarden_incidents_open))", "{{kind}}"),
                about="Jammed hubs, slow lanes, carriers whose scans do not come or come late.",
            ),
            panel(
                "timeseries",
                "Found this long after they began (median)",
                (
                    "histogram_quantile(0.5, sum by (le, kind) "
                    "(increase(waywarden_incident_found_after_seconds_bucket[7d])))",
                    "{{kind}}",
                ),
                unit="s",
                about="Of the last week. The aim: a jam within an hour, a silent feed within half an hour.",
            ),
            panel(
                "timeseries",
                "Judged this far behind the clock",
                ("max(waywarden_incident_behind_seconds)", "behind"),
                ("sum(waywarden_incident_leader)", "leaders"),
                unit="s",
                about="Nothing is judged beyond what every partition knows.",
            ),
        ],
    ),
    (
        "How right the exceptions are",
        [
            panel(
                "stat",
                "Early warnings wrong, of those judged in a day",
                (
                    'sum(increase(waywarden_verdicts_total{kind="predicted_late", verdict="wrong"}[1d]))'
                    ' / sum(increase(waywarden_verdicts_total{kind="predicted_late", verdict=~"right|wrong"}[1d]))',
                    "",
                ),
                unit="percentunit",
                limits=(0.15, 0.3),
                about="The plan wants 85 % of early warnings right. The page of figures has intervals and older days.",
            ),
            panel(
                "stat",
                "Late parcels that nobody was warned of, in a day",
                (
                    'sum(increase(waywarden_verdicts_total{kind="predicted_late", verdict="missed"}[1d]))'
                    ' / (sum(increase(waywarden_verdicts_total{kind="predicted_late", verdict="missed"}[1d]))'
                    ' + sum(increase(waywarden_verdicts_total{kind="predicted_late", verdict="right"}[1d])))',
                    "",
                ),
                unit="percentunit",
                limits=(0.3, 0.5),
            ),
            panel(
                "stat",
                "Warned so long before the promise, half of them",
                (
                    "histogram_quantile(0.5, sum by (le) (increase("
                    'waywarden_verdict_lead_seconds_bucket{kind="predicted_late"}[1d])))',
                    "",
                ),
                unit="s",
            ),
            panel(
                "timeseries",
                "Verdicts in an hour",
                ("sum by (verdict) (increase(waywarden_verdicts_total[1h]))", "{{verdict}}"),
                stack=True,
                about="A verdict is given when it is known what became of the parcel.",
            ),
            panel(
                "timeseries",
                "Wrong in an hour, by kind",
                ('sum by (kind) (increase(waywarden_verdicts_total{verdict="wrong"}[1h]))', "{{kind}}"),
                stack=True,
            ),
            panel(
                "timeseries",
                "Missed in an hour, by carrier",
                ('sum by (carrier) (increase(waywarden_verdicts_total{verdict="missed"}[1h]))', "{{carrier}}"),
                stack=True,
            ),
        ],
    ),
    (
        "Messages",
        [
            panel(
                "timeseries",
                "Sent and failed",
                (rate("waywarden_deliveries_sent_total", "channel"), "{{channel}} sent"),
                (rate("waywarden_deliveries_failed_total", "channel, reason"), "{{channel}} failed: {{reason}}"),
                unit="cps",
            ),
            panel(
                "timeseries",
                "Notice to sent",
                (quantile(0.5, "waywarden_notice_to_sent_seconds", "channel"), "{{channel}} p50"),
                (quantile(0.95, "waywarden_notice_to_sent_seconds", "channel"), "{{channel}} p95"),
                unit="s",
                about="Quiet hours included.",
            ),
            panel(
                "timeseries",
                "Waiting",
                ("max(waywarden_outbox_pending)", "notices"),
                ("max(waywarden_deliveries_due)", "messages due"),
                ("max(waywarden_deliveries_pending)", "messages, postponed included"),
                ("max(waywarden_deliveries_parked_now)", "parked"),
            ),
            panel(
                "timeseries",
                "What became of notices",
                (rate("waywarden_notices_routed_total", "reason"), "{{reason}}"),
                unit="cps",
                stack=True,
            ),
            panel(
                "timeseries",
                "Not sent, by reason",
                (rate("waywarden_deliveries_suppressed_total", "channel, reason"), "{{channel}}: {{reason}}"),
                (rate("waywarden_deliveries_parked_total", "channel, reason"), "{{channel}} parked: {{reason}}"),
                unit="cps",
            ),
            panel(
                "timeseries",
                "Time of one try",
                (quantile(0.95, "waywarden_delivery_send_seconds", "channel"), "{{channel}} p95"),
                unit="s",
            ),
        ],
    ),
    (
        "The live board",
        [
            panel("timeseries", "Clients", ("sum(waywarden_live_clients)", "clients")),
            panel(
                "timeseries",
                "Feed to screen",
                (quantile(0.5, "waywarden_live_feed_to_send_seconds"), "p50"),
                (quantile(0.99, "waywarden_live_feed_to_send_seconds"), "p99"),
                ("max(waywarden_live_tail_lag_seconds)", "tail lag"),
                unit="s",
            ),
            panel(
                "timeseries",
                "Row changes",
                (rate("waywarden_live_deltas_sent_total"), "sent"),
                (rate("waywarden_live_deltas_conflated_total"), "conflated"),
                (rate("waywarden_live_deltas_dropped_total"), "dropped with slow clients"),
                unit="cps",
            ),
        ],
    ),
    (
        "Figures the business asked for",
        [
            panel(
                "timeseries",
                "Tracking information within 5 minutes",
                (
                    'sum(rate(waywarden_stream_arrival_to_commit_seconds_bucket{le="300.0"}[1h]))'
                    " / sum(rate(waywarden_stream_arrival_to_commit_seconds_count[1h]))",
                    "share of batches",
                ),
                unit="percentunit",
            ),
            panel(
                "timeseries",
                "Exceptions per 1,000 scans, 24 h",
                (
                    "1000 * sum by (kind) (increase(waywarden_stream_exceptions_opened_total[1d]))"
                    " / ignoring (kind) group_left sum(increase(waywarden_stream_scans_total[1d]))",
                    "{{kind}}",
                ),
            ),
            panel(
                "timeseries",
                "Warnings that proved wrong, 24 h",
                (
                    'sum(increase(waywarden_stream_exceptions_closed_total{how="retracted"}[1d]))'
                    " / sum(increase(waywarden_stream_exceptions_opened_total[1d]))",
                    "retracted",
                ),
                unit="percentunit",
                about="Promised: early warnings are right at least 85 % of the time.",
            ),
        ],
    ),
    (
        "Processes",
        [
            panel(
                "timeseries",
                "Up",
                ('sum by (job) (up{job=~"waywarden-.*"})', "{{job}}"),
            ),
            panel(
                "timeseries",
                "Memory",
                ('process_resident_memory_bytes{job=~"waywarden-.*"}', "{{job}} {{instance}}"),
                unit="bytes",
            ),
            panel(
                "timeseries",
                "Event loop lag, worst of 10 s",
                ("waywarden_loop_lag_seconds", "{{job}} {{instance}}"),
                unit="s",
            ),
        ],
    ),
]


def build() -> dict[str, Any]:
    """Lay the rows out on Grafana's grid of 24 columns."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        panels.append(
            {
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
                "panels": [],
            }
        )
        y += 1
        x, height = 0, 0
        for one in row:
            width, tall = one["gridPos"]["w"], one["gridPos"]["h"]
            if x + width > 24:
                x, y, height = 0, y + height, 0
            one["gridPos"] = {"x": x, "y": y, "w": width, "h": tall}
            x, height = x + width, max(height, tall)
            panels.append(one)
        y += height
    for number, one in enumerate(panels, 1):
        one["id"] = number
    return {
        "uid": "waywarden-overview",
        "title": "Waywarden: control room",
        "tags": ["waywarden"],
        "schemaVersion": 36,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "15s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": []},
        "annotations": {"list": []},
        "links": [],
        "panels": panels,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
