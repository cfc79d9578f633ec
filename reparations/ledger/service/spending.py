"""Money that comes or goes beside gifts and awards: interest, costs, refunds, money between funds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import add_unless_there, violated_constraint
from reparations.errors import ReparationsError
from reparations.ids import new_id
from reparations.ledger import postings, queries, rules
from reparations.ledger.errors import (
    AlreadyApproved,
    NotUnspent,
    OutsidePeriod,
    OverheadAboveCeiling,
    ReferenceReused,
    RestrictionEscaped,
    SamePerson,
)
from reparations.ledger.models import (
    CostClass,
    Interest,
    InterfundApproval,
    InterfundMove,
    ProgrammeCost,
    Refund,
    RefundApproval,
)
from reparations.ledger.queries import Deed
from reparations.ledger.service.posting import post
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
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
    row = Interest(
        id=new_id("int"),
        reference=reference,
        fund_id=queries.get_fund(session, fund_id).id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        received_on=received_on,
        recorded_at=at,
    )
    earlier = _insert(session, row)
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
        OverheadAboveCeiling: with it costs and fees would exceed the ceiling in force on that day.
        OutsidePeriod: the fund's money may not be used on that day.
        InsufficientFunds, AwardsNotCovered: the fund does not hold so much that is not committed.
        ReferenceReused: the reference was given before, for something else.
    """
    rules.check_gift(amount)
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
    earlier = _insert(session, row)
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
    earlier = _insert(session, row)
    if earlier is not None:
        return earlier
    audit.record(session, at=at, actor=officer, action="refund.prepared", subject=row.id, rows=[row])
    return row


def approve_refund(
    session: Session, refund_id: str, *, refunded_on: date, officer: Principal, at: datetime
) -> RefundApproval:
    """Approve a refund as the second person; the money leaves the fund.

    Raises:
        RefundNotFound: see `queries`.
        SamePerson: who prepared it does not approve it.
        AlreadyApproved: somebody has.
        NotUnspent: the money was spent meanwhile.
        InsufficientFunds, AwardsNotCovered: the fund does not hold so much that is not committed.
    """
    refund = queries.get_refund(session, refund_id)
    _check_second(refund.prepared_by, officer, record=refund_id)
    approval = RefundApproval(
        refund_id=refund_id,
        prepared_by=refund.prepared_by,
        approved_by=officer.person_id,
        refunded_on=refunded_on,
        recorded_at=at,
    )
    _insert_approval(session, approval, record=refund_id)
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
    earlier = _insert(session, row)
    if earlier is not None:
        return earlier
    audit.record(session, at=at, actor=officer, action="move.prepared", subject=row.id, rows=[row])
    return row


def approve_move(
    session: Session, move_id: str, *, moved_on: date, officer: Principal, at: datetime
) -> InterfundApproval:
    """Approve money between funds as the second person; both books move in one deed.

    Raises:
        MoveNotFound: see `queries`.
        SamePerson: who prepared it does not approve it.
        AlreadyApproved: somebody has.
        OutsidePeriod: one of the funds may not be used on that day.
        AccountNotFound, InsufficientFunds, AwardsNotCovered: see `post`.
    """
    move = queries.get_move(session, move_id)
    _check_second(move.prepared_by, officer, record=move_id)
    approval = InterfundApproval(
        move_id=move_id,
        prepared_by=move.prepared_by,
        approved_by=officer.person_id,
        moved_on=moved_on,
        recorded_at=at,
    )
    _insert_approval(session, approval, record=move_id)
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


def _insert(session: Session, row: Deed) -> Deed | None:
    """Insert a deed; return the one of the same reference if it is on record, and refuse the reference for another."""
    try:
        earlier = add_unless_there(session, row, lambda: queries.find_deed(session, row))
    except IntegrityError as error:
        refusal = _explain(error, record=row.reference)
        if refusal is None:
            raise
        raise refusal from None
    if earlier is None:
        return None
    unimportant = {"id", "recorded_at", "recorded_by", "prepared_by"}
    if earlier.model_dump(exclude=unimportant) != row.model_dump(exclude=unimportant):
        raise ReferenceReused(
            "This reference was given before, for something else.", field="reference", record=row.reference
        )
    return earlier


def _check_second(prepared_by: str, officer: Principal, *, record: str) -> None:
    if prepared_by == officer.person_id:
        raise SamePerson("Who prepared it cannot approve it.", record=record, remedy="Ask another person.")


def _insert_approval(session: Session, approval: RefundApproval | InterfundApproval, *, record: str) -> None:
    if session.get(type(approval), record) is not None:
        raise AlreadyApproved("Somebody has approved this already.", record=record)
    try:
        with session.begin_nested():
            session.add(approval)
    except IntegrityError as error:
        refusal = _explain(error, record=record)
        if refusal is None:
            raise AlreadyApproved("Somebody has approved this already.", record=record) from None
        raise refusal from None


_REFUSALS: dict[str, tuple[type[ReparationsError], str]] = {
    "programme_cost.above_ceiling": (OverheadAboveCeiling, "Costs and fees would exceed the fund's ceiling."),
    "programme_cost.period": (OutsidePeriod, "The fund's money may not be used on that day."),
    "refund_approval.spent": (NotUnspent, "So much of this receipt is no longer unspent."),
    "interfund_move.escapes_restriction": (
        RestrictionEscaped,
        "The other fund may pay for what this one may not, or gives only a share for it.",
    ),
    "interfund_approval.period": (OutsidePeriod, "One of the funds may not be used on that day."),
}


def _explain(error: IntegrityError, *, record: str) -> ReparationsError | None:
    """Say why the database refused a deed, where one of our triggers did."""
    known = _REFUSALS.get(violated_constraint(error))
    return known[0](known[1], record=record) if known is not None else None
