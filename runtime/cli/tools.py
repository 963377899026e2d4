"""Everything else: migrate, simulate, bench, doctor, keys, version.

Invariant: `doctor` changes nothing. May import: every part, lazily.
"""

from __future__ import annotations

import ast
import asyncio
import platform
import re
import runpy
import shutil
import socket
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from pydantic import SecretStr

from runtime.cli.common import fail, part, read_joined_settings, read_settings
from runtime.cli.services import run_service
from runtime.demo import Demo
from runtime.home import Home, new_link_key, new_sealing_key
from runtime.metrics import own_version
from runtime.settings import Settings
from store import pull, running

_PASSWORD = re.compile(r"(://[^/@\s:]*:)[^@\s]+@")


def migrate(revision: Annotated[str, typer.Argument(help="A revision, `head` or `base`.")] = "head") -> None:
    """Bring the database to the newest revision. Safe to run many times, and by several at once."""
    settings = read_settings()
    from sqlalchemy.exc import SQLAlchemyError

    try:
        part("runtime.migrate").migrate(settings.database_url, revision)
    except SQLAlchemyError as error:
        fail(f"The database could not be migrated: {error}\nIt is set by WAYWARDEN_DATABASE_URL.")
    typer.echo(f"The database is at {revision}.")


def simulate(
    log: Annotated[Path | None, typer.Option(help="Write a log and its truth to this folder; push nothing.")] = None,
    network: Annotated[int, typer.Option(help="Of the log: which network, drawn by this number.")] = 1,
    start: Annotated[str, typer.Option(help="Of the log: its first day, YYYY-MM-DD.")] = "2026-03-02",
    demo: Annotated[bool, typer.Option("--demo", help="Take keys and secrets from the demo's data folder.")] = False,
    parcels: Annotated[int, typer.Option(min=0, help="Parcels on their way at the start.")] = 1_500,
    rate: Annotated[float, typer.Option(min=0, help="New parcels a second after that.")] = 0.3,
    speed: Annotated[float, typer.Option(min=0, help="How much faster than real time; 0 is real time.")] = 0,
    days: Annotated[
        float, typer.Option(min=0, help="How many days ago a faster world starts, or how many the log has.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.")] = 1,
    truth: Annotated[Path | None, typer.Option(help="File that gets what really happened to each parcel.")] = None,
    shop_key: Annotated[str, typer.Option(help="API key of the shop.", envvar="WAYWARDEN_SIM_SHOP_KEY")] = "",
    carrier_key: Annotated[
        str, typer.Option(help="API key for formats without signature.", envvar="WAYWARDEN_SIM_CARRIER_KEY")
    ] = "",
    secret: Annotated[list[str] | None, typer.Option(metavar="FORMAT=SECRET", help="An intake secret.")] = None,
) -> None:
    """Push made-up parcels, signed, through the real intake; or write a log of them (docs/reference-log.md)."""
    if log is not None:
        _write_log(log, parcels, days, seed, network, start)
        return
    settings = read_joined_settings()
    secrets = dict(pair.split("=", 1) for pair in secret or () if "=" in pair)
    if demo:
        kept = Demo.read(Home(settings.data_dir))
        shop_key, carrier_key = shop_key or kept.shop_key, carrier_key or kept.carrier_key
        secrets = kept.secrets | secrets
    if not shop_key:
        fail("Give --shop-key, or --demo to take what `waywarden demo` made.")
    sim = part("sim.app")
    options = sim.Options(
        shop_key=shop_key,
        carrier_key=carrier_key,
        secrets=secrets,
        parcels=parcels,
        rate=rate,
        speed=speed,
        days=days,
        seed=seed,
        truth=truth,
    )
    run_service("simulate", settings, lambda stop: sim.run(settings, stop, options))


def _write_log(folder: Path, parcels: int, days: float, seed: int, network: int, start: str) -> None:
    try:
        first = date.fromisoformat(start)
    except ValueError:
        fail(f"--start is a day such as 2026-03-02, not {start!r}.")
    if days < 1 or days != int(days):
        fail("A log has whole days, at least one.")
    spec = part("sim.log").Spec(parcels=parcels, days=int(days), seed=seed, network=network, start=first)
    try:
        lines = part("sim.files").write(spec, folder)
    except OSError as error:
        fail(f"The log could not be written: {error}")
    for name, count in lines.items():
        typer.echo(f"  {folder / name}.ndjson  {count:,} lines")


def bench(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which; without it, all are listed.")] = None,
) -> None:
    """Measure and write the result to bench/results. What follows NAME goes to the measurement; try NAME --help."""
    folder = Path(part("bench").__file__ or "").parent
    known = sorted(
        file.stem for file in folder.glob("*.py") if 'if __name__ == "__main__"' in file.read_text(encoding="utf-8")
    )
    if name is None:
        for one in known:
            first = (ast.get_docstring(ast.parse((folder / f"{one}.py").read_text(encoding="utf-8"))) or "").split("\n")
            typer.echo(f"  {one:<12} {first[0]}")
        return
    if name not in known:
        fail(f"There is no measurement {name!r}; there are {', '.join(known)}.")
    sys.argv = [f"waywarden bench {name}", *context.args]
    runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)


def keys() -> None:
    """Make a sealing key and a link key and print them as settings. They are kept nowhere: store them safely."""
    typer.echo(f"WAYWARDEN_KEYS={new_sealing_key()}")
    typer.echo(f"WAYWARDEN_LINK_KEY={new_link_key()}")


def version() -> None:
    """Print the version."""
    typer.echo(own_version())


def doctor() -> None:
    """Show all settings and check what this installation needs: parts, database, broker, tools."""
    settings = read_joined_settings()
    typer.echo(f"Waywarden {own_version()}, Python {platform.python_version()}, {platform.system()}\n\nSettings:")
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = ("(set)" if value.get_secret_value() else "(not set)") if isinstance(value, SecretStr) else value
        shown = _PASSWORD.sub(r"\1…@", str(shown))
        typer.echo(f"  WAYWARDEN_{name.upper():<22} {shown:<46} {field.description or ''}")
    problems = [*_check_parts(), *asyncio.run(_check_database(settings)), *_check_broker(settings)]
    typer.echo("\nTools:")
    for tool, use in (
        ("chromium", "page tests"),
        ("promtool", "rule tests"),
        ("node", "board's build"),
        ("mvn", "test-kafka"),
    ):
        typer.echo(f"  {tool:<10} {shutil.which(tool) or 'missing'}  {use}")
    if problems:
        fail("\n" + "\n".join(f"Not well: {problem}" for problem in problems))
    typer.echo("\nAll well.")


def _check_parts() -> list[str]:
    import importlib

    problems = []
    for name in ("stream.app", "api.app", "api.live.app", "notifier.app", "pull.app"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            problems.append(f"{name} cannot be loaded: {error}")
    return problems


async def _check_database(settings: Settings) -> list[str]:
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return [f"the database cannot be reached ({error}); it is set by WAYWARDEN_DATABASE_URL"]
    try:
        typer.echo("\nDatabase: " + ", ".join(f"{k} {v}" for k, v in (await running.counts(connection)).items()))
        return await _check_pull(connection, settings)
    except asyncpg.UndefinedTableError:
        return ["the database has no tables yet; run `waywarden migrate`"]
    finally:
        await connection.close()


async def _check_pull(connection: asyncpg.Connection, settings: Settings) -> list[str]:
    """Look at the accounts by which carriers are asked, those of the settings and no earlier ones."""
    if not settings.pulls:
        typer.echo("\nPull: no account is set; carriers are not asked")
        return []
    try:
        configured = part("pull.accounts").configured(settings, part("pull.policy").read_pull_policy())
    except ValueError as error:
        return [f"pull: {error}"]
    records = {row.account: row for row in await pull.accounts(connection)}
    waiting = {row.provider: row for row in await pull.waiting(connection, datetime.now(UTC))}
    typer.echo("\nPull:")
    problems = []
    for account in configured:
        name = account.provider.name
        row, wait = records.get(account.key), waiting.get(name)
        state = f"{row.state}{f' ({row.reason})' if row.reason else ''}" if row else "never asked"
        parcels = f"{wait.parcels} parcels, {wait.due} due" if wait else "no parcels"
        typer.echo(f"  {name:<10} {state:<30} {parcels:<28} {account.base}")
        for key, what in ((account.key, "the account"), (f"{account.key}:register", "registering by the account")):
            bad = records.get(key)
            if bad is not None and bad.state in ("refused", "exhausted"):
                since = f"{bad.since:%Y-%m-%d %H:%M} UTC"
                problems.append(f"{what} of {name} is {bad.state} since {since} ({bad.reason}); see docs/howto-pull.md")
    return problems


def _check_broker(settings: Settings) -> list[str]:
    problems = []
    for server in settings.kafka.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=3).close()
        except (OSError, ValueError) as error:
            problems.append(f"Kafka at {server} cannot be reached ({error}); it is set by WAYWARDEN_KAFKA")
    return problems


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (migrate, keys, doctor, version):
        app.command(rich_help_panel="Set-up")(command)
    app.command(rich_help_panel="Data")(simulate)
    passes_on = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
    app.command(rich_help_panel="Data", context_settings=passes_on)(bench)
