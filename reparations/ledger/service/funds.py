"""Opening funds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit, money
from reparations.db import violated_constraint
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
    if queries.find_fund_by_code(session, code) is not None:
        raise _code_taken(code)
    fund = Fund(id=new_id("fnd"), code=code, title=title, programme_id=programme_id, created_at=at)
    try:
        with session.begin_nested():
            session.add(fund)
    except IntegrityError as error:
        if violated_constraint(error) in {"fk_fund_programme_id", "foreign_key"}:
            raise ProgrammeUnknown(
                "There is no such programme.", field="programme_id", remedy="Leave it out for a general fund."
            ) from None
        raise _code_taken(code) from None
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


def _code_taken(code: str) -> FundCodeTaken:
    return FundCodeTaken("Another fund has this code.", field="code", record=code)
