"""The four services and the mail catcher, each run until SIGINT or SIGTERM.

Invariant: a service that fails at its start exits with 1 and one log line that says why. May import: the services,
lazily.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import structlog
import typer

from runtime import lifecycle, logs
from runtime.cli.common import part, read_settings
from runtime.settings import Settings


def run_service(name: str, settings: Settings, main: Callable[[asyncio.Event], Awaitable[object]]) -> None:
    """Set up logs and signals and run `main` until it ends. Exits with 1 when it fails."""
    logs.configure(name, settings.log_format, settings.log_level)
    log = structlog.get_logger()

    async def run(stop: asyncio.Event) -> None:
        log.info("starting")
        await main(stop)
        log.info("stopped")

    try:
        lifecycle.run(run)
    except typer.Exit as left:
        lifecycle.leave(left.exit_code)
    except KeyboardInterrupt:
        lifecycle.leave(130)
    except Exception as error:
        log.exception("service_failed", error=repr(error))
        lifecycle.leave(1)
    lifecycle.leave(0)


def worker() -> None:
    """Read parcel events from Kafka and keep parcels, exceptions and cases up to date."""
    settings = read_settings()
    run_service("worker", settings, lambda stop: part("stream.app").run(settings, stop))


def api() -> None:
    """Serve intake, REST API, board and consumer pages over HTTP."""
    settings = read_settings()
    run_service("api", settings, lambda stop: part("api.app").run(settings, stop))


def live() -> None:
    """Serve the live board's websockets."""
    settings = read_settings()
    run_service("live", settings, lambda stop: part("api.live.app").run(settings, stop))


def notifier() -> None:
    """Send consumers' messages and webhooks."""
    settings = read_settings()
    run_service("notifier", settings, lambda stop: part("notifier.app").run(settings, stop))


def mail(
    smtp_port: Annotated[int, typer.Option(help="Port that takes mail by SMTP.")] = 1025,
    http_port: Annotated[int, typer.Option(help="Port of the inbox page.")] = 8025,
    folder: Annotated[Path, typer.Option(help="Where caught mail is kept.")] = Path(".waywarden/mail"),
) -> None:
    """Catch mail in place of sending it, and show it on an inbox page (for demos and tests)."""
    settings = read_settings()
    folder.mkdir(parents=True, exist_ok=True)
    run_service(
        "mail", settings, lambda stop: part("notifier.catcher").run(smtp_port, http_port, stop, folder, settings.bind)
    )


def run_directly(name: str) -> bool:
    """Run a service without the command-line parser. Gives False when `name` is none."""
    command = {"worker": worker, "api": api, "live": live, "notifier": notifier}.get(name)
    if command is None:
        return False
    try:
        command()
    except typer.Exit as left:
        sys.exit(left.exit_code)
    return True


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (worker, api, live, notifier, mail):
        app.command(rich_help_panel="Services")(command)
