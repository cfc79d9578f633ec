"""Alembic's entry: always online, always in one transaction, on a connection somebody else opened."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import reparations.tables  # noqa: F401 registers every model
from migrations.grants import grant_to_application


def run_migrations() -> None:
    """Run the wanted steps, then grant the application's role what the models now say."""
    connection = context.config.attributes["connection"]
    if connection.dialect.name == "postgresql":
        # Trigger functions keep this path (SET search_path FROM CURRENT).  pg_temp comes last by name: unnamed it would
        # come first, and a temporary table of the caller's could pass for one of ours.
        schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
        connection.exec_driver_sql(f"SET LOCAL search_path = {schema}, pg_temp")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        compare_type=True,
    )
    context.run_migrations()
    grant_to_application(connection, context.config.attributes["app_role"])


run_migrations()
