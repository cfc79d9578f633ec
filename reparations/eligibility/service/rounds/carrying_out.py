"""Carrying a confirmed round out, part by part: awards, their funding, the books, and instalments to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row
from reparations.eligibility.errors import RoundNotOpen
from reparations.eligibility.models import (
    Award,
    AwardForm,
    AwardFunding,
    Instalment,
    OmissionReason,
    PaymentRound,
    RoundLine,
    RoundOmission,
    RoundStatus,
)
from reparations.eligibility.queries.rounds import (
    CurrentClaim,
    UnarrangedPart,
    list_lines_to_part,
    list_shares,
    lock_current,
    lock_round,
)
from reparations.eligibility.rules import Waiting
from reparations.eligibility.service.awarding import new_award
from reparations.eligibility.service.funding import list_open_money
from reparations.eligibility.service.rounds.arranging import arrange_parts
from reparations.eligibility.service.trusts import Arranged
from reparations.ledger import postings
from reparations.ledger.models import AllocationRecord, AllocationRule
from reparations.ledger.postings import NewTransfer
from reparations.ledger.rules import Need, find_forbidden
from reparations.ledger.service import post
from reparations.money import Money
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.registry.queries import find_deceased

MAX_PART = 1_000
"""Lines carried out in one transaction."""

ByFund = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What one part of carrying a round out did."""

    round: PaymentRound
    awards: int
    """Awards made, because the claim had none."""
    instalments: tuple[Instalment, ...]
    omissions: tuple[RoundOmission, ...]
    waiting: tuple[tuple[str, Waiting], ...]
    """(reference of the claim, why its part is funded and has no instalment yet)."""
    funded_minor: int
    lines: int
    """Lines that got something and were come to."""


@dataclass(frozen=True, slots=True)
class _Met:
    """A line that is carried out: the award that it is a part of, and what each fund pays."""

    line: RoundLine
    current: CurrentClaim
    award: Award
    by_fund: ByFund


def carry_out_round(
    session: Session, programme: Programme, number: int, *, officer: Principal, at: datetime, limit: int = MAX_PART
) -> CarriedOut:
    """Carry out the next lines of a confirmed round; call it again until the round is completed.

    Each line becomes a part of its award: what each fund pays of it, an obligation in the books in the place of the
    round's own, and instalments.  A line whose claim may not be paid any more is left out with a reason, and its money
    is free again.  A round that is completed is left as it is.

    Raises:
        RoundNotFound: there is none of this number.
        RoundNotOpen: it is not confirmed.
    """
    row = lock_round(session, programme.id, number)
    if row.status == RoundStatus.COMPLETED:
        return CarriedOut(row, 0, (), (), (), 0, 0)
    if row.status != RoundStatus.CONFIRMED:
        raise RoundNotOpen(
            f"Round {number} of {programme.code} is {row.status}; a confirmed round is carried out.", record=row.id
        )
    lines = list_lines_to_part(session, row.id, after=row.parted_through, limit=min(limit, MAX_PART))
    current = lock_current(session, [line.claim_id for line in lines])
    shares = list_shares(session, row.id, [line.claim_id for line in lines])
    reasons = _find_omissions(session, programme, row, lines, current, shares)
    omissions = [
        RoundOmission(
            round_id=row.id,
            claim_id=line.claim_id,
            reason=reasons[line.claim_id].value,
            amount_minor=line.allotted_minor,
            at=at,
        )
        for line in lines
        if line.claim_id in reasons
    ]
    session.add_all(omissions)
    session.flush()
    kept = [line for line in lines if line.claim_id not in reasons]
    met, made = _meet(session, row, kept, current, shares, programme, officer, at)
    rows: list[Row | RowDigest] = [row, *omissions, *made, *_store_funding(session, row, met, at=at)]
    arranged = _arrange(session, row, met, at=at)
    rows += arranged.rows
    if lines:
        rows.append(_post(session, row, lines, shares, met, arranged.transfers, at=at))
    _advance(session, row, lines, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="round.carried_out",
        subject=row.id,
        body={
            "programme": programme.code,
            "number": row.number,
            "through": row.parted_through,
            "met": len(met),
            "omitted": len(omissions),
            "completed": row.status == RoundStatus.COMPLETED,
        },
        rows=rows,
    )
    return CarriedOut(
        round=row,
        awards=len(made),
        instalments=tuple(arranged.instalments),
        omissions=tuple(omissions),
        waiting=tuple(arranged.waiting),
        funded_minor=sum(one.line.allotted_minor for one in met),
        lines=len(lines),
    )


def _find_omissions(  # noqa: PLR0917 private; a part of a round has that many sides
    session: Session,
    programme: Programme,
    row: PaymentRound,
    lines: Sequence[RoundLine],
    current: Mapping[str, CurrentClaim],
    shares: Mapping[str, ByFund],
) -> dict[str, OmissionReason]:
    """Say of each line that may not be carried out any more why, by claim."""
    found = {line.claim_id: find_omission(line, current[line.claim_id]) for line in lines}
    confirmed_on = row.confirmed_at.date() if row.confirmed_at else None  # its day counts, as the database sees it
    planned = [
        (
            Need(
                line.claim_id,
                AwardForm.INDIVIDUAL.value,
                Money(line.allotted_minor, row.currency),
                case_id=current[line.claim_id].claim.case_id,
                place=current[line.claim_id].claim.office_id,
                on=confirmed_on,
            ),
            _money(shares[line.claim_id], row.currency),
        )
        for line in lines
        if found[line.claim_id] is None
    ]
    available, _ = list_open_money(session, programme)
    forbidden = dict.fromkeys(find_forbidden(planned, available), OmissionReason.RESTRICTION_FORBIDS)
    return {claim_id: reason for claim_id, reason in found.items() if reason is not None} | forbidden


def find_omission(line: RoundLine, current: CurrentClaim) -> OmissionReason | None:
    """Say why a line may not be carried out any more, by what is true of its claim; None if it may."""
    if not current.is_open:
        return OmissionReason.CLAIM_CLOSED
    if current.decision is None or (current.decision.amount_minor or 0) < line.before_minor + line.allotted_minor:
        return OmissionReason.DECISION_CHANGED
    if current.is_suspended:
        return OmissionReason.APPEAL_SUSPENDS
    if current.is_doubtful:
        return OmissionReason.POSSIBLE_DUPLICATE
    if current.award is not None and current.award.amount_minor < current.funded_minor + line.allotted_minor:
        return OmissionReason.FUNDED_OTHERWISE
    return None


def _meet(  # noqa: PLR0917 private; a part of a round has that many sides
    session: Session,
    row: PaymentRound,
    lines: Sequence[RoundLine],
    current: Mapping[str, CurrentClaim],
    shares: Mapping[str, ByFund],
    programme: Programme,
    officer: Principal,
    at: datetime,
) -> tuple[list[_Met], list[Award]]:
    """Find the award of each line, and make those that are missing: of the full amount that was decided."""
    met: list[_Met] = []
    made: list[Award] = []
    for line in lines:
        one = current[line.claim_id]
        award = one.award
        if award is None and one.decision is not None:
            award = new_award(programme, one.claim, one.decision, officer=officer, at=at)
            award.made_by = row.confirmed_by or officer.person_id  # the human behind it, whoever carries it out
            made.append(award)
        assert award is not None  # noqa: S101 a line without a decision is left out
        met.append(_Met(line, one, award, shares[line.claim_id]))
    session.add_all(made)
    session.flush()
    return met, made


def _store_funding(
    session: Session, row: PaymentRound, met: Sequence[_Met], *, at: datetime
) -> list[AwardFunding | AllocationRecord]:
    funding = [
        AwardFunding(
            award_id=one.award.id,
            fund_id=fund_id,
            round_number=row.number,
            form=AwardForm.INDIVIDUAL.value,
            amount_minor=amount,
        )
        for one in met
        for fund_id, amount in sorted(one.by_fund.items())
    ]
    session.add_all(funding)
    session.flush()
    records = [
        AllocationRecord(
            award_id=part.award_id,
            fund_id=part.fund_id,
            round_number=row.number,
            rule=AllocationRule.NAMED,
            citation=row.citation,
            inputs_sha256=row.inputs_sha256,
            reason=f"one of the funds of round {row.number}",
            recorded_at=at,
        )
        for part in funding
    ]
    session.add_all(records)
    session.flush()
    return [*funding, *records]


def _arrange(session: Session, row: PaymentRound, met: Sequence[_Met], *, at: datetime) -> Arranged:
    deceased = find_deceased(session, [one.current.claim.party_id for one in met])
    parts = [
        UnarrangedPart(
            award=one.award,
            claim=one.current.claim,
            is_deceased=one.current.claim.party_id in deceased,
            round_number=row.number,
            by_fund=dict(one.by_fund),
        )
        for one in met
    ]
    return arrange_parts(session, parts, at=at)


def _post(  # noqa: PLR0917 private; a posting has that many sides
    session: Session,
    row: PaymentRound,
    lines: Sequence[RoundLine],
    shares: Mapping[str, ByFund],
    met: Sequence[_Met],
    further: Sequence[NewTransfer],
    *,
    at: datetime,
) -> RowDigest:
    """Put the awards' obligations in the place of the round's own; what was left out is free again."""
    held: dict[str, int] = {}
    for line in lines:
        for fund_id, amount in shares[line.claim_id].items():
            held[fund_id] = held.get(fund_id, 0) + amount
    through = lines[-1].position
    transfers = postings.round_parted(row.id, part=through, funding=_money(held, row.currency))
    for one in met:
        transfers += postings.award_met_in_round(
            one.award.id, number=row.number, funding=_money(one.by_fund, row.currency)
        )
    entry_id = f"round-{row.id}-parted-{through}"
    return post(session, entry_id=entry_id, transfers=[*transfers, *further], occurred_on=at.date(), at=at).digest


def _money(by_fund: ByFund, currency: str) -> dict[str, Money]:
    return {fund_id: Money(amount, currency) for fund_id, amount in by_fund.items()}


def _advance(session: Session, row: PaymentRound, lines: Sequence[RoundLine], *, at: datetime) -> None:
    """Remember how far the round has come; after the last line it is completed."""
    if lines:
        row.parted_through = lines[-1].position
        session.flush()
    wanted = select(RoundLine.position).where(
        RoundLine.round_id == row.id, col(RoundLine.position) > row.parted_through, col(RoundLine.allotted_minor) > 0
    )
    if session.exec(wanted.limit(1)).one_or_none() is None:
        row.status, row.completed_at = RoundStatus.COMPLETED.value, at
        session.flush()
