"""`waywarden backtest`: how often the rules are right, on a log or on what the database has.

Invariant: reads only. May import: typer, runtime; backtest lazily.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from core.policy import Policy, PolicyError
from runtime.cli.common import fail, part, read_joined_settings
from runtime.policy import read_policy


def backtest(
    log: Annotated[
        list[Path] | None,
        typer.Option(help="A log's folder, or its files one by one (docs/reference-log.md)."),
    ] = None,
    since: Annotated[str, typer.Option("--from", help="Of the database: first day or moment received, ISO 8601.")] = "",
    until: Annotated[str, typer.Option("--to", help="Of the database: until when.")] = "",
    policy: Annotated[Path | None, typer.Option(help="Compare with this policy, laid over the default one.")] = None,
    train: Annotated[Path | None, typer.Option(help="A log to learn from before.")] = None,
    warm: Annotated[float, typer.Option(min=0, help="Days at the beginning whose parcels only teach.")] = 14,
    relearn: Annotated[float, typer.Option(min=0.25, help="Hours after which limits are learned anew.")] = 24,
    sort: Annotated[bool, typer.Option("--sort", help="Put the log's lines in order, in memory.")] = False,
    examples: Annotated[int, typer.Option(min=0, help="Examples of each sort.")] = 3,
    out: Annotated[Path | None, typer.Option(help="Write the report here: .html, or .json.")] = None,
    stories: Annotated[bool, typer.Option("--stories", help="Print the examples too.")] = False,
) -> None:
    """Replay a log through the rules and say how often they are right (docs/howto-backtest.md)."""
    main, logs, reports = part("backtest.main"), part("backtest.log"), part("backtest.report")
    if bool(log) == bool(since or until):
        fail("Give --log DIR, or --from and --to for what the database has.")
    current = _policy(None)
    other = _policy(policy) if policy else None
    options = main.Options(warm=timedelta(days=warm), relearn=timedelta(hours=relearn), examples=examples, sort=sort)
    progress = _progress()
    name = str(log[0]) if log else f"the database from {since} to {until}"
    try:
        truth = None
        if log:
            files = logs.Files.of(log)
            truth = main.truth_of(files, _note)
            events = partial(logs.read_log, files, _note, sort)
        else:
            url = read_joined_settings().database_url
            events = partial(
                part("backtest.database").read_range, url, _moment("--from", since), _moment("--to", until)
            )
        school = None
        if train is not None:
            school = partial(main.trained, logs.Files.of([train]), current, options, _note, progress)
        report = main.backtest(
            name,
            events,
            current,
            options,
            truth=truth,
            other=other,
            school=school,
            trained_on=str(train) if train else None,
            progress=progress,
        )
    except (logs.LogError, main.Nothing) as error:
        fail(str(error))
    typer.echo(reports.as_text(report))
    if stories:
        typer.echo("\n" + reports.stories_text("False alarms", report.false_alarms))
        typer.echo("\n" + reports.stories_text("Misses", report.misses))
    if out is not None:
        body = part("backtest.page").as_html(report) if out.suffix == ".html" else reports.as_json(report)
        try:
            out.write_bytes(body)
        except OSError as error:
            fail(f"The report could not be written: {error}")
        typer.echo(f"\nReport: {out}")


def _policy(path: Path | None) -> Policy:
    try:
        return read_policy(path)
    except PolicyError as error:
        fail(str(error))


def _moment(name: str, text: str) -> datetime:
    """Read a day or a moment; without zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{name} is a day or a moment such as 2026-03-02 or 2026-03-02T08:00+08:00, not {text!r}.")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _note(text: str) -> None:
    typer.secho(f"note: {text}", err=True, fg=typer.colors.YELLOW)


def _progress() -> object:
    began = time.monotonic()

    def tell(events: int, now: datetime) -> None:
        if sys.stderr.isatty():
            took = time.monotonic() - began
            typer.echo(f"\r{events:,} events, up to {now:%Y-%m-%d %H:%M}, {events / took:,.0f}/s ", err=True, nl=False)

    return tell


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Data")(backtest)
