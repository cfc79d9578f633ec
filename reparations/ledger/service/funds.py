"""Opening funds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit, money
from reparations.db import add_unless_there, violated_constraint
from reparations.ids import new_id
from reparations.ledger import queries
from reparations.ledger.errors import EntryMalformed, FundCodeTaken, ProgrammeUnknown
from reparations.ledger.models import KINDS, AwardForm, Fund, FundForm, LedgerAccount
from reparations.principal import Principal


@dataclass(frozen=True, slots=True)
class FormGrant:
    """A form of award that a fund may pay for, with the text that says so."""

    form: AwardForm
    citation: str


def open_fund(
    session: Session,
    *,
    code: str,
    title: str,
    forms: Sequence[FormGrant],
    currencies: Sequence[str],
    programme_id: str | None = None,
    officer: Principal,
    at: datetime,
) -> Fund:
    """Open a fund, with what it may pay for and empty books in each of its currencies.

    Opening the same fund again, by its code, gives the fund opened first.

    Raises:
        FundCodeTaken: another fund has the code.
        ProgrammeUnknown: there is no such programme.
        EntryMalformed: no form, no currency, or one twice.
        UnknownCurrency: not an active ISO 4217 code.
    """
    if not forms or len({grant.form for grant in forms}) != len(forms):
        raise EntryMalformed("A fund pays for one form of award at least, each named once.", field="forms")
    if not currencies or len(set(currencies)) != len(currencies):
        raise EntryMalformed("A fund keeps books in one currency at least, each named once.", field="currencies")
    for currency in currencies:
        money.exponent(currency)
    fund = Fund(id=new_id("fnd"), code=code, title=title, programme_id=programme_id, created_at=at)
    try:
        earlier = add_unless_there(session, fund, lambda: queries.find_fund_by_code(session, code))
    except IntegrityError as error:
        if violated_constraint(error) in {"fk_fund_programme_id", "foreign_key"}:
            raise ProgrammeUnknown(
                "There is no such programme.", field="programme_id", remedy="Leave it out for a general fund."
            ) from None
        raise
    if earlier is not None:
        _check_same(session, earlier, fund, forms=forms, currencies=currencies)
        return earlier
    granted = [FundForm(fund_id=fund.id, form=grant.form, citation=grant.citation) for grant in forms]
    # Flushed in this order: ids ascend along the chart, and balances are locked by id.
    accounts = [
        LedgerAccount(fund_id=fund.id, currency=currency, kind=kind, code=account_code)
        for currency in sorted(currencies)
        for account_code, kind in KINDS.items()
    ]
    session.add_all([*granted, *accounts])
    session.flush()
    audit.record(
        session,
        at=at,
        actor=officer,
        action="fund.opened",
        subject=fund.id,
        body={"currencies": sorted(currencies), "forms": sorted(grant.form for grant in forms)},
        rows=[fund, *granted, *accounts],
    )
    return fund


def _check_same(
    session: Session, earlier: Fund, wanted: Fund, *, forms: Sequence[FormGrant], currencies: Sequence[str]
) -> None:
    """Refuse a code that another fund has; the order in which forms and currencies are named does not count."""
    granted = {(row.form, row.citation) for row in queries.list_forms(session, [earlier.id])[earlier.id]}
    same = (
        (earlier.title, earlier.programme_id) == (wanted.title, wanted.programme_id)
        and granted == {(grant.form, grant.citation) for grant in forms}
        and queries.list_books(session, [earlier.id])[earlier.id] == sorted(currencies)
    )
    if not same:
        raise FundCodeTaken("Another fund has this code.", field="code", record=wanted.code)
