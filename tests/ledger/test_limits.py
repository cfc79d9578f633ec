"""Where the books end: at the largest amount that can be read again, and at the end of the disk."""

from __future__ import annotations

import sqlite3
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from reparations.ledger import errors, postings, queries, service
from reparations.ledger.models import AccountCode
from reparations.ledger.postings import Movement, NewTransfer
from reparations.ledger.queries.statements import Scope, get_statement
from reparations.ledger.rules.statements import StatementKind
from reparations.ledger.schemas import TrialBalanceView
from reparations.money import MAX_AMOUNT_MINOR, Money
from reparations.reports.statements.formats import write_xlsx
from tests.conftest import NOON
from tests.factories.ledger import TODAY, give, make_fund


def test_no_account_holds_more_than_can_be_read_again(session: Session) -> None:
    fund, most = make_fund(session), Money(MAX_AMOUNT_MINOR, "USD")
    give(session, fund, most)

    with pytest.raises(errors.EntryMalformed, match="more than the books keep") as caught:
        give(session, fund, Money(1, "USD"))

    assert caught.value.record == fund.id
    assert queries.get_balance(session, fund.id, "USD", AccountCode.BANK) == most
    assert queries.compute_identity(session, fund.id, "USD").faults == {}


def test_what_adds_up_to_more_than_an_amount_is_shown_all_the_same(session: Session) -> None:
    """More moved through an account than may stand on it, and in two funds together than in one."""
    fund, other, most = make_fund(session), make_fund(session), Money(MAX_AMOUNT_MINOR, "USD")
    for each in (fund, other):
        give(session, each, most)
    fee = postings.fee_charged("f", fund_id=fund.id, amount=most)
    service.post(session, entry_id="f", transfers=fee, occurred_on=TODAY, at=NOON)
    interest = postings.interest_received("i", fund_id=fund.id, amount=most)
    service.post(session, entry_id="i", transfers=interest, occurred_on=TODAY, at=NOON)

    statements = {
        kind: [row[-1] for row in get_statement(session, kind, Scope(as_of=TODAY)).rows] for kind in StatementKind
    }
    lines = queries.list_trial_balance(session)

    twice = 2 * MAX_AMOUNT_MINOR
    assert max(line.debits.amount_minor for line in lines) == twice
    assert TrialBalanceView.of(lines, as_of=None).totals[0].balanced
    assert twice in {cell.amount_minor for cell in statements[StatementKind.CASH_FLOW] if isinstance(cell, Money)}
    assert queries.compute_identity(session, fund.id, "USD").faults == {}
    assert "ledger.identity_broken" not in {finding.code for finding in queries.list_findings(session)}
    sheet = BytesIO()
    write_xlsx(get_statement(session, StatementKind.FINANCIAL_POSITION, Scope(as_of=TODAY)), sheet)
    with ZipFile(sheet) as book:
        assert str(twice) in "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def test_an_entry_that_adds_up_to_more_than_an_engine_counts_is_refused(session: Session) -> None:
    fund = make_fund(session)
    debit, credit = Movement.RECEIVED.value
    huge = [
        NewTransfer(f"huge-{number}", fund.id, "USD", debit, credit, MAX_AMOUNT_MINOR)
        for number in range(2**63 // MAX_AMOUNT_MINOR + 1)
    ]

    for transfers in (huge[:512], huge):  # the database says the first, a rule the second
        with pytest.raises(errors.EntryMalformed):
            service.post(session, entry_id="huge", transfers=transfers, occurred_on=TODAY, at=NOON)


def reserve_much(session: Session, fund_id: str) -> None:
    transfers = [
        transfer
        for number in range(2_000)
        for transfer in postings.batch_reserved(f"r{number}", totals={fund_id: Money(1, "USD")})
    ]
    service.post(session, entry_id="r", transfers=transfers, occurred_on=TODAY, at=NOON)


@pytest.mark.parametrize("database_urls", ["sqlite"], indirect=True)
def test_a_full_disk_is_called_a_full_disk(session: Session) -> None:
    fund = make_fund(session, available_minor=2_000)
    connection = session.connection()
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(OperationalError, match="disk is full"):
        reserve_much(session, fund.id)


@pytest.mark.parametrize("database_urls", ["sqlite"], indirect=True)
def test_what_ended_the_transaction_is_what_the_caller_sees(session: Session) -> None:
    fund = make_fund(session, available_minor=2_000)
    driver: sqlite3.Connection | None = session.connection().connection.dbapi_connection  # type: ignore[assignment]
    assert driver is not None
    sealing: list[str] = []
    driver.set_trace_callback(lambda sql: sealing.append(sql) if sql.startswith("INSERT INTO ledger_entry") else None)
    driver.set_progress_handler(lambda: len(sealing), 1_000)  # as a failing disk would, it undoes the whole transaction

    with pytest.raises(OperationalError, match="interrupted"):
        reserve_much(session, fund.id)

    assert not driver.in_transaction
