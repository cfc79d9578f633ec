"""Questions to the ledger: who gave what to which fund, and where the money is at the end of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, or_, select

from reparations.ledger import queries as ledger
from reparations.ledger.models import AccountCode, ClearanceKind, Contribution, Donor, Fund, FundForm, Pledge
from reparations.ledger.postings import Movement
from reparations.ledger.queries import TrialBalanceLine
from reparations.ledger.rules import compute_open
from reparations.ledger.rules.statements import Moved
from reparations.reports.evidence.parts import Gift, Identity, Receipt

Book = tuple[str, str]
"""A fund's code and a currency: the unit in which money is conserved."""


@dataclass(frozen=True, slots=True)
class FundFacts:
    """A fund as it is printed."""

    id: str
    code: str
    title: str
    forms: tuple[str, ...]


def list_funds_of_programme(session: Session, programme_id: str) -> list[FundFacts]:
    """List the funds that may pay for a programme: its own, and those tied to none."""
    statement = select(Fund).where(or_(Fund.programme_id == programme_id, col(Fund.programme_id).is_(None)))
    funds = session.exec(statement.order_by(col(Fund.code))).all()
    forms: defaultdict[str, list[str]] = defaultdict(list)
    listed = select(FundForm.fund_id, FundForm.form).where(col(FundForm.fund_id).in_([fund.id for fund in funds]))
    for fund_id, form in session.exec(listed):
        forms[fund_id].append(form)
    return [FundFacts(fund.id, fund.code, fund.title, tuple(sorted(forms[fund.id]))) for fund in funds]


def list_gifts(session: Session, fund_ids: Collection[str], *, as_of: date) -> dict[Book, list[Gift]]:
    """List pledges with what was received of each, by fund and currency, in the order of donor and day."""
    receipts: defaultdict[str, list[Receipt]] = defaultdict(list)
    arrived = (
        select(Contribution)
        .join(Pledge, col(Pledge.id) == Contribution.pledge_id)
        .where(col(Pledge.fund_id).in_(fund_ids), col(Contribution.received_on) <= as_of)
        .where(ledger.is_standing(as_of=as_of))
    )
    for row in session.exec(arrived):
        receipts[row.pledge_id].append(
            Receipt(received_on=row.received_on, source=row.source, amount_minor=row.amount_minor)
        )
    pledged = (
        select(Pledge, Fund.code, Donor.code)
        .join(Fund, col(Fund.id) == Pledge.fund_id)
        .join(Donor, col(Donor.id) == Pledge.donor_id)
        .where(col(Pledge.fund_id).in_(fund_ids), col(Pledge.pledged_on) <= as_of)
    )
    gifts: defaultdict[Book, list[Gift]] = defaultdict(list)
    for pledge, fund_code, donor_code in session.exec(pledged):
        own = sorted(
            receipts[pledge.id], key=lambda receipt: (receipt.received_on, receipt.source, receipt.amount_minor)
        )
        gifts[fund_code, pledge.currency].append(
            Gift(
                donor=donor_code,
                pledged_on=pledge.pledged_on,
                citation=pledge.citation,
                pledged_minor=pledge.amount_minor,
                received_minor=sum(receipt.amount_minor for receipt in own),
                receipts=tuple(own),
            )
        )
    for rows in gifts.values():
        rows.sort(key=lambda gift: (gift.donor, gift.pledged_on, gift.citation, gift.pledged_minor))
    return dict(gifts)


def list_accounts(session: Session, *, as_of: date) -> dict[Book, list[TrialBalanceLine]]:
    """List every account that had moved by the end of the day, by fund and currency."""
    lines: defaultdict[Book, list[TrialBalanceLine]] = defaultdict(list)
    for line in ledger.list_trial_balance(session, as_of=as_of):
        lines[line.fund_code, line.currency].append(line)
    return dict(lines)


def compute_identity(
    book: Book,
    accounts: Sequence[TrialBalanceLine],
    moved: Moved,
    *,
    paid_minor: int,
    cleared: Mapping[ClearanceKind, int] | None = None,
) -> Identity:
    """Put the conservation identity of a fund together.

    Args:
        book: the fund and currency.
        accounts: its trial balance.
        moved: its movements up to the same day.
        paid_minor: what its payments say has arrived.  It is added up payment by payment and not taken from the
            balances, so that the identity compares two things and is not the same sum twice.
        cleared: what became of what it was opened with, by kind, from the clearances and not from the balances either.
    """
    fund, currency = book
    balance = {line.code: line.debits.amount_minor - line.credits.amount_minor for line in accounts}

    def of(*codes: AccountCode) -> int:
        return sum(balance.get(code, 0) for code in codes)

    received, interest = -of(AccountCode.CONTRIBUTIONS), -of(AccountCode.INTEREST)
    opening = moved.net(Movement.OPENED_BANK, Movement.OPENED_IN_TRANSIT, Movement.OPENED_RETURNED)
    exchange = -of(AccountCode.EXCHANGE, AccountCode.EXCHANGE_GAINS, AccountCode.EXCHANGE_LOSSES)
    interfund = -of(AccountCode.INTERFUND)
    paid_back = moved.net(Movement.PAID_BACK)
    awarded = moved.net(Movement.AWARDED) - moved.net(Movement.AWARD_WRITTEN_BACK)
    opening_owed = moved.net(Movement.OPENED_AWARDS_PAYABLE, Movement.OPENED_HELD_IN_TRUST)
    opening_owed -= moved.net(Movement.NOT_OWED)
    opened = {
        AccountCode.IN_TRANSIT: moved.net(Movement.OPENED_IN_TRANSIT),
        AccountCode.RETURNED: moved.net(Movement.OPENED_RETURNED),
    }
    cleared = cleared or {}
    still_open = compute_open(opened, cleared)
    opening_paid = sum(cleared.get(kind, 0) for kind in (ClearanceKind.SETTLED, ClearanceKind.PAID))
    return Identity(
        fund=fund,
        currency=currency,
        pledged_open_minor=of(AccountCode.PLEDGES_RECEIVABLE),
        received_minor=received,
        interest_minor=interest,
        opening_minor=opening,
        opening_in_flight_minor=still_open[AccountCode.IN_TRANSIT],
        opening_returned_minor=still_open[AccountCode.RETURNED],
        opening_paid_minor=opening_paid,
        exchange_minor=exchange,
        interfund_minor=interfund,
        paid_back_minor=paid_back,
        accounted_minor=received + interest + opening + exchange + interfund + paid_back,
        paid_minor=paid_minor + opening_paid,
        in_flight_minor=of(AccountCode.IN_TRANSIT),
        returned_minor=of(AccountCode.RETURNED),
        fees_minor=of(AccountCode.FEES),
        costs_minor=of(AccountCode.COSTS),
        refunds_minor=of(AccountCode.REFUNDS),
        balance_minor=of(AccountCode.BANK, AccountCode.RESERVED),
        bank_minor=of(AccountCode.BANK),
        reserved_minor=of(AccountCode.RESERVED),
        awarded_minor=awarded,
        opening_owed_minor=opening_owed,
        due_minor=awarded + opening_owed,
        set_off_minor=moved.net(Movement.SET_OFF),
        owed_minor=-of(AccountCode.AWARDS_PAYABLE, AccountCode.HELD_IN_TRUST),
    )
