"""What funds have awarded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func
from sqlmodel import Session, col, select

from reparations.eligibility.models import Award, AwardFunding, AwardReduction, ReductionKind

FREED = (ReductionKind.WRITTEN_BACK, ReductionKind.GIVEN_BACK)
"""Reductions by which money is the fund's again, to be awarded once more.  What was paid is not."""


def sum_funded_by_form(session: Session, fund_ids: Collection[str], *, currency: str) -> dict[tuple[str, str], int]:
    """Return what funds have awarded in each form less what came back of it, in minor units, by (fund, form)."""
    awarded = session.exec(
        select(AwardFunding.fund_id, AwardFunding.form, func.sum(AwardFunding.amount_minor))
        .join(Award, col(Award.id) == AwardFunding.award_id)
        .where(col(AwardFunding.fund_id).in_(fund_ids), Award.currency == currency)
        .group_by(col(AwardFunding.fund_id), col(AwardFunding.form))
    )
    freed = session.exec(
        select(AwardReduction.fund_id, Award.form, func.sum(AwardReduction.amount_minor))
        .join(Award, col(Award.id) == AwardReduction.award_id)
        .where(col(AwardReduction.fund_id).in_(fund_ids), col(AwardReduction.kind).in_(FREED))
        .where(Award.currency == currency)
        .group_by(col(AwardReduction.fund_id), col(Award.form))
    )
    totals: Counter[tuple[str | None, str]] = Counter()
    for fund_id, form, total in awarded:
        totals[fund_id, form] += int(total)
    for freed_by, form, total in freed:
        totals[freed_by, form] -= int(total)
    return {(fund_id, form): total for (fund_id, form), total in totals.items() if fund_id is not None}
