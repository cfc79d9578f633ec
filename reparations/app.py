"""The assembly of the HTTP service out of its rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from reparations import __version__, calendar
from reparations.access import api as access
from reparations.access.service import authenticate
from reparations.audit import api as audit
from reparations.db import Database
from reparations.eligibility import api as eligibility
from reparations.http import health, problems
from reparations.http.middleware import BodyLimit, Door, RequestLog
from reparations.ledger import api as ledger
from reparations.payments import api as payments
from reparations.recovery import api as recovery
from reparations.registry import api as registry
from reparations.reports import api as reports
from reparations.settings import Mode, Settings
from reparations.vault import Keyring

if TYPE_CHECKING:
    from reparations.calendar import Clock

ROOMS = (access, registry, ledger, eligibility, payments, recovery, reports, audit)
"""The rooms' routes, in the order in which the API's description lists them."""


def create_app(settings: Settings, *, database: Database | None = None, clock: Clock = calendar.utc_now) -> FastAPI:
    """Put the service together.

    Args:
        settings: read once, by whoever starts the service.
        database: an open one; by default the one `settings` names, with its keys loaded and checked.
        clock: tells the time.

    Raises:
        Misconfigured: keys are missing, weak or exposed, or the database's URL is not one.
    """
    demo = settings.mode is Mode.DEMO
    app = FastAPI(
        title="Reparations",
        version=__version__,
        summary="Registry of victims, eligibility under published rules, and a disbursement ledger.",
        docs_url="/docs" if demo else None,
        redoc_url=None,
        openapi_url="/openapi.json" if demo else None,
    )
    app.state.settings = settings
    app.state.clock = clock
    app.state.authenticate = authenticate
    app.state.database = database or open_database(settings)
    app.state.read_database = open_database_to_read(settings) if settings.read_database_url else app.state.database
    problems.install(app)
    app.add_middleware(Door)
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(RequestLog)
    app.include_router(health.router)
    for api in ROOMS:
        app.include_router(api.router)
    return app


def open_database(settings: Settings) -> Database:
    """Open the database `settings` names, with its keyring."""
    return _open(settings, settings.sqlalchemy_url)


def open_database_to_read(settings: Settings) -> Database:
    """Open the database that reports are read from: a standby, where `settings` names one."""
    return _open(settings, settings.sqlalchemy_read_url)


def _open(settings: Settings, url: str) -> Database:
    return Database(
        url,
        keyring=Keyring.load(settings.keys_dir),
        lock_timeout_ms=settings.lock_timeout_ms,
        pool_size=settings.pool_size,
        prepared_statements=settings.prepared_statements,
    )
