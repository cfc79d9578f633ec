"""Routes of rule sets, assessments, decisions and awards.  They only translate."""

from fastapi import APIRouter

from reparations.eligibility.api import awards, decisions, rule_sets

router = APIRouter()
for part in (rule_sets, decisions, awards):
    router.include_router(part.router)

__all__ = ["router"]
