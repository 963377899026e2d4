"""Brings the database to a revision, one process at a time.

Invariant: runs under an advisory lock, each revision in its transaction. May import: alembic, sqlalchemy.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

_LOCK = 0x57_41_59_57  # "WAYW"
_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade (or, to `base` or an older revision, downgrade) the database. Blocks; async code runs it in a thread."""
    parts = urlsplit(database_url)
    # An empty netloc would lose its two slashes in urlunsplit.
    url = urlunsplit(("postgresql+psycopg", parts.netloc or "postgres@", parts.path, parts.query, ""))
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            try:
                config.attributes["connection"] = connection
                if revision == "base" or revision.startswith("-"):
                    command.downgrade(config, revision)
                else:
                    command.upgrade(config, revision)
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        engine.dispose()
