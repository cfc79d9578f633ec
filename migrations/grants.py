"""What the application's PostgreSQL role may do, read off the models.

The owner of the tables migrates and never serves; the role that serves may insert, read, and update the columns a model
names, and nothing else: no DDL, no DELETE on a record, no way past a trigger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from reparations.db import Row
from reparations.tables import list_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def grant_to_application(connection: Connection, role: str) -> None:
    """Grant `role` what the models say, table by table, after taking away what it had.

    The role is made when it is missing and the owner may make roles; it cannot log in until somebody gives it a
    password.
    """
    if connection.dialect.name != "postgresql":
        return
    name = connection.dialect.identifier_preparer.quote(role)
    known = connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
    if not known:
        connection.exec_driver_sql(f"CREATE ROLE {name} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
    if connection.execute(sa.text("SELECT current_user = :role"), {"role": role}).scalar():
        return  # one role for everything: a small installation, or somebody's laptop; the triggers still hold
    schema = connection.execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    present = set(sa.inspect(connection).get_table_names())
    for model in list_models():
        if model.__tablename__ in present:
            connection.exec_driver_sql(f'REVOKE ALL ON "{model.__tablename__}" FROM {name}')
            for privilege in _privileges(model):
                connection.exec_driver_sql(f'GRANT {privilege} ON "{model.__tablename__}" TO {name}')
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}")
    if "alembic_version" in present:
        connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {name}")


def _privileges(model: type[Row]) -> Iterator[str]:
    yield "SELECT"
    if model.insertable:
        yield "INSERT"
    if model.mutable_columns:
        yield f"UPDATE ({', '.join(sorted(model.mutable_columns))})"
    if model.deletable:
        yield "DELETE"
