"""The walked programme, and then every other movement of money by its own deed: one set of books with all of them.

Currencies with 0, 2, 3 and 4 decimals each go through whole deeds.  What the life of an award adds beyond payment has
no deed here: see `ELSEWHERE`.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from reparations.access.models import Office
from reparations.db import Database
from reparations.eligibility import service as eligibility
from reparations.eligibility.models import Assessment, DecidedOutcome
from reparations.example.server import LocalServer
from reparations.example.stripe_loopback import Fault, create_stripe_loopback
from reparations.ledger import service as ledger
from reparations.ledger.models import (
    AwardForm,
    ClearanceKind,
    Contribution,
    ContributionSource,
    CostClass,
    Donor,
    Fund,
    PeriodLength,
    Pledge,
    ReductionKind,
)
from reparations.ledger.postings import Movement
from reparations.money import Money
from reparations.payments import service as payments
from reparations.payments import worker
from reparations.payments.models import Batch, Payment, PaymentStatus
from reparations.payments.rails.stripe import StripeRail
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.models import Claim, Programme, Rail
from reparations.registry.rules.values import NewDestination
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.periods import Pair, clear, make_pair, take_back
from tests.factories.registry import make_claim
from tests.payments.worker_process import provider_settings
from tests.reports.world import (
    DEBTOR,
    TODAY,
    Officers,
    account,
    confirm,
    make_officers,
    write_entry,
    write_statement,
)

ELSEWHERE = frozenset(
    {
        Movement.AWARD_WRITTEN_BACK,
        Movement.PUT_IN_TRUST,
        Movement.OVERPAID,
        Movement.SET_OFF,
    }
)
"""Corrections of awards and what only they lead to: the life of an award, with tests of its own."""

APRIL = date(2031, 4, 1)
CURRENCIES = ("USD", "XOF", "KWD", "CLF")
"""2, 0, 3 and 4 decimals."""
REFUSED_ACCOUNT = "acct_refused"

SHEET = b"""fund,currency,account,amount
OPENED,KWD,bank,9000.001
OPENED,KWD,in_transit,500.5
OPENED,KWD,returned,250
OPENED,KWD,overpayments,100
OPENED,KWD,awards_payable,3000.123
OPENED,KWD,held_in_trust,2000
OPENED,XOF,bank,655957
"""
CLEARED = {
    ClearanceKind.SETTLED: "400.5",
    ClearanceKind.REJECTED: "100",
    ClearanceKind.WRITTEN_BACK: "250",
    ClearanceKind.REPAID: "60.001",
    ClearanceKind.WAIVED: "39.999",
    ClearanceKind.RELEASED: "2000",
    ClearanceKind.PAID: "1000.123",
    ClearanceKind.NOT_OWED: "3000",
}
"""What becomes of it: 599.5 of what was owed still is."""


def live(database: Database) -> None:
    """Let everything else happen in a walked database, a transaction for each group of deeds."""
    with database.transaction() as session:
        pair, officers = make_pair(session), make_officers(session)
        opened_id = _open_books(session, pair)
        _give_and_spend(session, pair)
    for kind, amount in CLEARED.items():
        with database.transaction() as session:
            wrong = clear(session, pair, opened_id, kind, Money.parse("9.999", "KWD"), cleared_on=TODAY)
        with database.transaction() as session:
            take_back(session, pair, wrong.id, reversed_on=TODAY)
        with database.transaction() as session:
            clear(session, pair, opened_id, kind, Money.parse(amount, "KWD"), cleared_on=TODAY)
    with database.transaction() as session:
        _exchange(session, pair)
    with database.transaction() as session:
        _close_april(session, pair)
    with database.transaction() as session:
        _award_one_more(session, officers)
    with database.transaction() as session:
        _approve_and_cancel(session, officers)
    _refuse_at_the_provider(database, officers)
    with database.transaction() as session:
        _leave_a_finding(session, officers)


def _open_books(session: Session, pair: Pair) -> str:
    fund = ledger.open_fund(
        session,
        code="OPENED",
        title="A fund kept elsewhere until now",
        forms=[ledger.FormGrant(AwardForm.COLLECTIVE, "Old agreement")],
        currencies=["KWD", "XOF"],
        programme_id=None,
        officer=pair.first,
        at=NOON,
    )
    sheet = ledger.prepare_opening(
        session,
        SHEET,
        source_system="Old books 3.2",
        as_of=TODAY - timedelta(days=1),
        officer=pair.first,
        at=NOON,
    )
    ledger.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
    return fund.id


def _give_and_spend(session: Session, pair: Pair) -> None:
    """A fund in four currencies: a gift, a smaller pledge, interest, a cost, a fee, a refund, money to another fund."""
    fund = ledger.open_fund(
        session,
        code="MANY",
        title="A fund in many currencies",
        forms=[ledger.FormGrant(form, "Agreement of many") for form in AwardForm],
        currencies=CURRENCIES,
        programme_id=None,
        officer=pair.first,
        at=NOON,
    )
    donor = session.exec(select(Donor).where(Donor.code == "DONOR-B")).one()
    gifts = {
        "USD": "10000.00",
        "XOF": "655957",
        "KWD": "1000.001",
        "CLF": "10.0001",
    }
    for number, (currency, amount) in enumerate(gifts.items()):
        given = Money.parse(amount, currency)
        pledge = _pledge(session, fund, donor, given, pair.first)
        contribution = ledger.receive_contribution(
            session,
            reference=f"RECEIPT-{currency}",
            pledge_id=pledge.id,
            amount=given,
            received_on=APRIL,
            source=ContributionSource.VOLUNTARY,
            officer=pair.first,
            at=NOON,
        )
        one = Money(1 + number, currency)
        ledger.receive_interest(
            session,
            reference=f"INTEREST-{currency}",
            fund_id=fund.id,
            amount=one,
            received_on=APRIL,
            officer=pair.first,
            at=NOON,
        )
        for cost_class in (CostClass.FEE, CostClass.AUDIT):
            ledger.pay_cost(
                session,
                reference=f"INVOICE-{cost_class}-{currency}",
                fund_id=fund.id,
                cost_class=cost_class,
                amount=one,
                incurred_on=APRIL,
                citation="Contract 7",
                officer=pair.first,
                at=NOON,
            )
        _refund(session, contribution, one, pair)
    _take_back(session, fund, donor, pair)
    _reduce(session, fund, donor, pair.first)
    _move(session, fund, pair)


def _pledge(  # noqa: PLR0917 who promised what to whom
    session: Session, fund: Fund, donor: Donor, amount: Money, officer: Principal, name: str = ""
) -> Pledge:
    return ledger.record_pledge(
        session,
        reference=f"LETTER-{amount.currency}{name}",
        donor_id=donor.id,
        fund_id=fund.id,
        amount=amount,
        pledged_on=APRIL,
        citation="Letter of intent",
        officer=officer,
        at=NOON,
    )


def _refund(session: Session, contribution: Contribution, amount: Money, pair: Pair) -> None:
    refund = ledger.prepare_refund(
        session,
        reference=f"REFUND-{amount.currency}",
        contribution_id=contribution.id,
        amount=amount,
        citation="Agreement, art. 9",
        officer=pair.first,
        at=NOON,
    )
    ledger.approve_refund(session, refund.id, refunded_on=APRIL, officer=pair.second, at=NOON)


def _take_back(session: Session, fund: Fund, donor: Donor, pair: Pair) -> None:
    """A receipt, interest and a cost of 1,000 francs that never were: recorded in error, and taken back."""
    amount = Money(1_000, "XOF")
    receipt = ledger.receive_contribution(
        session,
        reference="RECEIPT-IN-ERROR",
        pledge_id=_pledge(session, fund, donor, amount, pair.first, "-IN-ERROR").id,
        amount=amount,
        received_on=APRIL,
        source=ContributionSource.VOLUNTARY,
        officer=pair.first,
        at=NOON,
    )
    interest = ledger.receive_interest(
        session,
        reference="INTEREST-IN-ERROR",
        fund_id=fund.id,
        amount=amount,
        received_on=APRIL,
        officer=pair.first,
        at=NOON,
    )
    cost = ledger.pay_cost(
        session,
        reference="INVOICE-IN-ERROR",
        fund_id=fund.id,
        cost_class=CostClass.AUDIT,
        amount=amount,
        incurred_on=APRIL,
        citation="Contract 7",
        officer=pair.first,
        at=NOON,
    )
    for record in (cost, interest, receipt):
        reversal = ledger.prepare_reversal(session, record.id, reason="Never was", officer=pair.first, at=NOON)
        ledger.approve_reversal(session, reversal.id, reversed_on=APRIL, officer=pair.second, at=NOON)


def _reduce(session: Session, fund: Fund, donor: Donor, officer: Principal) -> None:
    pledge = _pledge(session, fund, donor, Money(70_000, "USD"), officer, "-MORE")
    ledger.reduce_pledge(
        session,
        pledge.id,
        reference="REDUCTION-1",
        kind=ReductionKind.REDUCED,
        amount=Money(20_000, "USD"),
        reason="Budget",
        citation="Second letter",
        decided_on=APRIL,
        officer=officer,
        at=NOON,
    )


def _move(session: Session, fund: Fund, pair: Pair) -> None:
    to = session.exec(select(Fund).where(Fund.code == "KAT-INDIVIDUAL")).one()
    move = ledger.prepare_move(
        session,
        reference="MOVE-1",
        from_fund_id=fund.id,
        to_fund_id=to.id,
        amount=Money(100_000, "USD"),
        citation="Resolution 4",
        officer=pair.first,
        at=NOON,
    )
    ledger.approve_move(session, move.id, moved_on=APRIL, officer=pair.second, at=NOON)


def _exchange(session: Session, pair: Pair) -> None:
    """Buy each other currency with dollars, sell a part with a gain, another with a loss, and revalue the rest.

    Another sale never was: it is taken back.
    """
    fund = session.exec(select(Fund).where(Fund.code == "MANY")).one()
    rates = {"XOF": "0.0016", "KWD": "3.25", "CLF": "38.5"}
    bought = {"XOF": "61000", "KWD": "30.001", "CLF": "2.5001"}
    for currency, amount in bought.items():
        held = Money.parse(amount, currency)
        quarter = Money(held.amount_minor // 4, currency)
        deals = [
            (Money(10_000, "USD"), held, APRIL),
            (quarter, Money(2_700, "USD"), APRIL + timedelta(days=9)),
            (quarter, Money(2_300, "USD"), APRIL + timedelta(days=10)),
            (quarter, Money(2_600, "USD"), APRIL + timedelta(days=11)),
        ]
        steps = [
            ledger.exchange_money(
                session,
                reference=f"ADVICE-{currency}-{number}",
                fund_id=fund.id,
                sold=sold,
                bought=got,
                occurred_on=day,
                source="Advice of the bank",
                measured_in="USD",
                officer=pair.first,
                at=NOON,
            )
            for number, (sold, got, day) in enumerate(deals)
        ]
        take_back(session, pair, steps[-1].id, reversed_on=APRIL + timedelta(days=12))
        rate = ledger.record_rate(
            session,
            base=currency,
            quote="USD",
            rate=rates[currency],
            quoted_on=date(2031, 4, 30),
            source="Bulletin 12",
            officer=pair.first,
            at=NOON,
        )
        ledger.revalue_position(
            session,
            reference=f"REVALUED-{currency}",
            fund_id=fund.id,
            currency=currency,
            measured_in="USD",
            rate_id=rate.id,
            valued_on=date(2031, 4, 30),
            source="At the closing of April",
            officer=pair.first,
            at=NOON,
        )


def _close_april(session: Session, pair: Pair) -> None:
    fund = session.exec(select(Fund).where(Fund.code == "MANY")).one()
    draft = ledger.prepare_closing(
        session, fund_id=fund.id, length=PeriodLength.MONTH, starts_on=APRIL, officer=pair.first, at=NOON
    )
    ledger.countersign_closing(session, draft.id, officer=pair.second, at=NOON)


def _award_one_more(session: Session, officers: Officers) -> None:
    """One more claimant, with an account at Stripe that Stripe will refuse."""
    programme = session.exec(select(Programme).where(Programme.code == "KAT")).one()
    claim = make_claim(
        session,
        programme=programme,
        officer=officers.caseworker,
        destination=NewDestination(rail=Rail.STRIPE, stripe_account=REFUSED_ACCOUNT),
    )
    eligibility.assess_claims(session, programme=programme, claim_ids=[claim.id], officer=officers.decider, at=NOON)
    found = session.exec(select(Assessment.outcome).where(Assessment.claim_id == claim.id)).one()
    assert found == "eligible"
    confirm(session, [claim.id], DecidedOutcome.ELIGIBLE, officers)
    eligibility.award_individuals(session, programme=programme, officer=officers.administrator, at=NOON)


def _approve_and_cancel(session: Session, officers: Officers) -> None:
    """Approve a batch with the new payment, and one with the payment that came back; then cancel both."""
    returned = session.exec(select(Payment).where(Payment.status == PaymentStatus.RETURNED)).one()
    office = session.get_one(Office, session.get_one(Claim, returned.claim_id).office_id)
    caseworker = make_officer(session, Role.CASEWORKER, office=office)
    registry.record_destination(session, returned.claim_id, new=account(43), officer=caseworker, at=NOON)
    again = payments.reissue_payments(session, [returned.id], officer=officers.administrator, at=NOON)
    for batch in (_assemble(session, officers), again):
        payments.submit_batch(session, batch.id, officer=officers.administrator, at=NOON)
        for approver in officers.approvers:
            payments.approve_batch(session, batch.id, officer=approver, at=NOON)
        payments.cancel_batch(session, batch.id, officer=officers.administrator, at=NOON)


def _assemble(session: Session, officers: Officers) -> Batch:
    return payments.assemble_batch(
        session, programme="KAT", due_until=TODAY, officer=officers.administrator, at=NOON
    ).batch


def _refuse_at_the_provider(database: Database, officers: Officers) -> None:
    with database.transaction() as session:
        batch = _assemble(session, officers)
        payments.submit_batch(session, batch.id, officer=officers.administrator, at=NOON)
        for approver in officers.approvers:
            payments.approve_batch(session, batch.id, officer=approver, at=NOON)
        payments.release_batch(session, batch.id, officer=officers.payer, at=NOON)
    with LocalServer(create_stripe_loopback(plan={REFUSED_ACCOUNT: [Fault.REFUSED]}, clock=lambda: NOON)) as provider:
        rails = worker.Rails(
            online={"stripe": StripeRail(provider_settings(provider.url, Path("keys")))}, debtor=DEBTOR
        )
        worker.dispatch(database, rails, clock=lambda: NOON)


def _leave_a_finding(session: Session, officers: Officers) -> None:
    """The bank books a payment that was paid already: a human must look at it."""
    paid = session.exec(
        select(Payment)
        .join(Claim, col(Claim.id) == Payment.claim_id)
        .where(Payment.status == PaymentStatus.PAID)
        .order_by(col(Claim.reference))
    ).first()
    assert paid is not None
    statement = write_statement("S3", [write_entry(paid)])
    payments.import_statements(session, statement, officer=officers.payer, at=NOON)
