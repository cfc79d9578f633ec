"""The steps from an empty database to the present one, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Connection


def upgrade(connection: Connection, *, app_role: str, revision: str = "head") -> None:
    """Bring the database of `connection` up to `revision`, inside the caller's transaction."""
    command.upgrade(_config(connection, app_role), revision)


def downgrade(connection: Connection, *, app_role: str, revision: str) -> None:
    """Take the database of `connection` down to `revision`, inside the caller's transaction.  Data are lost."""
    command.downgrade(_config(connection, app_role), revision)


def _config(connection: Connection, app_role: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes.update(connection=connection, app_role=app_role)
    return config
