"""Routes of funds, donors, gifts and the books.  They only translate."""

from fastapi import APIRouter

from reparations.ledger.api import books, currencies, funds, gifts, periods, promises, reversals, spending

router = APIRouter()
for part in (funds, gifts, promises, spending, reversals, books, currencies, periods):
    router.include_router(part.router)

__all__ = ["router"]
