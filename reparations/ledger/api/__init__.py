"""Routes of funds, donors, gifts and the books.  They only translate."""

from fastapi import APIRouter

from reparations.ledger.api import books, funds, gifts, promises, spending

router = APIRouter()
for part in (funds, gifts, promises, spending, books):
    router.include_router(part.router)

__all__ = ["router"]
