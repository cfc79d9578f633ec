"""Balances as of two times: what had occurred by a day, as the books knew it at a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from reparations.db import Database
from reparations.ledger import errors, postings, queries, service
from reparations.ledger.models import KINDS, AccountCode, Fund, LedgerAccount, LedgerPair, LedgerTransfer
from reparations.money import Money
from reparations.principal import Role
from tests.conftest import NOON
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import make_fund
from tests.ledger.books import usd

FIRST, LAST = date(2031, 4, 28), date(2031, 5, 8)
MOMENTS = [
    datetime(2031, 4, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    NOON,
    NOON + timedelta(microseconds=1),
    datetime(2031, 5, 3, 0, 0, tzinfo=UTC),
    datetime(2031, 5, 3, 0, 30, tzinfo=UTC),
    datetime(2031, 5, 9, tzinfo=UTC),
]


@pytest.fixture
def fund(session: Session) -> Fund:
    """A fund with 60 deeds, recorded and occurred on various days, one day's end and midnight among them."""
    fund = make_fund(session, currencies=("USD", "EUR"), available_minor=1_000_000)
    random = Random(7)  # noqa: S311 the same books in every run
    for number in range(60):
        at = random.choice([*MOMENTS, NOON + timedelta(hours=random.randrange(150))])
        on = FIRST + timedelta(days=random.randrange(10))
        amount = usd(random.randrange(1, 5_000))
        deed = random.choice(
            [
                postings.batch_reserved(str(number), totals={fund.id: amount}),
                postings.award_recognised(str(number), funding={fund.id: amount}),
                postings.fee_charged(str(number), fund_id=fund.id, amount=amount),
            ]
        )
        service.post(session, entry_id=f"deed-{number}", transfers=deed, occurred_on=on, at=at)
    return fund


def added_up(session: Session, fund: Fund, *, as_of: date | None, known_at: datetime | None) -> dict[AccountCode, int]:
    """Debits less credits of each account in US dollars, transfer by transfer."""
    codes = {account.id: AccountCode(account.code) for account in session.exec(select(LedgerAccount))}
    pairs = {(pair.debit_account_id, pair.credit_account_id): pair for pair in session.exec(select(LedgerPair))}
    standing = dict.fromkeys(KINDS, 0)
    for transfer in session.exec(select(LedgerTransfer).where(LedgerTransfer.fund_id == fund.id)):
        if (as_of and transfer.occurred_on > as_of) or (known_at and transfer.recorded_at > known_at):
            continue
        pair = pairs[transfer.debit_account_id, transfer.credit_account_id]
        standing[codes[transfer.debit_account_id]] += transfer.amount_minor
        standing[codes[transfer.credit_account_id]] -= transfer.amount_minor
        standing[AccountCode.UNCOMMITTED] += transfer.amount_minor * pair.cover_sign
    return standing


def test_balances_as_of_any_two_times_are_what_the_transfers_add_up_to(session: Session, fund: Fund) -> None:
    days = [None, date(2001, 1, 1), *(FIRST + timedelta(days=number) for number in range(11))]

    for as_of, known_at in product(days, [None, *MOMENTS]):
        expected = added_up(session, fund, as_of=as_of, known_at=known_at)
        found = {
            code: queries.get_balance_as_of(session, fund.id, "USD", code, as_of=as_of, known_at=known_at).amount_minor
            for code in (AccountCode.BANK, AccountCode.UNCOMMITTED, AccountCode.AWARDS)
        }
        assert found == {code: expected[code] for code in found}, (as_of, known_at)
        listed = queries.list_balances_as_of(session, fund.id, as_of=as_of, known_at=known_at)
        shown = {line.code: abs(line.balance.amount_minor) for line in listed if line.currency == "USD"}
        assert shown == {code: abs(minor) for code, minor in expected.items()}, (as_of, known_at)


def test_without_a_time_it_is_the_balance_of_now(session: Session, fund: Fund) -> None:
    for code in KINDS:
        assert queries.get_balance_as_of(session, fund.id, "USD", code) == queries.get_balance(
            session, fund.id, "USD", code
        )
        assert queries.get_balance_as_of(session, fund.id, "EUR", code) == Money(0, "EUR")
    with pytest.raises(errors.AccountNotFound):
        queries.get_balance_as_of(session, fund.id, "CHF", AccountCode.BANK)


def test_what_is_recorded_late_changes_the_day_and_not_what_was_known(session: Session) -> None:
    fund = make_fund(session, available_minor=1_000)
    late = NOON + timedelta(days=3)
    fee = postings.fee_charged("late", fund_id=fund.id, amount=usd(100))

    service.post(session, entry_id="late", transfers=fee, occurred_on=NOON.date(), at=late)

    def fees(**times: date | datetime) -> int:
        return queries.get_balance_as_of(session, fund.id, "USD", AccountCode.FEES, **times).amount_minor  # type: ignore[arg-type]

    assert fees(as_of=NOON.date()) == 100
    assert fees(as_of=NOON.date(), known_at=late - timedelta(microseconds=1)) == 0
    assert fees(as_of=NOON.date() - timedelta(days=1), known_at=late) == 0
    assert fees(as_of=NOON.date(), known_at=late) == 100


def test_balances_as_of_over_the_api(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        fund = make_fund(session, available_minor=1_000)
        make_account(session, Role.AUDITOR, username="the.auditor")
    token = client.post("/sessions", json={"username": "the.auditor", "password": PASSWORD}).json()["access_token"]
    auditor = {"Authorization": f"Bearer {token}"}
    path = f"/funds/{fund.id}/balances/as-of"

    now = client.get(path, headers=auditor).json()
    early = client.get(path, params={"known_at": "2001-01-01T00:00:00Z", "as_of": "2031-05-01"}, headers=auditor).json()
    naive = client.get(path, params={"known_at": "2001-01-01T00:00:00"}, headers=auditor)

    assert (early["as_of"], early["known_at"]) == ("2031-05-01", "2001-01-01T00:00:00Z")
    assert {"currency": "USD", "account": "bank", "kind": "asset", "balance": "10.00"} in now["accounts"]
    assert {line["balance"] for line in early["accounts"]} == {"0.00"}
    assert naive.status_code == 422
