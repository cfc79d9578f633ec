"""The general ledger of one account: pages without loss, as of a day, and as it was known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from reparations.db import Database
from reparations.ledger import postings, queries, service
from reparations.ledger.errors import AccountNotFound
from reparations.ledger.models import AccountCode, Fund
from reparations.ledger.queries import AccountLine, AccountScope
from reparations.ledger.queries.statements import Scope, get_statement
from reparations.ledger.rules.statements import StatementKind
from reparations.money import Money
from reparations.principal import Role
from tests.conftest import NOON
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import TODAY, make_fund
from tests.ledger.busy_books import FEBRUARY, JANUARY, MARCH, make_busy_books

BANK = AccountCode.BANK


def read(session: Session, scope: AccountScope, *, by: int) -> list[AccountLine]:
    """All pages of `by` lines one after the other."""
    lines: list[AccountLine] = []
    after = None
    while page := queries.list_account_lines(session, scope, after=after, limit=by):
        lines += page
        after = page[-1].transfer_id
    return lines


@pytest.mark.parametrize("code", [BANK, AccountCode.AWARDS_PAYABLE, AccountCode.IN_TRANSIT])
@pytest.mark.parametrize(
    ("since", "as_of"), [(None, MARCH), (FEBRUARY.replace(day=1), FEBRUARY), (None, JANUARY)], ids=range(3)
)
def test_pages_of_any_length_are_the_statement(
    session: Session, code: AccountCode, since: object, as_of: object
) -> None:
    fund = make_busy_books(session)["KAT"]
    days = {"since": since, "as_of": as_of}
    scope = AccountScope(fund.id, "USD", code, **days)  # type: ignore[arg-type]  # days of the table above
    statement = Scope(fund_id=fund.id, currency="USD", **days)  # type: ignore[arg-type]  # days of the table above

    wanted = [row for row in get_statement(session, StatementKind.GENERAL_LEDGER, statement).rows if row[2] == code]

    for by in (1, 3, 1_000):
        shown = [
            (line.occurred_on, line.transfer_id, line.entry_id, line.against, line.debit, line.credit, line.balance)
            for line in read(session, scope, by=by)
        ]
        assert shown == [row[3:] for row in wanted]
    assert wanted


def charge(session: Session, fund: Fund, name: str, *, days: int, minutes: int) -> None:
    service.post(
        session,
        entry_id=f"fee-{name}",
        transfers=postings.fee_charged(name, fund_id=fund.id, amount=Money(100, "USD")),
        occurred_on=TODAY + timedelta(days=days),
        at=NOON + timedelta(minutes=minutes),
    )


def test_what_was_entered_late_is_not_in_the_books_as_they_were_known(session: Session) -> None:
    fund = make_fund(session, available_minor=1_000)
    charge(session, fund, "first", days=0, minutes=1)
    charge(session, fund, "late", days=-2, minutes=5)

    def balances(**scope: object) -> list[int]:
        found = AccountScope(fund.id, "USD", BANK, **scope)  # type: ignore[arg-type]  # one of each type
        return [line.balance.amount_minor for line in read(session, found, by=1)]

    assert balances() == [-100, 900, 800]  # as it was: the late fee was charged first of all
    assert balances(known_at=NOON + timedelta(minutes=2)) == [1_000, 900]
    assert balances(known_at=NOON - timedelta(minutes=1)) == []
    assert balances(as_of=TODAY - timedelta(days=1)) == [-100]
    assert balances(since=TODAY, known_at=NOON + timedelta(minutes=5)) == [900, 800]


def test_a_cursor_of_another_account_and_books_that_are_not_there(session: Session) -> None:
    fund = make_fund(session, available_minor=1_000)
    other = make_fund(session, available_minor=1_000)
    elsewhere = queries.list_account_lines(session, AccountScope(other.id, "USD", BANK), limit=1)[0].transfer_id
    scope = AccountScope(fund.id, "USD", BANK)

    from_there = queries.list_account_lines(session, scope, after=elsewhere, limit=9)

    assert from_there == queries.list_account_lines(session, scope, after="none", limit=9)
    assert len(from_there) == 1
    with pytest.raises(AccountNotFound):
        queries.list_account_lines(session, AccountScope(fund.id, "EUR", BANK), limit=1)


def test_it_is_paged_over_the_network(database: Database, client: TestClient) -> None:
    with database.transaction() as session:
        for role in (Role.AUDITOR, Role.APPROVER):
            make_account(session, role, username=f"the.{role}")
        fund = make_fund(session, available_minor=1_000)
        for number in range(3):
            charge(session, fund, f"f{number}", days=0, minutes=number)
        fund_id = fund.id
    headers = {}
    for role in (Role.AUDITOR, Role.APPROVER):
        answer = client.post("/sessions", json={"username": f"the.{role}", "password": PASSWORD})
        headers[role] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    path = f"/funds/{fund_id}/general-ledger/bank"

    first = client.get(f"{path}?currency=USD&limit=3", headers=headers[Role.AUDITOR]).json()
    second = client.get(f"{path}?currency=USD&limit=3&after={first['next']}", headers=headers[Role.AUDITOR]).json()
    lines = first["items"] + second["items"]
    known = client.get(f"{path}?currency=USD&known_at=2031-05-01T12:00:30Z", headers=headers[Role.AUDITOR]).json()

    assert [line["balance"] for line in lines] == ["10.00", "9.00", "8.00", "7.00"]
    assert [line["against"] for line in lines] == ["contributions", "fees", "fees", "fees"]
    assert (len(first["items"]), second["next"], len(known["items"])) == (3, None, 2)
    assert client.get(f"{path}?currency=USD&known_at=2031-05-01", headers=headers[Role.AUDITOR]).status_code == 422
    assert client.get(f"{path}?currency=USD", headers=headers[Role.APPROVER]).status_code == 403
    assert client.get(f"{path}?currency=EUR", headers=headers[Role.AUDITOR]).status_code == 404
