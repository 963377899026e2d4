"""What the commands share: reading settings, plain error messages, running async work on the database.

Invariant: an expected failure prints one plain message and exits with 1, never with a traceback. May import: typer,
runtime, asyncpg.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from runtime.home import Home
from runtime.settings import Settings

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")


def fail(message: str) -> NoReturn:
    """Print a message to stderr and leave with 1."""
    typer.secho(message, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)


def read_settings() -> Settings:
    """Read the settings; a wrong value ends the command with the variable's name."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"WAYWARDEN_{'_'.join(str(part) for part in found['loc']).upper()}: {found['msg']}"
            for found in error.errors()
        ]
        fail("A setting is wrong:\n  " + "\n  ".join(lines))


def read_joined_settings() -> Settings:
    """Read the settings; without a database named, take those of the `up` or `demo` that runs in the data folder."""
    settings = read_settings()
    if "database_url" in settings.model_fields_set:
        return settings
    home = Home(settings.data_dir)
    if not home.is_running():
        return settings
    for name, value in home.read("run.json").get("settings", {}).items():
        os.environ.setdefault(name, value)
    return read_settings()


def part(name: str) -> ModuleType:
    """Import a part of the product. Ends the command in plain words when this installation does not have it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            fail(f"This installation has no {name}.")
        fail(f"{name} needs the package {error.name}, which is not installed; run `make setup`.")


def with_database(settings: Settings, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Run async work on one connection."""
    import asyncpg

    async def run() -> T:
        try:
            connection = await asyncpg.connect(settings.database_url, timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            fail(f"The database cannot be reached: {error}\nIt is set by WAYWARDEN_DATABASE_URL.")
        try:
            return await work(connection)
        except asyncpg.UndefinedTableError:
            fail("The database has no tables yet; run `waywarden migrate`.")
        finally:
            await connection.close()

    return asyncio.run(run())


def print_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows in columns, whatever columns they have; nothing is cut off, since ids are copied from here."""
    found = list(rows)
    if not found:
        typer.echo("none")
        return
    lines = [[str(name) for name in found[0].keys()], *([_cell(value) for value in row.values()] for row in found)]
    widths = [max(len(line[nth]) for line in lines) for nth in range(len(lines[0]))]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "")
