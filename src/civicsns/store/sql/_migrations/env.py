"""Run the migrations on the connection, and in the transaction, that the store hands over."""

from __future__ import annotations

from alembic import context

from civicsns.store.sql import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    version_table=tables.VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
