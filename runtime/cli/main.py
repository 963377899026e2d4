"""Puts the commands together.

Invariant: settings given as options become environment variables before any command reads them. May import: typer,
runtime.cli.*.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from runtime.cli import backtest, mappings, partitions, people, policies, pulling, replay, services, stack, tools
from runtime.settings import Settings

app = typer.Typer(
    name="waywarden",
    help="Watches parcels: reads carrier scans, finds delay, damage and loss first, opens cases, tells the consumer.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)


@app.callback()
def settings_from_options(
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            "-s",
            metavar="NAME=VALUE",
            help="A setting for this run, such as http_port=8090; `waywarden doctor` lists all. May be repeated.",
        ),
    ] = None,
) -> None:
    """Take settings from options; they win over the environment and the .env file."""
    for assignment in assignments or ():
        name, equals, value = assignment.partition("=")
        name = name.strip().lower().removeprefix("waywarden_")
        if not equals or name not in Settings.model_fields:
            raise typer.BadParameter(f"{assignment!r} is not NAME=VALUE with a known name; see `waywarden doctor`")
        os.environ[f"WAYWARDEN_{name.upper()}"] = value


services.add_to(app)
pulling.add_to(app)
stack.add_to(app)
people.add_to(app)
tools.add_to(app)
backtest.add_to(app)
policies.add_to(app)
mappings.add_to(app)
replay.add_to(app)
partitions.add_to(app)
