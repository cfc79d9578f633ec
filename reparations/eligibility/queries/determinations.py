"""Amounts a person determined, and the reasons he gave, which are sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from reparations.eligibility.models import Decision, DeterminedStep
from reparations.eligibility.rules import DeterminedAmount
from reparations.registry.models import Claim
from reparations.registry.queries.chunking import chunks
from reparations.vault import open_subject


def list_determined(session: Session, determination_ids: Collection[str]) -> dict[str, tuple[DeterminedAmount, ...]]:
    """Return what was decided under each determination, by step; the reasons stay sealed."""
    found: dict[str, list[DeterminedAmount]] = {}
    for chunk in chunks(determination_ids):
        wanted = select(DeterminedStep).where(col(DeterminedStep.determination_id).in_(chunk))
        for row in session.exec(wanted.order_by(col(DeterminedStep.determination_id), col(DeterminedStep.step))):
            found.setdefault(row.determination_id, []).append(
                DeterminedAmount(row.step, row.is_money, row.lowest, row.highest, row.decided, None)
            )
    return {determination_id: tuple(steps) for determination_id, steps in found.items()}


def open_determined(session: Session, decision: Decision) -> tuple[DeterminedAmount, ...]:
    """Return what was decided with its reasons; that they are opened has been put on record before.

    Raises:
        SubjectErased: the claimant has been erased, and the reasons with him.
    """
    steps = list_determined(session, [decision.determination_id] if decision.determination_id else [])
    sealed = select(DeterminedStep.step, DeterminedStep.reason_sealed).where(
        DeterminedStep.determination_id == decision.determination_id
    )
    vault = open_subject(session, session.get_one(Claim, decision.claim_id).party_id)
    reasons = {
        step: vault.open(place=place_of_reason(decision.determination_id or "", step), sealed=reason)
        for step, reason in session.exec(sealed)
    }
    return tuple(replace(one, reason=reasons[one.step]) for one in steps.get(decision.determination_id or "", ()))


def place_of_reason(determination_id: str, step: str) -> str:
    """Name the place a reason is sealed for."""
    return f"determined_step|reason|{determination_id}|{step}"


def as_decided(steps: Sequence[DeterminedAmount]) -> Mapping[str, int]:
    """Return what was decided as the rules take it."""
    return {one.step: one.decided for one in steps}
