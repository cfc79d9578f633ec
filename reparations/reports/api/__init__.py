"""Routes of reports, statements and traces.  They only translate."""

from fastapi import APIRouter

from reparations.reports.api import reports, simulations, statements, traces

router = APIRouter()
for part in (reports, simulations, statements, traces):
    router.include_router(part.router)

__all__ = ["router"]
