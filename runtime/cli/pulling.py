"""`waywarden pull`: ask carriers and aggregators for parcels, once or as a service.

Invariant: as `runtime.cli.common`. May import: typer, runtime, pull (lazily).
"""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated, Any

import asyncpg
import typer

from runtime import logs
from runtime.cli.common import fail, part, read_joined_settings, read_settings
from runtime.cli.services import run_service

_SHOWN = 50


def pull(
    parcels: Annotated[
        list[str] | None, typer.Argument(metavar="[PARCEL]…", help="Parcels to ask for now, such as sf:SF123456.")
    ] = None,
    carrier: Annotated[str, typer.Option(help="Ask for all active registered parcels of this carrier.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Ask for at most so many parcels an account.")] = 10_000,
    serve: Annotated[bool, typer.Option("--serve", help="Run as a service: ask for what is due, on and on.")] = False,
) -> None:
    """Ask carriers for parcels that their pushes do not keep fresh: those given, a carrier's, or whatever is due."""
    if serve:
        if parcels or carrier:
            fail("--serve asks for what is due; leave out parcels and --carrier.")
        settings = read_settings()
        run_service("pull", settings, lambda stop: part("pull.app").run(settings, stop))
        return
    if parcels and carrier:
        fail("Give parcels or --carrier, not both.")
    settings = read_joined_settings()
    if not settings.pulls:
        fail("There is no account to ask by. Set WAYWARDEN_PULL_…; `waywarden doctor` lists all settings.")
    logs.configure("pull", "console", "warning")
    once = part("pull.once")

    async def run() -> Any:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return await once.pull_once(settings, stop, parcels or (), carrier or None, limit, typer.echo)

    try:
        summary = asyncio.run(run())
    except asyncpg.UndefinedTableError:
        fail("The database has no tables yet; run `waywarden migrate`.")
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        fail(f"Stopped: {error}. What was answered is durable; the rest is asked for again.")
    _show(summary)


def _show(summary: Any) -> None:
    """Print what the run came to. Exits with 1 when somebody has to look at it."""
    total = sum(summary.asked.values())
    typer.echo(f"\n{total} asked for, {summary.scans} scans brought in." if total else "\nNothing was asked for.")
    for (provider, outcome), number in sorted(summary.asked.items()):
        typer.echo(f"  {provider:<10} {outcome:<12} {number}")
    for parcel_id, why in sorted(summary.details.items())[:_SHOWN]:
        typer.echo(f"  {parcel_id}: {why}")
    for parcel_id, why in sorted(summary.put_off.items())[:_SHOWN]:
        typer.echo(f"  {parcel_id}: not asked for now ({why})")
    for parcel_id in summary.nobody[:_SHOWN]:
        typer.echo(f"  {parcel_id}: not watched, or no account of yours can ask for its carrier")
    for provider, why in sorted(summary.stopped.items()):
        typer.secho(f"  {provider}: stopped, the account is {why}", fg=typer.colors.RED)
    if summary.failed:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(rich_help_panel="Services")(pull)
