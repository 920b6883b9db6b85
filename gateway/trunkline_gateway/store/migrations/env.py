"""Alembic's entry: runs the migrations on the connection it is handed."""

from alembic import context
from sqlalchemy import text

from trunkline_gateway.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        # Two nodes that start together must not both create the tables.
        connection.execute(text("SELECT pg_advisory_xact_lock(7210251)"))
    context.run_migrations()
