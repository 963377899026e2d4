"""Alembic's entry: runs revisions on the connection that `waywarden migrate` hands over.

Invariant: never opens a connection of its own; the caller holds the advisory lock. May import: alembic.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
