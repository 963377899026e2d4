"""`waywarden map`: say what a code or text means that nobody can read.

Invariant: a mapping is never changed, another one takes its place. May import: runtime, carriers (lazily), store.
"""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.scan import Culprit, Detail, Milestone
from runtime.cli.common import fail, part, print_rows, read_joined_settings, with_database
from store import mappings as store
from store.mappings import NewMapping

group = typer.Typer(help="Say what codes and texts mean that nobody can read.", no_args_is_help=True)
_SHOWN = 200

Source = Annotated[str, typer.Argument(help="The format that brings the code, as in /v1/intake/SOURCE.")]


def _who() -> str:
    return f"cli:{getpass.getuser()}"


@group.command("unread")
def list_unread(
    source: Annotated[str | None, typer.Option(help="Only of this format.")] = None,
    carrier: Annotated[str | None, typer.Option(help="Only of this carrier.")] = None,
) -> None:
    """List what nobody can read, the commonest first."""
    rows = with_database(read_joined_settings(), lambda db: store.unread(db, None, _SHOWN, source, carrier, None))
    names = ("source", "carrier", "code", "said", "scans", "parcels", "first_at", "last_at")
    print_rows([{name: row[name] for name in names} for row in rows])


@group.command("list")
def list_mappings(
    source: Annotated[str | None, typer.Option(help="Only of this format.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Also those that were taken back.")] = False,
) -> None:
    """List the mappings, the newest first."""
    print_rows(with_database(read_joined_settings(), lambda db: store.page(db, 2**62, _SHOWN, source, retired)))


@group.command("add")
def add_mapping(
    source: Source,
    milestone: Annotated[Milestone, typer.Argument(help="What it means.")],
    code: Annotated[str | None, typer.Option(help="The code; case does not count.")] = None,
    text: Annotated[str | None, typer.Option(help="The exact text; hub names and digits do not count.")] = None,
    carrier: Annotated[
        str | None, typer.Option(help="Only for this carrier; without it for all of the source.")
    ] = None,
    detail: Annotated[Detail | None, typer.Option(help="The finer word inside the milestone.")] = None,
    culprit: Annotated[Culprit | None, typer.Option(help="Who caused it.")] = None,
    note: Annotated[str | None, typer.Option(help="Why, for whoever looks later.")] = None,
) -> None:
    """Map a code, a text or both. New scans are read by it within seconds, stored ones by `waywarden replay`."""
    if not code and not text:
        fail("Give --code, --text, or both.")
    if milestone is Milestone.UNKNOWN:
        fail("`unknown` is no meaning; `waywarden map remove` takes a mapping back.")
    known = part("carriers.registry").FORMATS
    if source not in known and not source.startswith("csv-"):
        fail(f"There is no format {source}. There are: {', '.join(sorted(known))}, and csv-NAME of your own.")
    new = NewMapping(
        source=source,
        carrier=carrier,
        code=code.strip() if code else None,
        text=part("carriers.mappings").text_key(text) if text else None,
        milestone=milestone.value,
        detail=detail.value if detail else None,
        culprit=culprit.value if culprit else None,
        note=note,
    )
    number = with_database(read_joined_settings(), lambda db: store.add(db, new, datetime.now(UTC), _who()))
    typer.echo(f"Mapping {number} is in force. Stored scans: waywarden replay --source {source}")


@group.command("remove")
def remove_mapping(number: Annotated[int, typer.Argument(help="Its number, from `map list`.")]) -> None:
    """Take a mapping back. Stored scans follow at the next `waywarden replay`."""
    if not with_database(read_joined_settings(), lambda db: store.retire(db, number, datetime.now(UTC), _who())):
        fail(f"There is no mapping {number} in force.")
    typer.echo(f"Mapping {number} is not in force any more.")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="map", rich_help_panel="Data")
