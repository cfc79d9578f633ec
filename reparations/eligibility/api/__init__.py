"""Routes of rule sets, assessments, policies, decisions, appeals, awards and rounds.  They only translate."""

from fastapi import APIRouter

from reparations.eligibility.api import (
    appeals,
    awards,
    comparisons,
    decisions,
    mass,
    policies,
    rounds,
    rule_sets,
    simulations,
    trusts,
)

router = APIRouter()
for part in (rule_sets, comparisons, simulations, policies, decisions, mass, appeals, awards, trusts, rounds):
    router.include_router(part.router)

__all__ = ["router"]
