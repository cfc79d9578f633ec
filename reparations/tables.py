"""Every model, imported once so that foreign keys between rooms find one another and Alembic sees them all."""

from sqlmodel import SQLModel

from reparations.access import models as access_models
from reparations.audit import models as audit_models
from reparations.db import Row
from reparations.eligibility import models as eligibility_models
from reparations.ledger import models as ledger_models
from reparations.payments import models as payments_models
from reparations.registry import models as registry_models
from reparations.reports import models as reports_models
from reparations.vault import models as vault_models

ROOMS = (
    vault_models,
    audit_models,
    access_models,
    registry_models,
    ledger_models,
    eligibility_models,
    payments_models,
    reports_models,
)
"""The rooms that keep tables, from the ground up."""


def list_models() -> list[type[Row]]:
    """Return every model with a table, by its table's name."""
    mappers = SQLModel._sa_registry.mappers  # noqa: SLF001 SQLModel names no other way to its mapped classes
    found = (mapper.class_ for mapper in mappers if issubclass(mapper.class_, Row))
    return sorted(found, key=lambda model: str(model.__tablename__))
