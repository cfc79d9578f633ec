"""Bodies of requests and answers about funds and books.  Amounts are decimal strings, ``"70000.00"``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from reparations.http import Body
from reparations.ledger.models import (
    AwardForm,
    Contribution,
    ContributionSource,
    Donor,
    DonorKind,
    Fund,
    FundForm,
    Pledge,
)
from reparations.ledger.queries import AccountBalance, JournalEntry, JournalLine, TrialBalanceLine
from reparations.ledger.rules import Identity
from reparations.money import Money

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"

FundId = Annotated[str, Path(pattern=f"^fnd_{_ULID}$", description="Id of a fund.")]
AsOf = Annotated[date | None, Query(description="Only what occurred on or before this day; by default everything.")]

_Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$"),
    Field(description="Capitals, digits and hyphens.", examples=["KAT-INDIVIDUAL"]),
]
_Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PRINTABLE)]
_Citation = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=_PRINTABLE),
    Field(description="The agreement, resolution or order that says so."),
]
_Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=_PRINTABLE),
    Field(description="Your own; sending it again is the same deed again. Never a person's name."),
]
_Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), Field(examples=["USD"])]
_Amount = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$"),
    Field(description="Decimal string, with no more decimals than the currency has.", examples=["70000.00"]),
]


class MoneyView(Body):
    """An amount of one currency."""

    amount: str = Field(description="Decimal string.", examples=["250.00"])
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        """Write an amount."""
        return cls(amount=money.decimal_string, currency=money.currency)


# ── funds ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class FormBody(Body):
    """A form of award that a fund may pay for, and who said so."""

    form: AwardForm
    citation: _Citation


class NewFund(Body):
    """A fund to open."""

    code: _Code
    title: _Title
    forms: Annotated[list[FormBody], Field(min_length=1, max_length=len(AwardForm))]
    currencies: Annotated[list[_Currency], Field(min_length=1, max_length=10, examples=[["USD"]])]
    programme_id: Annotated[str | None, Field(pattern=f"^prg_{_ULID}$")] = Field(
        default=None, description="The one programme it may pay for; leave it out for a general fund."
    )


class FundView(Body):
    """A fund."""

    id: str
    code: str
    title: str
    programme_id: str | None
    forms: list[FormBody]
    currencies: list[str]
    created_at: datetime

    @classmethod
    def of(cls, fund: Fund, forms: Sequence[FundForm], currencies: Sequence[str]) -> Self:
        """Show a fund with what it may pay for and the currencies of its books."""
        return cls(
            id=fund.id,
            code=fund.code,
            title=fund.title,
            programme_id=fund.programme_id,
            forms=[FormBody(form=AwardForm(form.form), citation=form.citation) for form in forms],
            currencies=list(currencies),
            created_at=fund.created_at,
        )


# ── gifts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class NewDonor(Body):
    """A donor; the title is the name the gift is published under."""

    code: _Code
    title: _Title
    kind: DonorKind


class DonorView(Body):
    """A donor."""

    id: str
    code: str
    title: str
    kind: DonorKind
    created_at: datetime

    @classmethod
    def of(cls, donor: Donor) -> Self:
        """Show a donor."""
        return cls(**donor.model_dump())


class NewPledge(Body):
    """A promise of money to a fund."""

    reference: _Reference
    donor_id: Annotated[str, Field(pattern=f"^don_{_ULID}$")]
    fund_id: Annotated[str, Field(pattern=f"^fnd_{_ULID}$")]
    amount: _Amount
    currency: _Currency
    pledged_on: date
    citation: _Citation


class PledgeView(Body):
    """A pledge."""

    id: str
    reference: str
    donor_id: str
    fund_id: str
    pledged: MoneyView
    pledged_on: date
    citation: str
    recorded_at: datetime

    @classmethod
    def of(cls, pledge: Pledge) -> Self:
        """Show a pledge."""
        pledged = MoneyView.of(Money(pledge.amount_minor, pledge.currency))
        return cls(pledged=pledged, **pledge.model_dump(exclude={"amount_minor", "currency"}))


class NewContribution(Body):
    """Money that arrived against a pledge."""

    reference: _Reference
    pledge_id: Annotated[str, Field(pattern=f"^plg_{_ULID}$")]
    amount: _Amount
    currency: _Currency
    received_on: date
    source: ContributionSource


class ContributionView(Body):
    """A receipt."""

    id: str
    reference: str
    pledge_id: str
    received: MoneyView
    received_on: date
    source: ContributionSource
    recorded_at: datetime

    @classmethod
    def of(cls, contribution: Contribution) -> Self:
        """Show a receipt."""
        received = MoneyView.of(Money(contribution.amount_minor, contribution.currency))
        return cls(received=received, **contribution.model_dump(exclude={"amount_minor", "currency"}))


# ── books ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class AccountView(Body):
    """What stands on one account, positive on the side where the account normally stands."""

    code: str
    kind: str
    balance: str = Field(description="Decimal string in the currency of the book.")

    @classmethod
    def of(cls, account: AccountBalance) -> Self:
        """Show an account."""
        return cls(code=account.code, kind=account.kind, balance=account.balance.decimal_string)


class IdentityView(Body):
    """``contributions = paid + in_transit + returned + fees + reserved + bank``."""

    contributions: str
    paid: str = Field(description="Settled and not returned.")
    in_transit: str
    returned: str
    fees: str
    reserved: str
    bank: str
    holds: bool

    @classmethod
    def of(cls, identity: Identity) -> Self:
        """Show where the money is and whether that is all of it."""
        names = ("contributions", "paid", "in_transit", "returned", "fees", "reserved", "bank")
        return cls(
            **{name: getattr(identity, name).decimal_string for name in names},
            holds=not identity.faults,
        )


class BookView(Body):
    """A fund's books in one currency."""

    currency: str
    accounts: list[AccountView]
    identity: IdentityView


class BalancesView(Body):
    """A fund's books."""

    fund_id: str
    code: str
    books: list[BookView]


class LineView(Body):
    """What a journal entry does to one account."""

    fund: str = Field(description="Code of the fund.")
    account: str
    currency: str
    debit: str
    credit: str
    transfers: int = Field(description="How many transfers the line sums up.")

    @classmethod
    def of(cls, line: JournalLine) -> Self:
        """Show a line."""
        return cls(
            fund=line.fund_code,
            account=line.code,
            currency=line.debit.currency,
            debit=line.debit.decimal_string,
            credit=line.credit.decimal_string,
            transfers=line.transfers,
        )


class EntryView(Body):
    """A journal entry: all transfers of one deed."""

    entry_id: str
    occurred_on: date
    recorded_at: datetime
    reverses: bool = Field(description="Whether it undoes earlier transfers.")
    lines: list[LineView]

    @classmethod
    def of(cls, entry: JournalEntry) -> Self:
        """Show an entry."""
        return cls(
            entry_id=entry.entry_id,
            occurred_on=entry.occurred_on,
            recorded_at=entry.recorded_at,
            reverses=entry.reverses,
            lines=[LineView.of(line) for line in entry.lines],
        )


class TrialLineView(Body):
    """One account's debits and credits."""

    fund: str = Field(description="Code of the fund.")
    currency: str
    account: str
    kind: str
    debits: str
    credits: str

    @classmethod
    def of(cls, line: TrialBalanceLine) -> Self:
        """Show a line."""
        return cls(
            fund=line.fund_code,
            currency=line.currency,
            account=line.code,
            kind=line.kind,
            debits=line.debits.decimal_string,
            credits=line.credits.decimal_string,
        )


class TrialTotalView(Body):
    """All debits and credits of one currency."""

    currency: str
    debits: str
    credits: str
    balanced: bool


class TrialBalanceView(Body):
    """The trial balance of all funds."""

    as_of: date | None
    lines: list[TrialLineView]
    totals: list[TrialTotalView]

    @classmethod
    def of(cls, lines: Sequence[TrialBalanceLine], *, as_of: date | None) -> Self:
        """Show the lines and add them up, currency by currency."""
        totals = []
        for currency in sorted({line.currency for line in lines}):
            of_currency = [line for line in lines if line.currency == currency]
            zero = Money(0, currency)
            debits = sum((line.debits for line in of_currency), zero)
            credits_ = sum((line.credits for line in of_currency), zero)
            totals.append(
                TrialTotalView(
                    currency=currency,
                    debits=debits.decimal_string,
                    credits=credits_.decimal_string,
                    balanced=debits == credits_,
                )
            )
        return cls(as_of=as_of, lines=[TrialLineView.of(line) for line in lines], totals=totals)
