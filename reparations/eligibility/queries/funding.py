"""What funds have awarded."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func
from sqlmodel import Session, col, select

from reparations.eligibility.models import Award, AwardFunding


def sum_funded_by_form(session: Session, fund_ids: Collection[str], *, currency: str) -> dict[tuple[str, str], int]:
    """Return what funds have awarded in each form, in minor units, by (fund, form)."""
    rows = session.exec(
        select(AwardFunding.fund_id, AwardFunding.form, func.sum(AwardFunding.amount_minor))
        .join(Award, col(Award.id) == AwardFunding.award_id)
        .where(col(AwardFunding.fund_id).in_(fund_ids), Award.currency == currency)
        .group_by(col(AwardFunding.fund_id), col(AwardFunding.form))
    )
    return {(fund_id, form): int(total) for fund_id, form, total in rows}
