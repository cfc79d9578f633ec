"""Alembic's entry: always online, always in one transaction, on a connection somebody else opened."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import reparations.tables  # noqa: F401 registers every model
from migrations.grants import grant_to_application


def run_migrations() -> None:
    """Run the wanted steps, then grant the application's role what the models now say."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        compare_type=True,
    )
    context.run_migrations()
    grant_to_application(connection, context.config.attributes["app_role"])


run_migrations()
