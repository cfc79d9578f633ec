"""Every model, imported once so that foreign keys between rooms find one another and Alembic sees them all."""

import importlib.util

for _name in (
    "reparations.vault.models",
    "reparations.audit.models",
    "reparations.access.models",
    "reparations.registry.models",
    "reparations.ledger.models",
    "reparations.eligibility.models",
    "reparations.payments.models",
    "reparations.reports.models",
):
    try:
        if importlib.util.find_spec(_name):
            importlib.import_module(_name)
    except ModuleNotFoundError:
        pass
