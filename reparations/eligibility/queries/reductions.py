"""What is left of awards and instalments, whether it may be paid, and where awards differ from what is decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import ScalarSelect
from sqlmodel import Session, col, select

from reparations.eligibility.errors import AdjustmentNotFound
from reparations.eligibility.models import (
    UNGRANTED_KINDS,
    UNPAID_KINDS,
    AdjustmentApproval,
    Appeal,
    AppealStatus,
    Award,
    AwardAdjustment,
    AwardForm,
    AwardReduction,
    DecidedOutcome,
    Decision,
    DecisionStatus,
    Instalment,
    Overpayment,
    OverpaymentRecovery,
    ReductionKind,
)
from reparations.eligibility.queries.decisions import is_standing
from reparations.registry.models import Claim, ClaimStatus
from reparations.registry.queries.chunking import chunks

Book = tuple[str, str, int]
"""(award, fund, round); round 0 where the award was funded whole."""


def sum_left(*, before: datetime | None = None) -> ColumnElement[int]:
    """Return the expression, over `Instalment`, of what is left of it to pay, in minor units; paid or not.

    Args:
        before: only what was taken before this instant counts; None means everything.
    """
    taken = select(func.coalesce(func.sum(AwardReduction.amount_minor), 0)).where(
        AwardReduction.instalment_id == Instalment.id, col(AwardReduction.kind).in_(UNPAID_KINDS)
    )
    if before is not None:
        taken = taken.where(col(AwardReduction.recorded_at) < before)
    return col(Instalment.amount_minor) - taken.correlate(Instalment).scalar_subquery()


def find_left(session: Session, instalment_ids: Collection[str]) -> dict[str, int]:
    """Return what is left to pay of those instalments something was taken from, in minor units, by instalment."""
    return {
        str(instalment_id): int(left)
        for chunk in chunks(instalment_ids)
        for instalment_id, left in session.exec(
            select(Instalment.id, sum_left())
            .where(col(Instalment.id).in_(chunk))
            .where(sum_left() < col(Instalment.amount_minor))
        )
    }


def find_unparted(session: Session, award_ids: Collection[str]) -> dict[Book, int]:
    """Return what was taken from funding that is in no instalment, in minor units, by award, fund and round."""
    found: defaultdict[Book, int] = defaultdict(int)
    for chunk in chunks(award_ids):
        wanted = select(AwardReduction).where(
            col(AwardReduction.award_id).in_(chunk),
            col(AwardReduction.instalment_id).is_(None),
            col(AwardReduction.fund_id).is_not(None),
        )
        for row in session.exec(wanted):
            found[row.award_id, row.fund_id or "", row.round_number] += row.amount_minor
    return dict(found)


def list_reductions(session: Session, award_ids: Collection[str]) -> list[AwardReduction]:
    """List what was taken from awards, by id."""
    rows = [
        row
        for chunk in chunks(award_ids)
        for row in session.exec(select(AwardReduction).where(col(AwardReduction.award_id).in_(chunk)))
    ]
    return sorted(rows, key=lambda row: row.id)


def sum_outstanding() -> ColumnElement[int]:
    """Return the expression, over `Overpayment`, of what is outstanding of it, in minor units."""
    recovered = (
        select(func.coalesce(func.sum(OverpaymentRecovery.amount_minor), 0))
        .where(OverpaymentRecovery.overpayment_id == Overpayment.id)
        .correlate(Overpayment)
        .scalar_subquery()
    )
    return col(Overpayment.amount_minor) - recovered


def find_overpaid(session: Session, instalment_ids: Collection[str]) -> set[str]:
    """Return those instalments of which an overpayment is outstanding: nothing more is paid of them."""
    return {
        str(found)
        for chunk in chunks(instalment_ids)
        for found in session.exec(
            select(AwardReduction.instalment_id)
            .join(Overpayment, col(Overpayment.reduction_id) == AwardReduction.id)
            .where(col(AwardReduction.instalment_id).in_(chunk), sum_outstanding() > 0)
        )
    }


# ── whether it may be paid ───────────────────────────────────────────────────────────────────────────────────────────


def is_not_payable() -> ColumnElement[bool]:
    """Return the condition, over `Instalment`, that it may not be paid now.

    An open appeal suspends it, or the decision that stands no longer grants it.  Of a claim's awards, the first
    instalments up to what may be paid are payable, the others wait; what was found to be granted no more does not
    count, nor what was given back and is owed anew.  The database refuses a payment of the others likewise.
    """
    own, up_to, up_to_award = aliased(Award), aliased(Instalment), aliased(Award)
    ungranted = (
        select(func.coalesce(func.sum(AwardReduction.amount_minor), 0))
        .where(
            AwardReduction.instalment_id == up_to.id,
            col(AwardReduction.kind).in_((*UNGRANTED_KINDS, ReductionKind.GIVEN_BACK)),
        )
        .correlate(up_to)
        .scalar_subquery()
    )
    total = (
        select(func.sum(col(up_to.amount_minor) - ungranted))
        .join(up_to_award, col(up_to_award.id) == up_to.award_id)
        .where(
            up_to_award.claim_id == own.claim_id,
            (col(up_to_award.number) < col(own.number))
            | ((col(up_to_award.id) == own.id) & (col(up_to.number) <= col(Instalment.number))),
        )
        .correlate(own, Instalment)
        .scalar_subquery()
    )
    granted = (
        select(Decision.amount_minor)
        .where(Decision.claim_id == own.claim_id, is_standing())
        .correlate(own)
        .scalar_subquery()
    )
    appealed = (
        select(Appeal.id)
        .where(Appeal.claim_id == own.claim_id, Appeal.status == AppealStatus.OPEN, col(Appeal.payable_minor) < total)
        .correlate(own, Instalment)
    )
    held = select(own.id).where(
        own.id == Instalment.award_id,
        own.form == AwardForm.INDIVIDUAL,
        (total > func.coalesce(granted, 0)) | appealed.exists(),
    )
    return held.correlate(Instalment).exists()


def find_suspended(session: Session, instalment_ids: Collection[str]) -> set[str]:
    """Return those instalments that may not be paid now; see `is_not_payable`."""
    return {
        found
        for chunk in chunks(instalment_ids)
        for found in session.exec(select(Instalment.id).where(col(Instalment.id).in_(chunk), is_not_payable()))
    }


# ── where awards differ from what is decided ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AwardDifference:
    """Awards of a claim made with another amount than the decision that stands now grants."""

    award: Award
    """The claim's first."""
    reference: str
    decision_id: str | None
    """The decision that stands; None where the claim was sent back and none does."""
    awarded_minor: int
    """By all awards of the claim, less what was granted no more already."""
    difference_minor: int
    """What is owed beyond the awards; negative where too much was awarded."""


def list_award_differences(
    session: Session, programme_id: str, *, after: str | None, limit: int
) -> list[AwardDifference]:
    """List, by a claim's first award, where a correction or an appeal left awards and the standing decision apart."""
    wanted = (
        select(Award, Claim.reference, Decision, _net_of_claim())
        .join(Claim, col(Claim.id) == Award.claim_id)
        .join(Decision, (col(Decision.claim_id) == Award.claim_id) & is_standing(), isouter=True)
        .where(Award.programme_id == programme_id, Award.form == AwardForm.INDIVIDUAL, Award.number == 1)
        .where(_net_of_claim() != func.coalesce(Decision.amount_minor, 0))
        .order_by(col(Award.id))
        .limit(limit + 1)
    )
    return [_compare(*row) for row in session.exec(wanted.where(Award.id > after) if after else wanted)]


def find_difference(session: Session, claim_id: str) -> AwardDifference | None:
    """Return what a claim's awards and its standing decision grant, the same or not; None of a claim without award."""
    wanted = (
        select(Award, Claim.reference, Decision, _net_of_claim())
        .join(Claim, col(Claim.id) == Award.claim_id)
        .join(Decision, (col(Decision.claim_id) == Award.claim_id) & is_standing(), isouter=True)
        .where(Award.claim_id == claim_id, Award.number == 1)
    )
    found = session.exec(wanted).one_or_none()
    return None if found is None else _compare(*found)


def _compare(award: Award, reference: str, standing: Decision | None, net: int) -> AwardDifference:
    owed = (standing.amount_minor or 0) if standing else 0
    return AwardDifference(award, reference, standing.id if standing else None, int(net), owed - int(net))


def _net_of_claim() -> ScalarSelect[int]:
    """Return the expression, over `Award`, of what all awards of its claim grant, in minor units.

    What was given back because nobody was there to receive it is granted no more once an heir is eligible after all: he
    is owed it anew.  The database reckons likewise.
    """
    every, reduced = aliased(Award), aliased(Award)
    heir, final = aliased(Claim), aliased(Decision)
    somebody = (
        select(heir.id)
        .join(final, col(final.claim_id) == heir.id)
        .where(
            heir.through_claim_id == Award.claim_id,
            heir.status == ClaimStatus.OPEN,
            final.status == DecisionStatus.CONFIRMED,
            final.outcome == DecidedOutcome.ELIGIBLE,
        )
        .correlate(Award)
        .exists()
    )
    is_gone = col(AwardReduction.kind).in_(UNGRANTED_KINDS)
    taken = (
        select(func.coalesce(func.sum(AwardReduction.amount_minor), 0))
        .join(reduced, col(reduced.id) == AwardReduction.award_id)
        .where(
            reduced.claim_id == Award.claim_id,
            is_gone | ((col(AwardReduction.kind) == ReductionKind.GIVEN_BACK) & somebody),
        )
        .correlate(Award)
        .scalar_subquery()
    )
    return (
        select(func.coalesce(func.sum(every.amount_minor), 0) - taken)
        .where(every.claim_id == Award.claim_id)
        .correlate(Award)
        .scalar_subquery()
    )


# ── adjustments ──────────────────────────────────────────────────────────────────────────────────────────────────────


def get_adjustment(session: Session, adjustment_id: str) -> AwardAdjustment:
    """Return an adjustment.

    Raises:
        AdjustmentNotFound: none of this id was prepared.
    """
    found = session.get(AwardAdjustment, adjustment_id)
    if found is None:
        raise AdjustmentNotFound(
            "No such adjustment was prepared.", remedy="List them with GET /award-adjustments?programme=…."
        )
    return found


def list_adjustments(
    session: Session, programme_id: str, *, after: str | None, limit: int
) -> Sequence[tuple[AwardAdjustment, str, AdjustmentApproval | None]]:
    """List adjustments by id with their claims' references and their approvals, `limit` of them and one more."""
    wanted = (
        select(AwardAdjustment, Claim.reference, AdjustmentApproval)
        .join(Claim, col(Claim.id) == AwardAdjustment.claim_id)
        .join(AdjustmentApproval, col(AdjustmentApproval.adjustment_id) == AwardAdjustment.id, isouter=True)
        .where(Claim.programme_id == programme_id)
        .order_by(col(AwardAdjustment.id))
        .limit(limit + 1)
    )
    return session.exec(wanted.where(AwardAdjustment.id > after) if after else wanted).all()
