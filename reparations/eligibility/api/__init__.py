"""Routes of rule sets, assessments, policies, decisions, appeals and awards.  They only translate."""

from fastapi import APIRouter

from reparations.eligibility.api import appeals, awards, comparisons, decisions, mass, policies, rule_sets

router = APIRouter()
for part in (rule_sets, comparisons, policies, decisions, mass, appeals, awards):
    router.include_router(part.router)

__all__ = ["router"]
