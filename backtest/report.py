"""The report of a back-test: figures, examples and what would change, as one value, as JSON and as text.

Invariant: pure; says what is unknown instead of leaving it out. May import: core, msgspec, backtest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backtest.against import Calibration, Duel
from backtest.incidents import LEAST, Found
from backtest.own import Own
from backtest.story import Story
from core.figures import Middle, Share


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one kind; leads in hours."""

    kind: str
    alerts: int
    a_day: float
    told: int
    retracted: int
    unknown: int
    precision: Share
    recall: Share
    lead_means: str
    lead: Middle
    lead_p10: Middle


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What another policy changes of a kind: alerts of both, of the current alone, of the new alone."""

    kind: str
    both: int
    gone: int
    new: int
    precision: tuple[Share, Share]
    recall: tuple[Share, Share]
    examples_gone: tuple[Story, ...] = ()
    examples_new: tuple[Story, ...] = ()


THREE_DAYS = "predicted_late, three days"
"""The name among the leads of the warnings on missed promises of three days."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How it ran. `seconds` of processor time, reading included."""

    events: int
    scans: int
    parcels: int
    looks: int
    refolds: int
    seconds: float
    scans_per_s: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a back-test found."""

    log: str
    since: datetime
    until: datetime
    warm_days: float
    trained_on: str | None
    truth: str
    seed: int | None
    network: int | None
    policy: str
    relearn_h: float
    run: Run
    kinds: tuple[KindFigures, ...]
    lead_three_days: Middle
    calibration: Calibration
    duels: tuple[Duel, ...]
    false_alarms: tuple[Story, ...]
    misses: tuple[Story, ...]
    incidents: tuple[Found, ...] = ()
    own: tuple[Own, ...] = ()
    changes: tuple[Change, ...] = ()
    leads: dict[str, tuple[float, ...]] = {}
    daily: dict[str, tuple[int, ...]] = {}


def as_json(report: Report) -> bytes:
    """Give the report as JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def percent(share: Share, interval: bool = True) -> str:
    """Write a share as percent with its interval."""
    if share.share is None or share.low is None or share.high is None:
        return "–"
    if not interval:
        return f"{share.share:.1%}"
    return f"{share.share:.1%} ({share.low * 100:.0f}–{share.high * 100:.0f})"


def hours(middle: Middle) -> str:
    """Write a quantile in hours."""
    return "–" if middle.value is None else f"{middle.value:.1f}"


def as_text(report: Report) -> str:
    """Write the summary for a terminal."""
    run = report.run
    head = [
        f"Back-test of {report.log}, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d} UTC, policy {report.policy}",
        f"{run.scans:,} scans of {run.parcels:,} parcels, {run.looks:,} looks at silence; "
        f"{run.seconds:.1f} s, {run.scans_per_s:,.0f} scans/s",
        f"Truth: {report.truth}. The first {report.warm_days:g} days only teach"
        + (f", after {report.trained_on}." if report.trained_on else "."),
        "",
    ]
    names = ("kind", "alerts", "a day", "told", "precision", "recall", "lead h", "p10", "lead is")
    rows: list[tuple[str, ...]] = [names]
    for kind in report.kinds:
        rows.append(
            (
                kind.kind,
                f"{kind.alerts:,}",
                f"{kind.a_day:.1f}",
                f"{kind.told:,}",
                percent(kind.precision),
                percent(kind.recall),
                hours(kind.lead),
                hours(kind.lead_p10),
                kind.lead_means,
            )
        )
    body = table(rows)
    three = report.lead_three_days
    body += [
        "",
        f"Predicted late, parcels with a promise of three days: {hours(three)} h before it passed "
        f"(median of {three.count:,})",
    ]
    found = report.calibration
    error = "unknown" if found.error is None else f"{found.error:.4f}"
    body += [f"Calibration of the chance to come late: expected error {error}, {found.given:,} chances given"]
    rows = [("said", "given", "on average", "came late")]
    for bucket in found.buckets:
        if bucket.given:
            rows.append(
                (
                    f"{bucket.low:.0%}–{bucket.high:.0%}",
                    f"{bucket.given:,}",
                    f"{bucket.said:.1%}",
                    percent(bucket.came),
                )
            )
    body += ["", *table(rows), ""]
    rows = [("naive rule", "false", "recall", "ours", "false", "recall", "to be found")]
    rows += [
        (
            duel.rule,
            f"{duel.naive_false:,}",
            percent(duel.naive_recall, interval=False),
            duel.ours,
            f"{duel.our_false:,}",
            percent(duel.our_recall, interval=False),
            duel.wanted,
        )
        for duel in report.duels
    ]
    body += table(rows)
    if report.incidents:
        body += ["", f"Incidents (recall of those with {LEAST} parcels or more):", *table(_incident_rows(report))]
    if report.own:
        body += ["", "What the product says of itself, without labels, as it does live:", *table(own_rows(report))]
    if report.changes:
        rows = [("kind", "in both", "gone", "new", "precision", "becomes", "recall", "becomes")]
        rows += [
            (
                change.kind,
                f"{change.both:,}",
                f"{change.gone:,}",
                f"{change.new:,}",
                percent(change.precision[0], interval=False),
                percent(change.precision[1], interval=False),
                percent(change.recall[0], interval=False),
                percent(change.recall[1], interval=False),
            )
            for change in report.changes
        ]
        body += ["", "What the other policy changes:", *table(rows)]
    return "\n".join([*head, *body])


def own_rows(report: Report) -> list[tuple[str, ...]]:
    """Give the product's own figures beside the true ones, a head first."""
    true = {kind.kind: kind for kind in report.kinds}
    rows: list[tuple[str, ...]] = [("kind", "judged", "unknown", "own precision", "true", "own recall", "true")]
    for one in report.own:
        kind = true.get(one.kind)
        rows.append(
            (
                one.kind,
                f"{one.right + one.wrong:,}",
                f"{one.unknown:,}",
                percent(one.precision),
                percent(kind.precision, interval=False) if kind is not None else "–",
                percent(one.recall),
                percent(kind.recall, interval=False) if kind is not None else "–",
            )
        )
    return rows


def _incident_rows(report: Report) -> list[tuple[str, ...]]:
    names = ("incident", "found", "precision", "recall", "smaller", "min", "under it", "told alone", "losses")
    rows: list[tuple[str, ...]] = [names]
    rows += [
        (
            found.kind,
            f"{found.raised:,}",
            percent(found.precision),
            percent(found.recall),
            percent(found.small, interval=False),
            hours(found.minutes),
            percent(found.under, interval=False),
            f"{found.told:,}",
            f"{found.losses:,}",
        )
        for found in report.incidents
    ]
    return rows


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows in columns, numbers to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if cell[:1].isdigit() and number else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for number, row in enumerate(rows)
    ]


def stories_text(title: str, stories: Sequence[Story]) -> str:
    """Write stories for a terminal."""
    out = [title]
    for story in stories:
        out.append(f"\n  {story.parcel_id}: {story.about}")
        out += [f"    {line.at:%m-%d %H:%M}  {line.what:<8} {line.says}" for line in story.lines]
    return "\n".join(out)
