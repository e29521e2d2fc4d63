"""Alembic environment: run the migrations over the connection that is passed in."""

from __future__ import annotations

from alembic import context

from subtext.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot change a table in place: it is copied.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
