"""Runs migrations on the connection, and in the transaction, that `history.migrate` hands over."""

from alembic import context

from services.orchestrator.history.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
