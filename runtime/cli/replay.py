"""`waywarden replay`: kept input goes through today's program again. Everything may be running meanwhile.

Invariant: every replay may be stopped and started again; what was done is durable. May import: runtime, api (lazily).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
import typer

from runtime import logs
from runtime.cli.common import fail, part, read_joined_settings
from store.mappings import Which

replay = typer.Typer(help="Feed kept input again; everything may be running meanwhile.", invoke_without_command=True)

Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
        help="Only what was received since then, UTC unless it says otherwise.",
    ),
]


def _utc(since: datetime | None) -> datetime | None:
    return since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since


def _run(work: Coroutine[Any, Any, Any]) -> None:
    logs.configure("replay", "console", "warning")
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        fail("Stopped. What was replayed is durable; start it again for the rest.")
    except (OSError, asyncpg.PostgresError) as error:
        fail(f"Stopped: {error}. What was replayed is durable; start it again later.")
    except part("api.accept").Unavailable as error:
        fail(f"Stopped, the events could not be made durable: {error}. Start it again later; nothing is lost.")


@replay.callback()
def replay_scans(
    context: typer.Context,
    carrier: Annotated[str | None, typer.Option(help="Only scans of this carrier's parcels.")] = None,
    source: Annotated[str | None, typer.Option(help="Only scans that this format brought.")] = None,
    since: Since = None,
    understood: Annotated[
        bool,
        typer.Option("--all", help="Also scans that were understood, where the format keeps all that it looks at."),
    ] = False,
    rate: Annotated[float, typer.Option(min=1, help="Parcels a second to the stream, at most.")] = 1_000,
) -> None:
    """Read stored scans again by today's code tables and mappings; with a command, replay what it names instead."""
    if context.invoked_subcommand is not None:
        if carrier or source or since or understood:
            fail("Put the options behind the command: waywarden replay quarantine --since …")
        return
    if not (carrier or source or since or understood):
        typer.echo(context.get_help())
        return
    which = Which(carrier=carrier, source=source, since=_utc(since))
    work = part("api.replay").replay_scans(
        read_joined_settings(), which, everything=understood, rate=rate, tell=typer.echo
    )
    _run(work)


@replay.command("quarantine")
def replay_quarantine(
    format_name: Annotated[str | None, typer.Argument(metavar="[FORMAT]", help="Only payloads of this format.")] = None,
    since: Since = None,
) -> None:
    """Read everything in quarantine again, oldest first: what a fix has made readable goes in, the rest stays."""
    _run(part("api.replay").replay_quarantine(read_joined_settings(), format_name, _utc(since), tell=typer.echo))


@replay.command("dead")
def replay_dead(since: Since = None) -> None:
    """Give the events that the stream put aside to it again: after a fix they are thought about as if they came now."""
    _run(part("api.replay").replay_dead(read_joined_settings(), _utc(since), tell=typer.echo))


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(replay, name="replay", rich_help_panel="Data")
