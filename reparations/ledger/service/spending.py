"""Money that comes or goes beside gifts and awards: interest, costs, refunds, money between funds."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import NotUnspent
from reparations.ledger.models import (
    CostClass,
    Interest,
    InterfundApproval,
    InterfundMove,
    ProgrammeCost,
    Refund,
    RefundApproval,
)
from reparations.ledger.service.posting import post
from reparations.ledger.service.recording import check_second, insert_approval, insert_deed
from reparations.money import Money
from reparations.principal import Principal


def receive_interest(
    session: Session,
    *,
    reference: str,
    fund_id: str,
    amount: Money,
    received_on: date,
    officer: Principal,
    at: datetime,
) -> Interest:
    """Record what the bank paid for keeping a fund's money.  The same reference again gives the one recorded first.

    Raises:
        FundNotFound, AccountNotFound: no such fund, or no books in this currency.
        EntryMalformed: nothing is no interest.
        DayToCome: the day has not come.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    rules.check_happened(received_on, at=at, field="received_on")
    row = Interest(
        id=new_id("int"),
        reference=reference,
        fund_id=queries.get_fund(session, fund_id).id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        received_on=received_on,
        recorded_at=at,
    )
    earlier = insert_deed(session, row)
    if earlier is not None:
        return earlier
    posting = post(
        session,
        entry_id=f"interest-{row.id}",
        transfers=postings.interest_received(row.id, fund_id=fund_id, amount=amount),
        occurred_on=received_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="interest.received",
        subject=row.id,
        body={"fund": fund_id, "amount_minor": amount.amount_minor, "currency": amount.currency},
        rows=[row, posting.digest],
    )
    return row


def pay_cost(  # noqa: PLR0913 a cost has that many parts, all named
    session: Session,
    *,
    reference: str,
    fund_id: str,
    cost_class: CostClass,
    amount: Money,
    incurred_on: date,
    citation: str,
    officer: Principal,
    at: datetime,
) -> ProgrammeCost:
    """Record what running the programme cost a fund.  The same reference again gives the one recorded first.

    Raises:
        FundNotFound, AccountNotFound: no such fund, or no books in this currency.
        EntryMalformed: nothing is no cost.
        DayToCome: the day has not come.
        OverheadAboveCeiling: with it costs and fees would exceed the ceiling in force on that day.
        OutsidePeriod: the fund's money may not be used on that day.
        InsufficientFunds, AwardsNotCovered: the fund does not hold so much that is not committed.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    rules.check_happened(incurred_on, at=at, field="incurred_on")
    row = ProgrammeCost(
        id=new_id("cst"),
        reference=reference,
        fund_id=queries.get_fund(session, fund_id).id,
        cost_class=cost_class.value,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        incurred_on=incurred_on,
        citation=citation,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    earlier = insert_deed(session, row)
    if earlier is not None:
        return earlier
    make = postings.fee_charged if cost_class == CostClass.FEE else postings.cost_paid
    posting = post(
        session,
        entry_id=f"cost-{row.id}",
        transfers=make(row.id, fund_id=fund_id, amount=amount),
        occurred_on=incurred_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="cost.paid",
        subject=row.id,
        body={"fund": fund_id, "class": cost_class.value, "amount_minor": amount.amount_minor},
        rows=[row, posting.digest],
    )
    return row


def prepare_refund(
    session: Session,
    *,
    reference: str,
    contribution_id: str,
    amount: Money,
    citation: str,
    officer: Principal,
    at: datetime,
) -> Refund:
    """Prepare giving back unspent money of a contribution; somebody else approves it, then it leaves.

    Raises:
        ContributionNotFound: see `queries`.
        EntryMalformed: nothing is no refund.
        NotUnspent: so much of the contribution is not there unspent.
        CurrencyMismatch: it came in another currency.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    row = Refund(
        id=new_id("rfd"),
        reference=reference,
        contribution_id=contribution_id,
        amount_minor=amount.amount_minor,
        citation=citation,
        prepared_by=officer.person_id,
        recorded_at=at,
    )
    unspent = queries.get_unspent(session, contribution_id)
    if unspent < amount and queries.find_deed(session, row) is None:
        raise NotUnspent(f"{unspent} of this receipt is unspent.", field="amount", record=contribution_id)
    earlier = insert_deed(session, row)
    if earlier is not None:
        return earlier
    audit.record(session, at=at, actor=officer, action="refund.prepared", subject=row.id, rows=[row])
    return row


def approve_refund(
    session: Session, refund_id: str, *, refunded_on: date, officer: Principal, at: datetime
) -> RefundApproval:
    """Approve a refund as the second person; the money leaves the fund.  The same again changes nothing.

    Raises:
        RefundNotFound: see `queries`.
        SamePerson: who prepared it does not approve it.
        AlreadyApproved: somebody else has, or on another day.
        NotUnspent: the money was spent meanwhile.
        DayToCome, DayTooEarly: the day has not come, or lies before the receipt.
        InsufficientFunds, AwardsNotCovered: the fund does not hold so much that is not committed.
    """
    refund = queries.get_refund(session, refund_id)
    check_second(refund.prepared_by, officer, record=refund_id)
    received_on = queries.get_contribution(session, refund.contribution_id).received_on
    rules.check_happened(refunded_on, at=at, field="occurred_on")
    rules.check_not_before(
        refunded_on, received_on, field="occurred_on", because="The money was received", record=refund.contribution_id
    )
    approval = RefundApproval(
        refund_id=refund_id,
        prepared_by=refund.prepared_by,
        approved_by=officer.person_id,
        refunded_on=refunded_on,
        recorded_at=at,
    )
    earlier = insert_approval(session, approval, record=refund_id)
    if earlier is not None:
        return earlier
    fund_id, currency = queries.find_book_of(session, refund.contribution_id)
    amount = Money(refund.amount_minor, currency)
    posting = post(
        session,
        entry_id=f"refund-{refund_id}",
        transfers=postings.contribution_refunded(refund_id, fund_id=fund_id, amount=amount),
        occurred_on=refunded_on,
        at=at,
    )
    audit.record(
        session,
        at=at,
        actor=officer,
        action="refund.approved",
        subject=refund_id,
        body={"fund": fund_id, "amount_minor": amount.amount_minor, "currency": currency},
        rows=[approval, posting.digest],
    )
    return approval


def prepare_move(
    session: Session,
    *,
    reference: str,
    from_fund_id: str,
    to_fund_id: str,
    amount: Money,
    citation: str,
    officer: Principal,
    at: datetime,
) -> InterfundMove:
    """Prepare passing money to a fund that is at least as restricted; somebody else approves it.

    Raises:
        FundNotFound: see `queries`.
        EntryMalformed: nothing is moved.
        RestrictionEscaped: the other fund may pay for what this one may not.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    row = InterfundMove(
        id=new_id("mov"),
        reference=reference,
        from_fund_id=queries.get_fund(session, from_fund_id).id,
        to_fund_id=queries.get_fund(session, to_fund_id).id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        citation=citation,
        prepared_by=officer.person_id,
        recorded_at=at,
    )
    earlier = insert_deed(session, row)
    if earlier is not None:
        return earlier
    audit.record(session, at=at, actor=officer, action="move.prepared", subject=row.id, rows=[row])
    return row


def approve_move(
    session: Session, move_id: str, *, moved_on: date, officer: Principal, at: datetime
) -> InterfundApproval:
    """Approve money between funds as the second person; both books move in one deed.  The same again changes nothing.

    Raises:
        MoveNotFound: see `queries`.
        SamePerson: who prepared it does not approve it.
        AlreadyApproved: somebody else has, or on another day.
        OutsidePeriod: one of the funds may not be used on that day.
        DayToCome: the day has not come.
        AccountNotFound, InsufficientFunds, AwardsNotCovered: see `post`.
    """
    move = queries.get_move(session, move_id)
    check_second(move.prepared_by, officer, record=move_id)
    rules.check_happened(moved_on, at=at, field="occurred_on")
    approval = InterfundApproval(
        move_id=move_id,
        prepared_by=move.prepared_by,
        approved_by=officer.person_id,
        moved_on=moved_on,
        recorded_at=at,
    )
    earlier = insert_approval(session, approval, record=move_id)
    if earlier is not None:
        return earlier
    transfers = postings.money_moved(
        move_id,
        from_fund_id=move.from_fund_id,
        to_fund_id=move.to_fund_id,
        amount=Money(move.amount_minor, move.currency),
    )
    posting = post(session, entry_id=f"move-{move_id}", transfers=transfers, occurred_on=moved_on, at=at)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="move.approved",
        subject=move_id,
        body={"from": move.from_fund_id, "to": move.to_fund_id, "amount_minor": move.amount_minor},
        rows=[approval, posting.digest],
    )
    return approval
