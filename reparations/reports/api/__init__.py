"""Routes of reports and statements.  They only translate."""

from fastapi import APIRouter

from reparations.reports.api import reports, statements

router = APIRouter()
for part in (reports, statements):
    router.include_router(part.router)

__all__ = ["router"]
