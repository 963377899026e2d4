"""`waywarden partitions`: more partitions for a topic that has become too narrow.

Invariant: refuses while events wait. May import: typer, stream, lazily.
"""

from __future__ import annotations

from typing import Annotated

import typer

from core.event import TOPIC
from runtime.cli.common import fail, part, read_settings, with_database


def partitions(
    count: Annotated[int, typer.Argument(min=1, max=10_000, help="How many there shall be; never fewer than now.")],
) -> None:
    """Give the topic more partitions and move the parcels. Stop the api and the workers first."""
    settings = read_settings()
    regrow = part("stream.regrow")
    from aiokafka.errors import KafkaError

    try:
        moved = with_database(settings, lambda c: regrow.regrow(c, settings.kafka, TOPIC, count))
    except regrow.CannotRegrow as error:
        fail(str(error))
    except (KafkaError, OSError) as error:
        fail(f"Kafka cannot be asked: {error!r}\nIt is set by WAYWARDEN_KAFKA.")
    typer.echo(f"{moved.before} partitions before, {moved.after} now; {moved.parcels} parcels moved.")
    typer.echo(f"Set WAYWARDEN_PARTITIONS={moved.after} and start the workers and the api.")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Data")(partitions)
