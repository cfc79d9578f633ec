"""Is the service alive, and is it ready?"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from reparations.db import Database

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """The service's own state."""

    status: Literal["ok", "unavailable"]


def _request_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


@router.get("/health")
def health() -> Health:
    """Say that the process answers."""
    return Health(status="ok")


@router.get("/ready", responses={503: {"model": Health}})
def ready(response: Response, database: Annotated[Database, Depends(_request_database)]) -> Health:
    """Say whether the database answers and is migrated."""
    try:
        with database.reading() as session:
            session.execute(text("SELECT version_num FROM alembic_version")).one()
    except SQLAlchemyError:
        response.status_code = 503
        return Health(status="unavailable")
    return Health(status="ok")
