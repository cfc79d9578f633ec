"""Finding the money for awards, and keeping on record which rule found it on which inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from reparations.audit import RowDigest
from reparations.eligibility.models import Award, AwardFunding
from reparations.eligibility.queries.funding import sum_funded_by_form
from reparations.ledger import postings
from reparations.ledger.models import AllocationRecord, AllocationRule
from reparations.ledger.postings import NewTransfer
from reparations.ledger.queries import DeclaredOrder, find_order, list_availability, list_shared_funds
from reparations.ledger.rules import (
    FundAvailability,
    FundShare,
    Need,
    allocate_in_order,
    allocate_most_restricted_first,
    compute_inputs_sha256,
)
from reparations.ledger.service import post
from reparations.money import Money
from reparations.registry.models import Programme


@dataclass(frozen=True, slots=True)
class Funding:
    """What pays for one award, whole, and why."""

    shares: tuple[FundShare, ...]
    rule: AllocationRule
    citation: str | None
    inputs_sha256: bytes

    @property
    def by_fund(self) -> dict[str, Money]:
        """What each fund pays, by its id."""
        return {share.fund_id: share.amount for share in self.shares}


def list_open_money(session: Session, programme: Programme) -> tuple[list[FundAvailability], DeclaredOrder | None]:
    """List what the funds may still award for a programme, and the order of funds it declares, if it does."""
    funded = sum_funded_by_form(session, list_shared_funds(session), currency=programme.currency)
    available = list_availability(session, currency=programme.currency, programme_id=programme.id, funded=funded)
    return available, find_order(session, programme.id)


def find_money(session: Session, programme: Programme, needs: Sequence[Need]) -> dict[str, Funding]:
    """Find what pays for awards, by the award; those that cannot be funded whole are left out."""
    available, order = list_open_money(session, programme)
    return allocate(needs, available, order=order)[0]


def allocate(
    needs: Sequence[Need],
    available: Sequence[FundAvailability],
    *,
    order: DeclaredOrder | None = None,
    named_by: str | None = None,
) -> tuple[dict[str, Funding], Mapping[str, Money]]:
    """Find what pays for awards by the rule that applies, and what is missing of those no fund can pay for.

    Args:
        needs: in the order in which they are served.
        available: the funds.
        order: that the programme declares; without one the most restricted money goes first.
        named_by: the text that names the one fund in `available`.
    """
    fund_ids = order.fund_ids if order is not None and named_by is None else ()
    if named_by is not None:
        rule, citation = AllocationRule.NAMED, named_by
    elif order is not None:
        rule, citation = AllocationRule.DECLARED_ORDER, order.citation
    else:
        rule, citation = AllocationRule.MOST_RESTRICTED_FIRST, None
    if rule == AllocationRule.DECLARED_ORDER:
        found = allocate_in_order(needs, available, order=fund_ids)
    else:
        found = allocate_most_restricted_first(needs, available)
    digest = compute_inputs_sha256(needs, available, order=fund_ids)
    shares: dict[str, list[FundShare]] = {}
    for share in found.shares:
        if share.key not in found.unfunded:
            shares.setdefault(share.key, []).append(share)
    return {key: Funding(tuple(own), rule, citation, digest) for key, own in shares.items()}, found.unfunded


def record_funding(
    session: Session, awards: Sequence[Award], funding: Mapping[str, Funding], *, at: datetime
) -> list[AwardFunding | AllocationRecord]:
    """Insert awards, then what pays for each, then why."""
    session.add_all(awards)
    session.flush()
    rows = [
        AwardFunding(award_id=award.id, fund_id=share.fund_id, form=award.form, amount_minor=share.amount.amount_minor)
        for award in awards
        for share in funding[award.id].shares
    ]
    session.add_all(rows)
    session.flush()
    reasons = [
        AllocationRecord(
            award_id=award.id,
            fund_id=share.fund_id,
            rule=funding[award.id].rule,
            citation=funding[award.id].citation,
            inputs_sha256=funding[award.id].inputs_sha256,
            reason=f"named by {funding[award.id].citation}"
            if funding[award.id].rule == AllocationRule.NAMED
            else share.reason,
            recorded_at=at,
        )
        for award in awards
        for share in funding[award.id].shares
    ]
    session.add_all(reasons)
    session.flush()
    return [*rows, *reasons]


def recognise(
    session: Session,
    awards: Sequence[Award],
    funding: Mapping[str, Funding],
    *,
    further: Sequence[NewTransfer] = (),
    at: datetime,
) -> RowDigest:
    """Post awards as obligations of their funds, in one entry named after the first of them, with what follows."""
    transfers = [
        transfer
        for award in awards
        for transfer in postings.award_recognised(award.id, funding=funding[award.id].by_fund)
    ]
    entry_id = f"awards-{awards[0].id}-recognised"
    return post(session, entry_id=entry_id, transfers=[*transfers, *further], occurred_on=at.date(), at=at).digest
